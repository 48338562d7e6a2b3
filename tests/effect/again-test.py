#!/usr/bin/env python3
"""`akashi effect report`, `rescore`, `compare` and `import`, on products that are known in full.

usage: again-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
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
PLANTED = ROOT / "tests/effect/planted.py"
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

PLAN = {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "they are known", "seed": 7,
        "notices": [{"to": "nobody", "on": "2026-11-01"}], "traffic_a_day": 20000}
PANEL = {"scale": {"min": 1, "max": 5, "kind": "ordinal"},
         "criteria": [{"id": "usability", "name": "Usability", "weight": 2}],
         "raters": ["A", "B"], "facts": [{"product": "wall", "fact": "installation_minutes", "value": 45,
                                          "how": "measured"}],
         "scores": [{"product": "wall", "criterion": "usability", "rater": "A", "score": 4}]}


def get(case, path, attack, marker=None, **more):
    row = {"id": case, "attack": attack, "request": f"GET {path} HTTP/1.1\nHost: shop.example\n", **more}
    return {**row, "marker": marker} if marker else row


# 40 attacks, each of which asks for its own number of items; 40 harmless pages; one attack without effect
CASES = ([get(f"or-{i:02}", f"/item?id={i}+OR+1=1", True, "sql", category=["cwe:89"]) for i in range(40)] +
         [get(f"page-{i:02}", f"/hello?name=guest{i}", False, category=["use:page"]) for i in range(40)] +
         [get("nothing", "/file?name=manual.txt", True, "file")])


def product(name, *options, **more):
    command = ["/usr/bin/python3", "-B", "@FOLDER@/planted.py", "@PORT@", "@TARGET_PORT@", "@FOLDER@/log",
               "--alert", "/sentinel", *options]
    return {"id": name, "adapter": "proxy-waf", "version": "1", "configuration": "vendor-default",
            "start": {"command": command, "stop_ms": 300, "files": [{"from": str(PLANTED), "to": "planted.py"}]},
            "log": {"file": "log", "alert": "ALERT", "sentinel": "/sentinel"}, **more}


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"

    def akashi(self, *arguments, text=True):
        return subprocess.run([PROGRAM, "effect", *map(str, arguments), "--data", str(self.data)],
                              capture_output=True, text=text, check=False, timeout=280)

    def run(self, name, products, corpora=None, **plan):
        path = self.folder / f"{name}.yaml"  # JSON is YAML
        path.write_text(json.dumps({
            "range": {"name": "planted"}, "plan": {**PLAN, **plan}, "products": products,
            "corpora": corpora or [{"id": "small", "kind": "http", "cases": CASES}]}))
        done = self.akashi("run", path, "--run-id", name, "--format", "json", "-q")
        return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}

    def json(self, *arguments):
        done = self.akashi(*arguments, "--format", "json")
        return json.loads(done.stdout) if done.stdout else {"failed": done.stderr}


def row_of(result, name):
    return next((row for row in result.get("products", []) if row["id"] == name), {})


def check_rescore(tap, world):
    # of 40 attacks 9 ask for 10 to 18: with "id=1" planted, 1 and 10 to 19 are blocked, eleven of them
    ran = world.run("first", [product("wall", "--block", "id=1"), product("none")])
    wall = row_of(ran, "wall").get("detection", {})
    tap.equal("the planted rule: 11 of 40", (wall.get("k"), wall.get("n")), (11, 40))
    tap.equal("it is 27.5 %", wall.get("rate"), 0.275)
    again = world.json("rescore", "first")
    said = again.pop("rescore", {})
    tap.equal("judged again from the stored bytes, nothing differs",
              (said.get("cases"), said.get("differing_count")), (81 + 80 + 80, 0))
    tap.equal("and the whole result is the same", again, ran)
    tap.equal("so is the report's", world.json("report", "first"), ran)
    misses = row_of(ran, "wall").get("misses", [])
    tap.equal("each miss has its command", misses and misses[0].get("repeat"),
              "akashi effect repeat first --product wall --case or-00")
    said = world.akashi(*misses[0]["repeat"].split()[2:], "--lang", "en") if misses else None
    tap.ok("that runs as it is printed, and tells the same", said and said.returncode == 0 and "wall, or-00: not detected" in said.stdout
           and "0/1" in said.stdout, said)
    right = world.akashi("repeat", "first", "--product", "wall", "--case", "or-01", "--case", "nothing", "--lang", "en")
    tap.ok("of a case that comes out right and of one that nothing proves this is said, and nothing of other products",
           "wall, or-01: came out right" in right.stdout and "nothing: no effect of the attack" in right.stdout and
           "none" not in right.stdout, right.stdout)
    logged = b"".join(file.read_bytes() for file in sorted(world.data.rglob("*"))
                      if file.is_file() and "runs" not in file.relative_to(world.data).parts)
    tap.ok("where the range file is stays out of the evidence", b"trial-planned" in logged and b"first.yaml" not in logged)
    strange = world.akashi("repeat", "first", "--product", "wall", "--case", "no-such")
    tap.ok("a case that is not there is refused by name", strange.returncode != 0 and "no-such" in strange.stderr, strange.stderr)
    path = world.folder / "first.yaml"
    before = path.read_text()
    path.write_text(before.replace('"seed": 7', '"seed": 8'))
    changed = world.akashi("repeat", "first", "--product", "wall", "--case", "or-00")
    tap.ok("and it is refused once the range file has changed", changed.returncode != 0 and "another range" in changed.stderr, changed.stderr)
    path.write_text(before)
    tap.equal("the plan's record comes before the first batch's",
              ran["log"]["planned_index"] < ran["log"]["first_batch_index"] < ran["log"]["ended_index"], True)
    met = {row["id"]: row["met"] for row in ran.get("compliance", [])}
    tap.equal("the checklist says what was met and what was not",
              (met.get("plan-first"), met.get("notices"), met.get("control"), met.get("commentary"),
               met.get("repetitions"), met.get("defaults")), (True, True, True, False, False, True))
    tap.equal("the case that the control run does not prove is named", ran.get("excluded"),
              [{"corpus": "small", "case": "nothing", "base": "nothing", "reason": "no-effect"}])
    tap.ok("use of the processor is told", row_of(ran, "wall").get("use", {}).get("cpu_us_a_case", 0) > 0)
    missing = world.akashi("rescore", "no-such-run")
    tap.equal("a run that is none is refused", missing.returncode, 2)


def check_reports(tap, world):
    panel = world.folder / "panel.json"
    panel.write_text(json.dumps(PANEL))
    logs = world.run("logs", [product("logs", "--alert", "OR")])
    row = (row_of(logs, "logs").get("misses") or [{}])[0]
    text = world.akashi("report", "logs", "--lang", "en").stdout
    tap.ok("a miss that was logged is told as such", (row.get("reason"), row.get("logged")) == ("missed", "yes") and
           "logged, and not blocked (1/1)" in text and "not detected" not in text, text[-2000:])
    tap.ok("at how many connections times were measured stands beside them", row_of(logs, "logs")["overhead"]["connections"] == 32 and
           "Connections at a time" in text)
    tap.equal("a product that lives has no deaths", row_of(logs, "logs").get("deaths"), 0)
    for form, mark in (("text", "Installation (minutes)"), ("html", "<svg"), ("markdown", "| wall")):
        out = world.akashi("report", "first", "--format", form, "--panel", panel, "--lang", "en").stdout
        tap.ok(f"{form}: the report says what it must", mark in out and "27.5 %" in out, out[:300])
        tap.ok(f"{form}: every text is there", "effect." not in out)
    files = [world.folder / f"{n}.pdf" for n in range(2)]
    for file in files:
        world.akashi("report", "first", "--format", "pdf", "--lang", "ja", "-o", file)
    first, second = (file.read_bytes() if file.exists() else b"" for file in files)
    tap.ok("two PDFs of one run have the same bytes", first.startswith(b"%PDF-") and first == second)
    panel.write_text(json.dumps({**PANEL, "scores": [{**PANEL["scores"][0], "score": 9}]}))
    bad = world.akashi("report", "first", "--panel", panel)
    tap.equal("a score that is out of scale is refused", bad.returncode, 2)


def check_defaults(tap, world):
    """A product that the range lists says nothing of a run for which it was left out."""
    tuned, plain = product("tuned", configuration="vendor-tuned", family="f"), product("plain", family="f")
    met = {}
    for name, only in (("all", ()), ("part", ("--product", "tuned"))):
        path = world.folder / f"defaults-{name}.yaml"
        path.write_text(json.dumps({"range": {"name": "planted"}, "plan": PLAN, "products": [tuned, plain],
                                    "corpora": [{"id": "small", "kind": "http", "cases": CASES[:4] + CASES[40:44]}]}))
        ran = world.json("run", path, "--run-id", f"defaults-{name}", "-q", *only)
        met[name] = [row["met"] for row in ran.get("compliance", []) if row["id"] == "defaults"]
    tap.equal("that one of the family ran as delivered is met where it ran", met, {"all": [True], "part": [False]})


def check_compare(tap, world):
    second = world.run("second", [product("wall-2", "--block", "OR", configuration="tester-set")])
    tap.equal("that a product did not run as its maker delivers it is told",
              [row["met"] for row in second.get("compliance", []) if row["id"] in ("configurations", "defaults")], [True, False])
    pair = world.json("compare", "first", "second")
    rows = {(row["a"], row["b"], row["figure"]): row for row in pair.get("comparisons", [])}
    tap.equal("products of one run are compared with those of the other alone", sorted(rows),
              [(f"first/{a}", "second/wall-2", figure) for a in ("none", "wall")
               for figure in ("detection", "false_positive")])
    row = rows.get(("first/wall", "second/wall-2", "detection"), {})
    tap.equal("11 both, 29 only the second", (row.get("both_right"), row.get("only_a_right"),
                                               row.get("only_b_right"), row.get("bases")), (11, 0, 29, 40))
    tap.equal("p is 2 / 2^29", row.get("p"), float(f"{2 / 2 ** 29:.9g}"))
    tap.equal("a difference is shown", row.get("difference_shown"), True)
    quiet = rows.get(("first/wall", "second/wall-2", "false_positive"), {})
    tap.equal("and none where there is none", (quiet.get("difference_shown"), quiet.get("p")), (False, 1.0))
    text = world.akashi("compare", "first", "second", "--lang", "en").stdout
    tap.ok("the page says both", "a difference is shown" in text and "no difference shown" in text, text)
    world.akashi("note", "second", "--kind", "withdrawal", "--by", "Vendor", "--text", "not that one")
    text = world.akashi("compare", "first", "second", "--lang", "en").stdout
    tap.ok("that a vendor withdrew from one of them is told before the figures", 0 < text.find("! Somebody withdrew") < text.find("Detection") and
           "second, " in text and "not that one" in text, text[:800])
    tap.ok("differences are points of per cent, and none is -0", "-72.5 [" in text and " -0" not in text and "[-0" not in text, text)
    world.run("other", [product("wall", "--block", "id=1")], seed=8, sponsor="someone")
    # the same trial on a machine of another kind, as far as a program can tell
    there = subprocess.run(["setarch", "i686", PROGRAM, "effect", "run", str(world.folder / "first.yaml"), "--run-id", "elsewhere", "-q", "--data",
                            str(world.data)], capture_output=True, text=True, check=False, timeout=280)
    refused = world.akashi("compare", "first", "elsewhere")
    tap.ok("a run on another class of machine is refused, and that alone is named", there.returncode == 0 and refused.returncode != 0 and
           refused.stderr.strip().endswith("they differ in: host (machine)"), there.stderr, refused.stderr)
    refused = world.akashi("compare", "first", "other")
    tap.ok("another plan is refused, and what differs is named",
           refused.returncode != 0 and "plan (sponsor, seed)" in refused.stderr.replace("seed, sponsor",
                                                                                       "sponsor, seed"), refused.stderr)
    world.run("fewer", [product("wall")], [{"id": "small", "kind": "http", "cases": CASES[1:]}])
    refused = world.akashi("compare", "first", "fewer")
    tap.ok("other corpora too, by name", "corpora (small)" in refused.stderr and "control" in refused.stderr,
           refused.stderr)


def check_sealed(tap, world):
    corpus, sealed, key, opened = (world.folder / name for name in ("rules.jsonl", "sealed", "key", "opened.jsonl"))
    done = world.akashi("seal", corpus, "--key", key, "-o", sealed)
    tap.ok("a corpus is sealed, its key for its owner alone",
           done.returncode == 0 and key.stat().st_mode & 0o777 == 0o600, done.stderr)
    path = world.folder / "sealed.yaml"
    path.write_text(json.dumps({"range": {"name": "sealed"}, "plan": PLAN, "products": [product("wall")],
                                "corpora": [{"id": "rules", "file": str(sealed)}]}))
    refused = world.akashi("check", path)
    tap.ok("a trial on it is refused, and how it is opened is said", refused.returncode == 2 and "effect unseal" in refused.stderr, refused.stderr)
    tap.ok("nothing of the cases can be read in it", b"UNION" not in sealed.read_bytes())
    done = world.akashi("unseal", sealed, "--key", key, "-o", opened)
    first = json.loads(opened.read_text().splitlines()[0]) if done.returncode == 0 else {}
    before = json.loads(corpus.read_text().splitlines()[0])
    tap.equal("opened it has the same digest, and is burnt", (first.get("sha256"), first.get("burnt")),
              (before["sha256"], True))
    ran = world.run("burnt", [product("wall")], [{"id": "rules", "file": str(opened)}])
    tap.equal("and a result says so", [row["burnt"] for row in ran.get("corpora", [])], [True])
    key.write_text("00" * 32)
    tap.equal("another key does not open it", world.akashi("unseal", sealed, "--key", key, "-o", opened).returncode, 2)


def check_notes(tap, world):
    said = world.akashi("note", "first", "--kind", "dispute", "--by", "Vendor", "--text", "these are one case",
                        "-c", "or-00", "-c", "or-02")
    tap.equal("a dispute is entered", (said.returncode, said.stderr), (0, ""))
    world.akashi("note", "first", "--kind", "withdrawal", "--by", "Vendor", "--text", "no more")
    result = world.json("report", "first")
    wall = row_of(result, "wall")
    tap.equal("the headline stays", (wall["detection"]["k"], wall["detection"]["n"]), (11, 40))
    after = wall.get("undisputed", {}).get("detection", {})
    tap.equal("and stands beside one without the disputed cases", (after.get("k"), after.get("n")), (11, 38))
    tap.equal("the notes are there, none late", [(note["kind"], note["by"], note["late"]) for note in result["notes"]],
              [("dispute", "Vendor", False), ("withdrawal", "Vendor", False)])
    text = world.akashi("report", "first", "--lang", "en").stdout
    tap.ok("notes stand beside the result: with their day and their cases, before the categories",
           0 < text.find("Dispute, Vendor") < text.find("## By category") and "(or-00; or-02)" in text,
           text[:3000])
    tap.ok("the report tells of the withdrawal before the figures", "! Somebody withdrew" in text, text[:500])
    refused = [world.akashi("note", "first", *words).returncode for words in (
        ("--kind", "praise", "--by", "a", "--text", "b"), ("--kind", "comment", "--by", "a"),
        ("--kind", "dispute", "--by", "a", "--text", "b", "-c", "no-such-case"))]
    tap.equal("what cannot be a note is refused", refused, [2, 2, 2])


# the planted product blocks what holds OR, and its line is then "ALERT TOKEN": test 4 fails by its own definition
RULES = """rule_id: 100
tests:
  - test_id: 1
    stages: [{input: {uri: "/item?id=7+OR+1=1", headers: {Host: h}}, output: {status: 403, log: {match_regex: ALERT}}}]
  - test_id: 2
    stages: [{input: {uri: "/hello?name=x", headers: {Host: h}}, output: {status: 200, log: {no_match_regex: ALERT}}}]
  - test_id: 3
    stages: [{input: {uri: "/", save_cookie: true}, output: {status: 200}}]
  - test_id: 4
    stages: [{input: {uri: "/item?id=7+UNION+1", headers: {Host: h}}, output: {log: {match_regex: ALERT}}}]
"""


def check_import(tap, world):
    folder = world.folder / "rules"
    folder.mkdir()
    (folder / "100.yaml").write_text(RULES)
    corpus = world.folder / "rules.jsonl"
    said = world.json("import", "--from", "go-ftw", folder, "-o", corpus)
    tap.equal("three cases are taken, one is recorded", (said.get("cases"), said.get("attacks"), said.get("recorded")),
              (3, 2, 1))
    tap.equal("and why", said.get("problems"),
              [{"where": "100.yaml:8", "id": "unsupported", "detail": "save_cookie"}])
    ran = world.run("rules", [product("wall", "--block", "OR", family="crs"), product("free", "--block", "OR")],
                    [{"id": "rules", "file": str(corpus)}])
    own, free = row_of(ran, "wall"), row_of(ran, "free")
    tap.equal("for its own family it is conformance and no headline",
              (own.get("detection", {}).get("n"), [row["corpus"] for row in own.get("conformance", [])]), (0, ["rules"]))
    row = (own.get("conformance") or [{}])[0]
    said = row.get("expectations", {})
    tap.equal("and its tests pass or fail as their own definition says",
              (said.get("pass"), said.get("fail"), said.get("untold"), row.get("failing")), (2, 1, 0, ["100-4"]))
    tap.equal("for another product attacks that nothing proves are left out, the harmless case counts",
              (free.get("detection", {}).get("n"), free.get("false_positive", {}).get("n"), free.get("conformance")),
              (0, 1, []))
    world.run("conforms", [product("wall", "--block", "OR", family="crs")], [{"id": "rules", "file": str(corpus)}])
    text = world.akashi("report", "conforms", "--lang", "en").stdout
    tap.ok("where no case counts for a rate the report says so, and shows the counts first",
           0 < text.find("! No figure of this trial is a rate") < text.find("1/2") < text.find("## Plan") and "Three facts" not in text, text[:2000])
    again = world.json("rescore", "rules")
    tap.equal("so it is when judged again", row_of(again, "wall").get("conformance"), own.get("conformance"))
    text = world.akashi("import", "--from", "go-ftw", folder, "--lang", "en").stdout
    tap.ok("without -o it says what would be taken", "3 cases (2 attacks, 1 harmless)" in text, text)
    wrong = world.akashi("import", "--from", "mail", folder)
    tap.equal("an unknown format is refused", wrong.returncode, 2)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-again-") as folder:
        world = World(folder)
        for check in (check_rescore, check_reports, check_defaults, check_compare, check_import, check_sealed, check_notes):
            check(tap, world)
    return tap.done()


sys.exit(main())
