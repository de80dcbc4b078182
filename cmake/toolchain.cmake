# Compiler flags, libraries and the one precompiled header.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
add_compile_options(-gdwarf-4 -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough
  -Wno-missing-field-initializers -fno-omit-frame-pointer)
add_link_options(-fuse-ld=lld-19)
if(BURSAR_SANITIZE)
  add_compile_options(-fsanitize=${BURSAR_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BURSAR_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header carries no time stamp, so that ccache can tell two builds of the same text apart from two texts.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
find_library(BOOST_JSON NAMES libboost_json.a REQUIRED)
find_library(BOOST_URL NAMES libboost_url.a REQUIRED)
file(STRINGS /usr/include/boost/version.hpp boost_line REGEX "define BOOST_VERSION ")
if(NOT boost_line MATCHES "108100")
  message(FATAL_ERROR "Bursar needs Boost 1.81 (libboost1.81-dev), found: ${boost_line}. 'make setup' installs it.")
endif()
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
