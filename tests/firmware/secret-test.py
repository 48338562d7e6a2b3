#!/usr/bin/env python3
"""Planted secrets among the real files of Debian's packages: how many are found, and how much is found that is
none.

usage: secret-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; AKASHI_PACKAGES: where packages stay)

Every secret is made up on the spot, from a fixed seed; the forms were written from the vendors' documentation, not
from the rules. Prints precision and recall, and fails below the floors.
"""
import base64
import io
import pathlib
import random
import shutil
import string
import subprocess
import sys
import tarfile
import tempfile

import debian

sys.path.insert(0, str(debian.ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

PRECISION, RECALL = 0.98, 0.98  # floors; where they were once they stay
HARMLESS = ["busybox", "dropbear-bin", "openssl", "libssl3", "curl", "sudo", "passwd", "mosquitto", "snmpd", "lighttpd",
            "nginx-core", "vsftpd", "dnsmasq-base", "openssh-server", "hostapd", "wpasupplicant", "ppp", "rsync", "git",
            "python3.11-minimal", "perl-base", "network-manager", "ca-certificates", "libgnutls30", "openvpn",
            "strongswan-starter", "samba-common", "rsyslog"]
# Certificates are public, self-test keys of libraries are known ones, and accounts' hashes have a test of their own.
SECRETS = ["secret.private-key", "secret.password-hash", "secret.api-key", "secret.wifi", "secret.credential",
           "secret.likely", "secret.default-password"]

RANDOM = random.Random(20261128)
ALNUM = string.ascii_letters + string.digits


def word(length, letters=ALNUM):
    return "".join(RANDOM.choice(letters) for _ in range(length))


def hexed(length):
    return word(length, "0123456789abcdef")


def b64(size):
    return base64.b64encode(RANDOM.randbytes(size)).decode()


def url64(size):
    return base64.urlsafe_b64encode(RANDOM.randbytes(size)).decode().rstrip("=")


def key(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, check=True)
    return done.stdout


def planted():
    """{path: (property, bytes)}: one secret a file."""
    api, wifi, login, likely = "secret.api-key", "secret.wifi", "secret.credential", "secret.likely"
    passphrase = lambda: word(4) + "-" + word(6) + RANDOM.choice("!#%+")  # noqa: E731
    texts = {
        "/etc/aws/credentials": (api, f"[default]\nregion = eu\naws_access_key_id = AKIA{word(16, 'ABCDEFGH234567')}\n"),
        "/root/.aws/credentials": (api, f"[default]\naws_secret_access_key={b64(30)}\n"),
        "/usr/bin/upload.sh": (api, f"#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=\"{b64(30)}\"\naws s3 cp $1 s3://x\n"),
        "/www/js/map.js": (api, f"var k='AIza{word(35)}';\n"),
        "/opt/app/config.json": (api, f'{{"client_secret": "GOCSPX-{word(28)}", "x": 1}}\n'),
        "/etc/ci.conf": (api, f"token=ghp_{word(36)}\n"),
        "/etc/ci2.conf": (api, f"url=https://github_pat_{word(22)}_{word(59)}@x\n"),
        "/etc/gitlab.env": (api, f"GITLAB_TOKEN=glpat-{word(20)}\n"),
        "/usr/bin/notify.py": (api, f"T = 'xoxb-{word(11, string.digits)}-{word(12, string.digits)}-{word(24)}'\n"),
        "/usr/bin/alert.sh": (api, "curl https://hooks.slack.com/services/T" + word(9, "ABCDEF0123456789") + "/B" +
                              word(9, "ABCDEF0123456789") + "/" + word(24) + "\n"),
        "/opt/pay/.env": (api, f"STRIPE=sk_live_{word(24)}\n"),
        "/etc/mail.yaml": (api, f"sendgrid: SG.{url64(16)}.{url64(32)}\n"),
        "/etc/mailgun": (api, f"api:key-{hexed(32)}\n"),
        "/root/.npmrc": (api, f"//registry/:_authToken=npm_{word(36)}\n"),
        "/root/.pypirc": (api, f"password = pypi-AgEIcHlwaS5vcmc{word(120)}\n"),
        "/etc/azure.conf": (api, f"conn=DefaultEndpointsProtocol=https;AccountName=x;AccountKey={b64(64)};\n"),
        "/etc/iothub": (api, f"HostName=h.example.net;DeviceId=d1;SharedAccessKey={b64(32)}\n"),
        "/etc/telegram.conf": (api, f"bot={word(9, '123456789')}:AA{word(33)}\n"),
        "/etc/discord": (api, f"https://discord.com/api/webhooks/{word(18, '123456789')}/{word(68)}\n"),
        "/etc/do": (api, f"dop_v1_{hexed(64)}\n"),
        "/etc/jwt": (api, "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9." + url64(40).replace("_", "x")[:0] +
                     base64.urlsafe_b64encode(b'{"sub":"device-17","scope":"all"}').decode().rstrip("=") +
                     "." + url64(64) + "\n"),
        "/etc/fcm": (api, f"AAAA{word(7)}:{word(140)}\n"),
        "/etc/shop": (api, f"shpat_{hexed(32)}\n"),
        "/etc/vault": (api, f"hvs.{word(95)}\n"),
        "/etc/ali": (api, f"accessKeyId: LTAI{word(20)}\n"),
        "/etc/tencent": (api, f"SecretId=AKID{word(32)}\n"),
        "/etc/wpa_supplicant/wpa_supplicant.conf":
            (wifi, f'ctrl_interface=/run\nnetwork={{\n\tssid="home"\n\tpsk="{passphrase()}"\n}}\n'),
        "/etc/wpa2.conf": (wifi, f"network={{\n  ssid=616263\n  psk={hexed(64)}\n}}\n"),
        "/etc/hostapd.conf": (wifi, f"interface=wlan0\nssid=setup\nwpa=2\nwpa_passphrase={passphrase()}\n"),
        "/etc/hostapd-5g.conf": (wifi, f"ssid=setup\nwpa_psk={hexed(64)}\n"),
        "/etc/config/wireless": (wifi, f"config wifi-iface 'a'\n\toption ssid 'x'\n\toption key '{passphrase()}'\n"),
        "/etc/NetworkManager/system-connections/home.nmconnection":
            (wifi, f"[wifi-security]\nkey-mgmt=wpa-psk\npsk={passphrase()}\n"),
        "/etc/nvram.txt": (likely, f"lan=1\nwl0_wpa_psk={passphrase()}\nwl0_ssid=a\n"),
        "/etc/wep.conf": (wifi, f"wep_key0={hexed(26)}\n"),
        "/etc/eap/wpa_supplicant-wired.conf": (wifi, f'identity="dev"\npassword="{passphrase()}"\n'),
        "/etc/ppp/pap-secrets": (login, f"# user server secret ip\nme@isp\t*\t\"{passphrase()}\"\t*\n"),
        "/root/.netrc": (login, f"machine ftp.x.example login up password {word(10)}\n"),
        "/root/.pgpass": (login, f"db:5432:app:app:{word(12)}\n"),
        "/root/.my.cnf": (login, f"[client]\nuser=root\npassword={word(12)}\n"),
        "/etc/snmp/snmpd.local.conf": (login, f"createUser admin SHA {word(12)} AES\n"),
        "/etc/config/network": (login, f"config interface 'wan'\n\toption proto 'pppoe'\n\toption password '{word(9)}'\n"),
        "/etc/config/ddns": (login, f"config service 'a'\n\toption username 'x'\n\toption password '{word(11)}'\n"),
        "/etc/msmtprc": (login, f"account default\nhost smtp.x.example\nuser a\npassword {word(11)}\n"),
        "/etc/ddclient.conf": (login, f"protocol=dyndns2\nlogin=a\npassword='{word(11)}'\n"),
        "/usr/bin/sync.sh": (login, f"#!/bin/sh\nsshpass -p '{word(10)}' rsync -a /d u@h:\n"),
        "/usr/bin/report.sh": (likely, f"#!/bin/sh\ncurl -s -X POST -u api:{word(12)} https://h.example/r -d @f\n"),
        "/etc/feeds.conf": (likely, f"src/gz a https://feed:{word(14)}@feeds.example/pk\n"),
        "/etc/mosquitto/conf.d/bridge.conf": (login, f"connection c\nremote_username u\nremote_password {word(12)}\n"),
        "/root/.docker/config.json": (login, '{"auths": {"r": {"auth": "%s"}}}\n' % b64(18)),
        "/etc/ipsec.secrets": (login, f': PSK "{passphrase()}"\n'),
        "/etc/app/keys.ini": (likely, f"[crypto]\naes_key = {hexed(64)}\n"),
        "/etc/app/settings.yaml": (likely, f"api:\n  device_secret: \"{b64(33)}\"\n"),
        "/opt/app/app.properties": (likely, f"cloud.token={word(40)}\n"),
        "/etc/wireguard/wg0.conf": ("secret.private-key", "[Interface]\nPrivateKey = " + b64(31)[:42] + "E=\n"),
        "/root/id.ppk": ("secret.private-key", "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\n"),
        "/etc/openvpn/ta.key": ("secret.private-key", "-----BEGIN OpenVPN Static key V1-----\n" +
                                "\n".join(hexed(32) for _ in range(16)) + "\n-----END OpenVPN Static key V1-----\n"),
        "/etc/lighttpd/.htpasswd": ("secret.password-hash", "admin:" + key("passwd", "-6", "-salt", "ab", "admin").decode()),
        "/etc/init.d/S10pw": ("secret.password-hash", "echo 'root:" +
                              key("passwd", "-1", "-salt", "xy", word(9)).decode().strip() + "' | chpasswd -e\n"),
    }
    files = {path: (prop, text.encode()) for path, (prop, text) in texts.items()}
    private = "secret.private-key"
    files["/etc/ssl/device.key"] = (private, key("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
    files["/etc/ssl/device.der"] = (private, key("genpkey", "-algorithm", "ED25519", "-outform", "DER"))
    files["/etc/ssl/rsa.pem"] = (private, key("genrsa", "-traditional", "2048"))
    files["/usr/sbin/agentd"] = (private, b"\x7fELF\0\0" + key("genrsa", "2048") + b"\0\0")
    return files


def build(path, folders, files):
    debian.image(path, folders)
    with tarfile.open(path, "a") as tar:
        for name, (_, data) in files.items():
            info = tarfile.TarInfo(name.lstrip("/"))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def judge(tap, files, seen, packages):
    found = {(locator, prop) for (locator, prop), (outcome, _) in seen.items()
             if prop in SECRETS and outcome == "seen" and locator}
    missed = [f"{path}: {prop}" for path, (prop, _) in files.items() if (path, prop) not in found]
    wrong = sorted(f"{locator}: {prop} {seen[locator, prop][1]}" for locator, prop in found
                   if locator not in files)
    right = len(files) - len(missed)
    precision, recall = right / (right + len(wrong)), right / len(files)
    print(f"# {len(files)} planted among the files of {packages} packages: precision {precision:.3f}, "
          f"recall {recall:.3f}")
    for line in missed:
        print(f"# missed {line}")
    for line in wrong:
        print(f"# wrong {line}")
    tap.ok(f"precision is {PRECISION} at least", precision >= PRECISION)
    tap.ok(f"recall is {RECALL} at least", recall >= RECALL)
    tap.ok("a well-known password in htpasswd is one", seen.get(("/etc/lighttpd/.htpasswd",
                                                                 "secret.default-password"))
           == ("seen", "admin:*****"))


def main():
    tap = Tap()
    if shutil.which("openssl") is None:
        tap.skip("planted secrets", "openssl is not installed")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="akashi-secrets-") as top:
        folders = debian.fetch("amd64", HARMLESS)
        path = pathlib.Path(top) / "image.tar"
        files = planted()
        build(path, folders.values(), files)
        seen = debian.look(path)
        judge(tap, files, seen, len(folders))
        if not folders:
            tap.skip("harmless files", "no packages can be fetched")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
