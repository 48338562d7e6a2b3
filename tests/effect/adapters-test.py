#!/usr/bin/env python3
"""The adapters `command`, `anti-malware` and `clamd` on products that are known in full: what must come out was worked out by hand.

usage: adapters-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
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
HERE = ROOT / "tests/effect"
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

PLAN = {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "they are known", "seed": 7}
LIMITS = {"case_ms": 4000, "late_ms": 4000}


def cases(attacks, harmless, text):
    return [{"id": f"{word}-{i:02}", "attack": attack, "text": text(word, i)} for attack, count, word in
            ((True, attacks, "bad"), (False, harmless, "good")) for i in range(count)]


# 10 attacks bad-00 … bad-09 and 10 harmless cases good-00 … good-09
LINES = cases(10, 10, lambda word, i: json.dumps({"mail": f"{word} {i:02} 日本語"}, ensure_ascii=False))
FILES = cases(10, 10, lambda word, i: "x" * 100000 + f"{word} {i:02}\n" + "x" * 100000)  # several chunks for clamd


def file(name):
    """Products run as nobody, who may not be let into this folder."""
    return [{"from": str(HERE / name), "to": name}]


def lines(name, *options, **more):
    command = ["/usr/bin/python3", "-B", "@FOLDER@/planted-lines.py", *options]
    return {"id": name, "adapter": "command", "version": "1", "configuration": "vendor-default",
            "detected_by": "either", "start": {"command": command, "files": file("planted-lines.py")}, **more}


def scanner(name, *options):
    command = ["/usr/bin/python3", "-B", "@FOLDER@/planted-scanner.py", *options, "@FILE@"]
    return {"id": name, "adapter": "anti-malware", "version": "1", "configuration": "vendor-default",
            "start": {"command": command, "files": file("planted-scanner.py")}}


def server(name, *options):
    command = ["/usr/bin/python3", "-B", "@FOLDER@/planted-scanner.py", *options, "--listen", "@PORT@"]
    return {"id": name, "adapter": "clamd", "version": "1", "configuration": "vendor-default",
            "start": {"command": command, "stop_ms": 300, "files": file("planted-scanner.py")}}


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def corpus(self, kind, given):
        """Lines stand in the range file, files in a folder."""
        if kind == "line":
            return {"id": "small", "kind": kind, "cases": given}
        folder, file = self.folder / "files", self.folder / "files.jsonl"
        folder.mkdir(exist_ok=True)
        for case in given:
            (folder / f"{case['id']}.bin").write_text(case["text"])
        rows = "".join(f"{case['id']}.bin,{'attack' if case['attack'] else 'harmless'}\n" for case in given)
        (folder / "labels.csv").write_text("file,label\n" + rows)
        subprocess.run([PROGRAM, "effect", "import", "--from", "files", str(folder), "-o", str(file)], check=True,
                       capture_output=True)
        return {"id": "files", "file": str(file)}

    def run(self, kind, given, *products, **limits):
        path = self.folder / "range.yaml"  # JSON is YAML
        path.write_text(json.dumps({
            "range": {"name": "planted"}, "plan": PLAN, "target": "none", "products": products, "limits": {**LIMITS, **limits},
            "corpora": [self.corpus(kind, given)]}, ensure_ascii=False))
        done = subprocess.run([PROGRAM, "effect", "run", str(path), "--format", "json", "-q", "--data", str(self.folder / "data")],
                              capture_output=True, text=True, check=False, timeout=280)
        return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}


def row_of(result, name):
    return next((row for row in result.get("products", []) if row["id"] == name), {"failed": result.get("failed")})


def figures(result, name):
    row = row_of(result, name)
    return [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detection", "false_positive")]


def misses(result, name):
    return sorted(row["case"] for row in row_of(result, name).get("misses", []))


def errors(result, name):
    found = row_of(result, name).get("errors", {})
    kinds = found.get("kinds", found) if isinstance(found, dict) else found
    return {key: count for key, count in kinds.items() if count} if isinstance(kinds, dict) else kinds


def used(result, name):
    """Processor time in seconds, all of it."""
    row = row_of(result, name)
    cases = sum(row.get(key, {}).get("n", 0) for key in ("detection", "false_positive"))
    use = row.get("use", {})
    return use.get("cpu_us_a_case", 0) * cases / 1e6 + use.get("cpu_s_beside", 0)


def check_lines(tap, world):
    ran = world.run("line", LINES, lines("all", "--block", "mail"), lines("none"), lines("some", "--block", "bad 0", "--alert", "good 03"),
                    lines("chatty", "--chat", "--block", "bad 01", "--block", "good 01"),
                    lines("blocks", "--block", "bad 00", "--alert", "bad 01", detected_by="block"))
    tap.equal("one that blocks everything", figures(ran, "all"), [(10, 10), (10, 10)])
    tap.equal("one that blocks nothing", figures(ran, "none"), [(0, 10), (0, 10)])
    tap.equal("an alert on harmless work is a false alarm", figures(ran, "some"), [(10, 10), (1, 10)])
    tap.equal("lines about no case are passed over", figures(ran, "chatty"), [(1, 10), (1, 10)])
    tap.equal("where blocking alone counts, an alert does not", figures(ran, "blocks"), [(1, 10), (0, 10)])
    tap.ok("what the program used is told: it had to be loaded", 0.005 < used(ran, "none") < 60, row_of(ran, "none").get("use"))
    tap.ok("and its memory", 2 < row_of(ran, "none").get("use", {}).get("memory_mib", 0) < 500, row_of(ran, "none").get("use"))
    tap.equal("what was missed is named", misses(ran, "chatty"), [f"bad-{i:02}" for i in range(10) if i != 1])


def check_line_faults(tap, world):
    ran = world.run("line", LINES, lines("dies", "--block", "bad", "--die-on", "bad 04"), lines("breaks", "--block", "bad", "--break-on", "bad 05"))
    tap.equal("one that dies over an attack has missed it, and goes on", figures(ran, "dies"), [(9, 10), (0, 10)])
    tap.equal("and that is said", errors(ran, "dies"), {"died": 1})
    tap.equal("an answer that says nothing is an error and a miss", (figures(ran, "breaks"), errors(ran, "breaks")),
              ([(9, 10), (0, 10)], {"broken": 1}))
    slow = world.run("line", LINES, lines("hangs", "--block", "bad", "--hang-on", "bad 06"),
                     lines("late", "--block", "bad", "--late-on", "bad 07", "--late-s", "2.5"), case_ms=1500, late_ms=3000)
    tap.equal("one that hangs over an attack has missed it", (figures(slow, "hangs"), errors(slow, "hangs")),
              ([(9, 10), (0, 10)], {"hung": 1}))
    tap.equal("a late answer is an error, and no detection", (figures(slow, "late"), errors(slow, "late")),
              ([(9, 10), (0, 10)], {"late": 1}))
    missing = world.run("line", LINES, {**lines("none"), "start": {"command": ["no-such-program"]}})
    tap.ok("a program that is not there is named", "no-such-program" in missing.get("failed", ""), missing)


def check_files(tap, world):
    ran = world.run("file", FILES, scanner("all", "--find", "x"), scanner("none"), scanner("some", "--find", "bad 0", "--find", "good 02"),
                    scanner("dies", "--find", "bad", "--die-on", "bad 03"), scanner("breaks", "--find", "bad", "--break-on", "bad 04"))
    tap.equal("files: one that finds everything", figures(ran, "all"), [(10, 10), (10, 10)])
    tap.equal("files: one that finds nothing", figures(ran, "none"), [(0, 10), (0, 10)])
    one = row_of(ran, "none").get("use", {}).get("cpu_us_a_case", 0)
    tap.ok("files: what twenty runs of the program used is told, a run each", 2000 < one < 3e6, row_of(ran, "none").get("use"))
    tap.equal("files: a false alarm", figures(ran, "some"), [(10, 10), (1, 10)])
    tap.equal("files: died over one", (figures(ran, "dies"), errors(ran, "dies")), ([(9, 10), (0, 10)], {"died": 1}))
    tap.equal("files: an exit status that is no verdict", (figures(ran, "breaks"), errors(ran, "breaks")),
              ([(9, 10), (0, 10)], {"broken": 1}))


def check_server(tap, world):
    ran = world.run("file", FILES, server("all", "--find", "x"), server("none"), server("some", "--find", "bad 0", "--find", "good 02"),
                    server("dies", "--find", "bad", "--die-on", "bad 03"), server("breaks", "--find", "bad", "--break-on", "bad 04"))
    tap.equal("clamd: one that finds everything", figures(ran, "all"), [(10, 10), (10, 10)])
    tap.equal("clamd: one that finds nothing", figures(ran, "none"), [(0, 10), (0, 10)])
    tap.ok("clamd: what the server used is told", 0.005 < used(ran, "none") < 60, row_of(ran, "none").get("use"))
    tap.equal("clamd: a false alarm", figures(ran, "some"), [(10, 10), (1, 10)])
    tap.equal("clamd: died over one, and was started again", (figures(ran, "dies"), errors(ran, "dies")), ([(9, 10), (0, 10)], {"died": 1}))
    tap.equal("clamd: an error is none of the two", (figures(ran, "breaks"), errors(ran, "breaks")), ([(9, 10), (0, 10)], {"broken": 1}))


def check_last(tap, world):
    """A product that dies over the last case that it is given, so that nothing is left to be given again."""
    lone = [case for case in FILES if case["id"] == "bad-04"]
    ran = world.run("file", lone, server("dies", "--die-on", "bad 04"), server("lives"))
    found = {name: (errors(ran, name), row_of(ran, name).get("deaths")) for name in ("dies", "lives")}
    tap.equal("a death over the last case is told", found, {"dies": ({"died": 1}, 1), "lives": ({}, 0)})


def check_example(tap, world):
    done = subprocess.run([PROGRAM, "effect", "run", str(ROOT / "examples/log-detection/range.yaml"), "--format", "json", "-q", "--data",
                           str(world.folder / "data")], capture_output=True, text=True, check=False, timeout=280)
    ran = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}
    tap.equal("the documented example: four of six attacks, one false alarm of six", figures(ran, "rules"), [(4, 6), (1, 6)])
    tap.equal("the documented example misses what it says", misses(ran, "rules"), ["backup-password", "path-missed"])
    tap.equal("and alarms on what it says", [row["case"] for row in row_of(ran, "rules").get("false_alarms", [])], ["admin-mistyped"])
    tap.equal("a category with fewer than 30 cases has no rate",
              {row["category"]: row["detection"].get("rate") for row in row_of(ran, "rules").get("categories", []) if "detection" in row},
              {"attack:T1110": None, "cwe:22": None, "cwe:89": None})


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-adapters-") as folder:
        for check in (check_lines, check_line_faults, check_files, check_server, check_last, check_example):
            check(tap, World(folder))
    return tap.done()


sys.exit(main())
