# One call per folder under src/. DEPS are the stages it calls, LIBS its third parties
# (tidemark_lib_* of dependencies.cmake). Linking alone cannot stop an #include, so
# tools/check_layers.py reads those too. TESTS and BENCHES lie beside the sources. Paths are this tree's,
# also where another project (bindings/python) builds some of the stages.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH tidemark_root)
include(precompiled)
function(tidemark_stage name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;TESTS;TEST_LIBS;BENCHES;FUZZERS;DEPS;LIBS")
  list(TRANSFORM arg_DEPS PREPEND tidemark_)
  if(arg_SOURCES)
    add_library(tidemark_${name} STATIC ${arg_SOURCES})
    target_include_directories(tidemark_${name} PUBLIC ${tidemark_root}/src
                                                       ${tidemark_root}/include)
    target_link_libraries(tidemark_${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_LIBS} tidemark_warnings)
    tidemark_precompile(tidemark_${name} archive)
  else()
    add_library(tidemark_${name} INTERFACE)
    target_include_directories(tidemark_${name} INTERFACE ${tidemark_root}/src
                                                          ${tidemark_root}/include)
    target_link_libraries(tidemark_${name} INTERFACE ${arg_DEPS})
  endif()
  if(arg_TESTS AND BUILD_TESTING)
    add_executable(${name}_test ${arg_TESTS})
    target_include_directories(${name}_test PRIVATE ${tidemark_root}/tests)
    target_link_libraries(${name}_test PRIVATE tidemark_${name} ${arg_LIBS} ${arg_TEST_LIBS}
                                               tidemark_warnings GTest::gtest GTest::gtest_main)
    tidemark_precompile(${name}_test test)
    gtest_discover_tests(${name}_test WORKING_DIRECTORY ${tidemark_root}
                         PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
  endif()
  if(arg_BENCHES AND TIDEMARK_BENCH)
    find_package(benchmark REQUIRED)
    add_executable(${name}_bench ${arg_BENCHES})
    target_link_libraries(${name}_bench PRIVATE tidemark_${name} ${arg_LIBS} tidemark_warnings
                                                benchmark::benchmark benchmark::benchmark_main)
  endif()
  foreach(fuzzer ${arg_FUZZERS})
    get_filename_component(fuzzer_name ${fuzzer} NAME_WE)
    tidemark_fuzzer(${fuzzer_name} ${fuzzer} tidemark_${name} "${arg_LIBS}")
  endforeach()
endfunction()

# A fuzzer is one file with LLVMFuzzerTestOneInput. Under clang with TIDEMARK_FUZZ it is a libFuzzer
# program; otherwise tests/support/fuzz_replay.cpp gives it a main that runs its corpus once, so that
# it is built and run by every test run and cannot rot.
add_custom_target(fuzzers)
function(tidemark_fuzzer fuzzer_name source library libs)
  if(TIDEMARK_FUZZ)
    add_executable(${fuzzer_name} ${source})
    target_compile_options(${fuzzer_name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${fuzzer_name} PRIVATE -fsanitize=fuzzer)
  elseif(BUILD_TESTING)
    add_executable(${fuzzer_name} ${source} ${tidemark_root}/tests/support/fuzz_replay.cpp)
    add_test(NAME ${fuzzer_name}_corpus
             COMMAND ${fuzzer_name} ${tidemark_root}/tests/fuzz_corpus/${fuzzer_name})
    set_tests_properties(${fuzzer_name}_corpus PROPERTIES LABELS unit)
  else()
    return()
  endif()
  target_link_libraries(${fuzzer_name} PRIVATE ${library} ${libs} tidemark_warnings)
  add_dependencies(fuzzers ${fuzzer_name})
endfunction()
