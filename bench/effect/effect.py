#!/usr/bin/env python3
"""How many cases a second the harness gives, and how busy it keeps a real firewall.

usage: effect.py DRIVER NULL_SERVER (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)

1. Against a server that answers at once: this harness, every answer kept and judged, and wrk, which looks at
   none, one after the other on the same server.
2. Against nginx with ModSecurity and the core rule set (examples/waf, level 1), while cases were given (neither its
   start nor the reports are counted): how much of the time its workers used a processor, and how much they were
   ready and waited for one. Two workers share two processors with the harness and the target behind them, so that they
   cannot have both in full; a single one that has a processor to itself shows whether the harness keeps it busy.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
CASES, CONNECTIONS, WRK_SECONDS, WORKERS = 200000, 64, 5, 2


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nobody listens on {port}")


def run(*command):
    """Output, and the processor time in seconds."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        text = process.stdout.read()
        _, status, use = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return text, use.ru_utime + use.ru_stime


def ask_null(driver, server):
    port = free_port()
    with subprocess.Popen([server, str(port)]) as process:
        try:
            wait_for(port)
            text, cpu = run(driver, str(port), str(CASES), str(CONNECTIONS))
            ours = json.loads(text)
            print(f"null server: akashi {ours['a_second']:,.0f} cases/s, each answer kept and judged; "
                  f"{cpu / CASES * 1e6:.1f} us of processor time a case ({CASES / cpu:,.0f}/s on one processor), "
                  f"{ours['memory_kib'] // 1024} MiB, load {os.getloadavg()[0]:.1f}", flush=True)
            if not shutil.which("wrk"):
                print("wrk is not there; tools/setup installs it", flush=True)
                return
            for threads in (1, 2):
                said, cpu = run("wrk", f"-t{threads}", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s",
                                f"http://127.0.0.1:{port}/search?q=1")
                peer = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
                count = int(re.search(r"(\d+) requests in", said).group(1))
                print(f"null server: wrk -t{threads} {peer:,.0f} requests/s, no answer looked at; "
                      f"{cpu / count * 1e6:.1f} us a request; akashi/wrk {ours['a_second'] / peer:.2f}", flush=True)
        finally:
            process.kill()


def busy(data):
    """Batches' CPU time and wall time of the firewall, from the records of the run."""
    rows = []
    for path in pathlib.Path(data).rglob("*"):
        if path.is_file() and "log" in path.parts[-2:][0]:
            rows += [json.loads(row) for row in re.findall(rb'\{[^{}]*"type":"trial-batch"[^{}]*\}', path.read_bytes())]
    mine = [row for row in rows if row["product"] == 0]
    return mine


def ask_range(folder, data, *before):
    """What the first product's workers did while cases were given: cases, and wall, processor and waiting time in
    seconds."""
    subprocess.run([*before, os.environ["AKASHI_PROGRAM"], "effect", "run", str(folder / "range.yaml"), "-q",
                    "-p", "crs-pl1", "--data", data, "--format", "json"], check=True, capture_output=True)
    mine = busy(data)
    return [sum(row[name] for row in mine) / scale for name, scale in
            (("count", 1), ("given_us", 1e6), ("given_cpu_us", 1e6), ("given_waited_us", 1e6))]


def ask_firewall():
    if not pathlib.Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so").exists():
        print("nginx with ModSecurity is not there; tools/setup installs it")
        return
    source = ROOT / "examples/waf"
    with tempfile.TemporaryDirectory(prefix="akashi-bench-") as data:
        cases, wall, cpu, waited = ask_range(source, data)
    print(f"nginx, ModSecurity, core rule set, level 1, two workers on the two processors that harness and target use too: "
          f"{cases:.0f} cases in {wall:.1f} s ({cases / wall:,.0f} cases/s, exact verdicts); used {cpu:.1f} s of processor time "
          f"({cpu / wall / WORKERS:.0%} of two processors), ready and waiting for one {waited:.1f} s: never idle "
          f"{(cpu + waited) / wall / WORKERS:.0%} of the time, load {os.getloadavg()[0]:.1f}", flush=True)
    if len(os.sched_getaffinity(0)) < 2:
        print("one processor alone: no worker can have one to itself")
        return
    with tempfile.TemporaryDirectory(prefix="akashi-bench-") as data, tempfile.TemporaryDirectory(prefix="akashi-bench-") as folder:
        copy = pathlib.Path(folder) / "waf"
        shutil.copytree(source, copy)
        text = (copy / "nginx.conf").read_text()
        wanted = text.replace("worker_processes 2;", "worker_processes 1; worker_cpu_affinity 10;")
        if wanted == text:
            raise SystemExit("examples/waf/nginx.conf has no two workers")
        (copy / "nginx.conf").write_text(wanted)
        cases, wall, cpu, waited = ask_range(copy, data, "taskset", "-c", "0")
    print(f"one worker, alone on the second processor, harness and target on the first: {cases:.0f} cases in {wall:.1f} s "
          f"({cases / wall:,.0f} cases/s); used {cpu:.1f} s of processor time: busy {cpu / wall:.0%} of the time; ready and "
          f"waiting {waited:.1f} s: never idle {(cpu + waited) / wall:.0%}, load {os.getloadavg()[0]:.1f}", flush=True)


def main():
    ask_null(*sys.argv[1:3])
    ask_firewall()


main()
