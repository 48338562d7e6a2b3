#!/usr/bin/env python3
"""A trial that is killed (kill -9) leaves nothing that the next start does not clean: processes that would not end by themselves, and folders. What a
trial that lives holds is left alone, and so is what looks like such a folder and is not one.

usage: killed-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
PLANTED = ROOT / "tests/effect/planted.py"
LINES = ROOT / "tests/effect/planted-lines.py"
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

# ends on no signal that it may ignore, has a child that outlives it, and answers slowly
SLOW = ("trap '' TERM HUP INT; sleep 7131 & exec /usr/bin/python3 -B @FOLDER@/planted.py @PORT@ @TARGET_PORT@ @FOLDER@/log "
        "--late-on HTTP --late-ms 400")
QUICK = "exec /usr/bin/python3 -B @FOLDER@/planted.py @PORT@ @TARGET_PORT@ @FOLDER@/log"
CASES = [{"id": f"page-{i:02}", "attack": False, "request": f"GET /hello?name=guest{i} HTTP/1.1\nHost: shop.example\n"}
         for i in range(40)]


def write(path, command):
    product = {"id": "planted", "adapter": "proxy-waf", "version": "1", "configuration": "vendor-default",
               "start": {"command": ["sh", "-c", command], "stop_ms": 300,
                         "files": [{"from": str(PLANTED), "to": "planted.py"}]}}
    path.write_text(json.dumps({
        "range": {"name": "killed"}, "plan": {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "known", "seed": 7},
        "products": [product], "limits": {"connections": 1, "case_ms": 10000},
        "corpora": [{"id": "small", "kind": "http", "cases": CASES}]}))
    return path


def start(path, data):
    return subprocess.Popen([PROGRAM, "effect", "run", str(path), "-q", "--data", str(data)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def processes(tmp):
    """Numbers of the processes that work in a folder under `tmp`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(tmp) + "/"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def folders(tmp):
    return sorted(path.name for path in tmp.iterdir())


def wait_until(check):
    for _ in range(600):
        if check():
            return True
        time.sleep(0.1)
    return False


DEATHS = 4


def write_dying(path, tally):
    """One that ends over each case, and takes a while to start; each start is a line in the tally."""
    tally.touch()
    tally.chmod(0o666)
    command = f"echo >> {tally}; sleep 0.5; exec /usr/bin/python3 -B @FOLDER@/planted.py --die-on bad"
    product = {"id": "dying", "adapter": "command", "version": "1", "configuration": "vendor-default", "detected_by": "either",
               "start": {"command": ["sh", "-c", command], "files": [{"from": str(LINES), "to": "planted.py"}]}}
    path.write_text(json.dumps({
        "range": {"name": "dying"}, "plan": {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "known", "seed": 7},
        "target": "none", "products": [product], "limits": {"batch": 1, "deaths": DEATHS},
        "corpora": [{"id": "small", "kind": "line", "cases": [{"id": f"bad-{i:02}", "attack": True, "text": f'"bad {i}"'} for i in range(20)]}]}))
    return path


def check_deaths(tap, folder):
    tally, data = folder / "tally", folder / "dying-data"
    path = write_dying(folder / "dying.yaml", tally)
    killed = start(path, data)
    tap.ok("a product dies again and again", wait_until(lambda: tally.stat().st_size >= 3), tally.stat().st_size)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = subprocess.run([PROGRAM, "effect", "run", str(path), "--data", str(data), "--resume", "-q", "--format", "json"],
                          capture_output=True, text=True, check=False, timeout=280)
    before = tally.stat().st_size
    row = json.loads(done.stdout)["products"][0] if done.returncode == 0 else {"failed": done.stderr}
    tap.equal("gone on with, all it was given is an error, and its deaths are told",
              (row.get("errors", {}).get("kinds"), row.get("deaths")), ({"died": 20}, DEATHS + 1))
    said = subprocess.run([PROGRAM, "effect", "run", str(path), "--data", str(folder / "whole"), "-q", "--lang", "en"],
                          capture_output=True, text=True, check=False, timeout=280).stdout
    tap.ok("and so they are to whoever runs it", f"dying: how often it ended by itself, or did not come up: {DEATHS + 1}" in said, said)
    tap.equal("a trial that nobody kills starts it once more than it dies at most", tally.stat().st_size - before, DEATHS + 1)
    # one start for each death, one as the trial was killed, and one for a death that may not have been entered yet
    tap.ok("and gone on with no oftener", before <= DEATHS + 3, before)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-killed-") as name:
        folder = pathlib.Path(name)
        tmp = folder / "tmp"
        tmp.mkdir()
        for path in (folder, tmp):
            path.chmod(0o711)
        os.environ["TMPDIR"] = str(tmp)
        check_deaths(tap, folder)
        slow, quick = write(folder / "slow.yaml", SLOW), write(folder / "quick.yaml", QUICK)
        killed = start(slow, folder / "killed")
        tap.ok("the product, its child and the target run", wait_until(lambda: len(processes(tmp)) >= 3), processes(tmp))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        time.sleep(1)
        left, old = processes(tmp), folders(tmp)
        tap.ok("killed, it leaves a folder and what ignores signals", len(old) == 1 and len(left) >= 2, (old, left))
        (tmp / "akashi-range-file").write_text("no folder")
        (tmp / "akashi-other").mkdir()
        living = start(slow, folder / "living")
        tap.ok("the next start takes both away", wait_until(lambda: not set(left) & set(processes(tmp)) and old[0] not in folders(tmp)),
               (folders(tmp), processes(tmp)))
        tap.ok("and runs its own", wait_until(lambda: len(processes(tmp)) >= 3), processes(tmp))
        mine = [entry for entry in folders(tmp) if entry.startswith("akashi-range-") and entry != "akashi-range-file"]
        third = start(quick, folder / "third")
        tap.equal("a trial beside one that lives comes to its end", third.wait(timeout=120), 0)
        tap.ok("and leaves that one's folder and processes alone", set(mine) <= set(folders(tmp)) and len(processes(tmp)) >= 3,
               (mine, folders(tmp), processes(tmp)))
        living.send_signal(signal.SIGTERM)
        tap.ok("a trial that is stopped cleans up itself", living.wait(timeout=120) == 3 and wait_until(lambda: processes(tmp) == []),
               processes(tmp))
        tap.equal("what is no folder of a trial is left alone", folders(tmp), ["akashi-other", "akashi-range-file"])
    return tap.done()


sys.exit(main())
