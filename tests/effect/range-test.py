#!/usr/bin/env python3
"""`akashi effect run` on products that are known in full: what must come out was worked out by hand.

usage: range-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
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
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

PLAN = {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "they are known",
        "seed": 7}
UNION = "0+UNION+SELECT+name,password+FROM+users"


def get(case, path, attack, marker=None, **more):
    row = {"id": case, "attack": attack, "request": f"GET {path} HTTP/1.1\nHost: shop.example\n", **more}
    return {**row, "marker": marker} if marker else row


# four attacks that work, two that do not; four harmless cases that work, one that does not
CASES = [
    get("sql-union", f"/item?id={UNION}", True, "sql"),
    get("sql-or", "/item?id=1+OR+1=1", True, "sql"),
    get("file-etc", "/file?name=../../../../etc/passwd", True, "file"),
    get("ping-id", "/ping?host=a;id", True, "command"),
    get("file-none", "/file?name=manual.txt", True, "file"),
    get("no-marker", "/hello?name=%3Cscript%3E", True),
    get("tea", "/hello?name=%E8%8C%B6", False),
    get("price", "/file?name=price.txt", False),
    get("union", "/hello?name=the+labour+UNION+met", False),
    get("home", "/", False),
    {"id": "gone", "attack": False, "request": "nonsense\nHost: shop.example\n"},
]
EXCLUDED = {"file-none": "no-effect", "no-marker": "no-marker", "gone": "no-success"}


def product(name, *options, log=None, **more):
    command = ["/usr/bin/python3", "-B", "@FOLDER@/planted.py", "@PORT@", "@TARGET_PORT@", "@FOLDER@/log",
               "--alert", "/sentinel", *options]
    return {"id": name, "adapter": "proxy-waf", "version": "1", "configuration": "vendor-default",
            "start": {"command": command, "stop_ms": 300, "files": [{"from": str(PLANTED), "to": "planted.py"}]},
            "log": {"file": "log", "alert": "ALERT", "sentinel": "/sentinel", **(log or {})}, **more}


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"

    def write(self, products, cases=None, **more):
        path = self.folder / "range.yaml"  # JSON is YAML
        path.write_text(json.dumps({
            "range": {"name": "planted"}, "plan": {**PLAN, **more.pop("plan", {})}, "products": products,
            "corpora": [{"id": "small", "kind": "http", "cases": cases or CASES}], **more}, ensure_ascii=False))
        return path

    def akashi(self, *arguments):
        return subprocess.run([PROGRAM, "effect", *map(str, arguments), "--data", str(self.data)],
                              capture_output=True, text=True, check=False, timeout=280)

    def run(self, *products, options=(), **more):
        done = self.akashi("run", self.write(list(products), **more), "--format", "json", "-q", *options)
        return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}


def figures(result, name):
    row = next((row for row in result.get("products", []) if row["id"] == name), {})
    return [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detection", "false_positive")]


def kinds(result, name):
    row = next((row for row in result.get("products", []) if row["id"] == name), {})
    return {kind: count for kind, count in row.get("errors", {}).get("kinds", {}).items() if count}


def facts(result, name, case):
    row = next((row for row in result.get("products", []) if row["id"] == name), {})
    return next((wrong for wrong in row.get("misses", []) + row.get("false_alarms", [])
                 if wrong["case"] == case), None)


def check_controls(tap, world):
    result = world.run(product("all", "--block-all", configuration="control"),
                       product("none", "--every", log={"every": True}, configuration="control"),
                       product("planted", "--block", "UNION", "--alert", "etc/passwd"))
    tap.equal("what the control run does not prove is left out and listed",
              {row["case"]: row["reason"] for row in result.get("excluded", [])}, EXCLUDED)
    tap.equal("blocks everything: 4 of 4 and 4 of 4", figures(result, "all"), [(4, 4), (4, 4)])
    tap.equal("blocks nothing: 0 of 4 and 0 of 4", figures(result, "none"), [(0, 4), (0, 4)])
    tap.equal("the planted rule: one attack, one false alarm", figures(result, "planted"), [(1, 4), (1, 4)])
    tap.equal("no errors anywhere", [kinds(result, name) for name in ("all", "none", "planted")], [{}] * 3)
    wrong = facts(result, "planted", "file-etc") or {}
    tap.ok("a miss that was logged alone shows the product's own line",
           "ALERT akc-" in (wrong.get("line") or ""), wrong)
    logs = world.run(product("planted", "--block", "UNION", "--alert", "etc/passwd", detected_by="log"))
    tap.equal("by its log it detects two", figures(logs, "planted"), [(2, 4), (1, 4)])


FAULTS = [  # (name, option, kind of error, more members of the product)
    ("dies", "--die-on", "died", {}),
    ("hangs", "--hang-on", "hung", {}),
    ("late", "--late-on", "late", {}),
    ("breaks", "--break-on", "broken", {}),
    ("resets", "--reset-on", "broken", {}),
    ("floods", "--flood-on", "flooded", {}),
    ("loses", "--lose-on", "lost", {}),
]


def check_faults(tap, world):
    limits = {"case_ms": 1000, "late_ms": 2000, "log_ms": 800, "alerts_per_case": 10, "connections": 1}
    faulty = [product(name, "--block", "UNION", "--every", option, "id=0+UNION",
                      log={"every": True}) for name, option, _, _ in FAULTS]
    result = world.run(*faulty, limits=limits)
    for name, _, kind, _ in FAULTS:
        tap.equal(f"a product that {name}: one error, of its kind", kinds(result, name), {kind: 1})
        tap.equal(f"a product that {name}: a miss, not left out", figures(result, name)[0], (0, 4))
    reset = world.run(product("resets", "--reset-on", "UNION", block={"reset": True}))
    tap.equal("a reset that the plan calls a block is one", figures(reset, "resets"), [(1, 4), (1, 4)])
    harmless = world.run(product("dies", "--every", "--die-on", "the+labour", log={"every": True}), limits=limits)
    tap.equal("harmless work on which it dies is a false alarm, never a success",
              (figures(harmless, "dies")[1], kinds(harmless, "dies")), ((1, 4), {"died": 1}))
    opened = world.run(product("opens", "--block", "UNION", "--open-on", "id=0+UNION"))
    tap.equal("a product that logs and lets through has not blocked", figures(opened, "opens"), [(0, 4), (1, 4)])


def check_always_dead(tap, world):
    result = world.run(product("dead", "--die-on", "HTTP/1.1"), limits={"connections": 1, "deaths": 2})
    tap.equal("one that dies at every case: all are errors", (figures(result, "dead"), kinds(result, "dead")),
              ([(0, 4), (4, 4)], {"died": 8}))
    missing = world.run({**product("missing"), "start": {"command": ["no-such-program"]}})
    tap.ok("a program that is not there is said by name", "no-such-program" in missing.get("failed", ""), missing)


def check_resume(tap, world):
    many = [{**case, "id": f"{case['id']}-{i}", "request": case["request"].replace("1=1", f"1=1+OR+{1000 + i}=1")}
            for i in range(30) for case in CASES[:4] + CASES[6:10]]
    path = world.write([product("slow", "--block", "UNION", "--alert", "OR", "--late-on", "price.txt", "--late-ms", "150")], many,
                       limits={"connections": 2, "batch": 20, "case_ms": 10000}, plan={"repetitions": 2})
    begun = subprocess.Popen([PROGRAM, "effect", "run", str(path), "--data", str(world.data), "--run-id",
                              "stopped"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    begun.send_signal(signal.SIGINT)
    said = begun.communicate(timeout=120)[1]
    tap.equal("Ctrl-C stops it and says how to go on", (begun.returncode, "--resume" in said), (3, True))
    more = world.akashi("run", path, "--resume", "--format", "json", "-q")
    result = json.loads(more.stdout) if more.returncode == 0 else {"failed": more.stderr}
    tap.equal("it goes on to the same figures as one that was not stopped",
              (result.get("run"), figures(result, "slow"), kinds(result, "slow")),
              ("stopped", [(30, 120), (30, 120)], {}))
    lines = {row["case"]: row.get("line", "") for row in result.get("products", [{}])[0].get("misses", [])}
    wrong = [f"sql-or-{i}" for i in range(30) if not lines.get(f"sql-or-{i}", "").endswith(f"+OR+{1000 + i}=1")]
    tap.equal("each miss that was logged stands with its own line, before the stop and after", wrong, [])
    changed = world.write([product("slow", "--block-all")], many)
    other = world.akashi("run", changed, "--resume", "--run-id", "stopped")
    tap.ok("it does not go on with another range", other.returncode == 3 and "another range" in other.stderr,
           other.stderr)
    again = world.akashi("run", path, "--run-id", "stopped")
    tap.ok("it does not begin the same run anew", again.returncode == 3 and "--resume" in again.stderr, again.stderr)


def check_subset(tap, world):
    result = world.run(product("a", "--block-all"), product("b"), options=["-p", "a", "-c", "sql-or", "-c", "tea"])
    tap.equal("one product and two cases alone", (figures(result, "a"), figures(result, "b")),
              ([(1, 1), (1, 1)], [(0, 0), (0, 0)]))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-effect-") as folder:
        os.environ["TMPDIR"] = f"{folder}/tmp"  # where products run, so that what is left of them is told from others'
        for path in (folder, os.environ["TMPDIR"]):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o711)
        for check in (check_controls, check_faults, check_always_dead, check_subset, check_resume):
            check(tap, World(folder))
    left = subprocess.run(["pgrep", "-f", f"{folder}/tmp/.*/planted.py"], capture_output=True, text=True, check=False)
    tap.equal("nothing that was started is left", left.stdout, "")
    return tap.done()


sys.exit(main())
