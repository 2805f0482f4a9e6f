#!/usr/bin/env bash
# Puts what the checks and benchmarks need into target/tools, as any user: nothing outside target/ is written.
#
#   scripts/tools.sh [TOOL…]      without arguments: every tool the tests use
#
# A tool that is already there is left alone, so a second run takes a moment. Debian's programs come
# from its packages, unpacked and not installed: no service starts, no root is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO_DENY_VERSION=0.20.2 # the release deny.toml is written for

tools=${CARGO_TARGET_DIR:-target}/tools
mkdir -p "$tools/bin"
tools=$(cd "$tools" && pwd)
apt=(apt-get -qq)

fail() {
  printf 'tools: %s\n' "$*" >&2
  exit 1
}

say() {
  printf 'tools: %s\n' "$*" >&2
}

# From here on apt reads a package list of our own: the machine's is missing or out of date.
own_package_lists() {
  local state=$tools/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  apt+=(-o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o APT::Sandbox::User= -o Debug::NoLocking=1)
  say "reading Debian's package lists"
  "${apt[@]}" update >"$state/log" 2>&1
}

# Downloads a Debian package into a folder, and with `--with-missing` what it needs and the machine lacks.
debian_download() {
  local folder=$1 package=$2 packages=("$2")
  if [ "${3-}" = --with-missing ]; then
    local listed
    listed=$("${apt[@]}" install --print-uris -y --no-install-recommends "$package" 2>>"$folder/log") || return
    mapfile -t packages < <(printf '%s\n' "$listed" | sed -n "s/^'[^']*' \([^_ ]*\)_.*/\1/p")
  fi
  (cd "$folder" && "${apt[@]}" download "${packages[@]}" >>log 2>&1)
}

# Unpacks a Debian package into $tools/debian; arguments as above.
debian_unpack() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "$1 comes from Debian's packages, and this machine has no apt-get and dpkg-deb; put the programs named in scripts/tools.sh into $tools/bin yourself"
  local folder package
  folder=$(mktemp -d "$tools/download.XXXXXX")
  say "unpacking Debian's $1"
  if ! debian_download "$folder" "$@" && ! { own_package_lists && debian_download "$folder" "$@"; }; then
    tail -n 3 "$folder/log" >&2
    rm -rf "$folder"
    fail "Debian's package $1 could not be downloaded; is the network up, and does 'apt-get update' work?"
  fi
  for package in "$folder"/*.deb; do
    dpkg-deb -x "$package" "$tools/debian"
  done
  rm -rf "$folder"
}

# A program from a Debian package that needs nothing but the C library.
debian_program() {
  local name=$1 package=$2
  [ -x "$tools/bin/$name" ] && return
  [ -x "$tools/debian/usr/bin/$name" ] || debian_unpack "$package"
  ln -sf "../debian/usr/bin/$name" "$tools/bin/$name"
}

# A program from a Debian package, with the libraries that the machine lacks, and what it is told by its
# environment: `NAME=value` after the package, where a path below the unpacked packages begins with `@`.
debian_wrapped() {
  local name=$1 package=$2 program libraries variable
  shift 2
  [ -x "$tools/bin/$name" ] && return
  debian_unpack "$package" --with-missing
  program=$(find "$tools/debian/usr/bin" "$tools/debian/bin" "$tools/debian/usr/sbin" -name "$name" 2>/dev/null | head -n 1 || true)
  [ -n "$program" ] || fail "Debian's package $package has no program $name"
  libraries=$(find "$tools/debian" \( -name '*.so' -o -name '*.so.*' \) -printf '%h\n' | sort -u | paste -sd:)
  {
    printf '#!/bin/sh\nexport LD_LIBRARY_PATH="%s${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n' "$libraries"
    for variable in "$@"; do
      printf 'export "%s"\n' "${variable//@/$tools/debian/}"
    done
    printf 'exec "%s" "$@"\n' "$program"
  } >"$tools/bin/$name.new"
  chmod +x "$tools/bin/$name.new"
  mv "$tools/bin/$name.new" "$tools/bin/$name"
}

tool_cargo_deny() {
  local found
  for found in "$tools/bin/cargo-deny" "$(command -v cargo-deny || true)"; do
    if [ -n "$found" ] && [ "$("$found" --version 2>/dev/null)" = "cargo-deny $CARGO_DENY_VERSION" ]; then
      [ "$found" = "$tools/bin/cargo-deny" ] || ln -sf "$found" "$tools/bin/cargo-deny"
      return
    fi
  done
  rm -f "$tools/bin/cargo-deny"
  say "building cargo-deny $CARGO_DENY_VERSION, once (a few minutes)"
  cargo install --quiet --locked cargo-deny --version "$CARGO_DENY_VERSION" --root "$tools" \
    --target-dir "$tools/build" ||
    fail "cargo-deny $CARGO_DENY_VERSION could not be built; try: cargo install --locked cargo-deny --version $CARGO_DENY_VERSION"
  rm -rf "$tools/build"
}

tool_promtool() {
  debian_program promtool prometheus
}

tool_prometheus() {
  debian_program prometheus prometheus
}

tool_node_exporter() {
  debian_program prometheus-node-exporter prometheus-node-exporter
}

# The system's own where there is one; else Debian's, with the libraries and unit files it reads.
tool_systemd_analyze() {
  [ -x "$tools/bin/systemd-analyze" ] && return
  local system
  if system=$(command -v systemd-analyze); then
    ln -sf "$system" "$tools/bin/systemd-analyze"
    return
  fi
  debian_wrapped systemd-analyze systemd SYSTEMD_UNIT_PATH=@usr/lib/systemd/system:@lib/systemd/system:
}

tool_mandoc() {
  debian_wrapped mandoc mandoc
}

tool_shells() {
  debian_wrapped zsh zsh
  debian_wrapped fish fish
}

# A python3 that has the packages of scripts/requirements.txt, by that file's hashes.
tool_python() {
  local packages=$tools/python
  cmp -s scripts/requirements.txt "$packages/requirements.txt" && [ -x "$tools/bin/python3" ] && return
  command -v python3 >/dev/null || fail "python3 is missing"
  local pip=(python3 -m pip)
  if ! "${pip[@]}" --version >/dev/null 2>&1; then
    # Debian's python3 has no pip, but its pip wheel can be run as it is.
    find "$tools/debian" -name 'pip-*.whl' 2>/dev/null | grep -q . || debian_unpack python3-pip-whl
    pip=(python3 "$(find "$tools/debian" -name 'pip-*.whl' | head -n 1)/pip")
  fi
  rm -rf "$packages"
  PIP_ROOT_USER_ACTION=ignore "${pip[@]}" install --quiet --disable-pip-version-check --no-deps \
    --require-hashes --target "$packages" -r scripts/requirements.txt ||
    fail "the packages of scripts/requirements.txt could not be installed from PyPI"
  cat >"$tools/bin/python3" <<WRAPPER
#!/bin/sh
export PYTHONPATH="$packages\${PYTHONPATH:+:\$PYTHONPATH}"
exec "$(command -v python3)" "\$@"
WRAPPER
  chmod +x "$tools/bin/python3"
  cp scripts/requirements.txt "$packages/requirements.txt"
}

[ $# -gt 0 ] || set -- cargo_deny promtool prometheus systemd_analyze python mandoc shells
for tool in "$@"; do
  declare -F "tool_$tool" >/dev/null || fail "no tool is called $tool"
  "tool_$tool"
done
