# What the code that judges runs is, as one word: the version and a hash of the sources that a report is made by. A report
# that was stored by other code is made anew (src/report/judged_by.h). Included, it gives tidemark_judged_by(); as a
# script it writes the source:
#
#   cmake -DROOT=FOLDER -DSTAGES=NAME,... -DVERSION=V -DOUTPUT=FILE.cpp -P judged_by.cmake

# FILES: those of the stages' sources that reach the program. What follows is file(GLOB)'s.
function(tidemark_judging_sources root stages files)
  set(found "")
  foreach(stage IN LISTS stages)
    file(GLOB_RECURSE sources ${ARGN} ${root}/${stage}/*.cpp ${root}/${stage}/*.h)
    list(APPEND found ${sources})
  endforeach()
  list(FILTER found EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  list(SORT found)
  set(${files} ${found} PARENT_SCOPE)
endfunction()

# tidemark_judged_by(VARIABLE STAGE...): sets it to the source, made anew when one of the stages' sources changes.
function(tidemark_judged_by variable)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/judged_by.cpp)
  tidemark_judging_sources(${PROJECT_SOURCE_DIR}/src "${ARGN}" files CONFIGURE_DEPENDS)
  list(JOIN ARGN "," stages)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}/src -DSTAGES=${stages} -DVERSION=${PROJECT_VERSION}
            -DOUTPUT=${output} -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  return()
endif()

string(REPLACE "," ";" stages "${STAGES}")
tidemark_judging_sources(${ROOT} "${stages}" files)
set(hashes "")
foreach(file IN LISTS files)
  file(SHA1 ${file} hash)
  file(RELATIVE_PATH name ${ROOT} ${file})
  string(APPEND hashes "${name} ${hash}\n")
endforeach()
string(SHA1 hash "${hashes}")
string(SUBSTRING ${hash} 0 12 hash)
file(WRITE ${OUTPUT} "// Made by cmake/judged_by.cmake.\n#include \"report/judged_by.h\"\n\nnamespace tidemark {\n\n\
std::string_view judged_by() {\n  return \"${VERSION} ${hash}\";\n}\n\n}  // namespace tidemark\n")
