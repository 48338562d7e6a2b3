#!/usr/bin/env python3
"""The examples of value chains, held against what was worked out by hand (expected/NAME.json: `sources` with their status,
`paths` with the elements that they go over in order) and against the second reading. `plan_yen` is the least cost that an answer
set solver (clingo 5) found for the same rules, written down anew.

usage: examples-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
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
os.environ["AKASHI_DATA"] = "/nonexistent"  # nothing is looked up, unless a test says where
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

try:
    import checker
except ImportError:
    checker = None

DAY = "2026-11-28"
KINDS = {"organization", "people", "component", "data", "procedure", "system"}
FUNCTIONS = {"L1_1", "L1_2", "L1_3", "L2_1", "L2_2", "L2_3", "L3_1", "L3_2", "L3_3", "L3_4"}
NAMES = sorted(path.stem for path in (ROOT / "tests/chain/expected").glob("*.json"))


def akashi(*arguments):
    return subprocess.run([PROGRAM, "chain", *map(str, arguments)], capture_output=True, text=True,
                          check=False)


def answer(*arguments):
    done = akashi(*arguments, "--format", "json", "--at", DAY)
    return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr}


def test_init(tap, name, folder):
    path, committed = folder / f"{name}.yaml", ROOT / f"examples/chains/{name}.yaml"
    tap.equal(f"{name}: it is written", akashi("init", "--example", name, "-o", path).returncode, 0)
    tap.equal(f"{name}: as it is among the examples", path.read_bytes(), committed.read_bytes())
    path.write_bytes(b"mine\n")
    tap.equal(f"{name}: not over a file", akashi("init", "--example", name, "-o", path).returncode, 2)
    tap.equal(f"{name}: which is kept", path.read_bytes(), b"mine\n")


def test_names(tap):
    carried = {path.name.split(".")[0][len("chain-"):]
               for path in (ROOT / "data/skeleton").glob("chain-*")}
    tap.equal("every example has its expectations", sorted(carried), NAMES)
    refused = akashi("init", "--example", "castle")
    tap.equal("an unknown example ends with 2", refused.returncode, 2)
    tap.ok("and those that there are get named", all(name in refused.stderr for name in NAMES))
    shell = subprocess.run([PROGRAM, "completion", "bash"], capture_output=True, text=True, check=False)
    tap.ok("the shell completes them", f'compgen -W "{" ".join(NAMES)}"' in shell.stdout)


def gone_over(incident):
    return [step["says"][len("touched("):-1] for step in incident.get("path", [])
            if step["says"].startswith("touched(")]


def test_expected(tap, name, path):
    expected = json.loads((ROOT / f"tests/chain/expected/{name}.json").read_text(encoding="utf-8"))
    tap.ok(f"{name}: enough is expected",
           len(expected["sources"]) >= 15 and len(expected["paths"]) >= 3)
    result = answer("analyze", path)
    found = {(row["risk_source"], row["element"]): row["status"] for row in result["register"]}
    for source, element, status in expected["sources"]:
        tap.equal(f"{name}: {source} on {element}", found.get((source, element)), status)
    ways = {(row["id"], row["element"]): gone_over(row)
            for row in result["worlds"]["claimed"]["incidents"]}
    for row in expected["paths"]:
        tap.equal(f"{name}: the way to {row['incident']} of {row['element']}",
                  ways.get((row["incident"], row["element"])), row["over"])
    return result


def test_shape(tap, name, chain):
    elements = chain["elements"]
    tap.ok(f"{name}: 60 elements or more", len(elements) >= 60, len(elements))
    tap.equal(f"{name}: all six kinds", {row["kind"] for row in elements}, KINDS)
    tap.equal(f"{name}: all ten functions",
              {word for row in elements for word in row.get("functions", [])}, FUNCTIONS)
    tap.ok(f"{name}: three organizations or more",
           sum(row["kind"] == "organization" for row in elements) >= 3)
    tap.ok(f"{name}: somebody can be hurt", any(row.get("safety") for row in elements))
    measures = [row for element in elements for row in element.get("measures", [])]
    states = {row["status"] if row["status"] == "planned" else row.get("backing", "claimed")
              for row in measures}
    tap.equal(f"{name}: measures in every state", states, {"planned", "claimed", "verified", "proven"})
    tap.ok(f"{name}: a backing has expired", any(str(row.get("until", "9")) < DAY for row in measures))
    tap.equal(f"{name}: acceptances that hold, and that have expired",
              {str(row["until"]) >= DAY for row in chain["acceptances"]}, {True, False})


def test_plan(tap, name, path):
    plan = answer("plan", path, "--impact-at-least", "serious")
    tap.ok(f"{name}: a plan is found, and proven", plan.get("cost_yen", {}).get("proven") is True)
    expected = json.loads((ROOT / f"tests/chain/expected/{name}.json").read_text(encoding="utf-8"))
    tap.equal(f"{name}: it costs what another solver found", plan.get("cost_yen", {}).get("upper"),
              expected["plan_yen"])
    tap.ok(f"{name}: it asks for something", len(plan.get("measures", [])) > 0)
    goals = {(row["id"], row["element"]) for row in answer("analyze", path)["worlds"]["claimed"]["incidents"]
             if row["reachable"] and row.get("impact") in ("serious", "catastrophic")}
    words = [word for row in plan.get("measures", [])
             for word in ("--with", f"{row['element']}:{row['requirement']}")]
    kept_out = {(row["id"], row["element"])
                for row in answer("whatif", path, *words)["no_longer_reachable"]}
    tap.ok(f"{name}: with it none of its goals is reached", goals and goals <= kept_out, goals - kept_out)


def main():
    tap = Tap()
    test_names(tap)
    knowledge = json.loads((ROOT / "data/knowledge/cpsf.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="akashi-chain-") as folder:
        for name in NAMES:
            path = ROOT / f"examples/chains/{name}.yaml"
            test_init(tap, name, pathlib.Path(folder))
            tap.equal(f"{name}: nothing is found in it", akashi("check", path).returncode, 0)
            result = test_expected(tap, name, path)
            test_plan(tap, name, path)
            if checker is None:
                tap.skip(f"{name}: the second reading", "python3-yaml is not installed")
                continue
            text = path.read_text(encoding="utf-8")
            test_shape(tap, name, checker.read_chain(text))
            tap.equal(f"{name}: the second reading agrees on the root",
                      result["certificate"]["root"], checker.check(text, knowledge, DAY)["root"])
    return tap.done()


sys.exit(main())
