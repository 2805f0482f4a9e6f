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
"$tools/cargo-cyclonedx" cyclonedx --format json --spec-version 1.5 --target "$host" \
  --no-build-deps --override-filename bill-of-materials
# A bill of the same sources is the same wherever they are.
sed -i "s|file://$PWD|file://.|g" bill-of-materials.json

# What is linked in must be in it, whatever the two programs think of features and targets.
cargo tree --locked --edges normal --target "$host" --prefix none --format '{p}' | cut -d' ' -f1,2 | sort -u |
  python3 -c '
import json, sys
bill = json.load(open(sys.argv[1]))
listed = {(part["name"], "v" + part["version"]) for part in [bill["metadata"]["component"], *bill["components"]]}
linked = {tuple(line.split()) for line in sys.stdin}
missing = sorted(linked - listed)
if missing or len(linked) < 50:
    sys.exit(f"bill-of-materials: of {len(linked)} linked crates these are not in it: {missing}")
print(f"{len(listed)} crates are in the bill of materials, among them all {len(linked)} that are linked")
' bill-of-materials.json
mv bill-of-materials.json "$file"
