#!/usr/bin/env python3
"""An image that is larger than all memory that may be used: what lies at its far end is found, within the bound.

usage: memory-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import io
import json
import os
import pathlib
import resource
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


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-memory-") as top:
        image = pathlib.Path(top, "image")
        image_of(image)
        done = subprocess.run([PROGRAM, "firmware", "--no-cache", str(image), "--format", "json"], capture_output=True,
                              check=False, timeout=600)
    result = json.loads(done.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    tap.equal("it came to its end", result["end"], "done")
    tap.equal("the file at the far end", [row["node"].split("!")[-1] for row in result["files"] if row["type"] == "file"],
              ["/etc/shadow"])
    tap.ok("the secret in it", any(row["property"] == "secret.password-hash" and row["outcome"] == "seen"
                                   for row in result["observations"]))
    tap.ok(f"at most {BOUND} MiB for {IMAGE} MiB", used <= BOUND, f"the largest process had {used} MiB")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
