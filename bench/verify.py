#!/usr/bin/env python3
"""Verifies the weak example gateway and compares the wall time with the longest chain of tests.

usage: bench/verify.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)

The peer is the run itself: what no scheduling can beat is the longest chain of tests that wait for one
another. Printed are the Gantt chart, both times and their ratio (aim: at most 1.3).
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
# what waits for what: discovery first, then safe tests of a service, the disturbing one alone at last
STAGES = {"probe.discover": 0, "probe.discover-udp": 0, "run.liveness": None, "probe.lockout": 2}


def chain_us(executions):
    """Discovery, then the slowest safe test, then every disturbing one, each of which runs alone; images
    go beside them."""
    length = {0: 0, 1: 0, 2: 0}
    image = 0
    for row in executions:
        took = row["ended_utc_us"] - row["started_utc_us"]
        if row["test"].startswith("firmware."):
            image = max(image, took)
            continue
        stage = STAGES.get(row["test"], 1)
        if stage is None:
            continue
        length[stage] = length[stage] + took if stage == 2 else max(length[stage], took)
    return max(image, sum(length.values()))


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
