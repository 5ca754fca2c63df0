#!/usr/bin/env bash
# The one entry: ./do demo | test | build | bench | format | lint | fuzz | platforms. Each step first installs what
# it needs and lacks; nothing else of the system is touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source tools/do_setup.sh
source tools/do_platforms.sh
source tools/do_web.sh

usage() {
  cat <<'TEXT'
usage: ./do COMMAND
  build          the release executable at build/release/tidemark, with the web UI in it; the Python package in .venv
  demo [--oom]   a real training run, monitored, and its report; --oom: one that is killed by a memory limit
  test [--all]   the quick tests; --all adds sanitizers, long runs, lint and platforms near
  bench          what Tidemark costs, beside its floor and its peers
  format         clang-format over the C++ sources
  lint           layers, formatting, clang-tidy (clang-tidy: only with --tidy, it is slow)
  platforms [near]  for other machines: the tree and its tests on aarch64 under emulation, macOS compiled;
                 near: on aarch64 only the stages that touch the system
  fuzz [SECONDS] each fuzzer under libFuzzer for SECONDS (default 60)
TEXT
}

jobs() { nproc 2>/dev/null || echo 2; }

# configure_and_build PRESET [TARGET...]
configure_and_build() {
  local preset=$1
  shift
  need_packages build "${build_packages[@]}"
  cmake --preset "$preset" "${configure_flags[@]}" >"build/$preset.configure.log" 2>&1 || {
    cat "build/$preset.configure.log" >&2
    return 1
  }
  cmake --build "build/$preset" --parallel "$(jobs)" ${1:+--target "$@"}
}
configure_flags=()

# A compiler cache, where there is one, serves every checkout of this tree.
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros
fi

do_build() {
  build_web
  configure_and_build release tidemark
  ensure_package
  echo "built build/release/tidemark; installed the Python package in .venv"
}

do_demo() {
  need_packages demo "${demo_packages[@]}"
  ensure_venv
  configure_and_build release tidemark
  ensure_package
  ensure_torch
  exec tools/demo.sh "$@"
}

# Real processes on a busy machine: a case that fails is tried once more, and ctest says so.
run_end_to_end() { run_ctest "$1" --label-regex e2e --repeat until-pass:2 "${@:2}"; }
run_ctest() { ctest --test-dir "build/$1" --output-on-failure --no-tests=error --parallel "$(jobs)" "${@:2}"; }

threaded_tests=({os,journal,sensing,store,monitor,launcher,notify,clients,server,cli}_test)

do_test() {
  need_packages test "${test_packages[@]}" "${demo_packages[@]}"
  ensure_venv
  ensure_torch
  python3 tools/check_layers.py src
  build_web
  configure_and_build release
  ensure_package
  local failed=0
  test_web || failed=1
  test_in_browser "$@" || failed=1
  run_ctest release --label-exclude e2e || failed=1
  if [[ ${1:-} != --all ]]; then
    run_end_to_end release --label-exclude long || failed=1
    return "$failed"
  fi
  configure_and_build asan
  run_ctest asan --label-regex unit || failed=1
  # Only what has threads; the corpora are replayed by one thread.
  configure_and_build tsan "${threaded_tests[@]}"
  run_ctest tsan --label-regex unit --exclude-regex _corpus || failed=1
  ./do lint || failed=1 # a shell of its own: set -e is off inside ||
  ./do platforms near || failed=1
  run_end_to_end release || failed=1
  return "$failed"
}

do_bench() {
  need_packages bench "${test_packages[@]}" "${bench_packages[@]}"
  ensure_venv
  ensure_torch
  configure_flags=(-DTIDEMARK_BENCH=ON)
  configure_and_build release
  ensure_package
  exec .venv/bin/python bench/run_benches.py "$@"
}

sources() { git ls-files -co --exclude-standard 'src/**/*.cpp' 'src/**/*.h' 'include/**/*.h' 'tests/**/*.cpp' 'tests/**/*.h' \
  'bindings/**/*.cpp' 'bindings/**/*.h'; }

do_format() {
  need_packages format "$clang_format"
  sources | xargs "$clang_format" -i
}

do_lint() {
  python3 tools/check_layers.py src
  need_packages lint shellcheck
  shellcheck -x ./do .ci/run tools/*.sh tools/arm64_sysroot tools/macos_link_check
  need_packages lint mypy
  (cd bindings/python && mypy --cache-dir ../../build/mypy -p tidemark)
  lint_web
  if ! obtainable "$clang_format"; then
    echo "lint: formatting not checked: this distribution has no $clang_format"
    return 0
  fi
  need_packages lint "$clang_format"
  sources | xargs "$clang_format" --dry-run --Werror
  [[ ${1:-} == --tidy ]] || return 0
  need_packages lint "$clang_tidy"
  configure_and_build dev
  sources | grep '\.cpp$' | grep -v '_test\.cpp$\|_fuzz\.cpp$' |
    xargs -P "$(jobs)" -n 4 "$clang_tidy" -p build/dev --quiet
}

do_fuzz() {
  need_packages fuzz "${fuzz_packages[@]}"
  configure_and_build fuzz fuzzers
  local seconds=${1:-60} fuzzer name
  while read -r fuzzer; do
    name=$(basename "$fuzzer")
    mkdir -p "build/fuzz_corpus/$name" "tests/fuzz_corpus/$name"
    echo "== $name, $seconds s"
    "$fuzzer" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 -timeout=20 -rss_limit_mb=2048 \
      -artifact_prefix="build/fuzz_corpus/$name/" "build/fuzz_corpus/$name" "tests/fuzz_corpus/$name"
  done < <(find build/fuzz/src -name '*_fuzz' -type f -executable)
}

mkdir -p build
command=${1:-}
[[ $# -gt 0 ]] && shift
case "$command" in
  build | demo | test | bench | format | lint | fuzz | platforms) "do_$command" "$@" ;;
  "" | -h | --help | help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
