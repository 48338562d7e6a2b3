#!/usr/bin/env python3
"""How much memory `akashi effect run` takes as cases grow in number: whole trials, evidence and report included.

usage: memory.py NULL_SERVER (environment: AKASHI_PROGRAM)

Against a server that answers every request at once and blocks none, so that every attack is a miss and is listed. Each
size is a process of its own; told is the most memory that it had at a time (getrusage, ru_maxrss).
"""
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

SIZES = (10_000, 100_000, 1_000_000)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def cases(count):
    """Half of them attacks; by id."""
    for kind in "ah":
        for i in range(count // 2):
            name = f"{kind}-{i:07}"
            yield ({"id": name, "base": name, "attack": kind == "a", "category": ["cwe:89"], "source": "a benchmark",
                    "licence": "Apache-2.0"}, f"GET /item?id={i}+OR+1=1 HTTP/1.1\r\nHost: www.example.jp\r\nUser-Agent: bench\r\n\r\n")


def write_corpus(path, count):
    """docs/formats/corpus.md"""
    digest = hashlib.sha256()
    for row, text in cases(count):
        digest.update(canonical({**row, "kind": "http", "marker": None, "target": None,
                                 "sha256": hashlib.sha256(text.encode()).hexdigest()}) + b"\n")
    head = {"format": "akashi-corpus", "version": 1, "id": "many", "kind": "http", "written_for": [], "function_check": False,
            "burnt": False, "cases": count, "sha256": digest.hexdigest()}
    with open(path, "wb") as out:
        out.write(canonical(head) + b"\n")
        for row, text in cases(count):
            out.write(canonical({**row, "text": text}) + b"\n")


def write_range(path, port):
    product = {"id": "null", "adapter": "proxy-waf", "version": "1", "configuration": "vendor-default",
               "reach": {"address": "127.0.0.1", "port": port}}
    path.write_text(json.dumps({
        "range": {"name": "memory"}, "target": "none", "products": [product], "limits": {"connections": 64},
        "plan": {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "to measure the range", "seed": 7},
        "corpora": [{"id": "many", "file": "many.jsonl"}]}))


def check(path, count):
    """In a process of its own: what a process had at most begins with what its parent had when it forked."""
    result = json.loads(pathlib.Path(path).read_text())["products"][0]
    found = result["misses_count"], result["false_alarms_count"], result["errors"]["cases"]
    if found != (count // 2, 0, 0):
        raise SystemExit(f"{count} cases: misses, false alarms and errors are {found}")


def measure(folder, count):
    write_corpus(folder / "many.jsonl", count)
    command = [os.environ["AKASHI_PROGRAM"], "effect", "run", str(folder / "range.yaml"), "-q", "--data", str(folder / f"data-{count}"),
               "--format", "json", "-o", str(folder / "result.json")]
    began = time.monotonic()
    with subprocess.Popen(command) as process:
        _, status, use = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the trial of {count} cases ended with {process.returncode}")
    subprocess.run([sys.executable, __file__, "--check", str(folder / "result.json"), str(count)], check=True)
    return use.ru_maxrss / 1024, time.monotonic() - began, use.ru_utime + use.ru_stime


def wait_for(port):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"the null server does not listen on port {port}")


def main():
    if sys.argv[1] == "--check":
        return check(sys.argv[2], int(sys.argv[3]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.argv[1], str(port)]) as server, tempfile.TemporaryDirectory(prefix="akashi-bench-") as name:
        try:
            wait_for(port)
            folder, before = pathlib.Path(name), None
            write_range(folder / "range.yaml", port)
            for count in map(int, sys.argv[2:] or SIZES):
                mib, seconds, cpu = measure(folder, count)
                more = f", {(mib - before[1]) * (1 << 20) / (count - before[0]):.1f} bytes a case more than with {before[0]}" if before else ""
                print(f"{count} cases, one product, run and report: {mib:.0f} MiB of memory at most{more}; {seconds:.1f} s, "
                      f"{cpu:.1f} s of processor time, load {os.getloadavg()[0]:.1f}", flush=True)
                before = count, mib
        finally:
            server.kill()


main()
