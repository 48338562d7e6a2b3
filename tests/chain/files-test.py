#!/usr/bin/env python3
"""`akashi chain export` and `akashi chain import`: what goes out comes in as the same chain, with the same analysis.

usage: files-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; AKASHI_TEST_DATA for OSCAL's own schema)
"""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path[:0] = [str(ROOT / "tests/lab"), str(ROOT / "tests/schema")]
from tap import Tap  # noqa: E402
from validate import Validator  # noqa: E402

SEEDS = ROOT / "tests/fuzz/seeds/exchange"
CHAINS = [SEEDS / "chain-yaml/small.yaml", *sorted((ROOT / "examples/chains").glob("*.yaml"))]
DAY = ["--at", "2026-11-28"]


def chain(*arguments):
    return subprocess.run([PROGRAM, "chain", *[str(word) for word in arguments]], capture_output=True,
                          text=True, check=False)


def without_drawn(row):
    """Chances that are drawn come of other worlds where relations stand in another order."""
    return {**row, **{name: [{key: value for key, value in one.items() if key != "chance_falls"} for one in row[name]]
                      for name in ("stated", "effort")}}


def analysis(path):
    """Lists in an order of their own: relations and measures may stand in another order in another format."""
    result = json.loads(chain("analyze", path, "--format", "json", *DAY).stdout)
    for world in result["worlds"].values():
        contributions = world["contributions"]
        contributions.update({name: [without_drawn(row) for row in contributions[name]]
                              for name in ("risk_sources", "elements")})
        world["incidents"] = sorted(((row["id"], row["element"], row["reachable"], row.get("impact"),
                                      (row.get("effort") or {}).get("days")) for row in world["incidents"]),
                                    key=repr)
    return {name: result[name] for name in ("chain", "elements", "worlds", "risk_sources", "register", "matrix",
                                            "certificate", "findings")}


def test_round_trip(tap, folder, path, wanted):
    for form in ("csv", "oscal-ssp", "json", "yaml"):
        out, back = folder / f"{path.stem}.{form}", folder / f"{path.stem}-{form}.yaml"
        done = chain("export", path, "--format", form, "-o", out, *DAY)
        tap.equal(f"{path.stem}: goes out as {form}", (done.returncode, done.stderr), (0, ""))
        files = sorted(out.iterdir()) if form == "csv" else [out]
        done = chain("import", *files, "--format", form, "-o", back)
        tap.equal(f"{path.stem}: and comes in", (done.returncode, done.stderr), (0, ""))
        tap.ok(f"{path.stem}: with the same analysis", analysis(back) == wanted)
        again = folder / "again"
        chain("export", path, "--format", form, "-o", again if form != "csv" else folder / "again-csv", *DAY)
        if form != "csv":
            tap.ok(f"{path.stem}: the same bytes", again.read_bytes() == out.read_bytes())


def test_folder_of_tables(tap, folder, path, wanted):
    """Tables are analysed as they are, and leave again whole."""
    tables = folder / f"{path.stem}-tables"
    chain("export", path, "--format", "csv", "-o", tables, *DAY)
    places = {"findings"}  # lines are those of another file
    got = analysis(tables)
    tap.ok(f"{path.stem}: a folder of tables has the same analysis",
           all(got[name] == value for name, value in wanted.items() if name not in places))
    tap.equal(f"{path.stem}: and the same findings", [(row["id"], row.get("element")) for row in got["findings"]],
              [(row["id"], row.get("element")) for row in wanted["findings"]])
    again = folder / f"{path.stem}-again"
    done = chain("export", tables, "--format", "csv", "-o", again, *DAY)
    tap.equal(f"{path.stem}: goes out again", (done.returncode, done.stderr), (0, ""))
    tap.ok(f"{path.stem}: the same tables", all((again / file.name).read_bytes() == file.read_bytes()
                                                for file in tables.iterdir()))
    diff = chain("diff", path, tables, "--format", "json", *DAY)
    found = json.loads(diff.stdout)
    tap.equal(f"{path.stem}: does not differ from its file",
              [len(found[part][what]) for part in ("elements", "relations", "measures") for what in ("added", "removed")],
              [0] * 6)
    (tables / "relation.csv").write_text("from,kind,to\n")
    done = chain("check", tables)
    tap.ok(f"{path.stem}: a table of another name is refused", done.returncode == 2 and "relation.csv" in done.stderr)


def test_plan_valid(tap, folder):
    data = os.environ.get("AKASHI_TEST_DATA")
    path = pathlib.Path(data or "", "schemas/oscal_ssp_schema.json")
    if not data or not path.exists():
        tap.ok("OSCAL's schema # SKIP no AKASHI_TEST_DATA", True)
        return
    schema = json.loads(path.read_text(encoding="utf-8"))
    for name in CHAINS:
        plan = json.loads(chain("export", name, "--format", "oscal-ssp", *DAY).stdout)
        tap.ok(f"{name.stem}: the plan is valid", not Validator(schema).errors(plan), *Validator(schema).errors(plan)[:5])
    faults = {"no components": lambda p: p["system-implementation"].pop("components"),
              "unknown state": lambda p: p["system-characteristics"]["status"].update(state="well"),
              "bad uuid": lambda p: p["system-implementation"]["components"][0].update(uuid="1")}
    for name, plant in faults.items():
        bad = copy.deepcopy(plan)
        plant(bad["system-security-plan"])
        tap.ok(f"found: {name}", Validator(schema).errors(bad))


def test_foreign(tap, folder):
    """A plan of another: its parties, users, components, links and requirements, by hand (foreign.json)."""
    done = chain("import", SEEDS / "oscal-ssp/foreign.json", "--format", "oscal-ssp")
    tap.equal("a plan of another comes in", (done.returncode, done.stdout.splitlines()),
              (0, ["chain: {name: Line}", "elements:", "  - {id: works, kind: organization, name: Works}",
                   "  - {id: operator, kind: people, name: Operator}", "  - {id: line, kind: system, name: Line}",
                   "  - id: line-2", "    kind: component", "    name: Line", "    measures:",
                   "      - {requirement: ac-1, status: implemented}", "relations:",
                   "  - {from: line-2, kind: part-of, to: [line]}"]))
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5",
            "metadata": {"component": {"type": "device", "name": "gateway", "version": "1.0", "bom-ref": "g"}},
            "components": [{"type": "library", "name": "openssl", "version": "3.0.2", "bom-ref": "o"},
                           {"type": "application", "name": "httpd", "bom-ref": "h",
                            "components": [{"type": "library", "name": "mod", "bom-ref": "m"}]},
                           {"type": "data", "name": "keys", "bom-ref": "k"}],
            "dependencies": [{"ref": "g", "dependsOn": ["h"]}, {"ref": "h", "dependsOn": ["o", "k"]}]}
    path = folder / "bill.json"
    path.write_text(json.dumps(bill), encoding="utf-8")
    done = chain("import", path, "--format", "cyclonedx")
    tap.equal("a bill of materials comes in", done.returncode, 0)
    lines = done.stdout.splitlines()
    for line in ("chain: {name: gateway}", "  - {id: gateway-1.0, kind: system, name: gateway, product: gateway, version: \"1.0\"}",
                 "  - {id: openssl-3.0.2, kind: component, name: openssl, product: openssl, version: \"3.0.2\"}",
                 "  - {from: mod, kind: part-of, to: [httpd]}", "  - {from: httpd, kind: part-of, to: [gateway-1.0]}",
                 "  - {from: httpd, kind: runs, to: [openssl-3.0.2]}", "  - {from: httpd, kind: holds, to: [keys]}",
                 "  - {from: gateway-1.0, kind: holds, to: [keys]}"):
        tap.ok(f"it says {line.strip()}", line in lines, done.stdout)
    tap.ok("what the subject depends on is a part of it already", not any("from: gateway-1.0, kind: runs" in line for line in lines))


def test_faults(tap, folder):
    elements, relations = folder / "elements.csv", folder / "relations.csv"
    elements.write_text("id,kind\ngateway,component\n", encoding="utf-8")
    relations.write_text("from,kind,to\ngateway,connects,arm\n", encoding="utf-8")
    done = chain("import", relations, elements, "--format", "csv")
    tap.ok("a table's problem has its place", done.returncode == 2 and
           f"{relations}:2:3: to: \"arm\": no element has this id" in done.stderr, done.stderr)
    path = folder / "broken.json"
    path.write_text('{"system-security-plan":\n {"metadata": }}', encoding="utf-8")
    done = chain("import", path, "--format", "oscal-ssp")
    tap.ok("so has a broken plan's", done.returncode == 2 and "broken.json:2:" in done.stderr, done.stderr)
    plan = json.loads(chain("export", CHAINS[0], "--format", "oscal-ssp", *DAY).stdout)
    components = plan["system-security-plan"]["system-implementation"]["components"]
    row = next(row for row in components if any(prop["name"] == "owner" for prop in row["props"]))
    next(prop for prop in row["props"] if prop["name"] == "owner")["value"] = "nobody"
    text = json.dumps(plan, indent=1)
    path.write_text(text, encoding="utf-8")
    done = chain("import", path, "--format", "oscal-ssp")
    places = re.findall(r"broken\.json:(\d+):\d+: owner: \"nobody\": no element has this id", done.stderr)
    begin = text[:text.index('"nobody"')].rindex('\n    {') + 2
    tap.ok("a plan's problem has the place of its component", done.returncode == 2 and
           places == [str(text[:begin].count("\n") + 1)], done.stderr, begin)
    for arguments in (["import", "--format", "csv"], ["import", path, "--format", "text"],
                      ["import", path, path, "--format", "json"], ["export", CHAINS[0], "--format", "csv"],
                      ["export", CHAINS[0], "--format", "pdf"], ["import", folder / "none", "--format", "csv"]):
        tap.equal(f"refused: {' '.join(str(word) for word in arguments[:4:2])}", chain(*arguments).returncode, 2)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path in CHAINS:
            wanted = analysis(path)
            test_round_trip(tap, folder, path, wanted)
            if path.stem in ("small", "factory"):
                test_folder_of_tables(tap, folder, path, wanted)
        test_plan_valid(tap, folder)
        test_foreign(tap, folder)
        test_faults(tap, folder)
    return tap.done()


sys.exit(main())
