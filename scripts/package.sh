#!/usr/bin/env bash
# Makes the Debian package of a binary that has been built; the last line says where it is.
#
#   scripts/package.sh [--fast] [--version VERSION] BINARY FOLDER
#
# Completions and manual pages come from the binary itself, so they are those of the program beside them.
set -euo pipefail
cd "$(dirname "$0")/.."

options=()
if [ "$1" = --fast ]; then
  options+=(--fast) # compressed less
  shift
fi
if [ "$1" = --version ]; then
  options+=(--deb-version "$2")
  shift 2
fi
binary=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
name=netease-meeting-exporter
tools=${CARGO_TARGET_DIR:-target}/tools/bin

# The assets of Cargo.toml, at the paths that it names.
stage=target/package
rm -rf "$stage"
mkdir -p "$stage/man" "$stage/units"
install -m 0755 "$binary" "$stage/$name"
strip "$stage/$name"

"$binary" completion bash >"$stage/$name.bash"
"$binary" completion zsh >"$stage/_$name"
"$binary" completion fish >"$stage/$name.fish"

# The page of a command, and those of the sub-commands that it lists.
pages() {
  local title page command
  title=$(IFS=-; printf '%s' "$name${*:+-$*}")
  page=$("$binary" man "$@")
  printf '%s\n' "$page" | gzip -9n >"$stage/man/$title.1.gz"
  while read -r command; do
    pages "$@" "$command"
  done < <(printf '%s\n' "$page" | tr -d '\\' | sed -n "s/^$title-\([a-z-]*\)(1)\$/\1/p")
}
pages

# The unit is the one of the manual installation, at the place where packages put programs.
sed "s|/usr/local/bin/|/usr/bin/|" "deploy/systemd/$name.service" >"$stage/units/$name.service"

# What is packed is as old as the release that it is of.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
"$tools/cargo-deb" deb --no-build --locked --offline "${options[@]}" --output "$out"
