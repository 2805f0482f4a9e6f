#!/usr/bin/env python3
"""Attacks the exporter in several ways, and measures what a client that may ask notices of it.

The exporter serves over TLS with a password. A good client scrapes it on a new connection each time
and, side by side, on one that it keeps; first in peace, then during each attack. Attackers run in
processes of their own on the same machine and from the same address, which is the worst case: they
take processor time from the exporter, and cannot be told from the client by where they come from.

    benches/attack.py EXPORTER      the binary; `make attack` builds it
"""

import base64, multiprocessing, os, resource, socket, ssl, statistics, subprocess, sys, tempfile, time

SECONDS = float(os.environ.get("SECONDS_EACH", "10"))
IDLE = int(os.environ.get("IDLE", "10000"))
APPS = 20
PASSWORD = "open sesame"
# Of PASSWORD, by bcrypt at a cost of 10.
HASH = "$2y$10$abcdefghijklmnopqrstuu4SuEsu2LsUrAYUpWQHLMMc4GV5pZTxK"
REQUEST = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n"


def credentials(password):
    return base64.b64encode(f"alice:{password}".encode()).decode()


def tls(address, timeout=10):
    context = ssl._create_unverified_context()
    return context.wrap_socket(socket.create_connection(address, timeout))


def answer(stream):
    """One answer's status; the body is read and dropped."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(next(l for l in head.lower().split(b"\r\n") if l.startswith(b"content-length:")).split(b":")[1])
    left = length - len(body)
    while left > 0:
        piece = stream.recv(min(left, 65536))
        if not piece:
            raise ConnectionError("closed in the middle of an answer")
        left -= len(piece)
    return int(head.split(b" ")[1])


# --- the attacks: each runs until it is killed ---------------------------------------------------


def idle(address, ready):
    """Opens connections and says nothing on them."""
    held = []
    for _ in range(IDLE // 2):
        try:
            held.append(socket.create_connection(address, 10))
        except OSError:
            time.sleep(0.01)
    ready.set()
    time.sleep(3600)


def loris(address, ready):
    """Begins requests that never end, a header line at a time, and begins again when cut off."""
    held = []
    ready.set()
    while True:
        while len(held) < 400:
            try:
                stream = socket.create_connection(address, 10)
                stream.setblocking(False)
                held.append(stream)
            except OSError:
                time.sleep(0.01)
        alive = []
        for stream in held:
            try:
                stream.send(b"X-Slow: x\r\n")
                alive.append(stream)
            except OSError:
                stream.close()
        held = alive
        time.sleep(0.05)


def loris_tls(address, ready):
    """The same inside TLS: the server pays for a handshake each time."""
    ready.set()
    held = []
    while True:
        try:
            stream = tls(address)
            stream.sendall(b"GET /metrics HTTP/1.1\r\nX-Slow: ")
            held.append(stream)
            if len(held) > 400:
                held.pop(0).close()
        except OSError:
            pass


def headers(address, ready):
    """Sends headers without end."""
    flood = b"GET /metrics HTTP/1.1\r\n" + b"X-Flood: flood\r\n" * 4000
    ready.set()
    while True:
        try:
            with tls(address) as stream:
                stream.sendall(flood)
                while stream.recv(65536):
                    pass
        except OSError:
            pass


def passwords(address, ready):
    """Tries one password after another as fast as they are refused."""
    ready.set()
    number = 0
    while True:
        try:
            with tls(address, 60) as stream:
                while True:
                    number += 1
                    guess = credentials(f"{os.getpid()}-{number}")
                    stream.sendall((REQUEST % guess).encode())
                    answer(stream)
        except OSError:
            pass


def handshakes(address, ready):
    """Connects with TLS and goes away, again and again."""
    ready.set()
    while True:
        try:
            tls(address).close()
        except OSError:
            pass


ATTACKS = [
    ("in peace", None, 0),
    (f"{IDLE} idle connections", idle, 2),
    ("slow requests", loris, 2),
    ("slow requests in TLS", loris_tls, 2),
    ("headers without end", headers, 2),
    ("wrong passwords", passwords, 4),
    ("handshakes", handshakes, 2),
]


# --- the good client -----------------------------------------------------------------------------


def scrape(address, stream=None):
    kept = stream is not None
    stream = stream or tls(address)
    stream.sendall((REQUEST % credentials(PASSWORD)).encode())
    status = answer(stream)
    if not kept:
        stream.close()
    return status


def measure(address):
    """Scrapes for a while; latencies in ms and failures, on new connections and on a kept one."""
    results = {"new": [[], []], "kept": [[], []]}
    kept, end = None, time.monotonic() + SECONDS
    while time.monotonic() < end:
        for kind in results:
            began = time.monotonic()
            try:
                if kind == "kept" and kept is None:
                    kept = tls(address)
                status = scrape(address, kept if kind == "kept" else None)
                if status != 200:
                    raise ConnectionError(f"status {status}")
                results[kind][0].append((time.monotonic() - began) * 1000)
            except OSError as error:
                results[kind][1].append(str(error))
                if kind == "kept":
                    kept = None
        time.sleep(0.05)
    return results


def main():
    exporter = sys.argv[1]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    directory = tempfile.mkdtemp(prefix="attack-")
    certificate, key = f"{directory}/server.pem", f"{directory}/server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with open(f"{directory}/web.yml", "w") as file:
        file.write(f"tls_server_config: {{cert_file: server.pem, key_file: server.key}}\nbasic_auth_users: {{alice: {HASH}}}\n")
    simulator = subprocess.Popen([exporter, "simulate", "--listen-address=127.0.0.1:18164", f"--apps={APPS}", "--print-config"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with open(f"{directory}/exporter.yml", "w") as file:
        # A line for each application after three others.
        for _ in range(APPS + 3):
            file.write(simulator.stdout.readline())
    server = subprocess.Popen(
        [exporter, f"--config.file={directory}/exporter.yml", f"--web.config.file={directory}/web.yml",
         "--web.listen-address=127.0.0.1:18163", "--log.level=error", *os.environ.get("FLAGS", "").split()])
    address = ("127.0.0.1", 18163)
    try:
        run(address, server.pid)
    finally:
        server.terminate()
        simulator.kill()


def run(address, pid):
    for _ in range(600):
        try:
            if scrape(address) == 200:
                break
        except OSError:
            time.sleep(0.1)
    peace = None
    print("| attack | connection | answered | failed | median ms | p99 ms | worst ms | median, times in peace |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, attack, number in ATTACKS:
        attackers = []
        for _ in range(number):
            ready = multiprocessing.Event()
            attackers.append(multiprocessing.Process(target=attack, args=(address, ready), daemon=True))
            attackers[-1].start()
            ready.wait(120)
        results = measure(address)
        for process in attackers:
            process.kill()
            process.join()
        medians = {}
        for kind, (times, failures) in results.items():
            times.sort()
            medians[kind] = statistics.median(times) if times else float("nan")
            peace_median = (peace or medians)[kind]
            p99 = times[int(len(times) * 0.99)] if times else float("nan")
            worst = times[-1] if times else float("nan")
            print(f"| {name} | {kind} | {len(times)} | {len(failures)} | {medians[kind]:.1f} | {p99:.1f} | {worst:.1f} | "
                  f"{medians[kind] / peace_median:.1f} |", flush=True)
            for failure in sorted(set(failures))[:3]:
                print(f"  {failure}", file=sys.stderr)
        peace = peace or medians
        # The next attack meets a server that has got over this one.
        time.sleep(2)
    with open(f"/proc/{pid}/status") as status:
        memory = [line.split()[1] for line in status if line.startswith("VmHWM")][0]
    print(f"\nThe most memory the exporter had: {int(memory) // 1024} MiB.")


if __name__ == "__main__":
    main()
