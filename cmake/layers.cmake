# One static library a folder. What a folder may include is written here once; tests/tidy reads this file and refuses other includes.
#   layer(<folder> <the folders it may include>)
set(BURSAR_LAYERS
  "base:"
  "pg:base"
  "http:base"
  "domain:base"
  "auth:base domain http"
  "store:base domain pg"
  "events:base domain store"
  "gateway:base domain http"
  "notify:base domain http"
  "workers:base domain store events gateway notify"
  "api:base domain store http auth"
  "cli:base domain http"
  "devtools:base domain http")

# The libraries by others that a folder links; only these folders include their headers.
set(LIBRARIES_base fmt::fmt spdlog OpenSSL::Crypto PkgConfig::SODIUM ${BOOST_JSON} ${BOOST_URL} Threads::Threads)
set(LIBRARIES_pg PostgreSQL::PostgreSQL)
set(LIBRARIES_http OpenSSL::SSL)
set(LIBRARIES_notify idn2)

function(bursar_layer folder)
  set(dependencies ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(target bursar_${folder})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    if(folder STREQUAL "base")
      target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src/base/precompiled.hpp)
    else()
      target_precompile_headers(${target} REUSE_FROM bursar_base)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} ${LIBRARIES_${folder}})
  foreach(dependency ${dependencies})
    target_link_libraries(${target} ${scope} bursar_${dependency})
  endforeach()
endfunction()
