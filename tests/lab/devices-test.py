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
from faults import FAULTS, own  # noqa: E402
from protocols import (first_line, modbus_registers, mqtt, mqtt_hears,  # noqa: E402
                       snmp_description, ssh, telnet_log_in)
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
    check_weak_services(tap, where)


def check_weak_services(tap, where):
    tap.equal("weak: Telnet takes admin/admin and no other",
              [telnet_log_in(where, "admin", word) for word in ("admin", "1234")], ["in", "wrong"])
    tap.equal("weak: Telnet has no lock-out",
              [telnet_log_in(where, "admin", f"no{i}") for i in range(8)], ["wrong"] * 8)
    tap.ok("weak: SSH names its version",
           re.fullmatch(rb"SSH-2\.0-dropbear_[0-9.]+", first_line(where, 22)) is not None)
    tap.equal("weak: MQTT takes everyone", [mqtt(where, 1883, False, level=level) for level in (4, 5)],
              [0, 0])
    tap.ok("weak: and tells them everything", mqtt_hears(where, 1883))
    tap.equal("weak: SNMP answers to public and to no other",
              [snmp_description(where, "public"), snmp_description(where, "private", 2)],
              ["AK-GW 100 firmware 1.0.3", None])
    tap.equal("weak: Modbus is read and written by everyone",
              [modbus_registers(where), modbus_registers(where, write=7)], [[0, 0], [7, 0]])


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
              [port for port in (23, 161, 199, 502, 1883, 2323, 8080, 8443) if is_open(where, port)], [])
    check_hardened_services(tap, hard)


def check_hardened_services(tap, hard):
    where = hard.address
    tap.equal("hardened: SSH names no version", first_line(where, 22), b"SSH-2.0-dropbear_gateway")
    tap.ok("hardened: SSH takes no password", "No auth methods" in ssh(where, "service", "admin"))
    key = hard.folder / "ssh/service.key"
    shown = ssh(where, "service", key=key)
    tap.ok("hardened: SSH takes the key", shown == "AK-GW 200 2.1.0" or
           b"Pubkey auth succeeded" in (hard.folder / "ssh.out").read_bytes(), shown)
    tap.equal("hardened: MQTT is reached inside TLS 1.2 and 1.3 alone", accepted(where, 8883),
              ["TLSv1_2", "TLSv1_3"])
    tap.equal("hardened: MQTT refuses whoever has no password", [mqtt(where, 8883, True, level=level)
                                                                for level in (4, 5)], [5, 0x87])
    wanted = own(hard)["mqtt"]
    tap.equal("hardened: MQTT takes the own one",
              mqtt(where, 8883, True, wanted["user"], wanted["password"]), 0)
    hard.reset()
    tap.equal("hardened: MQTT is locked after five failures",
              [mqtt(where, 8883, True, "gateway", f"no{i}") for i in range(7)], [5] * 5 + [3] * 2)
    tap.equal("hardened: also for MQTT 5 and the own password",
              mqtt(where, 8883, True, wanted["user"], wanted["password"], level=5), 0x8a)
    hard.reset()
    tap.equal("hardened: no SNMP, no Modbus",
              [snmp_description(where, "public", 2), modbus_registers(where)], [None, None])


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
    sound.stop()


def check_stop(tap, lab):
    weak = lab.device("weak-gateway")
    tap.ok("start twice starts once", not weak.start())
    foreign = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    hard = lab.device("hardened-gateway")
    pid = hard.living("lighttpd")
    hard.pid_file("stale").write_text(f"{foreign.pid} 1\n")
    caller = socket.create_connection((weak.address, 22), WAIT_S)
    caller.recv(100)  # dropbear has a process for this connection
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
           not any(device_module.is_taken(weak.address, *port) for port in weak.ports()))
    tap.equal("nothing is left of pid files", list(lab.folder.glob("*/*.pid")), [])
    caller.settimeout(WAIT_S)
    tap.ok("nor of a connection", is_cut(caller))


def is_cut(link):
    """Whether the other side ends the connection, after what it still says."""
    try:
        while link.recv(1000):
            pass
    except ConnectionError:
        pass
    except socket.timeout:
        return False
    return True


def check_images(tap, folder):
    import firmware
    for name in lab_folder.GATEWAYS:
        described = lab_folder.description(name)
        again = folder / name
        firmware.pack(described, again)
        first = again.read_bytes()
        firmware.pack(described, again)
        tap.ok(f"{name}: the image has the same bytes again", first == again.read_bytes())
        check_image(tap, name, described["firmware"], again)


def check_image(tap, name, wanted, image):
    accounts = image_text(image, "etc/passwd").splitlines()
    tap.equal(f"{name}: the image has the accounts", [line.partition(":")[0] for line in accounts],
              list(wanted["accounts"]))
    status = image_text(image, "usr/lib/opkg/status")
    tap.equal(f"{name}: and a package database", re.findall(r"^Package: (.+)$", status, re.M),
              wanted["packages"])
    listing = subprocess.run(["unsquashfs", "-o", "64", "-ll", str(image)], capture_output=True,
                             text=True, stdin=subprocess.DEVNULL).stdout
    tap.equal(f"{name}: what is set-user-id", re.findall(r"^-rws.*squashfs-root(\S+)$", listing, re.M),
              ["/bin/busybox.suid"] if wanted["setuid"] else [])
    tap.equal(f"{name}: what is started at boot", re.findall(r"/init\.d/S\d+(\S+)$", listing, re.M),
              wanted["services"])


def image_text(image, name):
    return subprocess.run(["unsquashfs", "-o", "64", "-cat", str(image), name], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL).stdout


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
