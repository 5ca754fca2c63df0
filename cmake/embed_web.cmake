# The built web UI inside the executable: every file of a folder as the bytes of a gzip member, in a C++ source
# that any compiler takes. Included, it gives tidemark_embed_web(); as a script it writes that source:
#
#   cmake -DDIST=FOLDER -DOUTPUT=FILE.cpp -P embed_web.cmake     (DIST empty: no files)

# tidemark_embed_web(VARIABLE): sets it to the source with the files of TIDEMARK_WEB_DIST, made anew when one
# of them changes. Without that folder the table is empty, and the server shows its own pages.
function(tidemark_embed_web variable)
  set(TIDEMARK_WEB_DIST "${PROJECT_SOURCE_DIR}/web/dist" CACHE PATH "The built web UI that the executable carries")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_web.cpp)
  set(dist "")
  if(EXISTS ${TIDEMARK_WEB_DIST}/index.html)
    set(dist ${TIDEMARK_WEB_DIST})
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${dist}/*)
    message(STATUS "web UI: from ${dist}")
  else()
    message(STATUS "web UI: none in ${TIDEMARK_WEB_DIST}: the server shows pages without script")
  endif()
  # The name changes with where the files are from, so that a folder that appears or goes is noticed.
  string(SHA1 from "${dist}")
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/embedded_web.${from}.from)
  if(NOT EXISTS ${stamp})
    file(GLOB others ${CMAKE_CURRENT_BINARY_DIR}/embedded_web.*.from)
    if(others)
      file(REMOVE ${others})
    endif()
    file(WRITE ${stamp} "${dist}")
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DDIST=${dist} -DOUTPUT=${output} -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${files} ${stamp} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    COMMENT "Embedding the web UI"
    VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  return()
endif()

set(arrays "")
set(table "")
set(number 0)
if(DIST)
  file(GLOB_RECURSE files RELATIVE ${DIST} ${DIST}/*)
  list(SORT files)
  foreach(name IN LISTS files)
    if(NOT name MATCHES "^[A-Za-z0-9._/-]+$")
      message(FATAL_ERROR "${DIST}/${name}: a name that no address of the server can have")
    endif()
    file(ARCHIVE_CREATE OUTPUT ${OUTPUT}.gz PATHS ${DIST}/${name} FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
    file(READ ${OUTPUT}.gz bytes HEX)
    file(REMOVE ${OUTPUT}.gz)
    # Without the time in its header (RFC 1952, bytes 4 to 7), so that the same files give the same bytes.
    string(SUBSTRING "${bytes}" 0 8 head)
    string(SUBSTRING "${bytes}" 16 -1 rest)
    set(bytes "${head}00000000${rest}")
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes "${bytes}")
    file(SIZE ${DIST}/${name} size)
    string(APPEND arrays "constexpr unsigned char kFile${number}[] = {\n${bytes}};\n")
    string(APPEND table "    {\"${name}\", kFile${number}, ${size}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
endif()
set(text "// Made by cmake/embed_web.cmake.\n#include <array>\n\n#include \"server/web_files.h\"\n\nnamespace tidemark {\n")
string(APPEND text "namespace {\n\n${arrays}\nconst std::array<EmbeddedFile, ${number}> kFiles{{\n${table}}};\n\n")
string(APPEND text "}  // namespace\n\nstd::span<const EmbeddedFile> embedded_files() {\n  return kFiles;\n}\n\n")
string(APPEND text "}  // namespace tidemark\n")
file(WRITE ${OUTPUT} "${text}")
