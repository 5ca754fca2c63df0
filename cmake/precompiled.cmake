# Precompiled headers, for the builds that only run tests (the other platforms'): the library's own headers and
# googletest's are most of what a translation unit costs. The release and macOS builds go without, so that a
# file whose #include is missing is still found.
option(TIDEMARK_PRECOMPILE "Precompile the standard library's headers" OFF)

# Nor are the tests' own files optimised there: they are a third of all files, and run once.
set(tidemark_test_options -O0)

# GCC forgets in a precompiled header that the standard library's code is a system header's, whose false alarms (of
# strings that are added up: GCC's bug 105651) it keeps to itself otherwise. The other builds do warn of these.
if(TIDEMARK_PRECOMPILE)
  target_compile_options(tidemark_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow;-Wno-maybe-uninitialized>)
endif()

# One for archives (-fPIC) and one for tests (-fPIE), shared by all targets of their kind.
if(TIDEMARK_PRECOMPILE)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
  set(tidemark_headers <algorithm> <array> <chrono> <cstdint> <expected> <filesystem> <functional> <map> <memory>
                       <optional> <ranges> <span> <string> <string_view> <thread> <utility> <vector>)
  add_library(tidemark_precompiled_archive STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(tidemark_precompiled_archive PRIVATE tidemark_warnings)
  target_precompile_headers(tidemark_precompiled_archive PRIVATE ${tidemark_headers})
  if(BUILD_TESTING)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled_main.cpp "int main() { return 0; }\n")
    add_executable(tidemark_precompiled_test ${CMAKE_BINARY_DIR}/precompiled_main.cpp)
    target_link_libraries(tidemark_precompiled_test PRIVATE tidemark_warnings GTest::gtest)
    target_compile_options(tidemark_precompiled_test PRIVATE ${tidemark_test_options})
    target_precompile_headers(tidemark_precompiled_test PRIVATE ${tidemark_headers} <gtest/gtest.h>)
  endif()
endif()

# tidemark_precompile(TARGET KIND): KIND is archive or test.
function(tidemark_precompile target kind)
  if(TIDEMARK_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM tidemark_precompiled_${kind})
    if(kind STREQUAL "test")
      target_compile_options(${target} PRIVATE ${tidemark_test_options})
    endif()
  endif()
endfunction()
