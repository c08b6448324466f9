"""Exits with 0 when a name server answers at all: ask_soa.py ADDRESS PORT NAME."""

import socket
import sys


def main(address, port, name):
    labels = b"".join(bytes([len(label)]) + label for label in name.encode().split(b".") if label)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect((address, int(port)))
            probe.send(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x06\x00\x01")
            return 0 if len(probe.recv(4096)) > 12 else 1
        except OSError:
            return 1


sys.exit(main(*sys.argv[1:]))
