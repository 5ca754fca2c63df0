# Third parties, each under one target name of ours, so that a stage names what it uses and the
# way it is found can change here alone. Archives are preferred to shared objects: the executable
# then runs in a container that has none of these installed, and the monitor maps less memory.
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)

# tidemark_archive(NAME HEADER LIBRARIES...): an imported target over static archives where they
# exist, over shared objects elsewhere.
function(tidemark_archive name header)
  find_path(${name}_INCLUDE ${header} REQUIRED)
  add_library(tidemark_lib_${name} INTERFACE)
  target_include_directories(tidemark_lib_${name} SYSTEM INTERFACE ${${name}_INCLUDE})
  foreach(library ${ARGN})
    find_library(${name}_${library}_LIBRARY NAMES lib${library}.a ${library} REQUIRED)
    target_link_libraries(tidemark_lib_${name} INTERFACE ${${name}_${library}_LIBRARY})
  endforeach()
  target_link_libraries(tidemark_lib_${name} INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
endfunction()

tidemark_archive(sqlite SQLiteCpp/SQLiteCpp.h SQLiteCpp sqlite3)
target_link_libraries(tidemark_lib_sqlite INTERFACE m)  # by name: libm.a does not link into a PIE
tidemark_archive(yaml yaml-cpp/yaml.h yaml-cpp)
tidemark_archive(re2 re2/re2.h re2)
tidemark_archive(zlib zlib.h z)

add_library(tidemark_lib_json INTERFACE)
target_link_libraries(tidemark_lib_json INTERFACE nlohmann_json::nlohmann_json)
add_library(tidemark_lib_fmt INTERFACE)
target_link_libraries(tidemark_lib_fmt INTERFACE fmt::fmt-header-only)
add_library(tidemark_lib_cli11 INTERFACE)
target_link_libraries(tidemark_lib_cli11 INTERFACE CLI11::CLI11)
# Headers alone: the executable carries its server along. Their code is no warning of ours.
find_path(beast_INCLUDE boost/beast.hpp REQUIRED)
add_library(tidemark_lib_beast INTERFACE)
target_include_directories(tidemark_lib_beast SYSTEM INTERFACE ${beast_INCLUDE})
target_compile_definitions(tidemark_lib_beast INTERFACE BOOST_ERROR_CODE_HEADER_ONLY)
target_link_libraries(tidemark_lib_beast INTERFACE Threads::Threads)
# Asio's fences are unknown to the thread sanitizer, which may then tell of races that are none; the
# tests under it do not listen.
if(TIDEMARK_SANITIZE MATCHES "thread")
  target_compile_options(tidemark_lib_beast INTERFACE -Wno-tsan)
endif()
