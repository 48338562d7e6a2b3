#!/usr/bin/env python3
"""Packs the firmware image of a device: uImage(squashfs) of real Debian binaries.

usage: firmware.py DEVICE.json OUT

The same machine gives the same bytes: owners, dates, keys and salts are fixed.
"""
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile

import certificate

EPOCH = "1700000000"
BINARIES = {
    "bin/busybox": "/usr/bin/busybox",
    "usr/sbin/lighttpd": "/usr/sbin/lighttpd",
}
LIBRARIES = ["libssl.so.3", "libcrypto.so.3"]
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


def put_accounts(root, with_hash):
    secret = "*"
    if with_hash:
        secret = run("openssl", "passwd", "-6", "-salt", "akashilab", "admin").strip()
    put(root, "etc/passwd", "root:x:0:0:root:/:/bin/sh\nwww:x:33:33:www:/www:/bin/false\n")
    put(root, "etc/shadow", f"root:{secret}:19000:0:99999:7:::\nwww:*:19000:0:99999:7:::\n", 0o600)


def put_unhardened(root):
    target = root / "usr/bin/gateway-name"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # The source's name gets into the program's symbols, so it is the same each time.
        pathlib.Path(folder, "gateway-name.c").write_text(UNHARDENED_SOURCE)
        run("gcc", "-w", *UNHARDENED_FLAGS, "-o", target.resolve(), "gateway-name.c", cwd=folder)


def fill(root, device):
    wanted = device["firmware"]
    sources = dict(BINARIES)
    sources.update({f"usr/lib/{name}": library(name) for name in LIBRARIES})
    for name, source in sources.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, root / name)
        (root / name).chmod(0o755)
    put(root, "etc/os-release", f'NAME="{device["model"]}"\nVERSION_ID={device["version"]}\n')
    put(root, "etc/lighttpd/lighttpd.conf", 'server.document-root = "/www"\nserver.tag = ""\n')
    put(root, "www/index.html", f"<title>{device['model']}</title>\n")
    put_accounts(root, wanted["password_hash"])
    if wanted["private_key"]:
        key = root / "etc/ssl/private/server.key"
        key.parent.mkdir(parents=True)
        certificate.make_key(key, wanted["private_key"])
    if wanted["unhardened_elf"]:
        put_unhardened(root)
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
