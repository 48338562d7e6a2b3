"""Clients of Telnet, SSH, MQTT, SNMP and Modbus that know nothing of akashi: plain sockets, and dbclient."""
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile

from clients import WAIT_S, context


def connect(address, port):
    return socket.create_connection((address, port), WAIT_S)


def first_line(address, port):
    with connect(address, port) as link:
        return link.makefile("rb").readline().strip()


# Telnet

class Telnet:
    def __init__(self, address, port=23):
        self.link, self.heard = connect(address, port), b""

    def until(self, *words):
        """What is said up to one of the words, without commands; which one, or None at the end."""
        while True:
            text = re.sub(rb"\xff[\xfb-\xfe].", b"", self.heard)
            for word in words:
                if word in text:
                    self.heard = text.partition(word)[2]
                    return word
            more = self.link.recv(1000)
            if not more:
                return None
            self.heard += more

    def say(self, text):
        self.link.sendall(text.encode() + b"\r\n")

    def log_in(self, user, password):
        """ "in", "wrong", "locked", "open" (nothing is asked) or None."""
        first = self.until(b"login: ", b"gateway> ", b"Too many attempts")
        if first == b"login: ":
            self.say(user)
            self.until(b"Password: ")
            self.say(password)
            first = self.until(b"Login incorrect", b"gateway> ", b"Too many attempts")
            return {b"Login incorrect": "wrong", b"gateway> ": "in"}.get(first, "locked")
        return {b"gateway> ": "open", b"Too many attempts": "locked"}.get(first)


def telnet_log_in(address, user, password):
    session = Telnet(address)
    try:
        return session.log_in(user, password)
    finally:
        session.link.close()


# SSH, by dropbear's client

def ssh(address, user, password=None, key=None):
    """What a log-in shows: the name that the device's shell says; otherwise what the client complains of."""
    with tempfile.TemporaryDirectory() as home:
        identity = ["-i", str(key)] if key else []
        done = subprocess.run(
            [shutil.which("dbclient") or "dbclient", "-y", "-y", *identity, f"{user}@{address}", "name"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=10 * WAIT_S,
            env={"PATH": os.environ["PATH"], "HOME": home, "DROPBEAR_PASSWORD": password or ""})
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


# MQTT 3.1.1 and 5

def mqtt_string(text):
    return len(text).to_bytes(2, "big") + text.encode()


def mqtt_link(address, port, tls):
    link = connect(address, port)
    return context().wrap_socket(link) if tls else link


def mqtt_connect(link, user=None, password=None, level=4):
    """The code of the answer: 0 accepted, 5 (or 0x87) refused, 3 (or 0x8a) locked; None: it hung up."""
    flags = 2 | (0xc0 if user else 0)
    body = (mqtt_string("MQTT") + bytes([level, flags, 0, 30]) + (b"\0" if level == 5 else b"")
            + mqtt_string("lab") + (mqtt_string(user) + mqtt_string(password) if user else b""))
    link.sendall(bytes([0x10, len(body)]) + body)
    answer = link.recv(100)
    return answer[3] if answer[:1] == b"\x20" else None


def mqtt(address, port, tls, *credentials, level=4):
    with mqtt_link(address, port, tls) as link:
        return mqtt_connect(link, *credentials, level=level)


def mqtt_hears(address, port):
    """Whether somebody without a log-in may listen: the broker's own version topic."""
    with connect(address, port) as link:
        if mqtt_connect(link) != 0:
            return False
        body = b"\0\1" + mqtt_string("$SYS/broker/version") + b"\0"
        link.sendall(bytes([0x82, len(body)]) + body)
        heard = b""
        while b"mosquitto version" not in heard:
            more = link.recv(1000)
            if not more:
                return False
            heard += more
        return True


# SNMP 2c: sysDescr.0

def ber(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


def snmp_description(address, community, tries=5):
    """What the device says of itself, or None where it does not answer."""
    name = ber(6, bytes([0x2b, 6, 1, 2, 1, 1, 1, 0]))
    request = ber(0x30, ber(2, b"\1"), ber(4, community.encode()),
                  ber(0xa0, ber(2, b"\7"), ber(2, b"\0"), ber(2, b"\0"),
                      ber(0x30, ber(0x30, name, ber(5)))))
    with socket.socket(type=socket.SOCK_DGRAM) as link:
        link.settimeout(1)
        for _ in range(tries):
            try:
                link.connect((address, 161))
                link.send(request)
                answer = link.recv(2000)
                return answer[answer.index(name) + len(name) + 2:].decode()
            except (socket.timeout, ConnectionRefusedError):
                continue
    return None


# Modbus

def modbus_registers(address, write=None):
    """Two holding registers, after writing the first where asked; None where nobody listens."""
    try:
        link = connect(address, 502)
    except ConnectionRefusedError:
        return None
    with link:
        if write is not None:
            link.sendall(bytes([0, 1, 0, 0, 0, 6, 1, 6, 0, 0]) + write.to_bytes(2, "big"))
            link.recv(300)
        link.sendall(bytes([0, 2, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2]))
        answer = link.recv(300)
    return [int.from_bytes(answer[at:at + 2], "big") for at in (9, 11)]
