# Every target of ours links this; third parties do not.
add_library(tidemark_warnings INTERFACE)
target_compile_options(tidemark_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
# clang sees a deprecated call inside libstdc++ 12's own stable_sort; GCC does not warn of its headers.
target_compile_options(tidemark_warnings INTERFACE
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
