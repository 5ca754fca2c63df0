# shellcheck shell=bash
# Machines that this one is not: the tree built for arm64 with its tests under user-mode emulation, and the
# program compiled for macOS. Sourced by ./do. What cannot be had here is skipped, with its reason.
# shellcheck disable=SC2154 # the lists of packages are do_setup.sh's

do_platforms() {
  local failed=0
  mkdir -p build/platforms
  test_aarch64 || failed=1
  compile_macos || failed=1
  return "$failed"
}

test_aarch64() {
  if [[ $(uname -m) != x86_64 ]]; then
    echo "skipped: aarch64 under emulation: the cross compiler is x86-64's, this machine is $(uname -m)"
    return 0
  fi
  local package
  for package in "${aarch64_packages[@]}"; do
    installed "$package" || apt-cache show "$package" >/dev/null 2>&1 || {
      echo "skipped: aarch64 under emulation: this distribution has no $package"
      return 0
    }
  done
  need_packages aarch64 "${aarch64_packages[@]}"
  tools/arm64_sysroot build/aarch64-sysroot "${library_packages[@]}" || {
    echo "skipped: aarch64 under emulation: no arm64 libraries can be had (above)"
    return 0
  }
  configure_and_build aarch64 || return 1
  echo "not run under emulation (tests/emulation.txt has the reasons):"
  emulation_exclusions | sed 's/^/  /'
  run_ctest aarch64 --label-regex 'unit|golden' --timeout 300 \
    --exclude-regex "^($(emulation_exclusions | sed 's/[.]/[.]/g' | paste -sd '|'))$"
}

# The tests' names, one a line.
emulation_exclusions() { grep -v '^#' tests/emulation.txt | sed -n 's/[[:space:]].*//; /./p'; }

# The program's own file and, by it, every stage: all that users run, without the tests.
macos_targets=(tidemark_cli src/cli/CMakeFiles/tidemark.dir/main.cpp.o)

compile_macos() {
  if ! ensure_zig; then
    echo "skipped: compile check for macOS: the package ziglang cannot be had here"
    return 0
  fi
  if [[ ! -d build/aarch64-sysroot/usr/include ]]; then
    echo "skipped: compile check for macOS: it takes the libraries' headers from build/aarch64-sysroot"
    return 0
  fi
  export ZIG_GLOBAL_CACHE_DIR=$PWD/build/zig-cache
  configure_and_build macos "${macos_targets[@]}" # tools/macos_link_check links it: by hand, it takes minutes
}
