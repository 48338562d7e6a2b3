#!/usr/bin/env python3
"""A reverse proxy with planted rules and planted faults, for tests of the range.

usage: planted.py PORT TARGET_PORT LOG [--block TEXT]… [--block-all] [--alert TEXT]… [--every]
                  [--die-on TEXT] [--hang-on TEXT] [--late-on TEXT] [--flood-on TEXT] [--lose-on TEXT]
                  [--late-ms N]
                  [--break-on TEXT] [--reset-on TEXT] [--open-on TEXT]

TEXT is looked for in the whole request. A log line is written before the answer goes out.
"""
import argparse
import os
import socket
import socketserver
import sys
import time


def options():
    parser = argparse.ArgumentParser()
    for name in ("port", "target_port"):
        parser.add_argument(name, type=int)
    parser.add_argument("log")
    for name in ("block", "alert"):
        parser.add_argument("--" + name, action="append", default=[])
    for name in ("block-all", "every"):
        parser.add_argument("--" + name, action="store_true")
    for name in ("die", "hang", "late", "flood", "lose", "break", "reset", "open"):
        parser.add_argument(f"--{name}-on", dest=name)
    parser.add_argument("--late-ms", type=int, default=1500)
    return parser.parse_args()


CHOSEN = options()


def read_message(stream):
    """Head and body of a message with a Content-Length; None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head, stream.read(length) if length else b""


def says(name, message):
    text = getattr(CHOSEN, name)
    return text is not None and text.encode() in message


def token_of(head):
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"x-akashi-case:"):
            return line.split(b":")[1].strip().decode()
    return "-"


def log(text):
    with open(CHOSEN.log, "a", encoding="utf-8") as out:
        out.write(text)


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        self.behind = None
        while (message := read_message(self.rfile)) is not None:
            if not self.pass_on(*message):
                return

    def forward(self, message):
        if self.behind is None:
            self.behind = socket.create_connection(("127.0.0.1", CHOSEN.target_port))
            self.answers = self.behind.makefile("rb")
        self.behind.sendall(message)
        head, body = read_message(self.answers)
        self.wfile.write(head + body)
        return b"connection: close" not in head.lower()

    def pass_on(self, head, body):
        message = head + body
        token = token_of(head)
        if says("die", message):
            os._exit(7)
        if says("hang", message):
            time.sleep(600)
        if says("late", message):
            time.sleep(CHOSEN.late_ms / 1000)
        if says("reset", message):
            return False
        if says("break", message):
            self.wfile.write(b"this is no HTTP\r\n\r\n")
            return False
        blocks = CHOSEN.block_all or any(text.encode() in message for text in CHOSEN.block)
        alerts = blocks or any(text.encode() in message for text in CHOSEN.alert)
        if not says("lose", message):
            count = 50 if says("flood", message) else 1
            if alerts:
                log(f"ALERT {token} {head.split()[1].decode()}\n" * count)
            elif CHOSEN.every:
                log(f"fine {token}\n")
        if blocks and not says("open", message):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nblocked")
            return True
        return self.forward(message)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256


sys.exit(Server(("127.0.0.1", CHOSEN.port), Proxy).serve_forever())
