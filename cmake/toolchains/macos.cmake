# Apple Silicon's macOS by the clang, libc++ and system headers that the package ziglang of PyPI brings.
# It compiles and links what needs no framework (tools/macos_link_check); nothing of it can be run here.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR arm64)

cmake_path(SET root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")
file(GLOB zig "${root}/.venv/lib/python3*/site-packages/ziglang/zig")
if(NOT zig)
  message(FATAL_ERROR "no ziglang in .venv: .venv/bin/pip install ziglang")
endif()
set(CMAKE_C_COMPILER "${zig};cc")
set(CMAKE_CXX_COMPILER "${zig};c++")
# Linking would build a C++ library first: what identifies and tries the compiler is to compile only, which
# CMake does when the target is named apart.
set(CMAKE_C_COMPILER_TARGET aarch64-macos.13.0)
set(CMAKE_CXX_COMPILER_TARGET aarch64-macos.13.0)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# What CMake would ask a Mac's SDK for.
set(CMAKE_OSX_SYSROOT "" CACHE STRING "")
set(CMAKE_OSX_DEPLOYMENT_TARGET "" CACHE STRING "")

# Headers of the libraries are the same on every system: tools/arm64_sysroot has them apart from any
# system's own. The libraries themselves are never linked.
set(CMAKE_FIND_ROOT_PATH ${root}/build/aarch64-sysroot)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
