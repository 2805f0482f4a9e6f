#!/usr/bin/env bash
# Links the binary statically, for the container image, and puts it into target/static.
#
#   scripts/static.sh dev|release
#
# Only the last step of the build is another one, so a build that is there already is used. The C library
# is glibc: the toolchain has no other. Its static form finds names in files and by DNS without loading
# anything; a machine whose /etc/nsswitch.conf asks for more has the package instead. The places that
# have to be adjusted to where the program lies are written in short: a third of a megabyte less to read.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1-} in
  dev) flag=() built=debug ;;
  release) flag=(--release) built=release ;;
  *)
    printf 'static: usage: scripts/static.sh dev|release\n' >&2
    exit 64
    ;;
esac
target=${CARGO_TARGET_DIR:-target}
link=(-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs)
cargo rustc --locked "${flag[@]}" --bin netease-meeting-exporter -- "${link[@]}"
mkdir -p "$target/static/$built"
strip -o "$target/static/$built/netease-meeting-exporter" "$target/$built/netease-meeting-exporter"
if readelf --program-headers "$target/static/$built/netease-meeting-exporter" | grep -q INTERP; then
  printf 'static: the binary asks for a loader\n' >&2
  exit 1
fi
# The ordinary one goes back to its place.
cargo build --quiet --locked "${flag[@]}" --bin netease-meeting-exporter
