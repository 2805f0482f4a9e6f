"""A network of its own with a name server in it: runs a command there, and ends as it ends.

    unshare --net python3 network.py COMMAND…

Every name of vendor.test is 127.0.0.1, and no other name exists.
"""

import fcntl
import socket
import struct
import subprocess
import sys
import threading

SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def answer(query):
    end = query.index(b"\0", 12)
    kind = struct.unpack(">H", query[end + 1 : end + 3])[0]
    question = query[12 : end + 5]
    known = question.lower().startswith(b"\x06vendor\x04test\0")
    record = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if known and kind == 1 else b""
    flags = b"\x81\x80" if known else b"\x81\x83"
    return query[:2] + flags + b"\0\x01\0" + bytes([1 if record else 0]) + b"\0\0\0\0" + question + record


def serve(server):
    while True:
        query, asker = server.recvfrom(512)
        server.sendto(answer(query), asker)


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    return subprocess.run(sys.argv[1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
