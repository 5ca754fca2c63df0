# tidemark_embed_files(OUTPUT [FOLDER TARGET]...): OUTPUT becomes a C++ file that defines `payload()` of
# src/integrate/payload.h: every file below each FOLDER, under TARGET. Written anew when one of them changes.
function(tidemark_embed_files output)
  set(pairs ${ARGN})
  set(files "")
  set(words "")
  while(pairs)
    list(POP_FRONT pairs folder target)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS LIST_DIRECTORIES false RELATIVE ${folder} ${folder}/*)
    list(FILTER found EXCLUDE REGEX "__pycache__|\\.pyc$")
    list(SORT found)
    foreach(file ${found})
      list(APPEND files ${folder}/${file})
      string(APPEND words "${folder}/${file}\n${target}/${file}\n")
    endforeach()
  endwhile()
  file(GENERATE OUTPUT ${output}.list CONTENT "${words}")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DLIST=${output}.list -DOUTPUT=${output} -P ${tidemark_root}/cmake/write_embedded.cmake
    DEPENDS ${files} ${output}.list ${tidemark_root}/cmake/write_embedded.cmake
    VERBATIM)
endfunction()
