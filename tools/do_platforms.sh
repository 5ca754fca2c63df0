# shellcheck shell=bash
# Machines that this one is not: the tree built for arm64 with its tests under user-mode emulation, and the
# program compiled for macOS. Sourced by ./do. What cannot be had here is skipped, with its reason.
# shellcheck disable=SC2154 # the lists of packages are do_setup.sh's

# What stands next to the system: `./do platforms near`, the part that ./do test --all has the time for.
near_tests=({os,journal,sensing,tick_allocation,launcher,notify,clients,monitor}_test)

do_platforms() {
  local failed=0
  mkdir -p build/platforms
  if [[ ${1:-} == near ]]; then
    test_aarch64 "${near_tests[@]}"
    return
  fi
  test_aarch64 || failed=1
  compile_macos || failed=1
  return "$failed"
}

# test_aarch64 [PROGRAM...]: without names the whole tree and, of the tests, the corpora too.
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
  configure_and_build aarch64 "$@" || return 1
  echo "not run under emulation (tests/emulation.txt has the reasons):"
  emulation_exclusions | sed 's/^/  /'
  local failed=0
  # shellcheck disable=SC2016 # $1 is the inner shell's
  aarch64_test_programs "$@" | xargs -P "$(jobs)" -n 1 bash -c 'source tools/do_platforms.sh; run_emulated "$1"' _ || failed=1
  [[ $# -gt 0 ]] || run_ctest aarch64 --tests-regex '_corpus$' --timeout 300 || failed=1
  return "$failed"
}

# The tests' names, one a line.
emulation_exclusions() { grep -v '^#' tests/emulation.txt | sed -n 's/[[:space:]].*//; /./p'; }

# aarch64_test_programs [NAME...]: those, or all.
aarch64_test_programs() {
  local IFS='|'
  find build/aarch64/src build/aarch64/tests -name '*_test' -type f -executable | sort | grep -E "/(${*:-.*})\$"
}

# run_emulated PROGRAM: all its tests in one process. ctest would start the emulator for each of more than a
# thousand, which takes longer than they do.
run_emulated() {
  local program=$1 log
  log=build/platforms/$(basename "$program").log
  if timeout 1800 qemu-aarch64-static -L /usr/aarch64-linux-gnu "$program" \
    --gtest_filter="-$(emulation_exclusions | paste -sd :)" >"$log" 2>&1; then
    echo "aarch64: $(basename "$program"): $(sed -n 's/^\[  PASSED  \] //p' "$log")"
    return 0
  fi
  echo "aarch64: $program failed ($log has all of it):" >&2
  grep -E '^\[  FAILED  \]|: Failure' "$log" >&2 || true
  tail -n 20 "$log" >&2 # it may have died in the middle of a test
  return 1
}

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
