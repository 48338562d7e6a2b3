#!/usr/bin/env python3
"""All that is done with a router's image, against its unpacking alone in the same run.

usage: bench/firmware.py (environment: AKASHI_PROGRAM)

A TRX with a uImage with a squashfs (xz) of about 14 MiB: libraries of other processors (Debian's *-cross
packages, where they are installed) and programs of this machine, with a private key and a password hash
planted among them. akashi unpacks it in its locked worker and runs every analysis; it does so once more
writing the files. Peers: unsquashfs of the same filesystem with two processors, and binwalk -Me of the
image, where it is installed. A time counts only if all files are the same as those packed, the planted secrets
are found, and two runs print the same bytes. Aims: at most 2 times unsquashfs, at least 7 times faster than
binwalk.
"""
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROUNDS = 5
PACKED_BYTES = 14 << 20
RAW_BYTES = 7 * PACKED_BYTES // 2  # what is packed at most
FEW = 400000  # bytes of a program that is taken: many files rather than large ones
HASH = "root:$6$saltsalt$" + "a" * 86 + ":1::::::\n"


def timed(command, ok=(0,)):
    begin = time.monotonic()
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{command}: {done.returncode}: {done.stderr}")
    return time.monotonic() - begin, done.stdout


def candidates():
    """Foreign libraries first, then programs of this machine, in the order of their names."""
    for folder in sorted(pathlib.Path("/usr").glob("*-linux-gnu*/lib")):
        yield from ((folder.parent.name, path) for path in sorted(folder.iterdir()))
    yield from (("bin", path) for path in sorted(pathlib.Path("/usr/bin").iterdir()))


def fill(root):
    size, foreign = 0, 0
    for group, path in candidates():
        if not path.is_file() or path.is_symlink() or size + path.stat().st_size > RAW_BYTES or \
                (group == "bin" and path.stat().st_size > FEW) or path.stat().st_size > 5 * FEW:
            continue
        (root / group).mkdir(exist_ok=True)
        shutil.copyfile(path, root / group / path.name)
        size += path.stat().st_size
        foreign += group != "bin"
    (root / "etc").mkdir()
    timed(["openssl", "genpkey", "-algorithm", "ED25519", "-out", root / "etc/server.key"])
    (root / "etc/shadow").write_text(HASH)
    return size, foreign


def uimage(payload):
    """Source: U-Boot include/image.h, struct legacy_img_hdr."""
    header = struct.pack(">7L4B32s", 0x27051956, 0, 0, len(payload), 0, 0, zlib.crc32(payload), 5, 5, 7, 0,
                         b"bench")
    return header[:4] + struct.pack(">L", zlib.crc32(header)) + header[8:] + payload


def trx(payload):
    """Source: OpenWrt firmware-utils, trx.c: magic, length, CRC-32 without its last step, flags, offsets."""
    length = (28 + len(payload) + 4095) // 4096 * 4096
    guarded = struct.pack("<HH3L", 0, 1, 28, 0, 0) + payload + bytes(length - 28 - len(payload))
    return b"HDR0" + struct.pack("<2L", length, zlib.crc32(guarded) ^ 0xffffffff) + guarded


def digests(paths):
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file())


def check(result, wanted):
    got = sorted(row["sha256"] for row in result["files"]
                 if row["type"] == "file" and row["node"].split("!")[-1].split("/")[0] == "" and
                 row["node"].count("!/") == 1)
    if [digest for digest in wanted if digest not in set(got)] or len(got) != len(wanted):
        sys.exit(f"akashi: {len(got)} files, {len(wanted)} were packed")
    seen = {(row["property"], row["subject"]["locator"].split("!")[-1]) for row in result["observations"]
            if row["outcome"] == "seen"}
    for planted in (("secret.private-key", "/etc/server.key"), ("secret.password-hash", "/etc/shadow")):
        if planted not in seen:
            sys.exit(f"akashi: {planted} was not found")


def main():
    for tool in ("mksquashfs", "unsquashfs", "openssl"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; tools/setup installs it")
    with tempfile.TemporaryDirectory(prefix="akashi-bench-") as scratch:
        folder = pathlib.Path(scratch)
        root, out, peer_out, image = folder / "root", folder / "out", folder / "peer", folder / "image"
        root.mkdir()
        raw, foreign = fill(root)
        wanted = digests(root.rglob("*"))
        timed(["mksquashfs", root, folder / "squashfs", "-comp", "xz", "-noappend", "-quiet", "-no-progress"])
        image.write_bytes(trx(uimage((folder / "squashfs").read_bytes())))
        program = os.environ["AKASHI_PROGRAM"]
        measures = {
            "akashi, all analyses": [program, "firmware", "--no-cache", image, "--format", "json"],
            "akashi, files written": [program, "firmware", image, "--extract", out],
            "unsquashfs -p 2": ["unsquashfs", "-quiet", "-no-progress", "-p", "2", "-d", peer_out,
                                folder / "squashfs"],
            "unsquashfs -p 1": ["unsquashfs", "-quiet", "-no-progress", "-p", "1", "-d", peer_out,
                                folder / "squashfs"],
        }
        if shutil.which("binwalk"):
            measures["binwalk -Me"] = ["binwalk", "-Me", "--run-as=root", "-q", "-C", peer_out, image]
        times, printed = {name: [] for name in measures}, set()
        for _ in range(ROUNDS):
            for name, command in measures.items():
                shutil.rmtree(out, ignore_errors=True)
                shutil.rmtree(peer_out, ignore_errors=True)
                peer_out.parent.mkdir(exist_ok=True)
                spent, text = timed(command, ok=(0, 4) if name.startswith("akashi") else (0,))
                times[name].append(spent)
                if name == "akashi, all analyses":
                    printed.add(text)
                    check(json.loads(text), wanted)
                elif name.startswith("unsquashfs") and digests(peer_out.rglob("*")) != wanted:
                    sys.exit(f"{name}: other bytes were written")
                elif name == "binwalk -Me" and set(wanted) - set(digests(peer_out.rglob("*"))):
                    sys.exit(f"{name}: files are missing")
        if len(printed) != 1:
            sys.exit("akashi: runs printed different results")
        print(f"{len(wanted)} files, {foreign} of other processors, {raw >> 20} MiB, packed "
              f"{image.stat().st_size / (1 << 20):.1f} MiB, {os.cpu_count()} processors, load "
              f"{os.getloadavg()[0]:.1f}, medians of {ROUNDS} rounds")
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, value in medians.items():
            print(f"{name:24} {value:6.2f} s  {raw / value / (1 << 20):6.0f} MiB/s")
        ours = medians["akashi, all analyses"]
        print(f"{ours / medians['unsquashfs -p 2']:.2f} times unsquashfs -p 2 (wanted: at most 2), "
              f"{ours / medians['unsquashfs -p 1']:.2f} times unsquashfs -p 1")
        if "binwalk -Me" in medians:
            print(f"{medians['binwalk -Me'] / ours:.2f} times faster than binwalk -Me (wanted: at least 7)")


main()
