# Files that travel inside the binary.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# embed_sql(<target> <folder>): every .sql below the folder becomes a constant, see scripts/embed_sql.py.
function(embed_sql target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.sql)
  set(out ${CMAKE_BINARY_DIR}/generated/${target})
  add_custom_command(
    OUTPUT ${out}/sql.hpp ${out}/sql.cpp
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/embed_sql.py ${folder} ${out}
    DEPENDS ${CMAKE_SOURCE_DIR}/scripts/embed_sql.py ${files})
  target_sources(${target} PRIVATE ${out}/sql.cpp ${out}/sql.hpp)
  target_include_directories(${target} PRIVATE ${out})
endfunction()
