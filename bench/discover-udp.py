#!/usr/bin/env python3
"""Discovery of the UDP ports 1-2000 of a loopback device, against nmap -sU in the same run.

usage: bench/discover-udp.py (environment: AKASHI_PROGRAM; as root, which nmap -sU needs)

Servers of its own on an address of its own: some answer anything, one is silent. akashi and nmap take
turns. Both must find the same open ports, and each of ours; the silent one must be open for neither.
"""
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

ADDRESS = "127.0.9.78"
RANGE = "1-2000"
ROUNDS = 5
PORTS = [1111, 1492, 1999]
SILENT = 1777


def serve(server):
    while True:
        try:
            data, peer = server.recvfrom(2048)
            server.sendto(b"here", peer)
        except OSError:
            return


def bound(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((ADDRESS, port))
    return server


def timed(command):
    begin = time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.monotonic() - begin, output


def akashi():
    # --udp looks at TCP as well, as nmap is told to look at UDP alone: akashi's time holds both
    took, output = timed([os.environ["AKASHI_PROGRAM"], "scan", ADDRESS, "--udp", "--ports", RANGE,
                          "--format", "json"])
    result = json.loads(output)
    if result["unknown"] != [f"udp4:{SILENT}"]:
        sys.exit(f"unknown should be the silent port alone: {result['unknown']}")
    return took, {row["port"] for row in result["ports"] if row["transport"] == "udp"}


def nmap():
    took, output = timed(["nmap", "-sU", "-p", RANGE, "-T4", "-n", "-Pn", "-oG", "-", ADDRESS])
    return took, {int(port) for port in re.findall(r"(\d+)/open/udp", output)}


def main():
    if not shutil.which("nmap"):
        sys.exit("peer missing: nmap is not installed; tools/setup installs it")
    servers = [bound(port) for port in PORTS]
    silent = bound(SILENT)
    for server in servers:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
    times = {"akashi": [], "nmap": []}
    for number in range(1, ROUNDS + 1):
        ours, found = akashi()
        peers, peer_found = nmap()
        if found != peer_found or not set(PORTS) <= found:
            sys.exit(f"round {number}: akashi found {sorted(found)}, nmap {sorted(peer_found)}, "
                     f"answering are {PORTS}")
        times["akashi"].append(ours)
        times["nmap"].append(peers)
        print(f"round {number}: akashi {ours:.2f} s (with TCP), nmap {peers:.2f} s, "
              f"{len(found)} open ports, the same")
    silent.close()
    ours, peers = (statistics.median(times[name]) for name in ("akashi", "nmap"))
    print(f"median: akashi {ours:.2f} s (with TCP), nmap {peers:.2f} s; ratio {peers / ours:.1f}")


main()
