#!/usr/bin/env python3
"""Grounds a network of 10,000 hosts as a whole process, and computes the fixpoint of one of 100,000; the peers run the same
facts and rules in the same run.

usage: bench/chain/chain.py CHAIN-GROUND RULES (environment: AKASHI_TEST_DATA, whose bench/attack-graph has the network's generator
and a plain C program written for these eight rules alone; gringo is `clingo --mode=gringo`)
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

GROUND, RULES = sys.argv[1], sys.argv[2]
ROUNDS = 5
# counts on which several engines agree (see the generator's description)
WANTED = {10000: {"execCode": 18389, "netAccess": 40000},
          100000: {"execCode": 184071, "netAccess": 400000}}


def median_of(command, rounds=ROUNDS):
    """Wall time in seconds and the last output."""
    times, out = [], ""
    for _ in range(rounds):
        begin = time.monotonic()
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        times.append(time.monotonic() - begin)
    return sorted(times)[len(times) // 2], out


def counts_of(output, number):
    found = {name: int(count) for name, count in
             re.findall(r"\b(execCode|netAccess) (\d+)", output)}
    if found != WANTED[number]:
        sys.exit(f"grid {number}: {found}, not {WANTED[number]}")


def measure(folder, tools, number):
    data = folder / f"grid{number}"
    subprocess.run([sys.executable, tools / "gen.py", "grid", str(number), "3", str(data)], check=True,
                   capture_output=True)
    ours, output = median_of([GROUND, RULES, str(data)])
    counts_of(output, number)
    plain, plain_output = median_of([str(folder / "lfp"), str(data)])
    counts_of(plain_output, number)
    print(f"grid {number}: akashi {ours:.3f} s, plain C for these rules {plain:.3f} s, "
          f"{ours / plain:.2f} times its time; execCode and netAccess as wanted")
    print("  " + output.splitlines()[0])
    fixpoint = float(re.search(r"fixpoint ([\d.]+) s", output).group(1))
    plain_fixpoint = float(re.search(r"fixpoint ([\d.]+)", plain_output).group(1))
    print(f"  fixpoint alone: akashi {fixpoint * 1000:.1f} ms, plain C {plain_fixpoint * 1000:.1f} ms, "
          f"{fixpoint / plain_fixpoint:.2f} times its time")
    return ours, data


def main():
    tools = pathlib.Path(os.environ.get("AKASHI_TEST_DATA", "")) / "bench/attack-graph"
    if not (tools / "gen.py").exists() or shutil.which("clingo") is None:
        sys.exit("skipped: AKASHI_TEST_DATA has no bench/attack-graph, or gringo is not installed")
    with tempfile.TemporaryDirectory(prefix="akashi-chain-") as name:
        folder = pathlib.Path(name)
        subprocess.run(["gcc", "-O3", "-march=native", "-w", str(tools / "lfp.c"), "-o",
                        str(folder / "lfp")], check=True)
        ours, data = measure(folder, tools, 10000)
        gringo, _ = median_of(["sh", "-c", 'clingo --mode=gringo "$1" "$2" >/dev/null', "sh",
                               str(data / "facts.pl"), str(tools / "rules.lp")], rounds=1)
        print(f"grid 10000: gringo {gringo:.2f} s; akashi is {gringo / ours:.0f} times faster "
              "(wanted 60, aim 100)")
        measure(folder, tools, 100000)


main()
