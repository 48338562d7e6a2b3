"""One device of the lab: its servers are started from its description and stopped again.

Each server leads a session of its own; its pid file holds its id and its start time, so that a pid
that the kernel gave to another program since is never taken for ours.
"""
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time

import certificate

HERE = pathlib.Path(__file__).resolve().parent
MODULES = ["mod_rewrite", "mod_redirect", "mod_setenv", "mod_cgi", "mod_openssl"]
START_WAIT_S = 10

LIGHTTPD = """server.modules = ({modules})
server.document-root = "{folder}/www"
server.errorlog = "{folder}/lighttpd.log"
server.upload-dirs = ("{folder}")
server.bind = "{address}"
server.port = {http}
index-file.names = ()
cgi.assign = (".cgi" => "{python}")
setenv.add-environment = ("LAB_STATE" => "{folder}")
{tag}
$SERVER["socket"] == "{address}:{http}" {{
  url.redirect = ("" => "https://{address}:{https}/")
}}
$SERVER["socket"] == "{address}:{https}" {{
  ssl.engine = "enable"
  ssl.pemfile = "{folder}/tls/server.pem"
  ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "{tls_min}", "CipherString" => "{ciphers}",
                              "Options" => "-SessionTicket,ServerPreference")
  url.rewrite-once = ("" => "/gateway.cgi")
}}
"""


class LabError(Exception):
    """Something a person can mend: said without a trace."""


def start_time(pid):
    """Clock ticks since boot at which `pid` started, or None where it does not live."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def write_pid(path):
    path.write_text(f"{os.getpid()} {start_time(os.getpid())}\n")


class Device:
    """What `description` (devices/NAME.json) says, with its files in `folder`."""

    def __init__(self, description, folder):
        self.description, self.folder = description, pathlib.Path(folder).resolve()
        self.name, self.address = description["name"], description["address"]

    # what it starts

    def commands(self):
        found = shutil.which("lighttpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if not found:
            raise LabError("lighttpd is missing; tools/setup installs it")
        yield "lighttpd", [found, "-D", "-f", str(self.folder / "lighttpd.conf")]
        for port, text in self.description["banner_services"].items():
            yield f"socat-{port}", [
                "socat", f"TCP4-LISTEN:{port},bind={self.address},reuseaddr,fork,max-children=16",
                f"SYSTEM:echo '{text}'; exec timeout 5 cat >/dev/null"]

    def ports(self):
        return [*self.description["ports"].values(), *map(int, self.description["banner_services"])]

    def write_files(self):
        described, folder = self.description, self.folder
        (folder / "www").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / "gateway.cgi", folder / "www/gateway.cgi")
        (folder / "memory.json").unlink(missing_ok=True)
        kept = json.loads(json.dumps(described))
        if kept["admin"]["password"] is None:  # each device has its own
            kept["admin"]["password"] = secrets.token_urlsafe(18)
        (folder / "device.json").write_text(json.dumps(kept, indent=1))
        (folder / "device.json").chmod(0o600)
        certificate.make_certificate(folder / "tls", described["certificate"], self.address,
                                     described["model"])
        tls = described["tls"]
        weak = (tls["min"] in ("TLSv1", "TLSv1.1") or described["certificate"]["digest"] == "sha1"
                or described["certificate"]["key"] == "RSA-1024")
        # Debian's OpenSSL refuses all of these unless its security level is 0.
        ciphers = tls["ciphers"] + (":@SECLEVEL=0" if weak else "")
        (folder / "lighttpd.conf").write_text(LIGHTTPD.format(
            modules=", ".join(f'"{name}"' for name in MODULES), folder=folder, python=sys.executable,
            address=self.address, tls_min=tls["min"], ciphers=ciphers,
            tag="" if described["banner"] else 'server.tag = ""', **described["ports"]))

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
        self.write_files()
        for name, command in self.commands():
            with open(self.folder / f"{name}.out", "wb") as out:
                # The new process writes its own pid file, so that none lives without one.
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 preexec_fn=lambda path=self.pid_file(name): write_pid(path))
        try:
            self.wait_ready()
        except LabError:
            self.stop()
            raise
        return True

    def refuse_taken_ports(self):
        for port in self.ports():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.address, port))
                except PermissionError:
                    raise LabError(f"port {port} needs root, or net.ipv4.ip_unprivileged_port_start"
                                   f" at most {port}, or tests/lab/isolated") from None
                except OSError as error:
                    raise LabError(f"{self.address}:{port}: {error.strerror}") from None

    def wait_ready(self):
        until = time.monotonic() + START_WAIT_S
        for port in self.ports():
            while True:
                with socket.socket() as probe:
                    probe.settimeout(1)
                    if probe.connect_ex((self.address, port)) == 0:
                        break
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
        return stopped

    def reset(self):
        """Forgets failed attempts, as the reset button of the device does."""
        (self.folder / "memory.json").unlink(missing_ok=True)


def end(pid):
    """Ends the session that `pid` leads."""
    ticks = start_time(pid)
    for sign, wait_s in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
        try:
            os.killpg(pid, sign)
        except ProcessLookupError:
            return
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            reap(pid)
            if start_time(pid) != ticks:
                return
            time.sleep(0.01)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
