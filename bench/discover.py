#!/usr/bin/env python3
"""Discovery of all TCP ports of a loopback device, against nmap in the same run.

usage: bench/discover.py (environment: AKASHI_PROGRAM)

Listeners of its own on an address of its own; akashi and nmap take turns. Both must find the same ports,
and each of ours; the ratio of the medians is to be at least 2.
"""
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

ADDRESS = "127.0.9.77"
ROUNDS = 5
LISTENERS = 5
WANTED = 2.0


def timed(command):
    begin = time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.monotonic() - begin, output


def akashi():
    took, output = timed([os.environ["AKASHI_PROGRAM"], "scan", ADDRESS, "--ports", "1-65535",
                          "--discover-only", "--format", "json"])
    result = json.loads(output)
    if result["coverage"] != ["tcp4:1-65535"]:
        sys.exit(f"not all ports were decided: {result['coverage']} {result['unknown']}")
    return took, {row["port"] for row in result["ports"]}


def nmap():
    took, output = timed(["nmap", "-sT", "-p-", "-T4", "-n", "-Pn", "-oG", "-", ADDRESS])
    return took, {int(port) for port in re.findall(r"(\d+)/open/tcp", output)}


def main():
    if not shutil.which("nmap"):
        sys.exit("peer missing: nmap is not installed; tools/setup installs it")
    listeners = [socket.create_server((ADDRESS, 0)) for _ in range(LISTENERS)]
    own = {listener.getsockname()[1] for listener in listeners}
    times = {"akashi": [], "nmap": []}
    for number in range(1, ROUNDS + 1):
        ours, found = akashi()
        peers, peer_found = nmap()
        if found != peer_found or not own <= found:
            sys.exit(f"round {number}: akashi found {sorted(found)}, nmap {sorted(peer_found)}, "
                     f"listening are {sorted(own)}")
        times["akashi"].append(ours)
        times["nmap"].append(peers)
        print(f"round {number}: akashi {ours:.2f} s, nmap {peers:.2f} s, "
              f"{len(found)} open ports, the same")
    ours, peers = (statistics.median(times[name]) for name in ("akashi", "nmap"))
    print(f"median: akashi {ours:.2f} s, nmap {peers:.2f} s; ratio {peers / ours:.1f} "
          f"(wanted {WANTED:.0f})")
    sys.exit(0 if peers / ours >= WANTED else 1)


main()
