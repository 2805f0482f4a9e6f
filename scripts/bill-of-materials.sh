#!/usr/bin/env bash
# Writes the bill of materials of the binary, in CycloneDX's JSON: each library with version, licence and hash.
#
#   scripts/bill-of-materials.sh FILE
set -euo pipefail
cd "$(dirname "$0")/.."

file=$(realpath -m "$1")
tools=$(realpath "${CARGO_TARGET_DIR:-target}/tools/bin")
host=$(rustc -vV | sed -n 's/^host: //p')
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
mkdir -p "$(dirname "$file")"
# It writes beside Cargo.toml and nowhere else.
trap 'rm -f bill-of-materials.json' EXIT
"$tools/cargo-cyclonedx" cyclonedx --format json --spec-version 1.5 --describe crate --target "$host" \
  --no-build-deps --override-filename bill-of-materials
mv bill-of-materials.json "$file"
