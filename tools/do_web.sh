# shellcheck shell=bash
# The web UI's steps of ./do. Sourced by it, after do_setup.sh. Without node and npm, or without the packages that
# they fetch, the program still builds: `tidemark serve` then has its plain pages, and the build says so.

web_sources=(web/src web/index.html web/package.json web/package-lock.json web/vite.config.ts web/vite.lib.config.ts
  web/tailwind.config.js web/postcss.config.js web/tsconfig.json web/tsconfig.lib.json web/tools)

have_node() {
  command -v npm >/dev/null && node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 18 || (major === 18 && minor >= 18) ? 0 : 1)' 2>/dev/null
}

# ensure_web_packages: node_modules as package-lock.json has them; returns 1 where they cannot be had.
ensure_web_packages() {
  have_node || (need_packages web nodejs npm) || return 1
  if ! have_node; then
    echo "web: node 18.18 or newer and npm are needed" >&2
    return 1
  fi
  [[ -f web/node_modules/.package-lock.json && ! web/package-lock.json -nt web/node_modules/.package-lock.json ]] && return 0
  # No package's own scripts run: none of these needs them.
  (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || return 1
  touch web/node_modules/.package-lock.json
}

# is_newer_than STAMP: some source of the page is, or there is no stamp.
web_is_newer_than() { [[ ! -f $1 || -n $(find "${web_sources[@]}" -newer "$1" -print -quit) ]]; }

# build_web: the page in web/dist and the components in web/dist-lib, when their sources are newer.
build_web() {
  local stamp=build/web.stamp
  if [[ -d web/dist && -d web/dist-lib ]] && ! web_is_newer_than "$stamp"; then return 0; fi
  if ! ensure_web_packages; then
    echo "web: the packages of the web UI cannot be had here: \`tidemark serve\` shows its plain pages" >&2
    return 0
  fi
  touch "$stamp.new"
  (cd web && npm run --silent build && npm run --silent build:lib) >build/web.log 2>&1 || {
    cat build/web.log >&2
    return 1
  }
  mv "$stamp.new" "$stamp" # from before the build: what changed meanwhile is newer
}

lint_web() {
  if ! ensure_web_packages; then
    echo "lint: web/ not checked: no node, or its packages cannot be had"
    return 0
  fi
  (cd web && npm run --silent typecheck && npm run --silent lint)
}

test_web() {
  if ! ensure_web_packages; then
    echo "test: web/ not tested: no node, or its packages cannot be had"
    return 0
  fi
  (cd web && npm run --silent typecheck && npm run --silent lint && npm test --silent)
}

chromium_of() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# test_in_browser [--all]: the page in a real browser. Chromium is only fetched with --all.
test_in_browser() {
  [[ ${1:-} == --all ]] && (need_packages browser chromium fonts-dejavu-core) # else a skip says what is missing
  if ! chromium_of >/dev/null || ! ensure_web_packages; then
    echo "test: the page not tested in a browser: no chromium (apt-get install chromium), or no node"
    return 0
  fi
  local file failed=0
  for file in tests/browser/*.test.mjs; do # one after the other: each starts a browser and a server
    CHROMIUM=$(chromium_of) node --test "$file" || failed=1
  done
  return "$failed"
}
