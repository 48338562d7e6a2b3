#!/usr/bin/env python3
"""The lab's devices are what their descriptions say: seen with Python's and OpenSSL's clients."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import device as device_module  # noqa: E402
import lab_folder  # noqa: E402
from clients import WAIT_S, accepted, certificate_text, get, is_open  # noqa: E402
from faults import FAULTS  # noqa: E402
from tap import Tap  # noqa: E402


def check_weak(tap, weak):
    where = weak.address
    tap.equal("weak: TLS versions", accepted(where), ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"])
    text = certificate_text(where)
    tap.ok("weak: certificate is RSA 1024", "(1024 bit)" in text)
    tap.ok("weak: certificate is signed with SHA-1", "sha1WithRSAEncryption" in text)
    tap.ok("weak: certificate has expired", "Certificate will expire" in text)
    status, headers, body = get(where, "/")
    tap.ok("weak: start page shows the model", status == 200 and "AK-GW 100" in body)
    tap.ok("weak: banner with a version",
           re.fullmatch(r"lighttpd/[\d.]+", headers.get("Server", "")) is not None)
    tap.equal("weak: admin page asks", get(where, "/admin")[0], 401)
    tap.equal("weak: no lock-out", [get(where, "/admin", f"no{i}")[0] for i in range(12)],
              [401] * 12)
    tap.equal("weak: default password works", get(where, "/admin", "admin")[0], 200)
    with socket.create_connection((where, 2323), WAIT_S) as link:
        tap.ok("weak: undeclared port speaks", b"maintenance" in link.recv(100))


def check_hardened(tap, hard):
    where = hard.address
    tap.equal("hardened: TLS versions", accepted(where), ["TLSv1_2", "TLSv1_3"])
    text = certificate_text(where)
    tap.ok("hardened: certificate has a P-256 key", "NIST CURVE: P-256" in text)
    tap.ok("hardened: certificate is signed with SHA-256", "ecdsa-with-SHA256" in text)
    tap.ok("hardened: certificate is valid", "Certificate will not expire" in text)
    status, headers, body = get(where, "/")
    tap.ok("hardened: start page shows the model", status == 200 and "AK-GW 200" in body)
    tap.ok("hardened: no banner", "Server" not in headers)
    tap.equal("hardened: admin page asks", get(where, "/admin")[0], 401)
    tap.equal("hardened: lock-out after five failures",
              [get(where, "/admin", f"no{i}")[0] for i in range(7)], [401] * 5 + [429] * 2)
    hard.reset()
    tap.equal("hardened: default password is refused", get(where, "/admin", "admin")[0], 401)
    tap.equal("hardened: other ports are closed",
              [port for port in (22, 23, 2323, 8080, 8443) if is_open(where, port)], [])


def check_mutants(tap, lab):
    sound = lab.device("hardened-gateway")
    sound.start()
    for name, seen in FAULTS.items():
        mutant = lab.device(name)
        mutant.start()
        has_fault = [seen(mutant, lab.image(name)), seen(sound, lab.image(sound.name))]
        mutant.stop()
        tap.equal(f"{name}: the fault is in the mutant and not in the gateway", has_fault,
                  [True, False])
        sound.reset()
    in_file = {name for name in lab_folder.mutant_names()
               if not lab_folder.mutant(name).get("device")}
    tap.equal("each fault of a device is looked for", sorted(in_file | set(FAULTS)),
              lab_folder.mutant_names())
    sound.stop()


def check_stop(tap, lab):
    weak = lab.device("weak-gateway")
    tap.ok("start twice starts once", not weak.start())
    foreign = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    hard = lab.device("hardened-gateway")
    pid = hard.living("lighttpd")
    hard.pid_file("stale").write_text(f"{foreign.pid} 1\n")
    weak_pid = weak.living("lighttpd")
    os.kill(weak_pid, 9)  # a crash: the other server of the device remains
    while device_module.start_time(weak_pid):
        time.sleep(0.01)
    lab.stop_all()
    tap.ok("stop spares what it did not start", foreign.poll() is None)
    foreign.kill()
    foreign.wait()
    tap.ok("stop ends what it started", device_module.start_time(pid) is None)
    tap.ok("stop after a crash leaves no port open",
           not any(is_open(weak.address, port) for port in weak.ports()))
    tap.equal("nothing is left of pid files", list(lab.folder.glob("*/*.pid")), [])


def check_images(tap, folder):
    import firmware
    for name in lab_folder.GATEWAYS:
        described = lab_folder.description(name)
        again = folder / name
        firmware.pack(described, again)
        first = again.read_bytes()
        firmware.pack(described, again)
        tap.ok(f"{name}: the image has the same bytes again", first == again.read_bytes())


def main():
    os.environ["AKASHI_LAB_LOCKOUT_S"] = "3600"  # no lock-out ends while a busy machine looks at it
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-lab-") as name:
        folder = pathlib.Path(name)
        lab = lab_folder.Lab(folder / "lab")
        try:
            for gateway in lab_folder.GATEWAYS:
                lab.device(gateway).start()
            check_weak(tap, lab.device("weak-gateway"))
            check_hardened(tap, lab.device("hardened-gateway"))
            check_stop(tap, lab)
            check_mutants(tap, lab)
            check_images(tap, folder)
        finally:
            lab.stop_all()
    return tap.done()


sys.exit(main())
