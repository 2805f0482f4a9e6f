#!/usr/bin/env bash
# Puts the image's context together from a static binary, and builds the image as an OCI archive.
#
#   scripts/image.sh BINARY CONTEXT ARCHIVE
#
# No engine is asked and nothing is pulled: buildah, of Debian's packages, writes the archive.
# It is loaded with `skopeo copy oci-archive:ARCHIVE …`, `podman load` or `docker load`.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=$1 context=$2 archive=$3
tools=$(realpath "${CARGO_TARGET_DIR:-target}/tools/bin")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
revision=$("$binary" --version | sed -n 's/.*(revision: \(.*\))/\1/p')
# Of the same sources comes the same image.
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

rm -rf "$context"
mkdir -p "$context/rootfs/etc" "$context/rootfs/var/lib" "$context/state"
install -m 0555 "$binary" "$context/rootfs/netease-meeting-exporter"
printf 'hosts: files dns\n' >"$context/rootfs/etc/nsswitch.conf"
cp deploy/docker/Dockerfile "$context/"
find "$context" -exec touch --no-dereference --date="@$epoch" {} +

storage=$(mktemp -d)
trap 'rm -rf "$storage"' EXIT
printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$storage/policy.json"
rm -f "$archive"
"$tools/buildah" --root "$storage/root" --runroot "$storage/run" --storage-driver vfs \
  build --quiet --isolation chroot --signature-policy "$storage/policy.json" --timestamp "$epoch" \
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
  --tag "oci-archive:$archive:netease-meeting-exporter:$version" "$context"
