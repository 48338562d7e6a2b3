#!/usr/bin/env python3
"""Verifies the weak example gateway and compares the wall time with the longest chain of tests.

usage: bench/verify.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)

The peer is the run itself: what no scheduling can beat is the longest chain of tests that wait for one
another. It is read from the run: which test needs which, and that tests that disturb run alone on a device. Printed are the Gantt chart, both times and their ratio (aim: at most 1.3).
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
LAB = ROOT / "tests/lab/lab"
ROUNDS = 5


def address_of(subject):
    """Of "tcp:127.0.1.10:443" and of the address itself; None of a file."""
    parts = subject.split(":", 1)
    if parts[0] in ("tcp", "udp"):
        return parts[1].rsplit(":", 1)[0].strip("[]")
    return subject if parts[0].count(".") == 3 or "::" in subject else None


def belong(a, b):
    """Do two subjects belong together: the same, or one is the other's address?"""
    return a == b or address_of(a) == b or address_of(b) == a


def chain_us(executions):
    """The longest chain of executions that wait for one another. An execution waits for those it needs on
    its own subject or address; a test that disturbs also for every safe one of its address, and for the
    disturbing one before it: nothing else may touch the device meanwhile. The looks whether the device
    still answers are left out."""
    rows = sorted((row for row in executions if row["test"] != "run.liveness"),
                  key=lambda row: row["started_utc_us"])
    ends = {}

    def waits_for(row, other):
        if other["test"] in row["needs"] and belong(other["subject"], row["subject"]):
            return True
        address = address_of(row["subject"])
        return (row["grade"] != "safe" and address is not None
                and address_of(other["subject"]) == address)

    for row in rows:
        before = [ends[other["execution"]] for other in rows
                  if other["execution"] in ends and waits_for(row, other)]
        ends[row["execution"]] = (max(before, default=0)
                                  + row["ended_utc_us"] - row["started_utc_us"])
    return max(ends.values())


def one_round(folder, product):
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    begin = time.monotonic()
    done = subprocess.run([PROGRAM, "verify", product, "--profile", "en303645", "--data", str(data),
                           "--format", "json", "--quiet"], capture_output=True, text=True,
                          check=False)
    wall_s = time.monotonic() - begin
    if done.returncode != 1:
        sys.exit(f"verify ended with {done.returncode}: {done.stderr}")
    run = json.loads(done.stdout)["run"]
    shown = subprocess.run([PROGRAM, "run", "show", run, "--data", str(data), "--format", "json"],
                           capture_output=True, text=True, check=True)
    gantt = subprocess.run([PROGRAM, "run", "show", run, "--data", str(data), "--gantt"],
                           capture_output=True, text=True, check=True)
    return wall_s, chain_us(json.loads(shown.stdout)["executions"]) / 1e6, gantt.stdout


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="akashi-bench-"))
    os.environ["AKASHI_LAB_DIR"] = str(folder / "lab")
    try:
        subprocess.run([LAB, "start", "weak-gateway"], check=True)
        product = subprocess.run([LAB, "product", "weak-gateway"], capture_output=True, text=True,
                                 check=True).stdout.strip()
        rounds = [one_round(folder, product) for _ in range(ROUNDS)]
        wall_s, longest_s, gantt = sorted(rounds, key=lambda row: row[0])[len(rounds) // 2]
        print(gantt)
        print(f"wall time {wall_s:.3f} s, longest chain of dependent tests {longest_s:.3f} s, "
              f"ratio {wall_s / longest_s:.2f} (median of {ROUNDS} rounds; aim: at most 1.3)")
    finally:
        subprocess.run([LAB, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


main()
