#!/usr/bin/env bash
# Builds what a release hands out twice, from the same commit in two folders, and compares the bytes.
# Nothing is shared but the toolchain and the downloaded sources: each build starts from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=$(git rev-parse HEAD)
revision=$(git rev-parse --short=12 "$commit")
work=$(mktemp -d "${TMPDIR:-/tmp}/reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT
binaries=(release/netease-meeting-exporter static/release/netease-meeting-exporter)

# Two paths of different length, so that a path in the binary would move what follows it.
for folder in "$work/a" "$work/another/place/altogether"; do
  mkdir -p "$folder"
  git archive "$commit" | tar -x -C "$folder"
  printf 'reproducible: building %s in %s\n' "$revision" "$folder" >&2
  (
    cd "$folder"
    unset CARGO_TARGET_DIR
    NETEASE_MEETING_EXPORTER_REVISION=$revision make --silent binaries
    cd target
    sha256sum "${binaries[@]}"
  ) >"$work/sums.$(basename "$folder")"
  # The second build shall find nothing of the first.
  mkdir -p "$work/kept.$(basename "$folder")"
  (cd "$folder/target" && cp --parents "${binaries[@]}" "$work/kept.$(basename "$folder")")
  rm -rf "$folder"
done
for binary in "${binaries[@]}"; do
  for path in "$HOME" "$work"; do
    if grep -qaF "$path" "$work/kept.a/$binary"; then
      printf 'reproducible: %s has a path of this machine in it: %s\n' "$binary" "$path" >&2
      exit 1
    fi
  done
done
if ! cmp "$work/sums.a" "$work/sums.altogether"; then
  printf 'reproducible: two builds of %s differ\n' "$revision" >&2
  paste -d '\n' "$work/sums.a" "$work/sums.altogether" >&2
  exit 1
fi
printf 'two builds of %s are the same:\n' "$revision"
cat "$work/sums.a"
