#!/usr/bin/env python3
"""Captures scored with one start of a real network engine, beside one start a capture; every alert is compared.

usage: ids.py WRITER [COUNT] (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)

The engine is Suricata with the rules of examples/ids. WRITER (bench/effect/captures.c) writes COUNT (1,000) starter captures. Akashi gives
them in both ways that its adapter knows; both times are of the whole trial: starts, evidence and report included. The peer is the
usual way, a start for each file, with the same rules and the same configuration.
"""
import collections
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/effect"))
from trial_evidence import Trial, alerts_in  # noqa: E402

EXAMPLE = ROOT / "examples/ids"
SEED = 3
WAYS = {"suricata": "over its socket", "suricata-merged": "merged"}


def akashi(*words):
    return subprocess.run([os.environ["AKASHI_PROGRAM"], "effect", *map(str, words)], check=True, capture_output=True, text=True)


def prepare(folder, writer, count):
    (folder / "captures").mkdir()
    subprocess.run([writer, folder / "captures", str(count), str(SEED)], check=True)
    shutil.copytree(EXAMPLE, folder / "range")
    akashi("import", "--from", "pcap", folder / "captures", "--id", "captures", "-o", folder / "range/captures.jsonl")
    path = folder / "range/range.yaml"
    text = path.read_text()
    wanted = text.replace("{id: traffic, builtin: traffic}", "{id: captures, file: captures.jsonl}")
    if wanted == text:
        raise SystemExit("examples/ids has another corpus now")
    path.write_text(wanted)
    (folder / "suricata.yaml").write_text((EXAMPLE / "suricata.yaml").read_text().replace("@FOLDER@", str(folder)))
    shutil.copy(EXAMPLE / "own.rules", folder)


def ask_akashi(folder, number, product, count):
    """Seconds, and the alerts of each capture."""
    began = time.monotonic()
    row = json.loads(akashi("run", folder / "range/range.yaml", "-p", product, "--data", folder / product, "-q", "--format",
                            "json").stdout)["products"][number]
    took = time.monotonic() - began
    if row["errors"]["cases"]:
        raise SystemExit(f"{product}: errors {row['errors']['kinds']}")
    print(f"{count} captures {WAYS[product]}, one start: {took:.1f} s ({count / took:.0f} captures/s), "
          f"{row['use']['cpu_us_a_case'] / 1000:.1f} ms of the engine's processor time a capture, load {os.getloadavg()[0]:.1f}",
          flush=True)
    return took, Trial(folder / product).alerts(number)


def alone(folder, path):
    out = folder / "alone"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    subprocess.run(["suricata", "-c", folder / "suricata.yaml", "-k", "none", "--runmode", "single", "-r", path, "-l", out], check=True,
                   capture_output=True)
    return collections.Counter(alert["alert"]["signature_id"] for alert in alerts_in((out / "eve.json").read_bytes()))


def ask_peer(folder):
    """Seconds, the engine's processor time in seconds, and the alerts of each capture."""
    used, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    found = {path.name: alone(folder, path) for path in sorted((folder / "captures").glob("*.pcap"))}
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, found


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    if not shutil.which("suricata"):
        print("Suricata is not there; make setup-suricata installs it")
        return
    with tempfile.TemporaryDirectory(prefix="akashi-bench-") as name:
        folder = pathlib.Path(name)
        prepare(folder, sys.argv[1], count)
        ours = {product: ask_akashi(folder, number, product, count) for number, product in enumerate(WAYS)}
        took, cpu, wanted = ask_peer(folder)
    print(f"{len(wanted)} captures, one start each: {took:.1f} s, {cpu / len(wanted) * 1000:.1f} ms of processor time a capture, "
          f"{sum(map(sum, map(collections.Counter.values, wanted.values())))} alerts, load {os.getloadavg()[0]:.1f}", flush=True)
    for product, (seconds, found) in ours.items():
        wrong = sorted(case for case in wanted if found.get(case) != wanted[case])
        print(f"{WAYS[product]}: one start each / one start {took / seconds:.1f}; alerts equal for "
              f"{len(wanted) - len(wrong)} of {len(wanted)} captures{': not ' + ', '.join(wrong[:10]) if wrong else ''}", flush=True)
        if wrong:
            raise SystemExit(1)


main()
