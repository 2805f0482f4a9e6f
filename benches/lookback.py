#!/usr/bin/env python3
"""What a million meetings in the look-back window cost the running exporter.

One application, and a vendor that does nothing but list its meetings (the simulated one thinks longer about a
page than anybody reads it): how long a sweep and a round in between take, next to a client that reads the same pages
and throws them away, and what is in memory and on the disk. Prints Markdown. Needs Linux and nothing but the
standard library.
"""

import argparse
import contextlib
import datetime
import hashlib
import http.client
import http.server
import json
import multiprocessing
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
PAGE = 100
DAYS = 7
SECRET = "0123456789ab"
ZONE = datetime.timezone(datetime.timedelta(hours=8))


def metric(text, name, **labels):
    """The sum of the series with that name and at least those labels; None if there is none."""
    found = None
    for line in text.splitlines():
        series, _, value = line.rpartition(" ")
        if series.split("{")[0] == name and all(f'{key}="{label}"' in series for key, label in labels.items()):
            found = (found or 0) + float(value)
    return found


class Exporter:
    """The exporter under measurement."""

    def __init__(self, binary, config, folder):
        self.log = pathlib.Path(folder, "exporter.log")
        with self.log.open("wb") as log:
            self.child = subprocess.Popen([binary, "serve", f"--config.file={config}", "--web.listen-address=127.0.0.1:0"],
                                          stdout=log, stderr=log)
        self.address = wait(lambda: re.search(r"http://([0-9.]+:[1-9]\d*)/metrics", self.log.read_text()), 60)[1]

    def scrape(self):
        if self.child.poll() is not None:
            sys.exit(f"the exporter ended with {self.child.returncode}:\n{self.log.read_text()}")
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=60) as answer:
            return answer.read().decode()

    def memory(self, field):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024

    def rounds(self, wanted, seconds):
        """Rounds of the collector, as (pages, seconds), until `wanted` accepts them."""
        rounds, begun, pages = [], None, 0.0
        deadline = time.monotonic() + seconds
        while not wanted(rounds):
            if time.monotonic() > deadline:
                sys.exit(f"only these rounds within {seconds} s: {rounds}\n{self.log.read_text()}")
            text = self.scrape()
            last = metric(text, "netease_meeting_collector_last_success_timestamp_seconds", collector="meetings")
            if last is not None and last != begun:
                # A round that has begun meanwhile adds a page or two to the one before it.
                read = metric(text, "netease_meeting_api_requests_total", endpoint="list", code="200")
                took = metric(text, "netease_meeting_collector_duration_seconds", collector="meetings")
                rounds.append((int(read - pages), took))
                begun, pages = last, read
            time.sleep(0.2)
        return rounds


def wait(look, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    sys.exit(f"waited {seconds} s in vain")


class Vendor(http.server.BaseHTTPRequestHandler):
    """Lists so many meetings, evenly over the last days, newest first; each an hour long."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    meetings, newest = 0, 0

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = DAYS * 86_400_000 / self.meetings
        listed = min(self.meetings, max(0, int((self.newest - question["startTime"]) / step)))
        size, index = question["pageSize"], question["pageIndex"]
        entries = ",".join(self.entry(number) for number in range((index - 1) * size, min(index * size, listed)))
        body = (f'{{"code":200,"ret":{{"query":{{"pageIndex":{index},"pageSize":{size},"totalPageCount":{-(-listed // size)},'
                f'"totalCount":{listed}}},"list":[{entries}]}},"requestId":"mc_1","costTime":"1ms"}}').encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def entry(self, number):
        start = self.newest // 1000 - int(number * DAYS * 86_400 / self.meetings)
        begun, over = (datetime.datetime.fromtimestamp(at, ZONE).strftime("%Y-%m-%d %H:%M:%S") for at in (start - 3600, start))
        return (f'{{"appId":7,"meetingId":{number},"meetingUniqueId":{2**62 - number},"subject":"weekly","creatorAccountId":"{number % 999}",'
                f'"hostAccountId":"{number % 999}","status":3,"meetingCreateTime":"{begun}","reserveStartTime":"{begun}",'
                f'"reserveEndTime":"{over}","realStartTime":"{begun}","realEndTime":"{over}","duration":3600,'
                f'"memberCount":{number % 40 + 2},"peakNum":0}}')

    def log_message(self, *_):
        pass


def vendor(meetings, port):
    """Serves until it is terminated."""
    Vendor.meetings, Vendor.newest = meetings, int(time.time() * 1000)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    port.put(server.server_address[1])
    server.serve_forever()


def plain_reader(host, pages):
    """Seconds a page, for a client with one connection that signs, reads and forgets."""
    connection = http.client.HTTPConnection(host, timeout=60)
    now = int(time.time() * 1000)
    indexes = random.Random(1).sample(range(1, pages + 1), min(pages, 400))
    began = time.monotonic()
    for index in indexes:
        nonce, second = f"{random.randrange(10**7, 10**8)}", str(int(time.time()))
        signature = hashlib.sha1((SECRET + nonce + second).encode()).hexdigest()
        body = {"startTime": now - DAYS * 86_400_000, "endTime": now, "pageIndex": index, "pageSize": PAGE, "status": "3,4,5"}
        connection.request("POST", "/v1/statistic/meeting/list", json.dumps(body), {
            "Content-Type": "application/json;charset=utf-8", "AppKey": "k", "Nonce": nonce, "CurTime": second,
            "CheckSum": signature, "accountId": "1", "AppSecret": SECRET, "Accept-Encoding": "gzip",
        })
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            sys.exit(f"the plain reader was answered {answer.status}")
    return (time.monotonic() - began) / len(indexes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--meetings", type=int, default=1_000_000, help="in the look-back window")
    parser.add_argument("--binary", type=pathlib.Path, default=TARGET / "release/netease-meeting-exporter")
    parser.add_argument("--json", type=pathlib.Path, help="keep the numbers there")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} is missing: run `make bench-ledger`")

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        port = multiprocessing.Queue()
        listing = multiprocessing.Process(target=vendor, args=(arguments.meetings, port), daemon=True)
        listing.start()
        stack.callback(listing.terminate)
        host = f"127.0.0.1:{port.get(timeout=60)}"
        since = datetime.datetime.now(ZONE).date() - datetime.timedelta(days=DAYS)
        config = pathlib.Path(folder, "exporter.yml")
        config.touch(mode=0o600)
        config.write_text(f"""state_dir: {folder}/state
counters_since: {since}
defaults:
  host: http://{host}
  rate_limit: {{ requests_per_second: 1000, burst: 1000 }}
  collectors:
    realtime: {{ enabled: false }}
    daily: {{ enabled: false }}
    meetings: {{ interval: 3s, lookback: {DAYS}d, hot_window: 30m, sweep_interval: 60s, page_size: {PAGE} }}
apps: [{{ name: a, app_key: k, app_secret: {SECRET}, account_id: "1" }}]
""")

        exporter = Exporter(arguments.binary, config, folder)
        stack.callback(exporter.child.wait)
        stack.callback(exporter.child.terminate)
        first = exporter.rounds(len, 1800)[0]
        first_peak = exporter.memory("VmHWM")
        many = first[0] // 2
        later = exporter.rounds(lambda rounds: sum(pages > many for pages, _ in rounds) >= 2
                                and sum(pages <= many for pages, _ in rounds) >= 5, 3600)[1:]
        text = exporter.scrape()
        finished = metric(text, "netease_meeting_finished_meetings_total")
        sweeps = [took / pages for pages, took in later if pages > many]
        hot = [took for pages, took in later if pages <= many]
        hot_pages = statistics.median(pages for pages, _ in later if pages <= many)
        plain = plain_reader(host, first[0])
        figures = {
            "finished_meetings": finished,
            "pages_a_sweep": first[0],
            "first_sweep_s": first[1],
            "later_sweep_s": statistics.median(sweeps) * first[0],
            "plain_reader_s": plain * first[0],
            "round_pages": hot_pages,
            "round_s": statistics.median(hot),
            "memory_first_sweep_mib": first_peak,
            "memory_peak_mib": exporter.memory("VmHWM"),
            "memory_mib": exporter.memory("VmRSS"),
            "ledger_mib": pathlib.Path(folder, "state/ledger.redb").stat().st_size / 2**20,
        }
    print(f"{finished:.0f} meetings counted, {first[0]} pages a sweep, from a vendor on the same machine:\n")
    print("| | s | of the plain reader's time |\n| --- | ---: | ---: |")
    print(f"| a sweep, all meetings new | {figures['first_sweep_s']:.1f} | {figures['first_sweep_s'] / figures['plain_reader_s']:.2f} |")
    print(f"| a sweep, all meetings known | {figures['later_sweep_s']:.1f} | {figures['later_sweep_s'] / figures['plain_reader_s']:.2f} |")
    print(f"| a round of the last 30 minutes, {hot_pages:.0f} pages | {figures['round_s']:.2f} | {figures['round_s'] / (plain * hot_pages):.2f} |")
    print(f"| the same pages, read and thrown away | {figures['plain_reader_s']:.1f} | 1 |")
    print(f"\nMemory: {figures['memory_mib']:.0f} MiB resident, {figures['memory_peak_mib']:.0f} MiB at most. "
          f"Ledger: {figures['ledger_mib']:.1f} MiB.")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
