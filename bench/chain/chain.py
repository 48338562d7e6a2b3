#!/usr/bin/env python3
"""Benchmarks of value chains; the peers run the same facts and rules in the same run.

usage: bench/chain/chain.py BUILD SOURCE [--keep FOLDER] [SECTION…]   (sections: those of SECTIONS below; all where none is named)
BUILD has the programs chain-*, SOURCE the rules. FOLDER keeps generated networks for the next run. Environment: AKASHI_TEST_DATA,
whose bench/attack-graph has the network's generator and a plain C program written for these eight rules alone; gringo is
`clingo --mode=gringo`.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
# counts on which several engines agree (see the generator's description)
WANTED = {10000: {"execCode": 18389, "netAccess": 40000},
          100000: {"execCode": 184071, "netAccess": 400000}}


class Bench:
    def __init__(self, build, source, folder):
        self.build, self.source, self.folder = build, source, folder
        self.tools = pathlib.Path(os.environ.get("AKASHI_TEST_DATA", "")) / "bench/attack-graph"
        if not (self.tools / "gen.py").exists():
            sys.exit("skipped: AKASHI_TEST_DATA has no bench/attack-graph")

    def program(self, name):
        return str(self.build / f"chain-{name}")

    def rules(self, name):
        return str(self.source / name)

    def yardstick(self):
        made = self.folder / "lfp"
        subprocess.run(["gcc", "-O3", "-march=native", "-w", str(self.tools / "lfp.c"), "-o", str(made)], check=True)
        return str(made)

    def network(self, number):
        """A network's folder, with a patch for each vulnerability and a firewall for each host."""
        data = self.folder / f"grid{number}"
        if data.exists():
            return data
        part = self.folder / f"part{number}"
        subprocess.run([sys.executable, self.tools / "gen.py", "grid", str(number), "3", str(part)], check=True,
                       capture_output=True)
        rows = [line.split("\t") for line in (part / "vulExists.facts").read_text().splitlines()]
        (part / "patched.facts").write_text("".join(f"{row[1]}\n" for row in rows))
        (part / "firewall.facts").write_text("".join(f"{host}\n" for host in range(1, number + 1)))
        part.rename(data)
        return data


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


def whole_process(bench, number):
    data = bench.network(number)
    ours, output = median_of([bench.program("ground"), bench.rules("network.rules"), str(data)])
    counts_of(output, number)
    plain, plain_output = median_of([bench.yardstick(), str(data)])
    counts_of(plain_output, number)
    print(f"grid {number}: akashi {ours:.3f} s, plain C for these rules {plain:.3f} s, "
          f"{ours / plain:.2f} times its time (wanted: at most 3); execCode and netAccess as wanted")
    print("  " + output.splitlines()[0], flush=True)
    return ours, data


def network(bench):
    """Whole processes from facts in text to all that follows."""
    ours, data = whole_process(bench, 10000)
    if shutil.which("clingo") is None:
        print("grid 10000: gringo is not installed")
    else:
        gringo, _ = median_of(["sh", "-c", 'clingo --mode=gringo "$1" "$2" >/dev/null', "sh",
                               str(data / "facts.pl"), str(bench.tools / "rules.lp")], rounds=1)
        print(f"grid 10000: gringo {gringo:.2f} s; akashi is {gringo / ours:.0f} times faster "
              "(wanted 60, aim 100)")
    whole_process(bench, 100000)


def what_if(bench):
    """A thousand changes of a resident model."""
    out = subprocess.run([bench.program("what-if"), bench.rules("network-measures.rules"),
                          str(bench.network(100000)), "7"], check=True, capture_output=True, text=True).stdout
    print("grid 100000: " + out.replace("\n", "\n  ").rstrip(), "(wanted: median at most 1 ms, 100 that change)")


SECTIONS = {"network": network, "what-if": what_if}


def main():
    arguments = sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="akashi-chain-") as name:
        folder = pathlib.Path(name)
        if arguments[:1] == ["--keep"]:
            folder = pathlib.Path(arguments[1])
            folder.mkdir(exist_ok=True)
            arguments = arguments[2:]
        bench = Bench(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), folder)
        print("load " + " ".join(f"{load:.1f}" for load in os.getloadavg()), flush=True)
        for section in arguments or SECTIONS:
            print(f"--- {section}", flush=True)
            SECTIONS[section](bench)
        print("load " + " ".join(f"{load:.1f}" for load in os.getloadavg()))


main()
