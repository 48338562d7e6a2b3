#!/usr/bin/env python3
"""`akashi chain diff`: each kind of difference is found alone, and held against both analyses.

usage: diff-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

SMALL = ROOT / "tests/fuzz/seeds/exchange/chain-yaml/small.yaml"
DAY = ["--at", "2026-11-28"]


def run(*words):
    return subprocess.run([PROGRAM, "chain", *[str(word) for word in words], *DAY], capture_output=True, text=True,
                          check=False)


def diff(before, after):
    done = run("diff", before, after, "--format", "json")
    return done.returncode, json.loads(done.stdout or "{}")


def reached(path, world):
    rows = json.loads(run("analyze", path, "--format", "json").stdout)["worlds"][world]["incidents"]
    return {(row["id"], row["element"]): row["effort"]["days"] for row in rows if row["reachable"]}


def pairs(rows):
    return {(row["id"], row["element"]) for row in rows}


def check_incidents(tap, name, result, before, after):
    for world in ("claimed", "backed"):
        was, now = reached(before, world), reached(after, world)
        found = result["incidents"][world]
        tap.equal(f"{name}, {world}: what is new", pairs(found["reachable_now"]), set(now) - set(was))
        tap.equal(f"{name}, {world}: what is gone", pairs(found["no_longer_reachable"]), set(was) - set(now))
        tap.equal(f"{name}, {world}: efforts", pairs(found["effort"]), {key for key in set(was) & set(now) if was[key] != now[key]})


def main():
    tap = Tap()
    text = SMALL.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        after = pathlib.Path(folder, "after.yaml")
        code, result = diff(SMALL, SMALL)
        tap.equal("a chain does not differ from itself", (code, [result[part][kind] for part in ("elements", "measures", "risk_sources")
                                                                 for kind in ("added", "removed", "changed")]), (0, [[]] * 9))
        changes = {
            "less connected": ("  - {from: gateway, kind: connects, to: [arm], protocol: modbus}\n", ""),
            "an element more": ("  - {id: shift, kind: people}\n", "  - {id: shift, kind: people}\n  - {id: camera, kind: component, owner: works, exposure: [internet], functions: [L2_3]}\n"),
            "a measure done": ("requirement: CPS.IP-1, status: planned", "requirement: CPS.IP-1, status: implemented"),
            "not exposed": ("    exposure: [internet]\n", "    exposure: [partner]\n"),
        }
        found = {}
        for name, (old, new) in changes.items():
            tap.ok(f"{name}: the line is there", old in text)
            after.write_text(text.replace(old, new), encoding="utf-8")
            code, result = found[name] = diff(SMALL, after)
            check_incidents(tap, name, result, SMALL, after)
            back = diff(after, SMALL)[1]
            tap.equal(f"{name}: turned round, what is new is gone",
                      pairs(back["incidents"]["backed"]["reachable_now"]), pairs(result["incidents"]["backed"]["no_longer_reachable"]))
        tap.equal("the relation", (found["less connected"][1]["relations"]["removed"], found["less connected"][1]["relations"]["added"]),
                  ([{"from": "gateway", "kind": "connects", "to": "arm", "protocol": "modbus"}], []))
        tap.equal("the element", [row["id"] for row in found["an element more"][1]["elements"]["added"]], ["camera"])
        tap.equal("the measure", [(row["element"], row["requirement"], row["before"]["status"], row["after"]["status"])
                                  for row in found["a measure done"][1]["measures"]["changed"]],
                  [("gateway", "CPS.IP-1", "planned", "implemented")])
        states = found["a measure done"][1]["risk_sources"]["changed"]
        tap.equal("the risk source that it treats, better than before",
                  [(row["risk_source"], row["element"], row["before"], row["after"], row["worse"]) for row in states],
                  [(row["risk_source"], "gateway", "planned", "partly", False) for row in states])
        tap.ok("and there is one", len(states) > 0)
        tap.equal("the exposure", found["not exposed"][1]["elements"]["changed"], [{"id": "gateway", "members": ["exposure"]}])
        tap.equal("a way less is not worse, an element more is", (found["not exposed"][0], found["an element more"][0]), (0, 1))
        for lang, word in (("en", "Removed: 1"), ("ja", "削除: 1件")):
            after.write_text(text.replace(*changes["less connected"]), encoding="utf-8")
            done = run("diff", SMALL, after, "--lang", lang)
            tap.ok(f"as a text, {lang}", word in done.stdout, done.stdout[:300])
        tap.equal("one file is not enough", run("diff", SMALL).returncode, 2)
    return tap.done()


sys.exit(main())
