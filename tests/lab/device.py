"""One device of the lab: its servers are started from its description and stopped again.

Each server leads a session of its own; its pid file holds its id and its start time, so that a pid
that the kernel gave to another program since is never taken for ours.
"""
import os
import pathlib
import signal
import socket
import subprocess
import time

import servers
from program import HERE, LabError

SOCKETS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
WAIT_S = 120  # for a server to start or to end; long, since a test machine may be busy


def start_time(pid):
    """Clock ticks since boot at which `pid` started, or None where it does not live."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


class Device:
    """What `description` (devices/NAME.json) says, with its files in `folder`."""

    def __init__(self, description, folder):
        self.description, self.folder = description, pathlib.Path(folder).resolve()
        self.name, self.address = description["name"], description["address"]

    def commands(self):
        return servers.commands(self.description, self.folder)

    def ports(self):
        return servers.ports(self.description)

    # pid files

    def pid_file(self, server):
        return self.folder / f"{server}.pid"

    def living(self, server):
        """The pid of a server that we started and that still runs, or None."""
        try:
            pid, ticks = map(int, self.pid_file(server).read_text().split())
        except (OSError, ValueError):
            return None
        return pid if start_time(pid) == ticks else None

    def running(self):
        return all(self.living(name) for name, _ in self.commands())

    # start and stop

    def start(self):
        """True where it was started, False where it ran already."""
        if self.running():
            return False
        self.stop()
        self.refuse_taken_ports()
        self.folder.mkdir(parents=True, exist_ok=True)
        servers.write_files(self.description, self.folder)
        try:
            for name, command in self.commands():
                self.launch(name, command)
            self.wait_ready()
        except LabError:
            self.stop()
            raise
        return True

    def launch(self, name, command):
        """Starts one server; returns when its pid file is there."""
        with open(self.folder / f"{name}.out", "wb") as out:
            process = subprocess.Popen([HERE / "launch", self.pid_file(name), *command],
                                       stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        until = time.monotonic() + WAIT_S
        while not self.pid_file(name).exists():
            if process.poll() is not None or time.monotonic() > until:
                raise LabError(f"{self.name}: {name} does not start: {self.last_words()}")
            time.sleep(0.005)

    def refuse_taken_ports(self):
        for transport, port in self.ports():
            with socket.socket(type=SOCKETS[transport]) as probe:
                if transport == "tcp":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.address, port))
                except PermissionError:
                    raise LabError(f"port {port} needs root, or net.ipv4.ip_unprivileged_port_start"
                                   f" at most {port}, or tests/lab/isolated") from None
                except OSError as error:
                    raise LabError(f"{self.address}:{port}: {error.strerror}") from None

    def wait_ready(self):
        until = time.monotonic() + WAIT_S
        for transport, port in self.ports():
            while not is_taken(self.address, transport, port):
                if not self.running() or time.monotonic() > until:
                    raise LabError(f"{self.name} does not start: {self.last_words()}")
                time.sleep(0.02)

    def last_words(self):
        text = ""
        for path in [*self.folder.glob("*.out"), self.folder / "lighttpd.log"]:
            text += path.read_text(errors="replace") if path.exists() else ""
        return " / ".join(text.strip().splitlines()[-3:]) or "it says nothing"

    def stop(self):
        """Ends the servers that we started, also those of a description that changed since."""
        stopped = False
        for path in sorted(self.folder.glob("*.pid")):
            pid = self.living(path.stem)
            if pid:
                stopped = True
                end(pid)
            path.unlink()
        for pid in programs_in(self.folder):  # dropbear makes a session for each connection
            os.kill(pid, signal.SIGKILL)
        return stopped

    def reset(self):
        """Forgets failed attempts, as the reset button of the device does."""
        (self.folder / "memory.json").unlink(missing_ok=True)
        (self.folder / "reset").unlink(missing_ok=True)
        (self.folder / "reset").touch()


def is_taken(address, transport, port):
    """Whether something listens there."""
    if transport == "udp":  # a socket of ours would be in the way of the one that is awaited
        number = socket.htonl(int.from_bytes(socket.inet_aton(address), "big"))
        return f" {number:08X}:{port:04X} " in pathlib.Path("/proc/net/udp").read_text()
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def members(group):
    """Who lives in a process group."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def programs_in(folder):
    """Who runs a program that stands in the folder, and so is ours."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            if folder in path.readlink().parents:
                found.append(int(path.parent.name))
        except OSError:  # it ended, or is another user's
            continue
    return found


def end(pid):
    """Ends the session that `pid` leads, and all in it."""
    for sign, wait_s in ((signal.SIGTERM, 5), (signal.SIGKILL, WAIT_S)):
        try:
            os.killpg(pid, sign)
        except ProcessLookupError:
            return
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            reap(pid)
            if not members(pid):
                return
            time.sleep(0.01)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
