#!/usr/bin/env python3
"""What the exporter costs at rest, next to Debian's node exporter in the same run.

One application of the simulated vendor, default intervals, totals on disk; all exporters are
scraped as Prometheus does. Ours is measured as the package has it, with the system's C library, and
as the image has it, linked statically as the node exporter is. Prints a Markdown table. Needs Linux and nothing but the standard library.
"""

import argparse
import contextlib
import gzip
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
# What Prometheus sends.
HEADERS = {
    "Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "Accept-Encoding": "gzip",
}


class Process:
    """A child process, its output in a file, and what it has used so far."""

    def __init__(self, name, command, folder):
        self.name = name
        self.output = pathlib.Path(folder, f"{name}.log")
        with self.output.open("wb") as log:
            self.child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    def wait_for(self, pattern, seconds=60):
        """The first group of `pattern`, as soon as it is in the output."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text(), re.MULTILINE)
            if found:
                return found[1]
            self.check()
            time.sleep(0.05)
        sys.exit(f"{self.name} did not say {pattern!r} within {seconds} s:\n{self.text()}")

    def check(self):
        if self.child.poll() is not None:
            sys.exit(f"{self.name} ended with {self.child.returncode}:\n{self.text()}")

    def text(self):
        return self.output.read_text(errors="replace")

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def cpu_seconds(self):
        # The fields after the name, which may hold spaces: utime and stime are the 14th and 15th of all.
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def stop(self):
        self.child.terminate()
        try:
            return self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


class Subject:
    """An exporter that is measured."""

    def __init__(self, title, process, address, must_have):
        self.title, self.process, self.must_have = title, process, must_have
        self.url = f"http://{address}/metrics"
        self.memory, self.scrapes, self.sizes, self.series = [], [], [], 0
        self.began = self.cpu = None

    def scrape(self):
        began = time.monotonic()
        with urllib.request.urlopen(urllib.request.Request(self.url, headers=HEADERS), timeout=10) as answer:
            body = answer.read()
            compressed = answer.headers["Content-Encoding"] == "gzip"
        self.scrapes.append((time.monotonic() - began) * 1000)
        self.sizes.append(len(body))
        text = (gzip.decompress(body) if compressed else body).decode()
        if not re.search(self.must_have, text, re.MULTILINE):
            sys.exit(f"{self.title} does not show {self.must_have!r}, nothing to measure:\n{self.process.text()}")
        self.series = sum(1 for line in text.splitlines() if line and not line.startswith("#"))
        self.memory.append(self.process.resident_mib())

    def begin(self):
        self.memory, self.scrapes, self.sizes = [], [], []
        self.began, self.cpu = time.monotonic(), self.process.cpu_seconds()

    def row(self):
        hours = (time.monotonic() - self.began) / 3600
        cpu = (self.process.cpu_seconds() - self.cpu) / hours
        return (
            f"| {self.title} | {statistics.median(self.memory):.1f} | {max(self.memory):.1f} | {cpu:.1f} "
            f"| {self.series} | {statistics.median(self.sizes) / 1024:.1f} | {statistics.median(self.scrapes):.1f} |"
        )


def start(arguments, folder, stack):
    """The simulated vendor, our exporter twice and the node exporter, all on ports of their own."""

    def run(name, *command):
        process = Process(name, command, folder)
        stack.callback(process.stop)
        return process

    vendor = run("vendor", arguments.binary, "simulate", "--listen-address=127.0.0.1:0", "--apps=1", "--print-config")
    config = vendor.wait_for(r"^(defaults:\n(?:.*\n)*?apps:\n {2}- .*\n)")

    def ours(name, title, binary):
        file = pathlib.Path(folder, f"{name}.yml")
        file.touch(mode=0o600)
        file.write_text(f"state_dir: {folder}/{name}\n{config}")
        process = run(name, binary, "serve", f"--config.file={file}", "--web.listen-address=127.0.0.1:0")
        address = process.wait_for(r"http://([0-9.]+:[1-9]\d*)/metrics")
        return Subject(title, process, address, r"^netease_meeting_up\{.*\} 1(\.0)?$")

    packaged = ours("exporter", "netease-meeting-exporter", arguments.binary)
    static = ours("static", "the same, linked statically", arguments.static)
    node = run("node_exporter", arguments.node_exporter, "--web.listen-address=127.0.0.1:0")
    return [
        packaged,
        static,
        Subject("node exporter", node, node.wait_for(r"address=(127\.0\.0\.1:[1-9]\d*)"), r"^node_load1 "),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=330, help="length of the measurement")
    parser.add_argument("--warm-up", type=float, default=30, help="seconds before it")
    parser.add_argument("--scrape-interval", type=float, default=15, help="seconds from scrape to scrape")
    parser.add_argument("--binary", type=pathlib.Path, default=TARGET / "release/netease-meeting-exporter")
    parser.add_argument("--static", type=pathlib.Path, default=TARGET / "static/release/netease-meeting-exporter")
    parser.add_argument("--node-exporter", type=pathlib.Path, default=TARGET / "tools/bin/prometheus-node-exporter")
    arguments = parser.parse_args()
    for program in (arguments.binary, arguments.static, arguments.node_exporter):
        if not program.exists():
            sys.exit(f"{program} is missing: run `make bench`")

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        subjects = start(arguments, folder, stack)
        time.sleep(arguments.warm_up)
        for subject in subjects:
            subject.scrape()
            subject.begin()
        end = time.monotonic() + arguments.seconds
        due = time.monotonic()
        while (due := due + arguments.scrape_interval) <= end:
            time.sleep(max(0, due - time.monotonic()))
            for subject in subjects:
                subject.process.check()
                subject.scrape()
        if not subjects[0].memory:
            sys.exit("--seconds is shorter than one --scrape-interval")
        print(f"At rest over {arguments.seconds:.0f} s, scraped every {arguments.scrape_interval:.0f} s:\n")
        print("| | resident MiB, median | most | CPU s/h | series | KiB a scrape, gzip | ms a scrape |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for subject in subjects:
            print(subject.row())
        code = subjects[0].process.stop()
        if code != 0:
            sys.exit(f"the exporter ended with {code} after SIGTERM:\n{subjects[0].process.text()}")


if __name__ == "__main__":
    main()
