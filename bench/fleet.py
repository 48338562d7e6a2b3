#!/usr/bin/env python3
"""Verifies 100 devices of one kind side by side, each in a network namespace of its own, and compares with
one alone: verdicts, memory and wall time.

usage: bench/fleet.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; FLEET_DEVICES for another number)

It needs root. Memory is the sum of PSS (proc(5), smaps_rollup) of the program and all its workers, looked at
again and again while they run; devices are not counted. The peer is the device verified alone: 100 times its
wall time is what verifying them one after the other would take.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"]) / "tests/fleet"))
sys.dont_write_bytecode = True
from devices import Fleet, may_make_namespaces  # noqa: E402

DEVICES = int(os.environ.get("FLEET_DEVICES", "100"))
LIMIT_MIB = 300
PAUSE_S = 0.4  # between two looks, each of which costs a millisecond a process


def family(pid):
    """A process and all its children."""
    found = [pid]
    for thread in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        try:
            found += map(int, (thread / "children").read_text().split())
        except OSError:  # it ended meanwhile
            continue
    return found


def pss_kib(pid, is_worker):
    """A child that is not a worker yet (posix_spawn before exec) still has its parent's very memory."""
    try:
        if is_worker and b"--akashi-worker" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class Watch(threading.Thread):
    """Looks at a program's memory until it ends."""

    def __init__(self, process):
        super().__init__()
        self.process = process
        self.peak = {"all": 0, "program": 0, "workers": 0, "looks": 0}

    def run(self):
        while self.process.poll() is None:
            sizes = {pid: pss_kib(pid, pid != self.process.pid)
                     for pid in family(self.process.pid)}
            own, total = sizes[self.process.pid], sum(sizes.values())
            self.peak["looks"] += 1
            self.peak["program"] = max(self.peak["program"], own)
            self.peak["workers"] = max(self.peak["workers"], len(sizes) - 1)
            self.peak["all"] = max(self.peak["all"], total)
            time.sleep(PAUSE_S)


def verify(folder, products):
    """Wall time, peak, and what was printed for each product."""
    data = pathlib.Path(folder, f"data-{len(products)}")
    with open(pathlib.Path(folder, "out"), "w+", encoding="utf-8") as out:
        begin = time.monotonic()
        process = subprocess.Popen([PROGRAM, "verify", *products, "--profile", "en303645", "--data",
                                    str(data), "--format", "json", "--quiet"], stdout=out,
                                   stderr=subprocess.PIPE, text=True)
        watch = Watch(process)
        watch.start()
        _, errors = process.communicate()
        wall_s = time.monotonic() - begin
        watch.join()
        out.seek(0)
        printed = out.read()
    if process.returncode not in (0, 1, 4):
        sys.exit(f"verify ended with {process.returncode}: {errors}")
    rows = json.loads(printed)
    return wall_s, watch.peak, rows if isinstance(rows, list) else [rows]


def verdicts_of(document):
    return {row["case"]: row["verdict"]
            for requirement in document["verdicts"] for row in requirement["cases"]}


def differences(rows, alone):
    wanted = verdicts_of(alone)
    for row in rows:
        found = verdicts_of(row)
        for case in sorted(wanted):
            if found.get(case) != wanted[case]:
                yield f"{row['file']} {row['run']}: {case} is {found.get(case)}, alone {wanted[case]}"


def main():
    if os.geteuid() != 0 or not may_make_namespaces():
        print("fleet: network namespaces cannot be made here: nothing is measured")
        return 77
    folder = tempfile.mkdtemp(prefix="akashi-bench-")
    fleet = Fleet(pathlib.Path(folder, "devices"), ["sound"] * DEVICES)
    try:
        fleet.start()
        one_s, one_peak, one = verify(folder, fleet.products()[:1])
        all_s, all_peak, rows = verify(folder, fleet.products())
    finally:
        fleet.stop()
        shutil.rmtree(folder, ignore_errors=True)
    different = list(differences(rows, one[0]))
    print(f"one alone        {one_s:8.1f} s, {one_peak['all'] / 1024:6.1f} MiB")
    print(f"{len(rows)} side by side {all_s:8.1f} s, {all_peak['all'] / 1024:6.1f} MiB at most "
          f"(the program {all_peak['program'] / 1024:.1f} MiB; up to {all_peak['workers']} workers; "
          f"{all_peak['looks']} looks; wanted: under {LIMIT_MIB} MiB)")
    print(f"ratio {all_s / (len(rows) * one_s):.3f} of {len(rows)} times one alone; "
          f"{len(verdicts_of(one[0]))} verdicts a device, {len(different)} differ from one alone")
    print("\n".join(different[:20]))
    return 0 if not different and all_peak["all"] < LIMIT_MIB * 1024 and len(rows) == DEVICES else 1


sys.exit(main())
