# shellcheck shell=bash
# What the steps of ./do need, and how it gets here. Sourced by ./do.
# shellcheck disable=SC2034 # the lists are used there

library_packages=(libsqlite3-dev libsqlitecpp-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev libfmt-dev
  libboost-dev libre2-dev libgtest-dev zlib1g-dev)
build_packages=(g++-12 cmake ninja-build "${library_packages[@]}" python3 python3-venv python3-dev)
aarch64_packages=(g++-12-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static)
test_packages=(python3-pytest python3-jsonschema python3-yaml)
demo_packages=(python3-sklearn python3-numpy python3-pil python3-yaml)
bench_packages=(libbenchmark-dev python3-psutil ripgrep)
# What the tree is formatted and linted with; a distribution without it skips that part and says so.
clang_format=clang-format-19
clang_tidy=clang-tidy-19
fuzz_packages=(clang-19 libclang-rt-19-dev) # the first whose front end reads <expected> of GCC 12

obtainable() { command -v "$1" >/dev/null || apt-cache show "$1" >/dev/null 2>&1; }
installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

# need_packages STEP PACKAGES...: installs what is missing where that is allowed, else says what to install.
need_packages() {
  local step=$1 package missing=()
  shift
  if ! command -v dpkg-query >/dev/null; then return 0; fi # not Debian's family: the build says what it lacks
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      echo "./do $step needs packages that are not installed, and may not install them here. Run:" >&2
      echo "  sudo apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo -n)
  fi
  echo "installing for $step: ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -qq || true # an old list may still have them
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The distribution's python with its packages visible, so that Debian's torch is used where there is one.
ensure_venv() {
  [[ -x .venv/bin/python ]] || /usr/bin/python3 -m venv --system-site-packages .venv
}

# The Python package, a plain install in .venv, and the program beside it. Without build isolation: the
# backend is had once, and from then on no network is needed.
package_sources=(bindings/python/pyproject.toml bindings/python/CMakeLists.txt bindings/python/src
  bindings/python/tidemark src/core src/telemetry src/os src/journal include cmake)
ensure_package() {
  local stamp=build/python.stamp
  ensure_venv
  if [[ ! -f $stamp || -z $(compgen -G '.venv/lib/python3.*/site-packages/tidemark/_tidemark*.so') ||
    -n $(find "${package_sources[@]}" -newer "$stamp" -not -path '*/__pycache__*' -not -name '*.pyc' -print -quit) ]]; then
    .venv/bin/python -c 'import scikit_build_core' 2>/dev/null ||
      .venv/bin/python -m pip install --quiet --disable-pip-version-check 'scikit-build-core>=0.10'
    touch "$stamp.new"
    CC=gcc-12 CXX=g++-12 SKBUILD_BUILD_DIR="$PWD/build/python" .venv/bin/python -m pip install --quiet \
      --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./bindings/python
    mv "$stamp.new" "$stamp" # from before the build: what changed meanwhile is newer
  fi
  cmp -s build/release/tidemark .venv/bin/tidemark || install -m 755 build/release/tidemark .venv/bin/tidemark
}

# The clang, libc++ and system headers that the stages are compiled with for macOS. A version is named: a
# later one may bring other warnings.
ensure_zig() {
  ensure_venv
  .venv/bin/python -c 'import ziglang' 2>/dev/null ||
    .venv/bin/python -m pip install --quiet --disable-pip-version-check 'ziglang==0.17.1'
}

# Debian's python3-torch is small and needs no GPU; where a distribution has none, PyPI's wheel serves.
ensure_torch() {
  .venv/bin/python -c 'import torch' 2>/dev/null && return 0
  if apt-cache show python3-torch >/dev/null 2>&1; then
    need_packages demo python3-torch
  fi
  .venv/bin/python -c 'import torch' 2>/dev/null && return 0
  .venv/bin/pip install --quiet torch
}
