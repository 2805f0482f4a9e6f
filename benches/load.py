#!/usr/bin/env python3
"""How many scrapes a second the exporter answers, and how late, next to others in the same run.

The exporter runs as it is delivered, against the simulated vendor, with applications that have had their
first round; then it is asked by wrk. It is measured against

* a server that returns the same bytes from one static buffer, which is as fast as hyper can be;
* registries of the same series, gathered and written for every scrape: the crates prometheus and
  prometheus-client, and Python's prometheus-client;
* Debian's node exporter, at its body's size.

Measurements that are compared take turns (A B A B …), and each number is the median of its turns. Prints Markdown;
the numbers of every turn go to a JSON file. Needs Linux and nothing but the standard library.
"""

import argparse
import contextlib
import gzip
import http.client
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from idle import TARGET, Process

HERE = pathlib.Path(__file__).parent
TOOLS = TARGET / "tools/bin"
# Polled once, and then shown for as long as a measurement takes: scrapes are what is measured.
QUIET = "{ enabled: true, interval: 7d, stale_after: 366d }"
OFF = "{ enabled: false }"
EVERYTHING = {"realtime": QUIET, "daily": QUIET, "meetings": QUIET}
REALTIME = {"realtime": QUIET, "daily": OFF, "meetings": OFF}


def fetch(url, compressed):
    """An answer's body, compressed or not."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    connection.request("GET", parts.path, headers={"Accept-Encoding": "gzip" if compressed else "identity"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or (answer.headers["Content-Encoding"] == "gzip") != compressed:
        sys.exit(f"{url}: status {answer.status}, encoding {answer.headers['Content-Encoding']}")
    connection.close()
    return body


def cpu_nanoseconds(process):
    """What a process's threads have run so far, as the scheduler counts it."""
    threads = pathlib.Path(f"/proc/{process.child.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


def wrk(subject, connections, seconds, compressed):
    """One turn: scrapes a second, the latency in milliseconds within which 99 % were answered, and the CPU time
    of a scrape in microseconds, which others on the machine disturb the least."""
    process, url = subject
    before = cpu_nanoseconds(process)
    command = [TOOLS / "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=60s", "--latency",
               "-H", f"Accept-Encoding: {'gzip' if compressed else 'identity'}", url]
    output = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"{url}:\n{output}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    scrapes = int(re.search(r"(\d+) requests in", output)[1])
    if not scrapes:
        sys.exit(f"{url}: no scrape in {seconds} s")
    cpu_us = (cpu_nanoseconds(process) - before) / scrapes / 1000
    # Where hardly any scrape ended within the turn, there is no percentile to tell.
    number, unit = (re.search(r"99%\s+([\d.]+)(us|ms|s|m)\n", output) or ABSENT).groups()
    factor = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}.get(unit, 1)
    return {"rate": rate, "p99_ms": float(number) * factor, "cpu_us": cpu_us}


ABSENT = re.match("(nan)()", "nan")


class Runs:
    """Starts what is measured, ends it, and keeps the numbers."""

    def __init__(self, arguments, folder, stack):
        self.arguments, self.folder, self.stack = arguments, pathlib.Path(folder), stack
        self.raw, self.started = [], 0

    def start(self, stack, name, *command):
        self.started += 1
        process = Process(f"{self.started}-{name}", command, self.folder)
        stack.callback(process.stop)
        return process

    def exporter(self, stack, apps, collectors):
        """An exporter with so many applications, each of which has had its first round."""
        binary = self.arguments.binary
        vendor = self.start(stack, "vendor", binary, "simulate", "--listen-address=127.0.0.1:0", f"--apps={apps}",
                            "--print-config")
        vendor.wait_for(r"^apps:\n((?:  - .*\n){%d})" % apps, 120)
        printed = re.search(r"^defaults:\n  host: .*\napps:\n(?:  - .*\n)*", vendor.text(), re.MULTILINE)[0]
        chosen = "".join(f"    {name}: {setting}\n" for name, setting in collectors.items())
        config = self.folder / f"{self.started}.yml"
        config.touch(mode=0o600)
        config.write_text(printed.replace("apps:\n", f"  collectors:\n{chosen}apps:\n", 1))
        ours = self.start(stack, "exporter", binary, "serve", f"--config.file={config}",
                          "--web.listen-address=127.0.0.1:0", "--log.level=warn" if apps > 100 else "--log.level=info")
        address = self.address(ours)
        self.wait_ready(ours, address)
        # The vendor has done its part: what is measured needs both cores.
        vendor.stop()
        return ours, f"http://{address}/metrics"

    def address(self, process):
        """Where a process listens: the one TCP port it has opened, as the kernel says."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            process.check()
            sockets = set()
            for entry in pathlib.Path(f"/proc/{process.child.pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    sockets.add(os.readlink(entry))
            for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    return f"127.0.0.1:{int(fields[1].rpartition(':')[2], 16)}"
            time.sleep(0.05)
        sys.exit(f"{process.name} does not listen:\n{process.text()}")

    def wait_ready(self, process, address):
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            process.check()
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection(address, timeout=60)
                connection.request("GET", "/-/ready")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.2)
        sys.exit(f"{process.name} is not ready:\n{process.text()}")

    def peer(self, stack, *command):
        process = self.start(stack, "peer", *command)
        return process, process.wait_for(r"(http://[0-9.]+:[1-9]\d*/metrics)", 120)

    def compare(self, case, subjects, connections, compressed, times=1):
        """Takes turns between the subjects, each a process and its URL; the median of each. A turn is `times` as
        long as others where one of them needs long for a scrape."""
        turns = {name: [] for name in subjects}
        for _ in range(self.arguments.turns):
            for name, subject in subjects.items():
                turns[name].append(wrk(subject, connections, times * self.arguments.seconds, compressed))
        for name, taken in turns.items():
            self.raw.append({"case": case, "subject": name, "connections": connections,
                             "encoding": "gzip" if compressed else "identity", "turns": taken})
        return {name: {key: statistics.median(turn[key] for turn in taken) for key in taken[0]}
                for name, taken in turns.items()}


def ceiling(runs):
    """The exporter against a static buffer."""
    print("### Scrapes against one static buffer\n")
    print("| applications | series | body | encoding | connections | exporter, scrapes/s | static buffer | ratio | p99 ratio | CPU ratio |")
    print("| ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for apps, collectors in ((1, EVERYTHING), (100, EVERYTHING), (runs.arguments.many, REALTIME)):
        with contextlib.ExitStack() as stack:
            ours, url = runs.exporter(stack, apps, collectors)
            files = [runs.folder / f"{apps}.{kind}" for kind in ("txt", "gz")]
            bodies = [fetch(url, compressed) for compressed in (False, True)]
            for file, body in zip(files, bodies):
                file.write_bytes(body)
            if gzip.decompress(bodies[1]).count(b"\n") != bodies[0].count(b"\n"):
                sys.exit("compressed and not compressed are not the same series")
            static = runs.peer(stack, runs.arguments.peers, "static", *files)
            series = sum(not line.startswith(b"#") for line in bodies[0].splitlines())
            for compressed in (False, True):
                for connections in (1, 8):
                    found = runs.compare(f"{apps} applications", {"exporter": (ours, url), "static": static}, connections, compressed)
                    ours_, other = found["exporter"], found["static"]
                    print(f"| {apps} | {series} | {size(len(bodies[compressed]))} | {'gzip' if compressed else 'identity'} "
                          f"| {connections} | {ours_['rate']:.0f} | {other['rate']:.0f} | {ours_['rate'] / other['rate']:.2f} "
                          f"| {ours_['p99_ms'] / other['p99_ms']:.2f} | {ours_['cpu_us'] / other['cpu_us']:.2f} |", flush=True)
            print(f"\nResident after this, with {apps} applications: {ours.resident_mib():.1f} MiB.\n" if apps > 100 else "", end="")
    print()


def registries(runs):
    """The exporter against registries of the same series, of which the largest body above is made."""
    text = runs.folder / f"{runs.arguments.many}.txt"
    body = text.read_bytes()
    series = sum(not line.startswith(b"#") for line in body.splitlines())
    print(f"### Scrapes against registries, {series} series, {size(len(body))} of text\n")
    print("| connections | exporter, scrapes/s | prometheus | ratio | prometheus-client | ratio | Python | ratio |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with contextlib.ExitStack() as stack:
        exporter = runs.exporter(stack, runs.arguments.many, REALTIME)
        peers = {name: runs.peer(stack, runs.arguments.peers, name, text) for name in ("prometheus", "prometheus-client")}
        peers["Python"] = runs.peer(stack, TOOLS / "python3", HERE / "python_peer.py", text)
        for connections in (1, 8):
            if connections > 1:
                # Its threads take turns, and one scrape takes seconds: none would end within a turn.
                del peers["Python"]
            found = runs.compare("registries", {"exporter": exporter, **peers}, connections, False, 3)
            cells = [f"{found[name]['rate']:.2f} | {found['exporter']['rate'] / found[name]['rate']:.0f}" for name in peers]
            cells += ["| "] * (3 - len(cells))
            print(f"| {connections} | {found['exporter']['rate']:.0f} | {' | '.join(cells)} |", flush=True)
    print()


def node(runs):
    """The exporter against the node exporter, with as many applications as make a body of its size."""
    print("### Scrapes against Debian's node exporter, at its body's size\n")
    print("| connections | encoding | exporter, body | node exporter, body | exporter, scrapes/s | node exporter | ratio |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    with contextlib.ExitStack() as stack:
        other = runs.start(stack, "node_exporter", runs.arguments.node_exporter, "--web.listen-address=127.0.0.1:0",
                           "--web.max-requests=0")
        other_url = f"http://{other.wait_for(r'address=(127.0.0.1:[1-9][0-9]*)')}/metrics"
        one, hundred = ((runs.folder / f"{apps}.txt").stat().st_size for apps in (1, 100))
        wanted, each = len(fetch(other_url, False)), (hundred - one) / 99
        ours, url = runs.exporter(stack, max(1, round((wanted - one) / each) + 1), EVERYTHING)
        for compressed in (False, True):
            bodies = [size(len(fetch(it, compressed))) for it in (url, other_url)]
            for connections in (1, 8):
                found = runs.compare("node exporter", {"exporter": (ours, url), "node exporter": (other, other_url)}, connections, compressed)
                rates = [found[name]["rate"] for name in ("exporter", "node exporter")]
                print(f"| {connections} | {'gzip' if compressed else 'identity'} | {' | '.join(bodies)} "
                      f"| {rates[0]:.0f} | {rates[1]:.1f} | {rates[0] / rates[1]:.0f} |", flush=True)
        print(f"\nResident after this: exporter {ours.resident_mib():.1f} MiB, node exporter {other.resident_mib():.1f} MiB.\n")


def newest(pattern):
    """The program that was built last; cargo puts a benchmark's below a name with a hash."""
    found = [path for path in TARGET.glob(pattern) if not path.suffix]
    return max(found, key=lambda path: path.stat().st_mtime, default=TARGET / pattern)


def size(count):
    """Bytes for people."""
    for unit, many in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= many:
            return f"{count / many:.1f} {unit}"
    return f"{count} B"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3, help="length of a turn")
    parser.add_argument("--turns", type=int, default=5, help="turns of each")
    parser.add_argument("--many", type=int, default=10_000, help="how many applications are many")
    parser.add_argument("--only", choices=("ceiling", "registries", "node"), action="append", help="only this part")
    parser.add_argument("--binary", type=pathlib.Path, default=TARGET / "release/netease-meeting-exporter")
    parser.add_argument("--peers", type=pathlib.Path, default=newest("release/deps/peers-*"))
    parser.add_argument("--node-exporter", type=pathlib.Path, default=TOOLS / "prometheus-node-exporter")
    parser.add_argument("--results", type=pathlib.Path, default=HERE / "results/load.json")
    arguments = parser.parse_args()
    for program in (arguments.binary, arguments.peers, arguments.node_exporter, TOOLS / "wrk"):
        if not program.exists():
            sys.exit(f"{program} is missing: run `make bench-load`")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        runs = Runs(arguments, folder, stack)
        print(f"{os.cpu_count()} cores, Linux {platform.release()}; turns of {arguments.seconds} s, {arguments.turns} of each.\n")
        parts = {"ceiling": ceiling, "registries": registries, "node": node}
        for name, part in parts.items():
            if not arguments.only or name in arguments.only or name == "ceiling":
                part(runs)
        arguments.results.parent.mkdir(exist_ok=True)
        arguments.results.write_text(json.dumps(runs.raw, indent=1) + "\n")


if __name__ == "__main__":
    main()
