"""Pictures of the exporter's own first page, light and dark, from a running demo.

    python3 scripts/pictures/status_page.py TOOLS EXPORTER
"""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs/pictures"
# What Chromium calls them.
LOOKS = {"light": 1, "dark": 0}
SIZE = "1200,800"


def main(tools, exporter):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    demo = subprocess.Popen(
        [exporter, "demo", "--web.listen-address", address, "--meetings-per-day", "150", "--log.level", "error"],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait(f"http://{address}/-/ready")
        for look in LOOKS:
            shoot(tools / "chromium", f"http://{address}/", look)
    finally:
        demo.terminate()
        demo.wait()


def wait(url):
    """Until every application had its first round."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the demo did not become ready")


def shoot(chromium, url, look):
    picture = FOLDER / f"status-{look}.png"
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}"]
        command += [f"--blink-settings=preferredColorScheme={LOOKS[look]}"]
        command += [f"--window-size={SIZE}", f"--screenshot={picture}", url]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120)
    print(picture.name, picture.stat().st_size // 1024, "KiB")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
