"""A Prometheus over a file of samples, and what it answers to a panel's queries."""

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request

# The samples are ten minutes apart.
STEP = 600
LOOKBACK = "15m"


class Prometheus:
    """Runs until the `with` block ends."""

    def __init__(self, tools, samples, folder):
        self.tools, self.samples, self.folder = tools, samples, folder

    def __enter__(self):
        blocks = self.folder / "tsdb"
        shutil.rmtree(blocks, ignore_errors=True)
        command = [self.tools / "promtool", "tsdb", "create-blocks-from", "openmetrics"]
        subprocess.run([*command, "--max-block-duration=744h", "--quiet", self.samples, blocks], check=True)
        config = self.folder / "prometheus.yml"
        config.write_text("global: {}\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                self.tools / "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={blocks}",
                "--storage.tsdb.retention.time=10y",
                f"--web.listen-address={self.address}",
                f"--query.lookback-delta={LOOKBACK}",
                "--log.level=error",
            ]
        )
        self.now = self._newest()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def _newest(self):
        """When the last sample was taken."""
        with open(self.samples, "rb") as stream:
            stream.seek(-4096, 2)
            last = [line for line in stream.read().decode().splitlines() if not line.startswith("#")][-1]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                    return int(last.rsplit(" ", 1)[1])
            except OSError:
                time.sleep(0.2)
        raise SystemExit("Prometheus did not start")

    def panel(self, panel, span, variables):
        """The answers to a panel's queries: for each a list of (labels, [(time, value)])."""
        span = seconds(panel.get("timeFrom", "").lstrip("-")) or span
        answers = []
        for target in panel["targets"]:
            step = max(STEP, seconds(target.get("interval") or panel.get("interval")), STEP * (span // (STEP * 144)))
            rate = max(step + STEP, 4 * STEP)
            text = target["expr"].replace("$__rate_interval", f"{rate}s").replace("$__range", f"{span}s")
            for name, value in variables.items():
                text = text.replace(f"${name}", value)
            if target["instant"]:
                answers.append(self._ask("query", query=text, time=self.now))
            else:
                # Grafana's steps stand at multiples of their length.
                start = (self.now - span) // step * step
                answers.append(self._ask("query_range", query=text, start=start, end=self.now, step=step))
        return answers

    def _ask(self, path, **parameters):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            result = json.load(answer)["data"]["result"]
        return [
            (one["metric"], [(at, float(value)) for at, value in one.get("values") or [one["value"]]]) for one in result
        ]


def seconds(text):
    """A duration as Prometheus writes it; 0 for none."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    return int(text[:-1]) * units[text[-1]] if text else 0
