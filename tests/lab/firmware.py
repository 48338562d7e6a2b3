#!/usr/bin/env python3
"""Packs the firmware image of a device: uImage(squashfs) of real Debian binaries.

usage: firmware.py DEVICE.json OUT

The same machine gives the same bytes: owners, dates, keys and salts are fixed.
"""
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile

import certificate

EPOCH = "1700000000"
# OpenWrt's name of a package → Debian's, and its files in the image with where they come from.
PACKAGES = {
    "busybox": ("busybox", {"bin/busybox": "/usr/bin/busybox"}),
    "dropbear": ("dropbear-bin", {"usr/sbin/dropbear": "/usr/sbin/dropbear"}),
    "libopenssl3": ("libssl3", {"usr/lib/libssl.so.3": None, "usr/lib/libcrypto.so.3": None}),
    "lighttpd": ("lighttpd", {"usr/sbin/lighttpd": "/usr/sbin/lighttpd"}),
    "mosquitto": ("mosquitto", {"usr/sbin/mosquitto": "/usr/sbin/mosquitto"}),
    "snmpd": ("snmpd", {"usr/sbin/snmpd": "/usr/sbin/snmpd"}),
}
# What is started at boot, in this order: the program and its arguments.
SERVICES = {
    "lighttpd": "/usr/sbin/lighttpd -f /etc/lighttpd/lighttpd.conf",
    "dropbear": "/usr/sbin/dropbear -s",
    "dropbear-passwords": "/usr/sbin/dropbear",
    "mosquitto": "/usr/sbin/mosquitto -c /etc/mosquitto/mosquitto.conf",
    "snmpd": "/usr/sbin/snmpd -c /etc/snmp/snmpd.conf",
    "telnetd": "/usr/sbin/telnetd -l /bin/login",
    "telnetd-shell": "/usr/sbin/telnetd -l /bin/sh",
}
UNHARDENED_SOURCE = r"""
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
  char name[32] = "gateway";
  if (argc > 1)
    strcpy(name, argv[1]);
  return printf("%s\n", name) < 0;
}
"""
UNHARDENED_FLAGS = ["-O1", "-no-pie", "-fno-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE",
                    "-z", "execstack", "-z", "norelro", "-s", "-Wl,--build-id=none"]


def run(*arguments, **options):
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True,
                          **options)
    if done.returncode != 0:
        sys.exit(f"firmware: {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def library(name):
    for line in run("/sbin/ldconfig", "-p").splitlines():
        words = line.split()
        if words and words[0] == name:
            return words[-1]
    sys.exit(f"firmware: {name} is not installed")


def put(root, name, text, mode=0o644):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def put_accounts(root, accounts, with_hash):
    """accounts: name → its line of /etc/passwd after the name. None but root has a password."""
    secret = "*"
    if with_hash:
        secret = run("openssl", "passwd", "-6", "-salt", "akashilab", "admin").strip()
    put(root, "etc/passwd", "".join(f"{name}:{line}\n" for name, line in accounts.items()))
    put(root, "etc/shadow", "".join(
        f"{name}:{secret if name == 'root' else '*'}:19000:0:99999:7:::\n" for name in accounts), 0o600)


def put_services(root, names):
    put(root, "etc/inittab", "::sysinit:/etc/init.d/rcS\n::shutdown:/etc/init.d/rcK\n")
    put(root, "etc/init.d/rcS", '#!/bin/sh\nfor script in /etc/init.d/S*; do "$script" start; done\n',
        0o755)
    for number, name in enumerate(names):
        put(root, f"etc/init.d/S{30 + number}{name}",
            f'#!/bin/sh\n[ "$1" = start ] && exec {SERVICES[name]}\n', 0o755)


def upstream_version(package):
    """Debian's version without its epoch and Debian's own part: "5.9.3" of "1:5.9.3+dfsg-2"."""
    version = run("dpkg-query", "-W", "-f", "${Version}", package).rpartition(":")[2]
    return re.match(r"[0-9.]*[0-9]", version)[0]


def put_packages(root, names):
    """The programs, and opkg's database of them: status, and for each its list of files and control."""
    status = ""
    for name in names:
        source, files = PACKAGES[name]
        for target, origin in files.items():
            (root / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin or library(pathlib.Path(target).name), root / target)
            (root / target).chmod(0o755)
        version = f"{upstream_version(source)}-1"
        put(root, f"usr/lib/opkg/info/{name}.list", "".join(f"/{target}\n" for target in files))
        put(root, f"usr/lib/opkg/info/{name}.control",
            f"Package: {name}\nVersion: {version}\nArchitecture: x86_64\n")
        status += (f"Package: {name}\nVersion: {version}\nStatus: install user installed\n"
                   f"Architecture: x86_64\nInstalled-Time: {EPOCH}\n\n")
    put(root, "usr/lib/opkg/status", status)


def put_unhardened(root):
    target = root / "usr/bin/gateway-name"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # The source's name gets into the program's symbols, so it is the same each time.
        pathlib.Path(folder, "gateway-name.c").write_text(UNHARDENED_SOURCE)
        run("gcc", "-w", *UNHARDENED_FLAGS, "-o", target.resolve(), "gateway-name.c", cwd=folder)


def fill(root, device):
    wanted = device["firmware"]
    put_packages(root, wanted["packages"])
    put_services(root, wanted["services"])
    put(root, "etc/os-release", f'NAME="{device["model"]}"\nVERSION_ID={device["version"]}\n')
    put(root, "etc/lighttpd/lighttpd.conf", 'server.document-root = "/www"\nserver.tag = ""\n')
    put(root, "www/index.html", f"<title>{device['model']}</title>\n")
    put_accounts(root, wanted["accounts"], wanted["password_hash"])
    for name, text in wanted.get("files", {}).items():
        put(root, name, text, 0o600)
    if wanted["private_key"]:
        key = root / "etc/ssl/private/server.key"
        key.parent.mkdir(parents=True)
        certificate.make_key(key, wanted["private_key"])
    if wanted["unhardened_elf"]:
        put_unhardened(root)
    if {"telnetd", "telnetd-shell"} & set(wanted["services"]):
        (root / "usr/sbin/telnetd").symlink_to("../../bin/busybox")
    if wanted["setuid"]:
        shutil.copyfile(root / "bin/busybox", root / "bin/busybox.suid")
        (root / "bin/busybox.suid").chmod(0o4755)
    (root / "bin/sh").symlink_to("busybox")


def pack(device, out):
    wanted = device["firmware"]
    out = pathlib.Path(out).resolve()
    with tempfile.TemporaryDirectory() as folder:
        root, squash = pathlib.Path(folder, "root"), pathlib.Path(folder, "root.squashfs")
        root.mkdir(mode=0o755)
        fill(root, device)
        environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
        run("mksquashfs", root, squash, "-comp", wanted["compression"], "-all-root", "-all-time",
            EPOCH, "-mkfs-time", EPOCH, "-no-xattrs", "-noappend", "-no-progress", env=environment)
        image = pathlib.Path(folder, "image")
        run("mkimage", "-A", "x86_64", "-O", "linux", "-T", "filesystem", "-C", "none", "-n",
            f"{device['model']} {device['version']}", "-d", squash, image,
            env={**environment, "SOURCE_DATE_EPOCH": EPOCH})
        data = image.read_bytes()
        keep = len(data) * wanted.get("keep_percent", 100) // 100
        partial = out.with_name(f"{out.name}.{secrets.token_hex(4)}")
        partial.write_bytes(data[:keep])
        partial.replace(out)


if __name__ == "__main__":
    os.umask(0o022)  # the modes of folders are part of the image
    with open(sys.argv[1], encoding="utf-8") as source_file:
        pack(json.load(source_file), sys.argv[2])
