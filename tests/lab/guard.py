"""Stands before a server that has no lock-out of its own: after some failed log-ins it refuses all new
connections for a time, in the words of the protocol.

usage: guard.py SETTINGS.json

SETTINGS: kind ("ssh", "mqtt"), address, port, after, seconds, reset (a file), log (where the server
writes), server (its socket's path, or its address and port); where TLS ends here: certificate, key,
tls_min, ciphers.
"""
import json
import pathlib
import re
import select
import socket
import socketserver
import ssl
import sys
import threading
import time

from lockout import Lockout

FAILED = {"ssh": rb"Bad password attempt|Login attempt for nonexistent user",
          "mqtt": rb"not authorised"}
MAX_BYTES = 65536
IDLE_S = 120
HANG_UP_S = 5
START_WAIT_S = 120  # for the server behind


class Guard:
    def __init__(self, settings):
        self.settings, self.log, self.read_to = settings, pathlib.Path(settings["log"]), 0
        self.lockout = Lockout(settings["after"], settings["seconds"], settings["reset"])
        self.reading = threading.Lock()

    def locked(self):
        """Reads what the server wrote since, and counts."""
        with self.reading:
            with open(self.log, "rb") as log:
                log.seek(self.read_to)
                written = log.read()
            whole = written[:written.rfind(b"\n") + 1]
            self.read_to += len(whole)
        failures = len(re.findall(FAILED[self.settings["kind"]], whole))
        already = self.lockout.locked()
        if failures and not already:
            self.lockout.note(failures)
        return self.lockout.locked()


# what a refused client is told

def refuse_ssh(_):
    return b"Not allowed at this time\r\n"  # as OpenSSH's PerSourcePenalties says it


def refuse_mqtt(client):
    """CONNACK: 3, server unavailable (MQTT 3.1.1); 0x8a, banned (MQTT 5)."""
    first, at = client.recv(MAX_BYTES), 1
    while at < len(first) and first[at] & 0x80:  # the length's further bytes
        at += 1
    level = at + 1 + 2 + 4  # behind the length: the protocol's name, "MQTT" with its length
    is_five = len(first) > level and first[level] == 5
    return bytes([0x20, 3, 0, 0x8a, 0]) if is_five else bytes([0x20, 2, 0, 3])


def hang_up(client):
    """What it still sends is read: otherwise the kernel would reset the connection, and the client
    might lose what it was told."""
    client.settimeout(HANG_UP_S)
    client.shutdown(socket.SHUT_WR)
    while client.recv(MAX_BYTES):
        pass


REFUSE = {"ssh": refuse_ssh, "mqtt": refuse_mqtt}


# what a client that is let in talks to

def copy_both(outer, inner):
    """Until one side ends."""
    while True:
        pending = isinstance(outer, ssl.SSLSocket) and outer.pending() > 0
        ready = [outer] if pending else select.select([outer, inner], [], [], IDLE_S)[0]
        for one in ready:
            data = one.recv(MAX_BYTES)
            if not data:
                return
            (inner if one is outer else outer).sendall(data)
        if not ready:
            return


def open_server(where):
    if isinstance(where, str):
        link = socket.socket(socket.AF_UNIX)
        link.connect(where)
        return link
    return socket.create_connection(tuple(where))


def tls_of(settings):
    if not settings.get("certificate"):
        return None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.set_ciphers(settings["ciphers"])  # first: it sets the level that the certificate must have
    tls.minimum_version = ssl.TLSVersion[settings["tls_min"]]
    tls.load_cert_chain(settings["certificate"], settings["key"])
    return tls


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        guard = self.server.guard
        self.request.settimeout(IDLE_S)
        try:
            tls = tls_of(guard.settings)
            client = tls.wrap_socket(self.request, server_side=True) if tls else self.request
            with client:
                if guard.locked():
                    client.sendall(REFUSE[guard.settings["kind"]](client))
                    hang_up(client)
                    return
                with open_server(guard.settings["server"]) as server:
                    copy_both(client, server)
        except OSError:  # one side went away, or the handshake failed
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 32


def wait_for_server(where):
    """So that whoever reaches the guard reaches the server."""
    until = time.monotonic() + START_WAIT_S
    while time.monotonic() < until:
        try:
            return open_server(where).close()
        except OSError:
            time.sleep(0.02)
    return sys.exit("the server behind does not start")


def main(path):
    settings = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    wait_for_server(settings["server"])
    with Server((settings["address"], settings["port"]), Connection) as server:
        server.guard = Guard(settings)
        server.serve_forever()


main(sys.argv[1])
