#!/usr/bin/env python3
"""akashi firmware: what it shows, and what it writes from images that mean well and that do not.

usage: firmware-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import unicodedata
import zipfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
NOISE = random.Random(1).randbytes


def dull(size):
    """As NOISE, of 64 values: no packed or encrypted file looks so."""
    return bytes(byte & 0x3f for byte in NOISE(size))


FIT = """/dts-v1/; / { description = "t"; #address-cells = <1>; images { root { data =
/incbin/("fs.squashfs"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "none";
hash-1 { algo = "sha256"; }; }; }; configurations { default = "c"; c { ramdisk = "root"; }; }; };
"""

# Each runs in the folder that is packed and writes ../image; the tools that it needs come first.
PACKINGS = {
    "squashfs": ("mksquashfs", "cp ../fs.squashfs ../image"),
    "uimage": ("mkimage", "mkimage -A arm -O linux -T filesystem -C none -d ../fs.squashfs ../image"),
    "fit": ("mkimage dtc", "cd ..; mkimage -f fit.its image"),
    "fit-external": ("mkimage dtc", "cd ..; mkimage -E -f fit.its image"),
    "gzip": ("gzip", "gzip -c ../fs.squashfs >../image"),
    "xz": ("xz", "xz -c ../fs.squashfs >../image"),
    "lzma": ("xz", "xz --format=lzma -c ../fs.squashfs >../image"),
    "bzip2": ("bzip2", "bzip2 -c ../fs.squashfs >../image"),
    "zstd": ("zstd", "zstd -q -c ../fs.squashfs >../image"),
    "lz4": ("lz4", "lz4 -q -c ../fs.squashfs >../image"),
    "lz4-legacy": ("lz4", "lz4 -q -l -c ../fs.squashfs >../image"),
    "uimage-lzma": ("mkimage xz", "xz --format=lzma -c ../fs.squashfs >../packed; mkimage -A arm -O "
                    "linux -T ramdisk -C lzma -d ../packed ../image"),
    "tar": ("tar", "tar -cf ../image ."),
    "tar-pax": ("tar", "tar --format=pax -cf ../image ."),
    "tar.xz": ("tar xz", "tar -cJf ../image ."),
    "cpio": ("cpio", "find . | cpio --quiet -o -H newc >../image"),
    "cpio-crc": ("cpio", "find . | cpio --quiet -o -H crc >../image"),
    "cpio-odc": ("cpio", "find . | cpio --quiet -o -H odc >../image"),
    "zip": ("zip", "zip -q -y -r ../image.zip . && mv ../image.zip ../image"),
    "ext2": ("mke2fs", "mke2fs -q -F -t ext2 -d . ../image 8M"),
    "ext4": ("mke2fs", "mke2fs -q -F -t ext4 -d . ../image 16M"),
}


class World:
    """A scratch folder; images and what is written from them stand in it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.image = self.folder / "image"
        self.out = self.folder / "out"

    def akashi(self, *arguments, **settings):
        environment = {**os.environ, "AKASHI_LANG": "en", "AKASHI_DATA": str(self.folder / "data"), **settings}
        return subprocess.run([PROGRAM, "firmware", *map(str, arguments)], capture_output=True,
                              text=True, check=False, env=environment, cwd=self.folder,
                              stdin=subprocess.DEVNULL, timeout=600)

    def extract(self, image=None):
        """The result and the manifest of an extraction into a new folder."""
        shutil.rmtree(self.out, ignore_errors=True)
        done = self.akashi(image or self.image, "--extract", self.out, "--format", "json")
        result = json.loads(done.stdout) if done.stdout else {}
        manifest = self.out / "manifest.json"
        return done, result, json.loads(manifest.read_text()) if manifest.exists() else {}


def fill(root):
    """A folder as firmware has them; the files' contents by path."""
    contents = {"etc/hello": b"hello\n", "bin/tool": dull(200001), "empty": b"",
                "sparse": bytes(300000), "日本語/ファイル": "名前".encode(), "a/b/c/d/e/deep": b"deep",
                "name with\ttab": b"tab"}
    contents.update({f"many/{i:03}": f"file {i}\n".encode() * i for i in range(100)})
    for name, data in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "bin/tool").chmod(0o4755)
    os.link(root / "bin/tool", root / "bin/twin")
    os.symlink("../bin/tool", root / "etc/link")
    os.symlink("/etc/shadow", root / "etc/absolute")
    return {**contents, "bin/twin": contents["bin/tool"]}


def shown(name):
    return name.replace("\t", "\\x09")


def check_packing(tap, world, name, command, contents):
    world.image.unlink(missing_ok=True)
    subprocess.run(["sh", "-ec", command], cwd=world.folder / "root", check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, "PATH": PATH})
    done, result, manifest = world.extract()
    by_name = {row["name"]: row for row in manifest.get("entries", [])}
    wrong = [path for path, data in contents.items()
             if not (row := by_name.get("/" + shown(path))) or "path" not in row or
             (world.out / row["path"]).read_bytes() != data or
             row["sha256"] != hashlib.sha256(data).hexdigest() or row["size"] != len(data)]
    tap.ok(f"{name}: the bytes that were packed are extracted", not wrong, wrong[:5], done.stderr)
    link = by_name.get("/etc/link", {})
    tap.ok(f"{name}: links within are made, others are told of",
           link.get("target") == "../bin/tool" and (world.out / link["path"]).is_symlink() and
           "path" not in by_name.get("/etc/absolute", {"path": ""}) and
           "absolute" in by_name["/etc/absolute"]["note"], link)
    tap.ok(f"{name}: all of it was understood", done.returncode == 0 and result["complete"],
           done.returncode, [r for r in result.get("regions", []) if r.get("cut")])
    mode = by_name.get("/bin/tool", {}).get("mode")
    written = world.out / by_name["/bin/tool"]["path"]
    tap.ok(f"{name}: modes are told, and setuid is not given", mode == "4755" and
           not written.stat().st_mode & (stat.S_ISUID | stat.S_ISGID), mode)


def test_formats(tap, world):
    root = world.folder / "root"
    root.mkdir()
    contents = fill(root)
    (world.folder / "fit.its").write_text(FIT)
    subprocess.run(["mksquashfs", "root", "fs.squashfs", "-noappend", "-quiet", "-no-progress"],
                   cwd=world.folder, check=True, stdout=subprocess.DEVNULL)
    for name, (tools, command) in PACKINGS.items():
        if all(shutil.which(tool, path=PATH) for tool in tools.split()):
            check_packing(tap, world, name, command, contents)
        else:
            tap.skip(name, f"needs {tools}")


# --- hostile archives ----------------------------------------------------------------------------

def tar_of(world, entries):
    """(name, type, content or target): any name, in the order given."""
    with tarfile.open(world.image, "w", format=tarfile.GNU_FORMAT, encoding="utf-8",
                      errors="surrogateescape") as tar:
        for name, kind, what in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mode = 0o644
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = what
                tar.addfile(info)
            else:
                info.size = len(what)
                info.devmajor, info.devminor = 5, 1
                tar.addfile(info, io.BytesIO(what))


def zip_of(world, entries):
    with zipfile.ZipFile(world.image, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)


def cpio_of(world, entries):
    out = bytearray()
    for number, (name, mode, content) in enumerate([*entries, (b"TRAILER!!!", 0, b"")], 1):
        fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name + b"\0"
        out += bytes(-len(out) % 4) + content
        out += bytes(-len(out) % 4)
    world.image.write_bytes(out)


def everything_around(world):
    """All that stands beside the folder that is written, with contents."""
    return {str(path): path.read_bytes() if path.is_file() and not path.is_symlink() else None
            for path in sorted(world.folder.rglob("*"))
            if world.out not in (path, *path.parents) and path != world.image}


def leads_out(world):
    """Links below the folder that resolve outside of it."""
    top = os.path.realpath(world.out)
    return [path for path in world.out.rglob("*") if path.is_symlink() and
            not (os.path.realpath(path) + "/").startswith(top + "/")]


EVIL = ["../evil", "../../evil", "/evil", "a/../../evil", "..", "a/..", "./../evil", "a//b/../../../evil",
        "evil\n../x", "new\nline", "\x1b[2J", "bad-\udcff\udcfe-utf8", "back\\slash", "n" * 300,
        "/".join("d" * 100), "a!b", "#data@0", "manifest.json", "C:\\evil", "nul\u200bspace"]


def check_stays_inside(tap, world, what, wanted):
    before = everything_around(world)
    done, _, manifest = world.extract()
    tap.equal(f"{what}: nothing beside the folder changes", everything_around(world), before)
    tap.equal(f"{what}: no link leads out", leads_out(world), [])
    rows = [row for row in manifest.get("entries", []) if row["type"] == "file"]
    lost = [row for row in rows if not (world.out / row.get("path", "none")).is_file()]
    tap.ok(f"{what}: every file is written and told of", not lost and len(rows) == wanted,
           lost[:3], len(rows), done.stderr)
    names = [part for row in rows for part in row.get("path", "").split("/")]
    tap.ok(f"{what}: no name has dots, control characters or another's bytes",
           all(name.isprintable() and name not in ("", ".", "..") for name in names), names)
    escaped = [row for row in rows if "\\" in row["name"]]
    tap.ok(f"{what}: escaped names are said to be",
           all("escaped" in row.get("note", "") for row in escaped))


def test_names(tap, world):
    content = b"evil content\n"
    tar_of(world, [(name, tarfile.REGTYPE, content) for name in EVIL])
    check_stays_inside(tap, world, "tar names", len(EVIL))
    names = [name for name in EVIL if name.isprintable()]
    zip_of(world, [(name, content) for name in names])
    check_stays_inside(tap, world, "zip names", len(names))
    encoded = [name.encode("utf-8", "surrogateescape") for name in EVIL]
    cpio_of(world, [(name, 0o100644, content) for name in encoded])
    check_stays_inside(tap, world, "cpio names", len(encoded))


def test_links(tap, world):
    outside = world.folder / "outside"
    outside.mkdir()
    link, file, folder = tarfile.SYMTYPE, tarfile.REGTYPE, tarfile.DIRTYPE
    tar_of(world, [
        ("absolute", link, str(outside)), ("absolute/evil", file, b"1"),
        ("up", link, ".."), ("up/evil", file, b"2"), ("up2", link, "../.."), ("up2/evil", file, b"3"),
        ("d1/d2/here", link, "."), ("climb", link, "d1/d2/here/../../.."), ("climb/evil", file, b"4"),
        ("d1/d2/top", link, "../.."), ("twice", link, "d1/d2/top/.."), ("good/file", file, b"5"),
        ("good/link", link, "file"), ("d1/to-good", link, "../good/file"), ("self", link, "self"),
        ("dots", link, "././good/../../../x"), ("empty", link, "good/./file"),
        ("later", file, b"6"), ("later", link, str(outside)), ("dir", folder, b""),
        ("dir", link, "/"), ("dir/evil", file, b"7"), ("hard", tarfile.LNKTYPE, "../../etc/passwd"),
    ])
    before = everything_around(world)
    done, _, manifest = world.extract()
    tap.equal("links: nothing beside the folder changes", everything_around(world), before)
    tap.equal("links: none leads out", leads_out(world), [])
    by_name = {row["name"]: row for row in manifest["entries"]}
    tap.ok("links: good ones are made", all("path" in by_name[name] for name in
                                            ("/good/link", "/d1/to-good", "/empty")), done.stderr)
    good = world.out / by_name["/good/link"]["path"]
    tap.equal("links: and lead to what they led to", good.read_bytes(), b"5")
    tap.ok("links: others are told of, with the reason",
           all("path" not in by_name[name] and by_name[name]["note"].startswith("not written")
               for name in ("/absolute", "/climb", "/twice", "/dots", "/up2", "/hard")))
    tap.ok("links: files below their names are written as files",
           all((world.out / by_name[f"/{name}/evil"]["path"]).is_file()
               for name in ("absolute", "up", "climb")))


def test_same_names_and_devices(tap, world):
    file = tarfile.REGTYPE
    tar_of(world, [("same", file, b"one"), ("same", file, b"two"), ("same/below", file, b"three"),
                   ("folder/x", file, b"four"), ("folder", file, b"five"),
                   ("dev/console", tarfile.CHRTYPE, b""), ("pipe", tarfile.FIFOTYPE, b"")])
    _, _, manifest = world.extract()
    rows = manifest["entries"]
    found = sorted((world.out / row["path"]).read_bytes() for row in rows if row["type"] == "file")
    tap.equal("files of one name are all written", found,
              [b"five", b"four", b"one", b"three", b"two"])
    console = next(row for row in rows if row["name"] == "/dev/console")
    tap.ok("devices stand in the manifest alone", console["target"] == "char 5:1" and
           "path" not in console, console)
    tap.ok("no device, pipe or socket is made",
           all(path.is_file() or path.is_dir() for path in world.out.rglob("*")))


def test_bombs(tap, world):
    bomb = gzip.compress(bytes(512 << 20), 9)
    world.image.write_bytes(bomb)
    done, result, manifest = world.extract()
    tap.ok("a bomb is cut", done.returncode == 4 and not result["complete"], done.returncode)
    tap.ok("and little of it is written", manifest["summary"]["bytes"] <= 400 * (len(bomb) + 65536),
           manifest["summary"])
    nested = b"core"
    for _ in range(30):
        nested = gzip.compress(nested)
    world.image.write_bytes(nested)
    done, result, _ = world.extract()
    tap.ok("nesting ends", done.returncode == 4 and
           any("nest too deep" in row.get("cut", "") for row in result["regions"]))
    zip_of(world, [("a", b"x" * 100000)])
    one = world.image.read_bytes()
    start, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    many = 2000
    record = bytearray(one[end:])
    record[8:12] = many.to_bytes(2, "little") * 2
    record[12:16] = ((end - start) * many).to_bytes(4, "little")
    world.image.write_bytes(one[:start] + one[start:end] * many + bytes(record))
    done, result, _ = world.extract()
    tap.ok("entries that share their bytes are cut", done.returncode == 4 and
           not result["complete"], done.returncode)


def test_folders(tap, world):
    tar_of(world, [("file", tarfile.REGTYPE, b"x")])
    world.out.mkdir(exist_ok=True)
    shutil.rmtree(world.out)
    world.out.mkdir()
    empty = world.akashi(world.image, "--extract", world.out)
    tap.equal("an empty folder is taken", empty.returncode, 0)
    before = sorted(world.out.rglob("*"))
    again = world.akashi(world.image, "--extract", world.out)
    tap.ok("one that is not empty is refused", again.returncode == 2 and "not empty" in again.stderr,
           again.returncode, again.stderr)
    tap.equal("and left as it was", sorted(world.out.rglob("*")), before)
    taken = world.folder / "taken"
    taken.write_text("mine")
    tap.ok("a file is no folder", world.akashi(world.image, "--extract", taken).returncode in (2, 3) and
           taken.read_text() == "mine")
    tap.equal("an image that is not there is bad input", world.akashi("none").returncode, 2)
    tap.equal("no image is bad usage", world.akashi().returncode, 2)


def test_unknown(tap, world):
    middle = NOISE(5000)
    files = gzip.compress(b"inner")
    world.image.write_bytes(middle + files + bytes(4096))
    done, result, manifest = world.extract()
    kinds = [(row["offset"], row["kind"]) for row in result["regions"] if row["in"] == "image"]
    tap.equal("regions are told with their offsets", kinds,
              [(0, "unknown"), (5000, "gzip"), (5000 + len(files), "padding")])
    region = next(row for row in manifest["entries"] if row["name"].startswith("#data@0"))
    tap.equal("what no format explains is written too",
              (world.out / region["path"]).read_bytes(), middle)
    tap.equal("and the end says so", done.returncode, 4)
    text = world.akashi(world.image).stdout
    tap.ok("in words", "unknown" in text and "0x00001388" in text and "not taken apart in full" in text, text)
    tap.ok("in Japanese too", "分解できなかった" in world.akashi(world.image, "--lang", "ja").stdout)


def plain_tar(world, entries):
    """(name, mode, content)"""
    with tarfile.open(world.image, "w") as archive:
        for name, mode, content in entries:
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(content)
            archive.addfile(entry, io.BytesIO(content))


def fat_with(world, name, content):
    """A FAT16 image that holds one file, and where the entries of cluster 5 stand in its two tables."""
    (world.folder / name).write_bytes(content)
    world.image.write_bytes(bytes(16 << 20))
    for command in (["mkfs.fat", "-F", "16", world.image], ["mcopy", "-i", world.image, world.folder / name, "::/"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PATH": PATH})
    data = bytearray(world.image.read_bytes())
    reserved, size = (int.from_bytes(data[at:at + 2], "little") for at in (14, 22))
    return data, [(reserved + table * size) * 512 + 2 * 5 for table in (0, 1)]


def check_damage(tap, world, name, whole, damaged, place, reason):
    """A damaged image says in Japanese what is broken and where; the record stays as it is; a whole one says nothing."""
    world.image.write_bytes(whole)
    sound = world.akashi(world.image, "--lang", "ja").stdout
    world.image.write_bytes(damaged)
    said = "".join(world.akashi(world.image, "--lang", "ja").stdout.split())
    record = world.akashi(world.image, "--lang", "ja", "--format", "json").stdout
    tap.ok(f"damaged {name}: told in Japanese, with its place",
           f"{place}:{reason}" in said and f"不完全:{reason}" in said and "damaged" not in said, said[-600:])
    tap.ok(f"damaged {name}: the record is in English", reason not in record and "damaged" not in sound and "不完全" not in sound,
           sound[-300:])


def test_damaged(tap, world):
    root = world.folder / "damaged"
    (root / "bin").mkdir(parents=True)
    (root / "bin/tool").write_bytes(dull(200001))
    pack = ["mksquashfs", root, world.folder / "d.squashfs", "-noappend", "-quiet", "-no-progress", "-comp", "gzip", "-no-exports"]
    subprocess.run(pack, check=True, stdout=subprocess.DEVNULL)
    squash = (world.folder / "d.squashfs").read_bytes()
    check_damage(tap, world, "squashfs", squash, squash[:5000] + b"X" * 40 + squash[5040:], "image!/bin/tool",
                 "ファイルのデータが壊れています（libsquashfs-3）")
    zip_of(world, [("a", dull(3000))])
    archive = world.image.read_bytes()
    check_damage(tap, world, "zip", archive, archive[:-30], "image", "zip:中央ディレクトリがないか、壊れています")
    if not all(shutil.which(tool, path=PATH) for tool in ("mkfs.fat", "mcopy")):
        tap.skip("damaged fat", "needs mkfs.fat mcopy")
        return
    whole, entries = fat_with(world, "tool", dull(100000))
    broken = bytearray(whole)
    for at in entries:
        broken[at:at + 2] = b"\xff\xff"  # the last of its file
    check_damage(tap, world, "fat", bytes(whole), bytes(broken), "image!/tool", "fat:クラスターがその終わりより前に終わっています")


def test_sealed(tap, world):
    """A file that may hide something keeps the search for secrets open, and the text says so; one that hides nothing does not."""
    plain_tar(world, [("etc/motd", 0o644, b"welcome\n"), ("opt/config.bin", 0o600, NOISE(5000))])
    done = world.akashi(world.image, "--format", "json")
    tap.equal("sealed: every byte was explained, and something was not seen",
              (json.loads(done.stdout)["complete"], done.returncode), (True, 4))
    text = world.akashi(world.image)
    said = " ".join(text.stdout.split())
    tap.ok("sealed: which search, and why", "Inconclusive: what these searches did not find may still be there "
           "Software components in the firmware Secrets in the firmware Services that the firmware starts at boot "
           "files that look packed or encrypted were not opened: image!/opt/config.bin" in said, said[-600:])
    tap.equal("sealed: exit 4 of the text too", text.returncode, 4)
    japanese = world.akashi(world.image, "--lang", "ja").stdout
    tap.ok("sealed: in Japanese", "判定保留" in japanese and "開けなかったファイルがあります" in japanese and "were not opened" not in japanese and "ファームウェア内の秘密情報" in japanese, japanese[-600:])
    kept = world.folder / "sealed.bin"
    kept.write_bytes(world.image.read_bytes())
    plain_tar(world, [("etc/motd", 0o644, b"welcome\n"), ("opt/config.bin", 0o600, dull(5000))])
    diff = json.loads(world.akashi("diff", kept, world.image, "--format", "json").stdout)
    tap.equal("sealed: a difference says which was searched", [row["searched"] for row in diff["images"]], [False, True])
    text = world.akashi("diff", kept, world.image).stdout
    tap.equal("sealed: and so in words", text.count("Not every search saw all of it"), 1)
    text = world.akashi(world.image)
    tap.ok("sealed: a sound image leaves no search open", text.returncode == 0 and "Inconclusive" not in text.stdout,
           text.returncode, text.stdout[-600:])


def test_order(tap, world):
    """What takes longest is begun first and told last, with help from other processors and without."""
    strong = b"$6$saltsalt$" + b"a" * 86
    plain_tar(world, [("etc/shadow", 0o600, b"root:" + strong + b":1::::::\nadmin:" + strong[:-1] + b"b:1::::::\n"),
                      ("etc/init.d/rcS", 0o755, b"#!/bin/sh\ntelnetd -l /bin/login\n"), ("srv/open", 0o666, b"x")])
    runs = [subprocess.run([*before, PROGRAM, "firmware", world.image, "--no-cache", "--format", "json"], capture_output=True, text=True,
                           check=False, cwd=world.folder) for before in ([], ["taskset", "-c", "0"], [])]
    tests = list(dict.fromkeys(row["test"] for row in json.loads(runs[0].stdout)["observations"]))
    tap.equal("order: accounts, at which a dictionary is tried, come last", (tests[0], tests[1:-1], tests[-1]), ("firmware.unpack", sorted(tests[1:-1]), "firmware.account"))
    tried = [(row["outcome"], row["subject"]["locator"]) for row in json.loads(runs[0].stdout)["observations"]
             if row["property"] == "account.default-password"]
    tap.equal("order: the hashes were tried", tried, [("absent", "image!/etc/shadow"), ("absent", "image")])
    tap.equal("order: the same bytes on one processor, and again", [run.stdout == runs[0].stdout for run in runs], [True] * 3)


def test_many_notes(tap, world):
    """Notes are counted by what they say."""
    plain_tar(world, [(f"srv/{i:05}", 0o666, b"x") for i in range(9000)])
    text = world.akashi(world.image).stdout
    told = re.findall(r"^  note +(.*): (\d+) \(--list\)$", text, re.M)
    tap.equal("notes: one row, and how many", [count for _, count in told], ["9000"])
    tap.ok("notes: of all findings", "Findings (9000)" in text, text[:3000])


def pack_version(world, name, files, modes=()):
    root = world.folder / f"root-{name}"
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    for path, mode in modes:
        (root / path).chmod(mode)
    target = world.folder / f"{name}.bin"
    subprocess.run(["mksquashfs", root, world.folder / "fs", "-noappend", "-quiet", "-no-progress", "-all-root"],
                   check=True, stdout=subprocess.DEVNULL)
    # a head of another size: regions of the second image stand elsewhere
    target.write_bytes((b"head of " + name.encode() + b"\n") * (3 if name == "old" else 5) +
                       (world.folder / "fs").read_bytes())
    return target


def test_diff(tap, world):
    status = ("Package: tool\nStatus: install ok installed\nVersion: {}\nArchitecture: armhf\n\n"
              "Package: {}\nStatus: install ok installed\nVersion: 1\nArchitecture: armhf\n\n")
    program = next(pathlib.Path(path).read_bytes() for path in ("/bin/busybox", "/bin/sh"))
    other = pathlib.Path("/bin/ls").read_bytes()
    same = {"etc/same": b"same\n", "etc/os-release": b"ID=debian\n", "etc/empty": b""}
    old = pack_version(world, "old", {
        **same, "etc/hello": b"hello\n", "etc/gone": b"only in the old one\n", "etc/was-here": b"moved content\n",
        "etc/mode": b"m\n", "bin/tool": program, "var/lib/dpkg/status": status.format("1.0", "dropped").encode(),
        "etc/shadow": b"root:$6$saltsalt$" + b"a" * 86 + b":1::::::\n"}, [("etc/mode", 0o600)])
    new = pack_version(world, "new", {
        **same, "etc/hello": b"hello, you\n", "etc/come": b"only in the new one\n", "opt/is-here": b"moved content\n",
        "etc/mode": b"m\n", "bin/tool": other, "var/lib/dpkg/status": status.format("1.1", "brought").encode(),
        "etc/shadow": b"root:!:1::::::\n"}, [("etc/mode", 0o666)])
    done = world.akashi("diff", old, new, "--format", "json")
    diff = json.loads(done.stdout)
    paths = {kind: [row.get("path", row.get("to")) for row in rows if row.get("type") != "folder"]
             for kind, rows in diff["files"].items()}
    tap.equal("exit 1: they differ", (done.returncode, diff["equal"]), (1, False))
    tap.equal("added", paths["added"], ["#data!/etc/come"])
    tap.equal("removed", paths["removed"], ["#data!/etc/gone"])
    tap.equal("moved", [(row["from"], row["to"]) for row in diff["files"]["moved"]],
              [("#data!/etc/was-here", "#data!/opt/is-here")])
    tap.equal("changed", paths["changed"],
              [f"#data!/{path}" for path in ("bin/tool", "etc/hello", "etc/mode", "etc/shadow",
                                             "var/lib/dpkg/status")])
    changes = {row["path"]: row["changes"] for row in diff["files"]["changed"]}
    tap.equal("what of it", changes["#data!/etc/mode"], {"mode": [0o600, 0o666]})
    tap.equal("sizes before and after", changes["#data!/etc/hello"]["size"], [6, 11])
    components = diff["components"]
    tap.ok("components", [row["name"] for row in components["added"] if row["name"] == "brought"] == ["brought"] and
           [row["name"] for row in components["removed"] if row["name"] == "dropped"] == ["dropped"] and
           {"name": "tool", "before": ["1.0"], "after": ["1.1"]} in components["changed"], components)
    gone = [row for row in diff["findings"]["gone"] if row["property"] == "secret.password-hash"]
    come = [row for row in diff["findings"]["new"] if row["property"] == "secret.password-hash"]
    tap.equal("a hash that is gone is told, and none is new",
              ([row["path"] for row in gone], come), (["#data!/etc/shadow"], []))
    tap.ok("hardening of the program that was exchanged", diff["hardening"] and
           {row["path"] for row in diff["hardening"]} == {"#data!/bin/tool"}, diff["hardening"])
    text = world.akashi("diff", old, new).stdout
    tap.ok("in words", "Files moved (1)" in text and "The images differ." in text and "explained" in text, text)
    again = world.akashi("diff", old, old, "--format", "json")
    equal = json.loads(again.stdout)
    tap.ok("exit 0: the same bytes", again.returncode == 0 and equal["equal"] and
           not any(equal["files"].values()) and not any(equal["findings"].values()) and
           not any(equal["components"].values()) and not equal["hardening"], again.returncode, equal)
    tap.equal("two runs print the same", world.akashi("diff", "--no-cache", old, new, "--format", "json").stdout, done.stdout)
    tap.equal("and so do results that were kept", world.akashi("diff", old, new, "--format", "json").stdout, done.stdout)
    coverage = equal["images"][0]["coverage"]
    tap.equal("bytes that were explained", (coverage["bytes"], coverage["explained"], coverage["unknown"]),
              (old.stat().st_size, old.stat().st_size - 36, 36))
    tap.equal("an image that is not there", world.akashi("diff", old, "none").returncode, 2)


def test_cache(tap, world):
    """A second look takes what was kept, where it holds; the same is printed."""
    kept = world.folder / "data/cache"
    shutil.rmtree(kept, ignore_errors=True)
    tar_of(world, [("etc/shadow", tarfile.REGTYPE, b"root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n"), ("bin/x", tarfile.REGTYPE, NOISE(300000))])
    look = (world.image, "--format", "json")
    fresh = world.akashi(*look, "--no-cache")
    tap.ok("--no-cache keeps nothing", not kept.exists())
    first, entries = world.akashi(*look), list(kept.iterdir())
    tap.equal("a result is kept", (first.stdout, len(entries)), (fresh.stdout, 1))
    tap.equal("for its owner alone", oct(entries[0].stat().st_mode & 0o777), "0o600")
    made = entries[0].stat().st_mtime_ns
    tap.equal("and taken again", (world.akashi(*look).stdout, entries[0].stat().st_mtime_ns), (fresh.stdout, made))
    whole = entries[0].read_bytes()
    entries[0].write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    tap.equal("a damaged one is made anew", (world.akashi(*look).stdout, entries[0].read_bytes()[:15]),
              (fresh.stdout, whole[:15]))
    one = world.folder / "rules.yar"
    one.write_text('rule x { strings: $a = "root" condition: $a }')
    ruled = world.akashi(*look, "--yara", one)
    tap.ok("rules of one's own are another question", '"yara.match"' in ruled.stdout and
           len(list(kept.iterdir())) == 2, ruled.stdout[-300:])
    one.write_text('rule x { strings: $a = "nowhere to be seen" condition: $a }')
    other = world.akashi(*look, "--yara", one)
    tap.ok("other rules too", len(list(kept.iterdir())) == 3 and other.stdout != ruled.stdout)
    done, result, manifest = world.extract()
    tap.ok("files are always fresh", manifest.get("entries") and len(list(kept.iterdir())) == 3, done.stderr)


def test_interrupt(tap, world):
    tar_of(world, [(f"{i // 1000}/{i}", tarfile.REGTYPE, b"x" * 20) for i in range(60000)])
    shutil.rmtree(world.out, ignore_errors=True)
    with subprocess.Popen([PROGRAM, "firmware", world.image, "--extract", world.out],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "AKASHI_LANG": "en"}) as running:
        deadline = time.monotonic() + 300
        while not list(world.out.glob("*/0/*")) and time.monotonic() < deadline:
            time.sleep(0.005)
        running.send_signal(signal.SIGINT)
        told, said = running.communicate(timeout=300)
    tap.ok("no search counts as done", "Stopped before the end: not every search was done" in told, told[-600:])
    tap.equal("Ctrl-C ends it", running.returncode, 3)
    tap.ok("with a message", "stopped before the end" in said, said)
    manifest = json.loads((world.out / "manifest.json").read_text())
    tap.equal("the manifest says that it was interrupted", manifest["end"], "interrupted")
    written = {str(path.relative_to(world.out)) for path in world.out.glob("*/*/*")}
    told = {row["path"] for row in manifest["entries"] if row["type"] == "file"}
    tap.ok("and tells of each file that is there", written == told and 0 < len(told) < 60000,
           len(told), len(written))


def loaded_by(world, *arguments):
    """What the dynamic linker says of the libraries of akashi itself: workers start with an empty environment."""
    folder = world.folder / "linker"
    folder.mkdir()
    world.akashi("--no-cache", *arguments, LD_DEBUG="files", LD_DEBUG_OUTPUT=str(folder / "process"))
    return "".join(path.read_text() for path in folder.iterdir())


RULES = """rule old_key { meta: severity = "high" strings: $a = "AKASHI-OLD" condition: $a }
rule never { strings: $a = "not in the image" condition: $a }
"""


def test_yara(tap, world):
    """Rules of the user's: what holds is told, what is no rule is refused before the image is looked at."""
    with tarfile.open(world.image, "w") as archive:
        for name, data in (("etc/key", b"x AKASHI-OLD"), ("etc/other", b"nothing")):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    rules = world.folder / "own.yar"
    rules.write_text(RULES)
    done = world.akashi(world.image, "--yara", rules, "--format", "json")
    seen = [(row["subject"]["locator"], row["value"]) for row in json.loads(done.stdout)["observations"]
            if row["property"] == "yara.match"]
    tap.equal("yara: the file for which a rule holds", seen, [("image!/etc/key", "old_key (high) $a at 0x2")])
    tap.equal("yara: the image is understood all the same", done.returncode, 0)
    sarif = json.loads(world.akashi(world.image, "--yara", rules, "--format", "sarif").stdout)["runs"][0]
    tap.ok("yara: it is a result in SARIF", any(row["ruleId"] == "yara.match" for row in sarif["results"]))
    with tarfile.open(world.image, "w") as archive:
        wireless = b"wpa_passphrase=correcthorse9\n"
        entry = tarfile.TarInfo("etc/hostapd.conf")
        entry.size = len(wireless)
        archive.addfile(entry, io.BytesIO(wireless))
    without = world.akashi(world.image, "--format", "json")
    tap.ok("yara: without rules nothing is said of them", "yara." not in without.stdout)
    loaded = loaded_by(world, world.image, "--yara", rules)
    tap.ok("yara: the compiler is loaded by workers alone", "libglib" in loaded and "libyara" not in loaded, loaded[-500:])
    rules.write_text("rule broken {\n condition: nothing }")
    refused = world.akashi(world.image, "--yara", rules)
    tap.ok("yara: a rule with an error is refused with its line", refused.returncode == 2 and f"{rules}:2: " in refused.stderr
           and not refused.stdout, refused.stderr)


def compiling(parent):
    """The worker below `parent` that has loaded the compiler; None: not yet."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            is_child = int(stat.read_text().rpartition(")")[2].split()[1]) == parent
            if is_child and "libyara" in (stat.parent / "maps").read_text():
                return int(stat.parent.name)
        except OSError:
            continue  # it ended meanwhile
    return None


def test_yara_crash(tap, world):
    """A compiler that crashes takes its worker with it and nothing else: the rules are refused, the image is not looked at."""
    tar_of(world, [("a", tarfile.REGTYPE, b"x")])
    rules = world.folder / "own.yar"
    rules.write_text("".join(f'rule r{i} {{ strings: $a = /a{i}[^b]{{1,40}}(x|y){{2,9}}z{i}/ condition: $a }}\n' for i in range(20000)))
    with subprocess.Popen([PROGRAM, "firmware", world.image, "--yara", rules], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, "AKASHI_LANG": "en"}) as running:
        worker = None
        while worker is None and running.poll() is None:
            worker = compiling(running.pid)
        if worker is not None:
            os.kill(worker, signal.SIGSEGV)
        told, said = running.communicate(timeout=300)
    tap.ok("yara: the compiler was seen at work", worker is not None, said)
    tap.ok("yara: what crashes it is refused", running.returncode == 2 and not told and said.count("\n") == 1 and
           "these rules cannot be compiled" in said and str(rules) in said, running.returncode, told, said)


STATUS = """Package: tool
Status: install ok installed
Architecture: all
Version: 1.0
"""
SHOWN = {"en": """image
SHA-256 {digest}

Tree
  └─ tar                    1.5 KiB  1 file
     └─ etc/                   35 B  1 file
        └─ hostapd.conf        35 B

Map
      offset         size  entropy        format
  0x00000000         1536  █░░░░░░░ {entropy}  tar
  0x00000600         8704  ░░░░░░░░ 0.00    padding

Findings (1)
  error    Wi-Fi key: Wi-Fi passphrase of an access point: *****
           /etc/hostapd.conf

Components (0)

Coverage
         10240  bytes of the image
         10240  explained
             0  unknown
             0  unknown in what was unpacked
             0  of what is unknown, compressed or encrypted
             0  places cut
           0/0  programs and libraries that belong to a component
All of the image was taken apart.
""", "ja": """image
SHA-256 {digest}

構造
  └─ tar                    1.5 KiB  ファイル1
     └─ etc/                   35 B  ファイル1
        └─ hostapd.conf        35 B

配置
        位置       大きさ  エントロピー   形式
  0x00000000         1536  █░░░░░░░ {entropy}  tar
  0x00000600         8704  ░░░░░░░░ 0.00    詰め物

指摘（1）
  重大     Wi-Fiの鍵: Wi-Fi passphrase of an access point: *****
           /etc/hostapd.conf

コンポーネント（0）

調べた範囲
         10240  イメージのバイト数
         10240  説明できた
             0  不明
             0  展開したものの中の不明
             0  不明のうち圧縮または暗号
             0  打ち切り箇所
           0/0  コンポーネントに属するプログラムとライブラリ
イメージ全体を分解しました。
"""}


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def large_image(world):
    """700 files in folders, packed ones among them, in a filesystem behind a head that nothing explains."""
    root = world.folder / "large"
    for number in range(700):
        path = root / f"usr/share/folder-{number % 7}/file-{number:03}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"file %d\n" % number)
    for number in range(25):
        (root / f"usr/share/folder-1/packed-{number:02}.gz").write_bytes(gzip.compress(b"packed %d\n" % number, mtime=0))
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text(STATUS)
    subprocess.run(["mksquashfs", root, world.folder / "fs", "-noappend", "-quiet", "-no-progress", "-all-root"],
                   check=True, stdout=subprocess.DEVNULL)
    world.image.write_bytes(NOISE(5000) + (world.folder / "fs").read_bytes())


def test_text(tap, world):
    """What a person sees: tree, map, findings, components, how much was understood; on one screen for a small image."""
    tar_of(world, [("etc/hostapd.conf", tarfile.REGTYPE, b"ssid=x\nwpa_passphrase=correcthorse9")])
    digest = hashlib.sha256(world.image.read_bytes()).hexdigest()
    for lang, wanted in SHOWN.items():
        text = world.akashi(world.image, "--lang", lang).stdout
        entropy = text.split("█░░░░░░░ ")[-1][:4]
        tap.equal(f"a small image ({lang})", text, wanted.format(digest=digest, entropy=entropy))
    large_image(world)
    for lang in SHOWN:
        text = world.akashi(world.image, "--lang", lang).stdout
        wide = [line for line in text.splitlines() if columns(line) > 80]
        tap.ok(f"a large one fits into 80 columns and 120 lines ({lang})", not wide and text.count("\n") <= 120, wide[:3],
               text.count("\n"))
    text = world.akashi(world.image).stdout
    places = [text.find(f"\n{word}") for word in ("Tree", "Map", "Findings", "Components (1)", "Coverage")]
    tap.ok("tree, map, findings, components, coverage, in this order", -1 not in places and places == sorted(places), places)
    tap.ok("folders with what they hold", "├─ folder-0/" in text and "100 files" in text and "726 files" in text, text)
    tap.ok("some of what is packed, and how much more", text.count("packed-") == 10 and "… and 15 more (--list)" in text)
    tap.ok("the component with its origin", "  tool 1.0  database   #data!/var/lib/dpkg/status" in text or
           re.search(r"tool 1\.0 +database +\S+status", text), text)
    tap.ok("what is not understood", "unknown: packed or encrypted" in text and "not taken apart in full" in text)
    every = world.akashi(world.image, "--list").stdout
    tap.ok("--list names every file and every observation", every.count("/file-") >= 700 and "Observations" in every and
           "firmware.coverage" in every and "… and" not in every, every[-2000:])


def main():
    tap = Tap()
    for test in (test_text, test_yara, test_yara_crash, test_formats, test_names, test_links, test_same_names_and_devices, test_bombs,
                 test_folders, test_unknown, test_damaged, test_sealed, test_order, test_many_notes, test_diff, test_cache, test_interrupt):
        with tempfile.TemporaryDirectory(prefix="akashi-firmware-") as scratch:
            test(tap, World(scratch))
    return tap.done()


sys.exit(main())
