#!/usr/bin/env python3
"""What `cargo bench --bench micro` found, as a Markdown table; the estimates go to a JSON file."""

import json
import os
import pathlib

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
RESULTS = pathlib.Path(__file__).parent / "results/micro.json"


def readable(nanoseconds):
    """A time for people."""
    for unit, many in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= many:
            return f"{nanoseconds / many:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def main():
    found = {}
    for file in sorted(TARGET.glob("criterion/**/new/benchmark.json")):
        name = json.loads(file.read_text())["full_id"]
        estimates = json.loads((file.parent / "estimates.json").read_text())
        found[name] = {key: estimates[key]["point_estimate"] for key in ("median", "median_abs_dev")}
    print("| step | median | deviation |\n| --- | ---: | ---: |")
    for name, estimate in found.items():
        print(f"| {name} | {readable(estimate['median'])} | {readable(estimate['median_abs_dev'])} |")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
