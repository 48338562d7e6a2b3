#!/usr/bin/env python3
"""Verifies the lab's devices and compares each verdict with the one that was written by hand.

The gateways are verified against each profile, mutants against the first: the others judge its evidence.
The gateways give one result a requirement. A mutant gives one result a profile: exactly the verdicts
that its file names differ from those of the hardened gateway, and no others.

usage: lab-test.py [NAME]...     (default: both gateways and all mutants)

AKASHI_LAB_KEEP=1 keeps the data folders of the runs, in lab-test/data of the build folder.
"""
import concurrent.futures
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import lab_folder  # noqa: E402
from tap import Tap  # noqa: E402

PROFILES = ["en303645", "jc-star-1"]
AKASHI = os.environ.get("AKASHI_PROGRAM") or str(HERE.parents[1] / "build/akashi")
VERIFY_WAIT_S = 1500  # a run takes seconds; a busy machine takes its time


def expected(name, profile):
    """(exit status, requirement → [verdict, reason]) of a device."""
    base = name if name in lab_folder.GATEWAYS else "hardened-gateway"
    known = lab_folder.read(HERE / "expected" / f"{base}.{profile}.json")
    verdicts, status = dict(known["verdicts"]), known["exit"]
    if base != name:
        mutant = lab_folder.mutant(name)
        for requirement, change in mutant["changes"][profile].items():
            assert requirement in verdicts, f"{name}: no requirement {requirement}"
            verdicts[requirement] = change
        status = mutant.get("exit", {}).get(profile, status)
    return status, verdicts


class Judged:
    """Exit status, result or None, and messages of the evidence of a run, judged by another profile."""

    def __init__(self, data, profile):
        self.take(subprocess.run([AKASHI, "verdict", "judge", "lab", "--profile", profile, "--data", str(data),
                                  "--format", "json"], capture_output=True, text=True,
                                 stdin=subprocess.DEVNULL))

    def take(self, done):
        self.status, self.messages = done.returncode, done.stderr
        try:
            self.document = json.loads(done.stdout)
        except ValueError:
            self.document, self.messages = None, done.stderr + done.stdout[:500]


class Run(Judged):
    """One run of akashi on a freshly started device; with what its evidence says by the profiles of `also`, and how
    each execution ended."""

    def __init__(self, lab, name, profile, also):
        self.device, self.data = lab.device(name), lab.folder / "data" / f"{name}-{profile}"
        self.device.start()
        try:
            self.verify(lab.write_product(name), profile, options_of(name))
        finally:
            self.device.stop()
        self.ends = self.executions()
        self.judged = {other: Judged(self.data, other) for other in also}
        if not os.environ.get("AKASHI_LAB_KEEP"):
            shutil.rmtree(self.data, ignore_errors=True)

    def verify(self, product, profile, options):
        command = [AKASHI, "verify", str(product), "--profile", profile, "--format", "json", "--data",
                   str(self.data), "--run-id", "lab", *options]
        ended = threading.Event()
        waker = threading.Thread(target=self.wake, args=[ended])
        waker.start()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=VERIFY_WAIT_S,
                                  stdin=subprocess.DEVNULL)
        finally:
            ended.set()
            waker.join()
        self.take(done)

    def wake(self, ended):
        """A device that comes back does so once akashi has noticed that it is gone: not before, and
        not after akashi has stopped waiting."""
        while self.device.description.get("restarts") and not ended.wait(0.1):
            if any(b"availability.lost" in path.read_bytes()
                   for path in self.data.glob("log/**/*") if path.is_file()):
                (self.device.folder / "wake").touch()
                return

    def executions(self):
        shown = subprocess.run([AKASHI, "run", "show", "lab", "--data", str(self.data), "--format",
                                "json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        rows = json.loads(shown.stdout)["executions"] if shown.returncode == 0 else []
        return {(row["test"], row["subject"]): row["end"] for row in rows}


def options_of(name):
    return lab_folder.mutant(name).get("options", []) if name in lab_folder.mutant_names() else []


def found_verdicts(document):
    return {row["requirement"]: row["verdict"] for row in document["verdicts"]}


def found_findings(document):
    return sorted({row["finding"] for row in document.get("findings", [])})


def why(document, requirement):
    """The cases of a requirement that explain its verdict, for the log of a failed test."""
    for row in document["verdicts"]:
        if row["requirement"] == requirement:
            return "; ".join(f"{case['case']}: {case['verdict']}" for case in row["cases"])
    return "no such row"


def check_gateway(tap, name, profile, outcome):
    status, document, messages = outcome.status, outcome.document, outcome.messages
    label = f"{name} × {profile}"
    if not tap.ok(f"{label}: verify writes its result", document is not None, messages[-2000:]):
        return
    want_status, wanted = expected(name, profile)
    found = found_verdicts(document)
    tap.equal(f"{label}: exit status", status, want_status)
    tap.equal(f"{label}: the requirements are those expected", sorted(found), sorted(wanted))
    built_in = lab_folder.read(HERE / "expected" / f"{name}.{profile}.json").get("findings", [])
    tap.equal(f"{label}: each fault that was built in is a finding",
              sorted(set(built_in) - set(found_findings(document))), [])
    if name == "hardened-gateway":
        tap.equal(f"{label}: there is no finding", found_findings(document), [])
    if profile == PROFILES[0]:
        check_cases(tap, name, document)
    for requirement, (verdict, reason) in wanted.items():
        tap.ok(f"{label}: {requirement} is {verdict}", found.get(requirement) == verdict,
               f"found {found.get(requirement)} ({why(document, requirement)})",
               f"wanted {verdict}: {reason}")


def check_cases(tap, name, document):
    """Test cases that are named singly: expected/cases.json."""
    wanted = lab_folder.read(HERE / "expected/cases.json")["gateways"][name]
    found = {case["case"]: case["verdict"] for row in document["verdicts"] for case in row["cases"]}
    for case, (verdict, reason) in wanted.items():
        tap.ok(f"{name}: case {case} is {verdict}", found.get(case) == verdict,
               f"found {found.get(case)}", f"wanted {verdict}: {reason}")


def check_mutant(tap, name, profile, outcome):
    status, document, messages = outcome.status, outcome.document, outcome.messages
    label = f"{name} × {profile}"
    if not tap.ok(f"{label}: verify writes its result", document is not None, messages[-2000:]):
        return
    want_status, wanted = expected(name, profile)
    found = found_verdicts(document)
    wrong = [f"{key}: found {found.get(key)} ({why(document, key)}), wanted {verdict}: {reason}"
             for key, (verdict, reason) in wanted.items()
             if found.get(key) not in verdict.split("|")]
    tap.ok(f"{label}: exactly the named verdicts change", not wrong, *wrong)
    tap.equal(f"{label}: exit status", status, want_status)
    if profile == PROFILES[0]:
        tap.equal(f"{label}: the findings are those of the fault", found_findings(document),
                  sorted(lab_folder.mutant(name)["findings"]))
    if isinstance(outcome, Run) and "availability" in lab_folder.mutant(name):
        check_availability(tap, label, lab_folder.mutant(name)["availability"], outcome)


def check_availability(tap, label, wanted, outcome):
    """The finding names the last test and whether the device came back; what was left is not run."""
    address = outcome.device.address
    rows = [row for row in outcome.document["findings"] if row["finding"] == "availability-lost"]
    seen = {one["property"]: one for row in rows for one in row["observations"]}
    tap.equal(f"{label}: the loss is one finding, at the address",
              [row["subject"]["locator"] for row in rows], [address])
    tap.equal(f"{label}: it names the last test", value_of(seen, "availability.lost"),
              ("seen", wanted["last"].replace("ADDRESS", address)))
    outcome_back, back = value_of(seen, "availability.recovery")
    tap.ok(f"{label}: it tells whether the device came back",
           outcome_back == ("seen" if wanted["recovers"] else "could-not-look"), outcome_back, back)
    if wanted["recovers"]:
        tap.ok(f"{label}: and after how long", isinstance(back, int) and back > 0, back)
    stopped = [tuple(one.replace("ADDRESS", address).split("/")) for one in wanted["stopped"]]
    tap.equal(f"{label}: what was left is not run", {one: outcome.ends.get(one) for one in stopped},
              {one: "interrupted" for one in stopped})


def value_of(seen, name):
    """(outcome, text or number) of an observation of a finding."""
    one = seen.get(name, {})
    value = one.get("value")
    return one.get("outcome"), value.get("int") if isinstance(value, dict) else value


def check_judged(tap, name, runs):
    """A profile finds in the evidence of a run against another what it finds in that of its own."""
    for profile, run in runs.items():
        for other, judged in run.judged.items():
            own, label = runs[other], f"{name} × {profile}, judged by {other}"
            if not tap.ok(f"{label}: there is a result", judged.document is not None, judged.messages):
                continue
            tap.equal(f"{label}: exit status", judged.status, own.status)
            tap.equal(f"{label}: each case", case_verdicts(judged.document), case_verdicts(own.document))
            tap.equal(f"{label}: findings", found_findings(judged.document), found_findings(own.document))


def case_verdicts(document):
    return {case["case"]: case["verdict"] for row in document["verdicts"] for case in row["cases"]}


def check(tap, lab, names):
    """Some devices at a time: each has its own address, and a run waits for its device most of the
    time. The profiles of a device follow each other, for they share its servers."""
    def outcomes_of(name):
        first, *others = PROFILES
        if name in lab_folder.GATEWAYS:
            return {profile: Run(lab, name, profile, [one for one in PROFILES if one != profile])
                    for profile in PROFILES}
        run = Run(lab, name, first, others)
        return {first: run, **run.judged}

    with concurrent.futures.ThreadPoolExecutor(max_workers=12) as pool:
        outcomes = {name: pool.submit(outcomes_of, name) for name in names}
        for name in names:
            judge = check_gateway if name in lab_folder.GATEWAYS else check_mutant
            for profile, outcome in outcomes[name].result().items():
                judge(tap, name, profile, outcome)
            if name in lab_folder.GATEWAYS:
                check_judged(tap, name, outcomes[name].result())


def has_verify():
    done = subprocess.run([AKASHI, "verify", "--help"], capture_output=True,
                          stdin=subprocess.DEVNULL)
    return done.returncode == 0


def main(names):
    os.environ.setdefault("AKASHI_LAB_LOCKOUT_S", "3")
    tap = Tap()
    if not has_verify():
        tap.skip("verdicts of the lab", "this akashi has no command verify")
        return tap.done()
    lab = lab_folder.Lab(pathlib.Path(AKASHI).resolve().parent / "lab-test")
    lab.folder.mkdir(parents=True, exist_ok=True)
    lock = open(lab.folder / "lock", "w", encoding="utf-8")  # held until the end: one test a folder
    fcntl.flock(lock, fcntl.LOCK_EX)
    lab.stop_all()  # what a killed test left behind
    shutil.rmtree(lab.folder / "data", ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` is reached
    try:
        check(tap, lab, names or [*lab_folder.GATEWAYS, *lab_folder.mutant_names()])
    finally:
        lab.stop_all()
    return tap.done()


sys.exit(main(sys.argv[1:]))
