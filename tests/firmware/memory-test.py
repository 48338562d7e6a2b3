#!/usr/bin/env python3
"""An image that is larger than all memory that may be used, and files nearly as large: what lies in them is found, within the bound.

usage: memory-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"], "tests/lab")))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

MIB = 1 << 20
BOUND = 512  # MiB, of each process
IMAGE = 640  # MiB, nearly all of them a hole: no room on the disk
SHADOW = b"root:$6$saltsalt$" + b"a" * 86 + b":1::::::\n"


def image_of(path):
    with tarfile.open(fileobj=(packed := io.BytesIO()), mode="w") as tar:
        info = tarfile.TarInfo("etc/shadow")
        info.size = len(SHADOW)
        tar.addfile(info, io.BytesIO(SHADOW))
    path.touch()
    os.truncate(path, IMAGE * MIB)
    with path.open("r+b") as file:
        file.write(b"not only padding")
        file.seek(IMAGE * MIB - len(packed.getvalue()))
        file.write(packed.getvalue())


LARGE = 480  # MiB of one file: with what else a worker needs it would pass the bound, were it put together in memory
LARGER = 666  # MiB of a file of a filesystem that needs more beside it: it still has its place in the spool
# Name: MiB of the file, tools, and what makes `image` of the folder `root`.
FILESYSTEMS = {
    "ext4": (LARGE, "mkfs.ext4", f"mkfs.ext4 -q -F -d root image {LARGE + 64}M"),
    "squashfs": (LARGE, "mksquashfs", "mksquashfs root image -noappend -quiet -no-progress -noD -noF"),
    "fat": (LARGE, "mkfs.vfat mcopy", f"truncate -s {LARGE + 64}M image && mkfs.vfat -F 32 image && mcopy -i image root/log ::log"),
    "iso": (LARGE, "genisoimage", "genisoimage -quiet -R -o image root"),
    # by rtime alone: with zlib mkfs.jffs2 takes minutes for a file of this size
    "jffs2": (LARGER, "mkfs.jffs2", "mkfs.jffs2 -x zlib -r root -o image -e 128KiB -n"),
    "ubifs": (LARGE, "mkfs.ubifs", "mkfs.ubifs -r root -m 2048 -e 126976 -c 8000 -o image"),
}


def look(image):
    """The result, and MiB of the largest process, workers among them."""
    with tempfile.TemporaryFile() as out, subprocess.Popen([PROGRAM, "firmware", "--no-cache", str(image), "--format", "json"],
                                                           stdout=out, stderr=subprocess.DEVNULL) as running:
        _, running.returncode, usage = os.wait4(running.pid, 0)
        out.seek(0)
        return json.loads(out.read()), usage.ru_maxrss >> 10


def test_far_end(tap, top):
    image = top / "image"
    image_of(image)
    result, used = look(image)
    tap.equal("it came to its end", result["end"], "done")
    tap.equal("the file at the far end", [row["node"].split("!")[-1] for row in result["files"] if row["type"] == "file"],
              ["/etc/shadow"])
    tap.ok("the secret in it", any(row["property"] == "secret.password-hash" and row["outcome"] == "seen"
                                   for row in result["observations"]))
    tap.ok(f"at most {BOUND} MiB for {IMAGE} MiB", used <= BOUND, f"the largest process had {used} MiB")


def fill(path, size):
    """A log of `size` MiB; its digest."""
    piece = b"".join(b"line %d of a large log\n" % number for number in range(50000))
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while file.tell() < size * MIB:
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def test_large_file(tap, top, name):
    """One file that is nearly as large as the bound, or larger, put together from blocks."""
    size, tools, command = FILESYSTEMS[name]
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    if not all(shutil.which(tool, path=path) for tool in tools.split()):
        tap.skip(name, f"needs {tools}")
        return
    (top / "root").mkdir()
    digest = fill(top / "root/log", size)
    subprocess.run(["sh", "-ec", command], cwd=top, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PATH": path})
    shutil.rmtree(top / "root")
    result, used = look(top / "image")
    log = [row for row in result["files"] if row["node"].endswith("!/log")]
    tap.ok(f"{name}: the file is whole", [row.get("sha256") for row in log] == [digest], log, result.get("reason"))
    tap.ok(f"{name}: at most {BOUND} MiB for a file of {size} MiB", used <= BOUND, f"the largest process had {used} MiB")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-memory-") as top:
        test_far_end(tap, pathlib.Path(top))
    for name in FILESYSTEMS:
        with tempfile.TemporaryDirectory(prefix="akashi-memory-") as top:
            test_large_file(tap, pathlib.Path(top), name)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
