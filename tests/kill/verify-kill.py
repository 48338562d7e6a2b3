#!/usr/bin/env python3
"""akashi verify is killed at random moments and resumed: nothing that ended is repeated or lost.

usage: verify-kill.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; AKASHI_KILLS: how many runs)

Each run of the hardened gateway is killed with SIGKILL one to three times, then resumed until it ends.
Afterwards the journal is read back: every execution has exactly one start for each attempt, none
started again after its end, and the verdicts equal those of a run that was left alone.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
LAB = ROOT / "tests/lab/lab"
KILLS = int(os.environ.get("AKASHI_KILLS", "6"))
PROFILE = ["--profile", "en303645", "--ports", "1-1024", "--quiet", "--format", "json"]
DISTURBING = {"probe.lockout"}


def akashi(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)


def reset():
    subprocess.run([LAB, "reset", "hardened-gateway"], check=True, capture_output=True)


def verdicts_of(document):
    return {row["requirement"]: row["verdict"] for row in document["verdicts"]}


def killed_run(product, data, run, chance, wall_s):
    """Starts a run, kills it, resumes and perhaps kills it again, then lets it end."""
    command = [PROGRAM, "verify", product, *PROFILE, "--data", data, "--run-id", run]
    resume = [PROGRAM, "verify", "--resume", "--run-id", run, *PROFILE[4:], "--data", data]
    for _ in range(chance.randint(1, 3)):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, wall_s))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if json.loads(akashi("run", "list", "--data", data, "--format", "json").stdout or "[]"):
            command = resume  # it was planned: from here on it is gone on with
    subprocess.run(command, capture_output=True, text=True, check=False)


def complaints(data, run, wanted):
    """What is wrong with a finished run."""
    shown = akashi("run", "show", run, "--data", data, "--format", "json")
    if shown.returncode != 0:
        return [f"run show: {shown.stderr}"]
    document = json.loads(shown.stdout)
    found = []
    interrupted = {row["test"] for row in document["executions"] if row["end"] == "interrupted"}
    if document["end"] != "finished":
        found.append(f"the run's end is {document['end']}")
    for row in document["executions"]:
        if row["end"] == "not ended":
            found.append(f"{row['execution']} never ended")
    keys = [row["execution"] for row in document["executions"]]
    if len(keys) != len(set(keys)):
        found.append("an execution stands twice")
    if interrupted - DISTURBING:
        found.append(f"safe tests were given up: {interrupted}")
    if not interrupted and verdicts_of(document) != wanted:
        found.append("the verdicts differ from those of a run that was left alone")
    if run_proof(data, run) != 0:
        found.append("the proof bundle does not hold")
    return found


def run_proof(data, run):
    bundle = pathlib.Path(data, "runs", run, f"{run}.bundle")
    return akashi("proof", "verify", str(bundle)).returncode if bundle.exists() else 1


def main():
    seed = int(os.environ.get("AKASHI_KILL_SEED", random.randrange(1 << 32)))
    chance = random.Random(seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="akashi-kill-"))
    os.environ.setdefault("AKASHI_LAB_LOCKOUT_S", "2")
    os.environ["AKASHI_LAB_DIR"] = str(folder / "lab")
    print(f"# seed {seed}")
    print(f"1..{KILLS}")
    failed = 0
    try:
        subprocess.run([LAB, "start", "hardened-gateway"], check=True, capture_output=True)
        product = subprocess.run([LAB, "product", "hardened-gateway"], capture_output=True,
                                 text=True, check=True).stdout.strip()
        begin = time.monotonic()
        base = akashi("verify", product, *PROFILE, "--data", str(folder / "base"))
        wall_s = time.monotonic() - begin
        wanted = verdicts_of(json.loads(base.stdout))
        for i in range(1, KILLS + 1):
            reset()
            data, run = str(folder / f"data{i}"), f"r{i}"
            killed_run(product, data, run, chance, wall_s)
            wrong = complaints(data, run, wanted)
            print(f"{'not ok' if wrong else 'ok'} {i} - killed and resumed")
            for line in wrong:
                print(f"# {line}")
            failed += bool(wrong)
            shutil.rmtree(data, ignore_errors=True)
    finally:
        subprocess.run([LAB, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
