#!/usr/bin/env python3
"""akashi verify is killed at random moments, again and again, and resumed until it ends: nothing
that was said is lost, nothing stands twice, what ended is not repeated, and the verdicts are those of
a run that was left alone.

usage: verify-kill.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT;
AKASHI_VERIFY_KILL_POINTS: how many kills, AKASHI_KILL_SEED: which)

What the program prints of an ended test is an acknowledgement: it must stand in the journal ever
after, with the same start and attempt. Runs take turns: one with the safe tests alone, whose verdicts
must be the undisturbed run's whatever was killed; one with the lock-out test too, which a kill may
leave "interrupted" (then its verdicts are not compared).
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
LAB = ROOT / "tests/lab/lab"
POINTS = int(os.environ.get("AKASHI_VERIFY_KILL_POINTS", "12"))
MOST_KILLS = 80  # of one run
MEAN_S = 0.4  # between start and kill: what ends in between is kept, so every stage gets its kills
COMMON = ["--profile", "en303645", "--ports", "1-1024", "--format", "json"]
SAFE = ["probe.tls", "probe.http", "firmware.unpack", "firmware.elf", "firmware.secret"]
DISTURBING = {"probe.lockout"}
LOOKS = {"run.liveness"}  # the framework's own looks: one that a kill broke off is not repeated
ENDED = re.compile(r"^  (\S+) +(\S+) +(\w+)[: ].*\(\d+\.\d s\)$")


def akashi(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, "AKASHI_LANG": "en"})


def verdicts_of(document):
    return {row["requirement"]: row["verdict"] for row in document["verdicts"]}


def acknowledged_in(text):
    """(test, locator) of each test that the program said had ended; a torn last line says nothing."""
    whole = text[:text.rfind("\n") + 1]
    return {found.group(1, 2) for found in map(ENDED.match, whole.splitlines()) if found}


class Killed:
    """One run in a data folder of its own, and what the outside knows of it."""

    def __init__(self, folder, name, product, tests):
        self.data, self.name = str(folder / name), name
        self.begin = [PROGRAM, "verify", product, *COMMON, "--data", self.data, "--run-id", name]
        for test in tests:
            self.begin += ["--test", test]
        self.resume = [PROGRAM, "verify", "--resume", "--run-id", name, "--format", "json",
                       "--data", self.data]
        self.acknowledged, self.ended, self.planned, self.wrong = set(), {}, False, []

    def shown(self):
        done = akashi("run", "show", self.name, "--data", self.data, "--format", "json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def kill(self, after_s):
        """True if the program was still at work when it was killed."""
        process = subprocess.Popen(self.resume if self.planned else self.begin,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        said = process.stderr.read()
        self.acknowledged |= acknowledged_in(said)
        alive = process.wait() == -signal.SIGKILL
        self.look()
        return alive

    def look(self):
        """What the journal says now, against what was known before."""
        document = self.shown()
        if document is None:
            if self.planned:
                self.wrong.append("the planned run is gone")
            return
        self.planned = True
        rows = {row["execution"]: row for row in document["executions"]}
        if len(rows) != len(document["executions"]):
            self.wrong.append("an execution stands twice")
        for key, was in self.ended.items():
            if rows.get(key) != was:
                self.wrong.append(f"{key} had ended and is now {rows.get(key)}")
        self.ended = {key: row for key, row in rows.items() if row["end"] != "not ended"}
        said = {(row["test"], row["subject"]) for row in self.ended.values()}
        for lost in self.acknowledged - said:
            self.wrong.append(f"{lost}, acknowledged, is not in the journal")

    def finish(self, wanted):
        """Lets it end; what is wrong with it, against the run that was left alone."""
        done = subprocess.run(self.resume if self.planned else self.begin, capture_output=True,
                              text=True, check=False)
        self.look()
        document = self.shown()
        if document is None or document["end"] != "finished":
            return self.wrong + [f"it does not finish: {done.stderr[-300:]}"]
        interrupted = {row["test"] for row in self.ended.values() if row["end"] == "interrupted"}
        if interrupted - DISTURBING - LOOKS:
            self.wrong.append(f"safe tests were given up: {interrupted}")
        if not interrupted & DISTURBING:
            self.compare(document, wanted)
        bundle = pathlib.Path(self.data, "runs", self.name, f"{self.name}.bundle")
        if akashi("proof", "verify", str(bundle)).returncode != 0:
            self.wrong.append("the proof bundle does not hold")
        return self.wrong

    def compare(self, document, wanted):
        if verdicts_of(document) != verdicts_of(wanted):
            self.wrong.append("the verdicts differ from those of a run that was left alone")
        counts = {row["execution"]: row["observations"] for row in wanted["executions"]}
        for row in self.ended.values():
            if row["test"] not in LOOKS and counts.get(row["execution"]) != row["observations"]:
                self.wrong.append(f"{row['execution']} has {row['observations']} observations, "
                                  f"undisturbed {counts.get(row['execution'])}")


def left_alone(folder, name, product, tests):
    """The undisturbed run and how long it takes."""
    run = Killed(folder, name, product, tests)
    begin = time.monotonic()
    run.finish({"verdicts": [], "executions": []})
    return run.shown(), time.monotonic() - begin


def reset():
    subprocess.run([LAB, "reset", "hardened-gateway"], check=True, capture_output=True)


def play(folder, product, chance):
    bases = []
    for name, tests in (("safe", SAFE), ("all", [])):
        reset()
        bases.append((tests, *left_alone(folder, name, product, tests)))
    kills = failed = number = acknowledged = 0
    while kills < POINTS:
        tests, wanted, wall_s = bases[number % 2]
        number += 1
        reset()
        run = Killed(folder, f"r{number}", product, tests)
        for _ in range(chance.randint(1, min(MOST_KILLS, POINTS - kills))):
            if not run.kill(min(chance.expovariate(1 / MEAN_S), wall_s)):
                break
            kills += 1
        wrong = run.finish(wanted)
        acknowledged += len(run.acknowledged)
        print(f"{'not ok' if wrong else 'ok'} {number} - killed and resumed, {kills} kills so far",
              flush=True)
        for line in wrong:
            print(f"# {line}")
        failed += bool(wrong)
        shutil.rmtree(run.data, ignore_errors=True)
    print(f"1..{number}")
    print(f"# {kills} kills of {number} runs, {acknowledged} acknowledged tests, {failed} runs wrong")
    return failed


def main():
    seed = int(os.environ.get("AKASHI_KILL_SEED", random.randrange(1 << 32)))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="akashi-kill-"))
    os.environ.setdefault("AKASHI_LAB_LOCKOUT_S", "2")
    os.environ["AKASHI_LAB_DIR"] = str(folder / "lab")
    print(f"# seed {seed}")
    try:
        subprocess.run([LAB, "start", "hardened-gateway"], check=True, capture_output=True)
        product = subprocess.run([LAB, "product", "hardened-gateway"], capture_output=True,
                                 text=True, check=True).stdout.strip()
        failed = play(folder, product, random.Random(seed))
    finally:
        subprocess.run([LAB, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
