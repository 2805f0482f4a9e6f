#!/usr/bin/env bash
# Runs fuzz targets, each for a while; the first input that breaks a rule stops it and is kept.
#
#   scripts/fuzz.sh SECONDS [TARGET…]      without targets: all of fuzz/targets
#
# What was found interesting is kept in fuzz/corpus and used again; fuzz/seeds is what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?how many seconds for each target}
shift
scripts/tools.sh cargo_fuzz cxx
tools=$(cd "${CARGO_TARGET_DIR:-target}/tools/bin" && pwd)
[ $# -gt 0 ] || set -- $(sed -n 's/^path = "targets\/\(.*\)\.rs"$/\1/p' fuzz/Cargo.toml)

# Coverage is an option the compiler keeps for its own developers; the sanitizer has nothing to find
# in code without `unsafe`, and halves the speed.
export RUSTC_BOOTSTRAP=1
# The build itself would quietly bring a lock file up to date.
cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
"$tools/cargo-fuzz" build --sanitizer none
host=$(rustc -vV | sed -n 's/^host: //p')
for target; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  log=fuzz/artifacts/$target/log
  dictionary=fuzz/dictionaries/$target.dict
  options=()
  [ ! -e "$dictionary" ] || options+=("-dict=$dictionary")
  printf 'fuzz: %s, %s s\n' "$target" "$seconds" >&2
  if ! "fuzz/target/$host/release/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" "${options[@]}" \
    "-artifact_prefix=fuzz/artifacts/$target/" "-max_total_time=$seconds" -timeout=20 -rss_limit_mb=2048 \
    -max_len=16384 -print_final_stats=1 >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    printf 'fuzz: %s broke a rule; the input is in fuzz/artifacts/%s\n' "$target" "$target" >&2
    exit 1
  fi
  sed -n 's/^stat::number_of_executed_units: */fuzz:   inputs tried: /p' "$log" >&2
  printf 'fuzz:   corpus: %s inputs\n' "$(find "fuzz/corpus/$target" "fuzz/seeds/$target" -type f | wc -l)" >&2
done
