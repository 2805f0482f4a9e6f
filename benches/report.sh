#!/usr/bin/env bash
# Runs benchmarks, each a target of the Makefile, and puts what they print into one report.
#
#   benches/report.sh TARGET…
set -euo pipefail
cd "$(dirname "$0")/.."

report=benches/results/report.md
mkdir -p benches/results
{
  printf '# Measurements\n\n'
  printf 'Made by `make bench` on %s, revision %s. The numbers of every turn are in this folder.\n' \
    "$(date -u +%Y-%m-%d)" "$(git rev-parse --short HEAD)"
} >"$report.new"
for target in "$@"; do
  printf '\n## %s\n\n' "${target#bench-}" >>"$report.new"
  make --silent "$target" | tee -a "$report.new"
done
mv "$report.new" "$report"
