#!/usr/bin/env python3
"""Opens a page in headless Chromium, as several people would, and says what they met there.

    browser.py CHROMIUM URL DIRECTORY

For each look it leaves a picture of the whole page in DIRECTORY and prints, in one JSON object by the
look's name: what the console said, what could not be loaded, what axe objects to or could not decide,
how far the page is wider than the screen, its background and its text.
"""

import base64
import importlib.util
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

# name: width and height in CSS pixels, pixels of the picture for each, prefers-color-scheme
LOOKS = {
    "light": (1280, 800, 2, "light"),
    "dark": (1280, 800, 2, "dark"),
    "phone-light": (390, 844, 2, "light"),
    "phone-dark": (390, 844, 2, "dark"),
    "phone-narrow": (320, 640, 2, "light"),
}

# Seconds for everything; it takes a few where the machine has nothing else to do.
LONGEST = 240

FLAGS = [
    "--headless",
    "--no-sandbox",  # needs rights that a container or root often lacks; the page is our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


class Browser:
    """A Chromium that is spoken to over a pair of pipes: commands out, answers and events in."""

    def __init__(self, program, profile):
        self.said = tempfile.TemporaryFile()
        their_in, self.out = os.pipe()
        self.into, their_out = os.pipe()
        # It reads from descriptor 3 and writes to 4, whatever numbers the pipes have here.
        shell = f'exec "$@" 3<&{their_in} 4>&{their_out}'
        command = ["sh", "-c", shell, "sh", program, *FLAGS, f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(
            command, pass_fds=(their_in, their_out), stdin=subprocess.DEVNULL, stderr=self.said,
            start_new_session=True,
        )
        os.close(their_in)
        os.close(their_out)
        self.numbers = itertools.count(1)
        self.buffer = b""
        self.events = []
        self.session = None

    def receive(self):
        while b"\0" not in self.buffer:
            received = os.read(self.into, 1 << 20)
            if not received:
                self.said.seek(0)
                sys.exit(f"browser: Chromium ended\n{self.said.read().decode(errors='replace')}")
            self.buffer += received
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    sys.exit(f"browser: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            sys.exit(f"browser: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def close(self):
        """Ends it with all its processes, which would otherwise go on writing into the profile."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def open_page(self):
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(f"{domain}.enable")


# Run on the page after it was loaded; answers only with what a person would have to mend.
AXE = """
axe.run(document, { resultTypes: ["violations", "incomplete"] }).then(found => {
  const told = kind => found[kind].map(rule => ({
    rule: rule.id, help: rule.help,
    where: rule.nodes.map(node => node.html.slice(0, 200) + " " + (node.failureSummary || "")),
  }));
  return {
    violations: told("violations"), undecided: told("incomplete"),
    passed: found.passes.length, version: axe.version,
  };
})
"""

FACTS = """
({
  overflow: document.scrollingElement.scrollWidth - document.documentElement.clientWidth,
  background: getComputedStyle(document.body).backgroundColor,
  color: getComputedStyle(document.body).color,
  text: document.body.innerText,
})
"""


def complaints(events):
    """What went wrong on the page itself, a line each."""
    console, failed = [], []
    for event in events:
        said = event.get("params", {})
        match event.get("method"):
            case "Log.entryAdded":
                console.append(said["entry"]["text"])
            case "Runtime.consoleAPICalled":
                console.append(str([argument.get("value") for argument in said["args"]]))
            case "Runtime.exceptionThrown":
                console.append(said["exceptionDetails"]["text"])
            case "Audits.issueAdded":
                console.append(json.dumps(said["issue"]))
            case "Network.loadingFailed":
                failed.append(said["errorText"])
            case "Network.responseReceived" if said["response"]["status"] >= 400:
                failed.append(f"{said['response']['status']} {said['response']['url']}")
    return console, failed


def look(browser, url, picture, size, axe):
    width, height, scale, scheme = size
    browser.open_page()
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=height, deviceScaleFactor=scale, mobile=width < 600,
    )
    scheme = {"name": "prefers-color-scheme", "value": scheme}
    browser.call("Emulation.setEmulatedMedia", features=[scheme])
    browser.events.clear()
    browser.call("Page.navigate", url=url)
    browser.wait("Page.loadEventFired")
    facts = browser.evaluate(FACTS)
    taken = browser.call("Page.captureScreenshot", captureBeyondViewport=True, format="png",
                         clip={**browser.call("Page.getLayoutMetrics")["cssContentSize"], "scale": 1})
    picture.write_bytes(base64.b64decode(taken["data"]))
    console, failed = complaints(browser.events)
    browser.evaluate(axe)
    return {**facts, "console": console, "failed": failed, "axe": browser.evaluate(AXE)}


def too_slow(*_):
    sys.exit(f"browser: not done within {LONGEST} seconds")


def main():
    program, url, directory = sys.argv[1:]
    signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(LONGEST)
    # The package brings the script along; it is not imported, for it would want a browser of its own.
    package = importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]
    axe = pathlib.Path(package, "axe.min.js").read_text()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            found = {
                name: look(browser, url, pathlib.Path(directory, f"{name}.png"), size, axe)
                for name, size in LOOKS.items()
            }
        finally:
            browser.close()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
