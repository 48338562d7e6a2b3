#!/usr/bin/env python3
"""All that is done with a router's image, against its unpacking alone in the same run.

usage: bench/firmware.py [ROUNDS] (environment: AKASHI_PROGRAM)

A TRX with a uImage with a squashfs (xz) of about 14 MiB: libraries of other processors (Debian's *-cross
packages, where they are installed) and programs of this machine, with a private key, a password hash, products and
a packed backup of settings (tar.gz) with two files planted among them. akashi unpacks it in its locked worker and runs
every analysis; it does so once more writing the files, and once more after it has kept the result. Peers: unsquashfs of
the same filesystem, and binwalk -Me of the image, where it is installed. A time counts only if all files are
there, those within the backup too, the planted secrets are found, the products are those that were planted and those
that dpkg says the programs are of, and all runs print the same bytes. Of binwalk, which has no analyses, the files alone
are asked for. Its own rule for squashfs says not to look into what was extracted, though -M asks for it; where files are
missing for that, its time does not count, and it runs once more (one round, a minute or two) with that one rule changed in a
configuration of its own. Both times are printed. Aims: at most 2 times unsquashfs, at least 7 times faster than binwalk.

Then Debian's OVMF image, where it is installed, against 7zz x and binwalk -Me; a time counts only if all
programs and raw sections that 7zz writes are found byte for byte. Aim: at most 1.6 times 7zz.
"""
import hashlib
import io
import json
import os
import pathlib
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
BINWALK = ["binwalk", "-Me", "--run-as=root", "-q", "-C"]
PACKED_BYTES = 14 << 20
RAW_BYTES = 7 * PACKED_BYTES // 2  # what is packed at most
FEW = 400000  # bytes of a program that is taken: many files rather than large ones
OVMF = pathlib.Path("/usr/share/OVMF/OVMF_CODE.fd")
SIGNATURES = pathlib.Path(__file__).resolve().parent.parent / "data/signatures/components.json"
PLANTED = 40  # products by their signatures
STATUS = """Package: bench-tool
Status: install ok installed
Architecture: all
Version: 3.2.1-4

Package: bench-library
Status: install ok installed
Architecture: all
Version: 1:0.9~rc2-1
"""
BACKUP = {"config/wireless": "option key 'correct horse 9'\n",
          "config/shadow": "admin:$6$saltsalt$" + "b" * 86 + ":1::::::\n"}
# the rule that binwalk 2.3.3 has, but for its last word, which is False there: look into what was extracted
RECURSING = "^squashfs filesystem:squashfs:unsquashfs -d '%%squashfs-root%%' '%e':0:True\n"
HASH = "root:$6$saltsalt$" + "a" * 86 + ":1::::::\n"


def timed(command, ok=(0,), **more):
    """Seconds of the clock, seconds of processors, what was printed."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True, **more)
    spent, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in ok:
        sys.exit(f"{command}: {done.returncode}: {done.stderr}")
    return (spent, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


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
    (root / "etc/backup.tar.gz").write_bytes(backup())
    return size, foreign


def backup():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in BACKUP.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def plant(root):
    """Products by their signatures and by a package database; those that must be found, as name@version."""
    wanted = {"bench-tool@3.2.1-4", "bench-library@1:0.9~rc2-1"}
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text(STATUS)
    (root / "opt").mkdir()
    rows = [row for row in json.loads(SIGNATURES.read_text())["components"]
            if row["confidence"] == "confirmed" and "path" not in json.dumps(row["match"])]
    for row in rows[:PLANTED]:
        (root / "opt" / f"{row['id']}.bin").write_bytes(
            b"\0\1\0" + row["sample"].replace("\u2400", "\0").encode() + b"\0" * 64)
        wanted.add(f"{row['id']}@{row['version']}")
    return wanted


def is_true(product, places):
    """Does dpkg say that one of these programs is of that version?"""
    version = product.split("@")[1]
    for place in places:
        group, name = place.split("!/")[-1].split("/", 1)
        paths = [f"/usr/bin/{name}", f"/bin/{name}"] if group == "bin" else [f"/usr/{group}/lib/{name}"]
        owner = subprocess.run(["dpkg-query", "-S", *paths], check=False, capture_output=True, text=True).stdout
        told = subprocess.run(["dpkg-query", "-W", "-f", "${source:Upstream-Version} ${Version}", owner.split(": ")[0]],
                              check=False, capture_output=True, text=True).stdout if owner else ""
        if any(word.split(":")[-1].startswith(version) for word in told.split()):
            return True
    return False


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


def check_products(result, planted):
    products = {row["subject"]["locator"].split("!", 1)[1]: row["value"] for row in result["observations"]
                if row["property"] == "component.files" and row["outcome"] == "seen"}
    missing = planted - set(products)
    untrue = [name for name in set(products) - planted if not is_true(name, products[name])]
    if missing or untrue:
        sys.exit(f"akashi: products missing: {sorted(missing)}, untrue: {sorted(untrue)}")
    return len(products)


def inner():
    return {hashlib.sha256(text.encode()).hexdigest() for text in BACKUP.values()}


def check(result, wanted):
    got = sorted(row["sha256"] for row in result["files"]
                 if row["type"] == "file" and row["node"].split("!")[-1].split("/")[0] == "" and
                 row["node"].count("!/") == 1)
    if [digest for digest in wanted if digest not in set(got)] or len(got) != len(wanted):
        sys.exit(f"akashi: {len(got)} files, {len(wanted)} were packed")
    if inner() - {row.get("sha256") for row in result["files"]}:
        sys.exit("akashi: files of the backup are missing")
    seen = {(row["property"], row["subject"]["locator"].split("!")[-1]) for row in result["observations"]
            if row["outcome"] == "seen"}
    for planted in (("secret.private-key", "/etc/server.key"), ("secret.password-hash", "/etc/shadow"),
                    ("secret.password-hash", "/config/shadow")):
        if planted not in seen:
            sys.exit(f"akashi: {planted} was not found")


def clean(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def missing_of(folder, wanted):
    """How many files of the truth binwalk did not write."""
    return len((set(wanted) | inner()) - set(digests(folder.rglob("*"))))


def binwalk_recursing(image, folder, wanted):
    """Once, with the one rule changed: seconds, and what is missing nevertheless."""
    settings = folder.parent / "settings"
    (settings / "binwalk/config").mkdir(parents=True)
    (settings / "binwalk/config/extract.conf").write_text(RECURSING)
    folder.mkdir()
    spent, _ = timed([*BINWALK, folder, image], env=os.environ | {"XDG_CONFIG_HOME": str(settings)})
    return spent, missing_of(folder, wanted)


def measure(measures, rounds, before, after):
    """Medians of the clock and of processor time, by name."""
    times = {name: [] for name in measures}
    for _ in range(rounds):
        for name, command in measures.items():
            before()
            spent, text = command() if callable(command) else timed(command, ok=(0, 4))
            times[name].append(spent)
            after(name, text)
    return {name: [statistics.median(column) for column in zip(*rows)] for name, rows in times.items()}


def show(medians, raw):
    for name, (clock, processor) in medians.items():
        print(f"{name:34} {clock:6.2f} s  {raw / clock / (1 << 20):6.0f} MiB/s, {processor:6.2f} s of processors")


def router(folder, program):
    root, out, peer_out, image = folder / "root", folder / "out", folder / "peer", folder / "image"
    root.mkdir()
    raw, foreign = fill(root)
    planted = plant(root)
    wanted = digests(root.rglob("*"))
    timed(["mksquashfs", root, folder / "squashfs", "-comp", "xz", "-noappend", "-quiet", "-no-progress"])
    image.write_bytes(trx(uimage((folder / "squashfs").read_bytes())))
    look = [program, "firmware", image, "--format", "json", "--data", folder / "data"]
    unpack = ["unsquashfs", "-quiet", "-no-progress", "-d", peer_out]
    measures = {
        "akashi, all analyses": [*look, "--no-cache"],
        "akashi, files written": [program, "firmware", image, "--extract", out],
        "akashi, the result was kept": look,
        "unsquashfs -p 2": [*unpack, "-p", "2", folder / "squashfs"],
        "unsquashfs -p 1": [*unpack, "-p", "1", folder / "squashfs"],
    }
    if shutil.which("binwalk"):
        measures["binwalk -Me"] = [*BINWALK, peer_out, image]
    printed, products, missing = set(), set(), {}

    def after(name, text):
        if name in ("akashi, all analyses", "akashi, the result was kept"):
            printed.add(text)
            check(json.loads(text), wanted)
            products.add(check_products(json.loads(text), planted))
        elif name.startswith("unsquashfs") and digests(peer_out.rglob("*")) != wanted:
            sys.exit(f"{name}: other bytes were written")
        elif name == "binwalk -Me":
            missing[name] = missing_of(peer_out, wanted)

    def before():
        clean(out, peer_out)
        if "binwalk -Me" in measures:
            peer_out.parent.mkdir(exist_ok=True)

    timed(look, ok=(0, 4))  # keeps the result
    medians = measure(measures, ROUNDS, before, after)
    if missing.get("binwalk -Me"):
        clean(peer_out)
        name = "binwalk -Me, one rule changed"
        medians[name], missing[name] = binwalk_recursing(image, peer_out, wanted)
    if len(printed) != 1 or len(products) != 1:
        sys.exit("akashi: runs printed different results")
    print(f"{len(wanted)} files, {foreign} of other processors, {products.pop()} products, {raw >> 20} MiB, packed "
          f"{image.stat().st_size / (1 << 20):.1f} MiB, {os.cpu_count()} processors, load "
          f"{os.getloadavg()[0]:.1f}, medians of {ROUNDS} round(s)")
    show(medians, raw)
    ours = medians["akashi, all analyses"]
    for peer in ("unsquashfs -p 2", "unsquashfs -p 1"):
        print(f"{ours[0] / medians[peer][0]:.2f} times {peer} (wanted: at most 2), of processors "
              f"{ours[1] / medians[peer][1]:.2f}")
    for peer, lost in missing.items():
        counts = "counts: all files are there"
        if lost:
            counts = f"does not count: {lost} of {len(wanted) + len(BACKUP)} files are missing"
        print(f"{medians[peer][0] / ours[0]:.2f} times faster than {peer} (wanted: at least 7), of processors "
              f"{medians[peer][1] / ours[1]:.2f}; {counts}")


def computer(folder, program):
    theirs, out = folder / "7zz", folder / "binwalk"
    timed(["7zz", "x", "-y", "-aou", f"-o{theirs}", OVMF], ok=(0, 1))
    contents = {hashlib.sha256(path.read_bytes()).hexdigest()
                for path in theirs.rglob("*") if path.suffix in (".efi", ".raw")}
    count = sum(path.suffix in (".efi", ".raw") for path in theirs.rglob("*"))
    told = {}

    def after(name, text):
        if name != "akashi, all analyses":
            return
        result = json.loads(text)
        files = [row for row in result["files"] if row["type"] == "file"]
        if contents - {row.get("sha256") for row in files}:
            sys.exit("akashi: something that 7zz finds is missing")
        for name in ("modules", "programs", "raw"):
            told[name] = sum(row.get(name, 0) for row in result["regions"])

    measures = {
        "akashi, all analyses": [program, "firmware", "--no-cache", OVMF, "--format", "json"],
        "7zz x": ["7zz", "x", "-y", "-aou", f"-o{theirs}", OVMF],
    }
    if shutil.which("binwalk"):
        measures["binwalk -Me"] = [*BINWALK, out, OVMF]
    medians = measure(measures, ROUNDS, lambda: (clean(theirs, out), out.mkdir()), after)
    ours, peer = medians["akashi, all analyses"], medians["7zz x"]
    print(f"\n{OVMF.name}: {told['modules']} modules with {told['programs']} programs and {told['raw']} raw sections; 7zz: {count} of these, "
          f"load {os.getloadavg()[0]:.1f}, medians of {ROUNDS} round(s)")
    show(medians, OVMF.stat().st_size)
    print(f"{ours[0] / peer[0]:.2f} times 7zz (wanted: at most 1.6), of processors {ours[1] / peer[1]:.2f}")


def main():
    for tool in ("mksquashfs", "unsquashfs", "openssl", "dpkg-query"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; tools/setup installs it")
    with tempfile.TemporaryDirectory(prefix="akashi-bench-") as scratch:
        router(pathlib.Path(scratch), os.environ["AKASHI_PROGRAM"])
        if OVMF.exists() and shutil.which("7zz"):
            computer(pathlib.Path(scratch), os.environ["AKASHI_PROGRAM"])


main()
