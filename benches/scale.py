#!/usr/bin/env python3
"""What an application costs when there are few and when there are thousands.

For each number of applications: the simulated vendor, the exporter and a real Prometheus that scrapes
everything, all on this machine. Prints a Markdown table and keeps the raw numbers as JSON. The three
share the processors, so each one's CPU time is told. Needs Linux and nothing but the standard library.
"""

import argparse
import contextlib
import gzip
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from idle import HEADERS, TARGET, Process


def get(url, timeout=60):
    """A body; asked for as Prometheus does, so that the exporter keeps nothing in another form for us."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=HEADERS), timeout=timeout) as answer:
        body = answer.read()
        return (gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body).decode()


def samples(text, name):
    """Label text and value of every series of that name."""
    return re.findall(rf"^{name}(\{{.*\}})? (\S+)$", text, re.MULTILINE)


def total(text, name):
    return sum(float(value) for _, value in samples(text, name))


def lag_buckets(text):
    """Runs by upper bound of their lag and by collector, cumulative as they stand."""
    found = {}
    for labels, value in samples(text, "netease_meeting_exporter_schedule_lag_seconds_bucket"):
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        found[pairs["collector"], float(pairs["le"])] = float(value)
    return found


def lag(before, after, collector):
    """How many runs there were, and the lowest bound that no run's lag is above."""
    runs = {
        bound: count - before.get((name, bound), 0)
        for (name, bound), count in after.items() if name == collector
    }
    most = runs.get(float("inf"), 0)
    bounds = sorted(bound for bound, count in runs.items() if count == most)
    return int(most), bounds[0] if bounds and most else None


class Prometheus:
    """A real Prometheus that scrapes the exporter."""

    def __init__(self, binary, target, folder, stack, interval):
        config = pathlib.Path(folder, "prometheus.yml")
        config.write_text(
            f"global: {{ scrape_interval: {interval}s, scrape_timeout: {interval}s }}\n"
            f"scrape_configs: [{{ job_name: exporter, static_configs: [{{ targets: ['{target}'] }}] }}]\n"
        )
        self.process = Process("prometheus", [
            binary, f"--config.file={config}", f"--storage.tsdb.path={folder}/prometheus",
            "--web.listen-address=127.0.0.1:0",
        ], folder)
        stack.callback(self.process.stop)
        address = self.process.wait_for(r"(?:address|Listening on\" address)=\"?(127\.0\.0\.1:[1-9]\d*)")
        self.url = f"http://{address}/api/v1/query?query="

    def query(self, expression):
        answer = json.loads(get(self.url + urllib.parse.quote(expression)))
        return [float(series["value"][1]) for series in answer["data"]["result"]]

    def scrapes(self, seconds):
        """Every scrape's duration within the last seconds, and the samples of the last scrape."""
        answer = json.loads(get(self.url + urllib.parse.quote(f"scrape_duration_seconds[{int(seconds)}s]")))
        values = [float(value) for series in answer["data"]["result"] for _, value in series["values"]]
        return values, int(max(self.query("scrape_samples_scraped"), default=0))


def configure(folder, printed, arguments):
    """Writes the configuration that the simulated vendor has printed, with the intervals to measure."""
    collectors = f"realtime: {{ interval: {arguments.realtime}s, stale_after: {4 * arguments.realtime}s }}, " \
                 f"daily: {{ interval: {arguments.daily}s, stale_after: {4 * arguments.daily}s }}"
    if not arguments.meetings:
        collectors += ", meetings: { enabled: false }"
    printed = printed.replace("\napps:\n", f"\n  collectors: {{ {collectors} }}\napps:\n", 1)
    file = pathlib.Path(folder, "exporter.yml")
    file.touch(mode=0o600)
    file.write_text(f"state_dir: {folder}/state\n{printed}")
    return file


def node_exporter(binary, folder, stack):
    """Resident memory of the node exporter after some scrapes, in MiB."""
    process = Process("node_exporter", [binary, "--web.listen-address=127.0.0.1:0"], folder)
    stack.callback(process.stop)
    address = process.wait_for(r"address=(127\.0\.0\.1:[1-9]\d*)")
    for _ in range(20):
        get(f"http://{address}/metrics")
    return process.resident_mib()


def measure(apps, arguments, folder, stack):
    def run(name, *command):
        process = Process(name, command, folder)
        stack.callback(process.stop)
        return process

    vendor = run("vendor", arguments.binary, "simulate", "--listen-address=127.0.0.1:0", f"--apps={apps}",
                 f"--meetings-per-day={arguments.meetings_per_day}", "--print-config")
    last = r"^(defaults:\n(?:.*\n)*?apps:\n(?: {2}- .*\n){%d})" % apps
    file = configure(folder, vendor.wait_for(last, 300), arguments)

    began = time.monotonic()
    ours = run("exporter", arguments.binary, "serve", f"--config.file={file}", "--web.listen-address=127.0.0.1:0")
    address = ours.wait_for(r"http://([0-9.]+:[1-9]\d*)/metrics", 120)
    url = f"http://{address}"
    get(url + "/-/healthy")
    listening = time.monotonic() - began
    prometheus = Prometheus(arguments.prometheus, address, folder, stack, arguments.scrape_interval)
    deadline = time.monotonic() + 900
    while True:
        try:
            get(url + "/-/ready")
            break
        except urllib.error.HTTPError:
            ours.check()
            if time.monotonic() > deadline:
                sys.exit(f"{apps} applications were not ready after 900 s:\n{ours.text()[-3000:]}")
            time.sleep(0.2)
    ready = time.monotonic() - began
    time.sleep(arguments.warm_up)

    processes = {"exporter": ours, "vendor": vendor, "prometheus": prometheus.process}
    text = get(url + "/metrics")
    lags, calls = lag_buckets(text), total(text, "netease_meeting_api_requests_total")
    cpu = {name: process.cpu_seconds() for name, process in processes.items()}
    start = time.monotonic()
    memory = []
    while time.monotonic() - start < arguments.seconds:
        time.sleep(min(5, arguments.seconds))
        for process in processes.values():
            process.check()
        memory.append(ours.resident_mib())
    seconds = time.monotonic() - start
    cpu = {name: process.cpu_seconds() - cpu[name] for name, process in processes.items()}
    text = get(url + "/metrics")
    now = lag_buckets(text)
    durations, series = prometheus.scrapes(seconds)
    result = {
        "applications": apps,
        "seconds": seconds,
        "listening_seconds": listening,
        "ready_seconds": ready,
        "cpu_seconds": cpu,
        "calls": total(text, "netease_meeting_api_requests_total") - calls,
        "calls_by_code": {},
        "resident_mib_median": statistics.median(memory),
        "resident_mib_most": max(memory),
        "up": total(text, "netease_meeting_up"),
        "series": series,
        "scrape_seconds": durations,
        "lag": {},
    }
    for labels, value in samples(text, "netease_meeting_api_requests_total"):
        code = re.search(r'code="([^"]*)"', labels)[1]
        result["calls_by_code"][code] = result["calls_by_code"].get(code, 0) + float(value)
    for collector in sorted({name for name, _ in now}):
        runs, most = lag(lags, now, collector)
        result["lag"][collector] = {"runs": runs, "at_most_seconds": most}
    if ours.stop() != 0:
        sys.exit(f"the exporter did not end well:\n{ours.text()[-3000:]}")
    return result


def row(result):
    apps, seconds, cpu = result["applications"], result["seconds"], result["cpu_seconds"]
    per_app = cpu["exporter"] / seconds / apps * 1e6
    lags = ", ".join(f"{name} ≤ {it['at_most_seconds']:g}" for name, it in result["lag"].items() if it["runs"])
    scrapes = result["scrape_seconds"]
    return (
        f"| {apps:,} | {result['ready_seconds']:.1f} | {result['calls'] / seconds:.1f} "
        f"| {cpu['exporter'] / seconds:.3f} | {per_app:.0f} | {cpu['vendor'] / seconds:.3f} | {cpu['prometheus'] / seconds:.3f} "
        f"| {result['resident_mib_median']:.1f} | {result['resident_mib_most']:.1f} "
        f"| {(result['resident_mib_median'] * 1024) / apps:.0f} | {lags} | {result['series']:,} "
        f"| {statistics.median(scrapes) if scrapes else 0:.3f} | {max(scrapes, default=0):.3f} |"
    )


HEAD = (
    "| applications | ready after s | calls/s | cores, exporter | µs of CPU per application and second | cores, vendor | cores, Prometheus "
    "| resident MiB, median | most | KiB per application | lag s | series | s a scrape, median | most |\n"
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--apps", type=int, nargs="+", default=[1, 10, 100, 1000, 10000])
    parser.add_argument("--seconds", type=float, default=60, help="length of each measurement")
    parser.add_argument("--warm-up", type=float, default=20, help="seconds between the first round and the measurement")
    parser.add_argument("--realtime", type=int, default=30, help="seconds between live figures")
    parser.add_argument("--daily", type=int, default=300, help="seconds between daily figures")
    parser.add_argument("--meetings", action="store_true", help="read the list of meetings too, every minute")
    parser.add_argument("--meetings-per-day", type=float, default=40, help="of a middle-sized application")
    parser.add_argument("--scrape-interval", type=int, default=15)
    parser.add_argument("--binary", type=pathlib.Path, default=TARGET / "release/netease-meeting-exporter")
    parser.add_argument("--prometheus", type=pathlib.Path, default=TARGET / "tools/bin/prometheus")
    parser.add_argument("--node-exporter", type=pathlib.Path, default=TARGET / "tools/bin/prometheus-node-exporter")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("benches/results/scale.json"))
    arguments = parser.parse_args()
    for program in (arguments.binary, arguments.prometheus, arguments.node_exporter):
        if not program.exists():
            sys.exit(f"{program} is missing: run `make bench-scale`")

    report = {"load_at_start": os.getloadavg(), "processors": os.cpu_count(), "results": []}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        report["node_exporter_resident_mib"] = node_exporter(arguments.node_exporter, folder, stack)
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    what = "live, daily and finished meetings" if arguments.meetings else "live and daily figures"
    say(f"{what}, every {arguments.realtime} s and {arguments.daily} s, over {arguments.seconds:.0f} s each; "
        f"{os.cpu_count()} processors shared by all; the machine's load before: {os.getloadavg()[0]:.1f}\n")
    say(HEAD)
    for apps in arguments.apps:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            result = measure(apps, arguments, folder, stack)
        report["results"].append(result)
        say(row(result))
    say(f"\nnode exporter, resident: {report['node_exporter_resident_mib']:.1f} MiB")
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    arguments.results.write_text(json.dumps(report, indent=1) + "\n")
    arguments.results.with_suffix(".md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
