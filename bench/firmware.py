#!/usr/bin/env python3
"""Unpacking of a firmware image of real programs, against unsquashfs in the same run.

usage: bench/firmware.py (environment: AKASHI_PROGRAM)

Programs of /usr/bin, about 30 MiB of squashfs (gzip) in a uImage. akashi unpacks, runs every analysis in its
locked worker and writes the files, and, in a second measure, does so without writing; unsquashfs writes the
files, with all processors and with one. All must write the same bytes. No aim is set.
"""
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
PACKED_BYTES = 30 << 20
RAW_BYTES = 5 * PACKED_BYTES // 2  # what is packed at most: gzip makes two fifths of programs


def timed(command, ok=(0,)):
    begin = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{command}: {done.stderr}")
    return time.monotonic() - begin


def make_image(folder):
    """A uImage of the first programs of /usr/bin, in the order of their names."""
    root, size = folder / "root", 0
    root.mkdir()
    for path in sorted(pathlib.Path("/usr/bin").iterdir()):
        if path.is_file() and not path.is_symlink() and size + path.stat().st_size < RAW_BYTES:
            shutil.copy(path, root / path.name)
            size += path.stat().st_size
    timed(["mksquashfs", root, folder / "squashfs", "-comp", "gzip", "-noappend", "-quiet",
           "-no-progress"])
    timed(["mkimage", "-A", "arm", "-O", "linux", "-T", "filesystem", "-C", "none", "-d",
           folder / "squashfs", folder / "image"])
    return folder / "image", size


def digests(folder):
    return sorted((path.name, hashlib.sha256(path.read_bytes()).hexdigest())
                  for path in folder.rglob("*") if path.is_file())


def main():
    for tool in ("mksquashfs", "unsquashfs", "mkimage"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; tools/setup installs it")
    with tempfile.TemporaryDirectory(prefix="akashi-bench-") as scratch:
        folder = pathlib.Path(scratch)
        image, raw = make_image(folder)
        out, peer_out = folder / "out", folder / "peer"
        program = os.environ["AKASHI_PROGRAM"]
        measures = {
            # what lies in the programs themselves (archives, images) has folders of its own
            "akashi, files written": ([program, "firmware", image, "--extract", out],
                                      out / "0001-squashfs"),
            "akashi, looked at": ([program, "firmware", image], None),
            "unsquashfs": (["unsquashfs", "-quiet", "-no-progress", "-d", peer_out,
                            folder / "squashfs"], peer_out),
            "unsquashfs, one processor": (["unsquashfs", "-quiet", "-no-progress", "-processors", "1",
                                           "-d", peer_out, folder / "squashfs"], peer_out),
        }
        times = {name: [] for name in measures}
        wanted = digests(folder / "root")
        for _ in range(ROUNDS):
            for name, (command, written) in measures.items():
                shutil.rmtree(out, ignore_errors=True)
                shutil.rmtree(peer_out, ignore_errors=True)
                times[name].append(timed(command))
                if written is not None and digests(written) != wanted:
                    sys.exit(f"{name}: other bytes were written")
        print(f"{len(wanted)} files, {raw >> 20} MiB, packed {image.stat().st_size >> 20} MiB, "
              f"{json.dumps(os.cpu_count())} processors, medians of {ROUNDS} rounds")
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, value in medians.items():
            print(f"{name:28} {value:6.2f} s  {raw / value / (1 << 20):6.0f} MiB/s")
        ours = medians["akashi, files written"]
        print(f"ratio {medians['unsquashfs'] / ours:.2f} of unsquashfs, "
              f"{medians['unsquashfs, one processor'] / ours:.2f} of unsquashfs with one processor")


main()
