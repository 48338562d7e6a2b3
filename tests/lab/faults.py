"""How the fault of each mutant is seen, by means that know nothing of akashi."""
import http.client
import json
import re
import subprocess
import time

import protocols
from clients import (WAIT_S, Form, accepted, accepts_suite, certificate_text, get, is_open)


def certificate_says(text):
    return lambda device, _: text in certificate_text(device.address)


def admin_answers(status, password=None):
    return lambda device, _: get(device.address, "/admin", password)[0] == status


def no_lockout(device, _):
    tries = [get(device.address, "/admin", f"no{i}")[0] for i in range(8)]
    device.reset()
    return tries == [401] * 8


def has_form(device):
    return 'type="password"' in get(device.address, "/admin")[2]


def form_is_sound(device, _):
    """Only the own password, with the page's token, in a session that is renewed; locked after five."""
    if not has_form(device):
        return False
    browser, own = Form(device.address), json.loads((device.folder / "device.json").read_text())
    before = browser.ask("GET", "/admin") and browser.cookie
    holds = [browser.log_in(own["admin"]["password"], token="forged") == "403",
             browser.log_in("admin") == "wrong",
             browser.log_in(own["admin"]["password"]) == "in",
             browser.cookie != before,
             browser.ask("GET", "/admin")[0] == 200 and "Firmware 2.1.0" in browser.page,
             Form(device.address).log_in("") == "wrong"]
    tries = [Form(device.address).log_in(f"no{i}") for i in range(5)]
    device.reset()
    return all(holds) and tries == ["wrong"] * 4 + ["locked"]


def form_without_lockout(device, _):
    if not has_form(device):
        return False
    tries = [Form(device.address).log_in(f"no{i}") for i in range(8)]
    device.reset()
    return tries == ["wrong"] * 8


def form_takes_default(device, _):
    return has_form(device) and Form(device.address).log_in("admin") == "in"


def asks_over_http(device, _):
    link = http.client.HTTPConnection(device.address, 80, timeout=WAIT_S)
    link.request("GET", "/admin")
    status = link.getresponse().status
    link.close()
    return status == 401


def image_holds(pattern):
    def look(_, image):
        done = subprocess.run(["unsquashfs", "-o", "64", "-ll", str(image)], capture_output=True,
                              text=True)
        return re.search(pattern, done.stdout) is not None
    return look


def image_file_has(name, text):
    """Whether a file of the image has the text, as another reader of squashfs sees it."""
    def look(_, image):
        done = subprocess.run(["unsquashfs", "-o", "64", "-cat", str(image), name],
                              capture_output=True, text=True)
        return text in done.stdout
    return look


def image_is_short(_, image):
    header = image.read_bytes()[:64]  # uImage: bytes 12 to 15 hold the size of what follows
    return image.stat().st_size < 64 + int.from_bytes(header[12:16], "big")


def answers(device, path):
    try:
        return get(device.address, path)[0] in (200, 401)
    except (OSError, http.client.HTTPException):
        return False


def dies(device, _):
    """The start page is shown, the administration ends it, and then nothing listens."""
    alive = answers(device, "/")
    return alive and not answers(device, "/admin") and not is_open(device.address, 443)


def recovers(device, image):
    if not dies(device, image):
        return False
    (device.folder / "wake").touch()
    until = time.monotonic() + WAIT_S
    while not answers(device, "/") and time.monotonic() < until:
        time.sleep(0.05)
    return answers(device, "/")


def own(device):
    return json.loads((device.folder / "device.json").read_text(encoding="utf-8"))["services"]


def telnet_takes_own(device):
    wanted = own(device)["telnet"]
    return protocols.telnet_log_in(device.address, wanted["user"], wanted["password"]) == "in"


def ssh_name(device):
    return protocols.first_line(device.address, 22).removeprefix(b"SSH-2.0-")


def ssh_logs_in(device, user, password):
    """The shell names the device. Where a namespace of users keeps dropbear from starting it, the
    server's own word that the password was right must do."""
    logged = sum(path.read_bytes().count(b"auth succeeded") for path in device.folder.glob("ssh.*")
                 if path.is_file())
    shown = protocols.ssh(device.address, user, password)
    after = sum(path.read_bytes().count(b"auth succeeded") for path in device.folder.glob("ssh.*")
                if path.is_file())
    return shown.startswith("AK-GW") or after > logged


def ssh_takes(user, password):
    return lambda device, _: ssh_logs_in(device, user, password)


def ssh_takes_own(device):
    wanted = own(device)["ssh"]
    return wanted["log_in"] == "password" and ssh_logs_in(device, wanted["user"], wanted["password"])


def ssh_locks(device):
    """Wrong passwords until the server no longer speaks SSH; eight are more than five."""
    for number in range(8):
        protocols.ssh(device.address, "service", f"no{number}")
    locked = not protocols.first_line(device.address, 22).startswith(b"SSH-")
    device.reset()
    return locked and protocols.first_line(device.address, 22).startswith(b"SSH-")


def mqtt_takes_own(device, port, tls):
    wanted = own(device)["mqtt"]
    return protocols.mqtt(device.address, port, tls, wanted["user"], wanted["password"]) == 0


def mqtt_never_locks(device, _):
    codes = [protocols.mqtt(device.address, 8883, True, "gateway", f"no{number}")
             for number in range(8)]
    device.reset()
    return codes == [5] * 8


def modbus_writes(device, _):
    return protocols.modbus_registers(device.address, write=7) == [7, 0]


# Mutants whose fault stands in the device: it must be seen there, and not on the hardened gateway.
FAULTS = {
    "tls-old": lambda device, _: "TLSv1" in accepted(device.address),
    "certificate-expired": certificate_says("Certificate will expire"),
    "certificate-weak": certificate_says("(1024 bit)"),
    "default-password": admin_answers(200, "admin"),
    "no-lockout": no_lockout,
    "admin-open": admin_answers(200),
    "port-undeclared": lambda device, _: is_open(device.address, 2323),
    "banner-version": lambda device, _: "Server" in get(device.address, "/")[1],
    "model-missing": lambda device, _: "AK-GW 200" not in get(device.address, "/")[2],
    "certificate-sha1": certificate_says("ecdsa-with-SHA1"),
    "cipher-weak": lambda device, _: accepts_suite(device.address, "ECDHE-ECDSA-NULL-SHA"),
    "cipher-doubtful": lambda device, _: accepts_suite(device.address, "ECDHE-ECDSA-AES128-SHA256"),
    "plain-login": asks_over_http,
    "form-login": form_is_sound,
    "form-default-password": form_takes_default,
    "form-no-lockout": form_without_lockout,
    "dies": dies,
    "recovers": recovers,
    "liar-no-secret": image_holds(r"/server\.key"),
    "liar-no-unused": lambda device, _: is_open(device.address, 2323),
    "telnet-plain": lambda device, _: is_open(device.address, 23)
                    and protocols.telnet_log_in(device.address, "admin", "admin") == "wrong"
                    and telnet_takes_own(device),
    "telnet-open": lambda device, _: is_open(device.address, 23)
                   and protocols.telnet_log_in(device.address, "", "") == "open",
    "ssh-default-password": ssh_takes("admin", "admin"),
    "ssh-no-lockout": lambda device, _: ssh_takes_own(device) and not ssh_locks(device),
    "ssh-password": lambda device, _: ssh_takes_own(device) and ssh_locks(device),
    "ssh-banner": lambda device, _: re.search(rb"[0-9]\.|_[0-9]", ssh_name(device)) is not None,
    "mqtt-anonymous": lambda device, _: protocols.mqtt(device.address, 8883, True) == 0,
    "mqtt-plain": lambda device, _: is_open(device.address, 1883)
                  and mqtt_takes_own(device, 1883, False),
    "mqtt-default-password": lambda device, _:
        protocols.mqtt(device.address, 8883, True, "admin", "admin") == 0,
    "mqtt-no-lockout": mqtt_never_locks,
    "snmp-public": lambda device, _: protocols.snmp_description(device.address, "public") is not None,
    "snmp-undeclared": lambda device, _:
        protocols.snmp_description(device.address, "kR7vXw2mTq9b") is not None,
    "modbus-open": modbus_writes,
    "modbus-undeclared": modbus_writes,
    "firmware-setuid": image_holds(r"(?m)^-rws.*busybox"),
    "firmware-telnetd": image_holds(r"/S\d+telnetd"),
    "firmware-shell": image_holds(r"/S\d+telnetd-shell"),
    "firmware-key": image_holds(r"/server\.key"),
    "firmware-hash": image_file_has("etc/shadow", "root:$6$"),
    "firmware-api-key": image_file_has("etc/cloud.conf", "AKIA"),
    "firmware-wifi-key": image_file_has("etc/config/wireless", "option key 'vortex7lantern'"),
    "firmware-credential": image_file_has("root/.netrc", "password vortex7lantern"),
    "firmware-unhardened": image_holds(r"/gateway-name"),
    "firmware-truncated": image_is_short,
}
