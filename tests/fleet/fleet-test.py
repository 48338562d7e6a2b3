#!/usr/bin/env python3
"""Several devices verified side by side: one that hangs, one that dies and a weak one among sound ones change
no verdict but their own; what is stopped goes on; what cannot be meant is refused.

usage: fleet-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from devices import Fleet, may_make_namespaces
from tap import Tap

PROGRAM = os.environ["AKASHI_PROGRAM"]
WAIT_S = 1800
KINDS = ["sound", "hangs", "sound", "dies", "sound", "weak"]
COMMON = ["--profile", "jc-star-1", "--ports", "1-1024"]


def akashi(data, *arguments, **settings):
    environment = {**os.environ, "AKASHI_LANG": "en"}
    return subprocess.run([PROGRAM, *arguments, "--data", str(data)], capture_output=True, text=True,
                          check=False, env=environment, stdin=subprocess.DEVNULL, timeout=WAIT_S,
                          **settings)


def verdicts_of(document):
    return {row["case"]: row["verdict"]
            for requirement in document["verdicts"] for row in requirement["cases"]}


def observations_of(data, run):
    """(test, subject, property) of all that a run's report holds."""
    report = json.loads(pathlib.Path(data, "runs", run, "report.json").read_text())
    return {(seen["test"], seen["subject"]["locator"], seen["property"])
            for seen in report["observations"].values()}


def executions_of(data, run):
    """(test, subject) → how it ended"""
    shown = json.loads(akashi(data, "run", "show", run, "--format", "json").stdout)
    return {(row["test"], row["subject"]): row["end"] for row in shown["executions"]}


def by_number(fleet, rows):
    """The rows in the order of the devices."""
    return [next(row for row in rows if row["file"] == path) for path in fleet.products()]


def test_isolation(tap, fleet, data):
    alone = akashi(data, "verify", fleet.products()[0], *COMMON, "--no-cache", "--format", "json")
    wanted = verdicts_of(json.loads(alone.stdout))
    done = akashi(data, "verify", *fleet.products(), *COMMON, "--format", "json")
    rows = by_number(fleet, json.loads(done.stdout))
    tap.equal("every product has its result", [row["finished"] for row in rows],
              [True] * len(KINDS))
    for number, kind in enumerate(KINDS):
        if kind == "sound":
            tap.equal(f"sound device {number} is judged as if it were alone",
                      verdicts_of(rows[number]), wanted)
    hangs, dies, weak = (rows[KINDS.index(kind)] for kind in ("hangs", "dies", "weak"))
    tap.ok("the weak one fails", "fail" in verdicts_of(weak).values(), weak["summary"])
    tap.equal("an open broker is what it fails for", verdicts_of(weak)["S1.1-01-d"], "fail")
    tap.ok("of those that answer nothing nothing is claimed to fail",
           "fail" not in {**verdicts_of(hangs), **verdicts_of(dies)}.values(),
           hangs["summary"], dies["summary"])
    ends = [executions_of(data, row["run"]) for row in (hangs, dies)]
    tap.ok("what hangs was looked at to the end", set(ends[0].values()) == {"done"}, ends[0])
    tap.ok("testing of what died stopped", "interrupted" in ends[1].values(), ends[1])
    tap.equal("the exit code is the worst", done.returncode, 1)
    return rows


def test_records(tap, fleet, data, rows):
    sound = [row["run"] for row, kind in zip(rows, KINDS) if kind == "sound"]
    of_image = [{item for item in observations_of(data, run) if item[0].startswith("firmware.")}
                for run in sound]
    tap.ok("each run holds the image's observations itself",
           of_image[0] and all(other == of_image[0] for other in of_image))
    shown = [json.loads(akashi(data, "run", "show", run, "--format", "json").stdout)
             for run in [row["run"] for row in rows]]
    looked = [row["run"] for row, run in zip(rows, shown)
              if not next(e for e in run["executions"]
                          if e["test"] == "firmware.unpack").get("reason")]
    tap.equal("one run alone looked at the image", len(looked), 1)
    for row in rows:
        bundle = pathlib.Path(data, "runs", row["run"], f"{row['run']}.bundle")
        tap.equal(f"the proof of {row['run']} holds",
                  akashi(data, "proof", "verify", str(bundle)).returncode, 0)


def test_table(tap, fleet, data):
    some = [fleet.products()[0], fleet.products()[2]]
    done = akashi(data, "verify", *some, *COMMON, "--test", "probe.discover", "--jobs", "2",
                  "--rate", "100")
    tap.ok("a table says how each ended", "2 products:" in done.stdout, done.stdout, done.stderr)
    tap.equal("with a row for each", sum("device-" in line for line in done.stdout.splitlines()), 2)


def as_real_devices(fleet, numbers):
    """Product files of the same devices at addresses that are no loopback, whose rate is limited."""
    for number in numbers:
        subprocess.run(["ip", "-n", fleet.name(number), "address", "replace", "192.0.2.20/32", "dev",
                        "lo"], check=True)
        text = pathlib.Path(fleet.products()[number]).read_text(encoding="utf-8")
        path = fleet.folder / f"real-{number}.yaml"
        path.write_text(text.replace("127.0.1.20", "192.0.2.20"), encoding="utf-8")
        yield str(path)


def span_of(data, run):
    shown = json.loads(akashi(data, "run", "show", run, "--format", "json").stdout)
    return (min(row["started_utc_us"] for row in shown["executions"]),
            max(row["ended_utc_us"] for row in shown["executions"]))


def test_rate(tap, fleet, data):
    products = list(as_real_devices(fleet, (0, 2, 4)))
    done = akashi(data, "verify", *products, *COMMON, "--ports", "1-100", "--test", "probe.discover",
                  "--rate", "500", "--format", "json")
    rows = json.loads(done.stdout)
    tap.equal("devices for which the rate has no room are verified all the same",
              [row["finished"] for row in rows], [True] * 3)
    spans = sorted(span_of(data, row["run"]) for row in rows)
    tap.ok("but not before there is room", all(spans[i][1] <= spans[i + 1][0] for i in range(2)),
           spans)


def test_stopped(tap, fleet, data):
    some = [fleet.products()[number] for number in (0, 2, 4)]
    process = subprocess.Popen([PROGRAM, "verify", *some, *COMMON, "--data", str(data), "--format",
                                "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               stdin=subprocess.DEVNULL)
    wait_for_worker(process)
    process.send_signal(signal.SIGINT)
    printed, messages = process.communicate(timeout=WAIT_S)
    rows = json.loads(printed)
    tap.equal("Ctrl-C ends all of them", len(rows), 3)
    stopped = {row["run"] for row in rows if not row["finished"] and row["run"]}
    if not stopped:
        tap.skip("what was stopped goes on", "the runs were faster")
        return
    tap.equal("which says so", process.returncode, 3)
    tap.ok("and how it goes on", "--resume --all" in messages, messages)
    done = akashi(data, "verify", "--resume", "--all", "--format", "json")
    resumed = json.loads(done.stdout)
    tap.equal("what was stopped goes on", {row["run"] for row in resumed if row["finished"]}, stopped)
    tap.equal("nothing is left", akashi(data, "verify", "--resume", "--all").returncode, 2)


def wait_for_worker(process):
    """Until the first test is under way."""
    while process.poll() is None:
        for thread in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children"):
            try:
                if thread.read_text().strip():
                    return
            except OSError:  # the thread has ended
                continue


def test_refused(tap, fleet, data):
    first, second = fleet.products()[0], fleet.products()[2]
    tap.equal("a file named twice is refused", akashi(data, "verify", first, first).returncode, 2)
    copy = fleet.folder / "copy.yaml"
    shutil.copy(first, copy)
    done = akashi(data, "verify", first, str(copy))
    tap.ok("one device in two files is refused, and both are named",
           done.returncode == 2 and "copy.yaml" in done.stderr, done.stderr)
    copy.write_text("product: {name: [}\n")
    done = akashi(data, "verify", first, second, str(copy))
    tap.ok("nothing is started where one file is wrong",
           done.returncode == 2 and "nothing was started" in done.stderr, done.stderr)
    copy.unlink()
    empty = fleet.folder / "empty"
    empty.mkdir()
    tap.equal("a folder without products is refused", akashi(data, "verify", str(empty)).returncode, 2)
    tap.equal("one name for many runs is refused",
              akashi(data, "verify", first, second, "--run-id", "x").returncode, 2)
    tap.equal("--all goes with --resume", akashi(data, "verify", first, "--all").returncode, 2)


def main():
    tap = Tap()
    if os.geteuid() != 0 or not may_make_namespaces():
        tap.skip("devices side by side", "network namespaces cannot be made here (root is needed)")
        return tap.done()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="akashi-fleet-"))
    fleet = Fleet(folder / "devices", KINDS)
    try:
        fleet.start()
        rows = test_isolation(tap, fleet, folder / "data")
        test_records(tap, fleet, folder / "data", rows)
        test_table(tap, fleet, folder / "data")
        test_rate(tap, fleet, folder / "data")
        test_stopped(tap, fleet, folder / "data")
        test_refused(tap, fleet, folder / "data")
    finally:
        fleet.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


sys.exit(main())
