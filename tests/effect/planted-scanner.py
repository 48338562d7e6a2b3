#!/usr/bin/env python3
"""A scanner with planted signatures and faults, run for each file or as a server that speaks as clamd does.

usage: planted-scanner.py [--find TEXT]… [--die-on TEXT] [--hang-on TEXT] [--break-on TEXT] FILE | --listen PORT
"""
import argparse
import os
import pathlib
import socket
import struct
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--find", action="append", default=[])
for name in ("die", "hang", "break"):
    parser.add_argument(f"--{name}-on")
parser.add_argument("--listen", type=int)
parser.add_argument("file", nargs="?")
asked = parser.parse_args()


def judge(data):
    """True, False, or None: an error."""
    has = {name: word is not None and word.encode() in data for name, word in
           (("die", asked.die_on), ("hang", asked.hang_on), ("break", asked.break_on))}
    if has["die"]:
        os.kill(os.getpid(), 9)
    if has["hang"]:
        time.sleep(600)
    if has["break"]:
        return None
    return any(word.encode() in data for word in asked.find)


def read(link, size):
    data = b""
    while len(data) < size:
        piece = link.recv(size - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def serve(port):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            link, _ = server.accept()
            with link:
                try:
                    if read(link, 10) != b"zINSTREAM\0":
                        continue
                    data = b""
                    while size := struct.unpack(">I", read(link, 4))[0]:
                        data += read(link, size)
                except ConnectionError:
                    continue  # whoever asks whether the port is open says nothing
                found = judge(data)
                link.sendall(b"stream: Planted.Test FOUND\0" if found else
                             b"stream: read error ERROR\0" if found is None else b"stream: OK\0")


if asked.listen:
    serve(asked.listen)
FOUND = judge(pathlib.Path(asked.file).read_bytes())
print("looked at", asked.file)
sys.exit({True: 1, False: 0, None: 2}[FOUND])
