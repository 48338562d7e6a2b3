"""Devices of one kind, each in a network namespace of its own: busybox httpd and dropbear, all with the
hardened example gateway's product file and firmware image. A weak one has an open MQTT broker, too.

What is started is ended by its process id, and the namespaces are deleted with it.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
import lab_folder  # noqa: E402
from program import program  # noqa: E402

ADDRESS = "127.0.1.20"
WAIT_S = 120


def quietly(*command):
    """Whether the command succeeded."""
    return subprocess.run(command, check=False, capture_output=True,
                          stdin=subprocess.DEVNULL).returncode == 0


def may_make_namespaces():
    name = f"akashi-try-{os.getpid()}"
    made = quietly("ip", "netns", "add", name) and quietly("ip", "-n", name, "link", "set", "lo", "up")
    quietly("ip", "netns", "delete", name)
    return made


class Fleet:
    """`kinds`: one word a device: "sound", or a word that `servers` knows."""

    def __init__(self, folder, kinds):
        self.folder = pathlib.Path(folder)
        self.kinds = kinds
        self.running = []
        self.named = []

    def name(self, number):
        return f"akashi-fleet-{os.getpid()}-{number}"

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        pages = self.folder / "pages"
        pages.mkdir(exist_ok=True)
        (pages / "index.html").write_text("<html><title>AK-GW 200</title><p>AK-GW 200</html>\n")
        key = self.folder / "host-key"
        if not key.exists():
            subprocess.run([program("dropbearkey"), "-t", "ed25519", "-f", str(key)], check=True,
                           capture_output=True)
        (self.folder / "open-broker.conf").write_text(f"listener 883 {ADDRESS}\n"
                                                      "allow_anonymous true\nuser root\n")
        image = lab_folder.Lab(self.folder).image("hardened-gateway")
        shutil.copytree(ROOT / "examples/hardened-gateway/evidence", self.folder / "evidence",
                        dirs_exist_ok=True)
        for number, kind in enumerate(self.kinds):
            self.start_device(number, kind)
            self.write_product(number, image)
        self.wait_ready()

    def start_device(self, number, kind):
        name = self.name(number)
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.named.append(name)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        for command in self.servers(kind):
            self.running.append(subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{name}", *command], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))

    def servers(self, kind):
        http = [program("busybox"), "httpd", "-f", "-p", f"{ADDRESS}:80", "-h",
                str(self.folder / "pages")]
        ssh = [program("dropbear"), "-F", "-s", "-r", str(self.folder / "host-key"), "-P",
               "/dev/null", "-p", f"{ADDRESS}:22"]
        played = [sys.executable, "-B", str(HERE / "played.py")]
        return {
            "sound": [http, ssh],
            "weak": [http, ssh, [program("mosquitto"), "-c", str(self.folder / "open-broker.conf")]],
            "hangs": [[*played, "hang", ADDRESS, "80"], ssh],
            "dies": [[*played, "die", ADDRESS, "80", "22"]],
        }[kind]

    def product(self, number):
        return self.folder / f"device-{number:03}.yaml"

    def write_product(self, number, image):
        text = (ROOT / "examples/hardened-gateway/product.yaml").read_text(encoding="utf-8")
        for old, new in [("../../build/tests/lab/hardened-gateway.uimage", str(image)),
                         ("network_namespace: akashi-lab", f"network_namespace: {self.name(number)}"),
                         ("GW200-000017", f"GW200-{100000 + number}")]:
            if old not in text:
                sys.exit(f"the product file does not hold {old!r}")
            text = text.replace(old, new)
        self.product(number).write_text(text, encoding="utf-8")

    def products(self):
        return [str(self.product(number)) for number in range(len(self.kinds))]

    def wait_ready(self):
        until = time.monotonic() + WAIT_S
        for name, kind in zip(self.named, self.kinds):
            while not {80, 22, *([883] if kind == "weak" else [])} <= listening(name):
                if time.monotonic() > until:
                    sys.exit(f"{name} does not start")
                time.sleep(0.05)

    def stop(self):
        for process in self.running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        for name in self.named:
            quietly("ip", "netns", "delete", name)
        self.running, self.named = [], []


def listening(name):
    """TCP ports on which a namespace listens."""
    done = subprocess.run(["nsenter", f"--net=/run/netns/{name}", "cat", "/proc/net/tcp"],
                          capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A"}
