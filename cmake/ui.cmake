# The pages that travel inside the binary. Needs npm once per build folder; BURSAR_UI=OFF embeds none, and /docs says so.

# embed_ui(<target>): the files of /docs become a table in the target, see scripts/embed_files.py.
function(embed_ui target)
  set(out ${CMAKE_BINARY_DIR}/generated/${target})
  set(entries)
  set(files)
  if(BURSAR_UI)
    find_program(NPM npm)
    if(NOT NPM)
      message(FATAL_ERROR "npm is missing: 'make setup' installs it, or configure with -DBURSAR_UI=OFF to build without /docs")
    endif()
    set(ui ${CMAKE_BINARY_DIR}/ui)
    set(swagger ${ui}/node_modules/swagger-ui-dist)
    set(recipe package.json package-lock.json .npmrc)
    list(TRANSFORM recipe PREPEND ${CMAKE_SOURCE_DIR}/ui/)
    add_custom_command(
      OUTPUT ${ui}/npm_ci.stamp
      COMMAND ${CMAKE_COMMAND} -E make_directory ${ui}
      COMMAND ${CMAKE_COMMAND} -E copy ${recipe} ${ui}
      COMMAND ${NPM} ci --prefix ${ui} --loglevel=error
      COMMAND ${CMAKE_COMMAND} -E touch ${ui}/npm_ci.stamp
      WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
      DEPENDS ${recipe}
      COMMENT "npm ci for /docs")
    list(APPEND entries
      docs.js=${CMAKE_SOURCE_DIR}/ui/docs/docs.js
      swagger-ui.css=${swagger}/swagger-ui.css
      swagger-ui-bundle.js=${swagger}/swagger-ui-bundle.js
      favicon-32x32.png=${swagger}/favicon-32x32.png)
    list(APPEND files ${ui}/npm_ci.stamp ${CMAKE_SOURCE_DIR}/ui/docs/docs.js)
  endif()
  add_custom_command(
    OUTPUT ${out}/assets.S ${out}/assets.cpp
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/embed_files.py ${out} ${entries}
    DEPENDS ${CMAKE_SOURCE_DIR}/scripts/embed_files.py ${files})
  # Only the table knows the bytes: the assembler reads them behind the compiler's back.
  set_source_files_properties(${out}/assets.S PROPERTIES OBJECT_DEPENDS ${out}/assets.cpp)
  target_sources(${target} PRIVATE ${out}/assets.cpp ${out}/assets.S)
endfunction()
