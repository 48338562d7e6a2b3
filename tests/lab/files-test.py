#!/usr/bin/env python3
"""The lab's files fit the catalogues: expectations, mutants, answers and evidence."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab_folder  # noqa: E402
from faults import FAULTS  # noqa: E402
from tap import Tap  # noqa: E402

DATA = lab_folder.HERE.parents[1] / "data"
VERDICTS = {"pass", "fail", "inconclusive", "not-applicable"}


def requirements(profile):
    """id → cases, of the catalogue's requirements that the profile selects"""
    selected = lab_folder.read(DATA / "profile" / f"{profile}.json")
    catalog = lab_folder.read(DATA / "catalog" / f"{selected['catalog']}.json")
    wanted = selected.get("requirements")
    return {row["id"]: row["test_cases"] for row in catalog["requirements"]
            if wanted is None or row["id"] in wanted}


def expected(name, profile):
    return lab_folder.read(lab_folder.HERE / "expected" / f"{name}.{profile}.json")["verdicts"]


def answers(name):
    """case → evidence files; an answer is one line of the product file"""
    text = (lab_folder.EXAMPLES / name / "product.yaml").read_text(encoding="utf-8")
    found = re.findall(r'^  - \{case: "([^"]+)".*evidence: \[([^]]*)\]\}$', text, re.M)
    return {case: files.split(", ") for case, files in found}


def check_gateway(tap, name, rules):
    given = answers(name)
    cases = {case["id"]: case for rows in rules.values() for row in rows.values() for case in row}
    tap.equal(f"{name}: each answer is to a case of a catalogue", sorted(set(given) - set(cases)), [])
    folder = lab_folder.EXAMPLES / name
    tap.equal(f"{name}: each evidence file is there",
              sorted({file for files in given.values() for file in files
                      if not (folder / file).is_file()}), [])
    for profile, rows in rules.items():
        wanted = expected(name, profile)
        tap.equal(f"{name} × {profile}: one expectation a requirement", sorted(wanted),
                  sorted(rows))
        tap.equal(f"{name} × {profile}: expected verdicts are verdicts",
                  sorted({verdict for verdict, _ in wanted.values()} - VERDICTS), [])
        open_cases = [case["id"] for key, row in rows.items() for case in row
                      if wanted[key][0] == "pass" and "answer" in case["rule"].get("needs", [])
                      and case["id"] not in given]
        tap.equal(f"{name} × {profile}: what passes has the answers that it needs", open_cases, [])


def check_mutant(tap, name, rules):
    changes = lab_folder.mutant(name)["changes"]
    tap.equal(f"{name}: each profile is spoken of", sorted(changes), sorted(rules))
    same = [key for profile in rules for key, (verdict, _) in changes[profile].items()
            if expected("hardened-gateway", profile).get(key, [verdict])[0] == verdict]
    tap.equal(f"{name}: each named verdict is of a requirement and changes", same, [])


def check_cases(tap, rules):
    """expected/cases.json: cases of the catalogue, verdicts, reasons; mutants that differ."""
    known = {case["id"] for row in rules["en303645"].values() for case in row}
    wanted = lab_folder.read(lab_folder.HERE / "expected/cases.json")
    gateways, mutants = wanted["gateways"], wanted["mutants"]
    tap.equal("cases: both gateways, the same cases", [sorted(gateways[name]) for name in
                                                      lab_folder.GATEWAYS], [sorted(gateways[name])
                                                      for name in reversed(lab_folder.GATEWAYS)])
    tap.equal("cases: each mutant is one", sorted(set(mutants) - set(lab_folder.mutant_names())), [])
    rows = [(name, case, *row) for group in (gateways, mutants) for name, cases in group.items()
            for case, row in cases.items()]
    tap.equal("cases: each is of the catalogue", sorted({row[1] for row in rows} - known), [])
    tap.equal("cases: verdicts are verdicts, with a reason",
              [row for row in rows if not set(row[2].split("|")) <= VERDICTS or not row[3]], [])
    tap.equal("cases: what a mutant names changes",
              [row for row in rows if row[0] in mutants and
               gateways["hardened-gateway"].get(row[1], ["pass"])[0] == row[2]], [])


# findings that no device of the lab can make, and where they are tested instead
ELSEWHERE = {"weak-ssh-algorithm": "Debian's dropbear offers no such algorithm: verify/verdict/rules-test.c"}


def triggers(rules):
    """The findings that the rules of all cases can make."""
    return {trigger["finding"] for rows in rules.values() for row in rows.values() for case in row
            for kind in ("fail", "refute") for trigger in case["rule"].get(kind, [])}


def main():
    tap = Tap()
    rules = {profile: requirements(profile) for profile in ("en303645", "jc-star-1")}
    for name in lab_folder.GATEWAYS:
        check_gateway(tap, name, rules)
    for name in lab_folder.mutant_names():
        check_mutant(tap, name, rules)
    check_cases(tap, rules)
    in_file = {name for name in lab_folder.mutant_names()
               if not lab_folder.mutant(name).get("device")}
    tap.equal("each fault of a device has its look in faults.py", sorted(in_file | set(FAULTS)),
              lab_folder.mutant_names())
    shown = {key for name in lab_folder.mutant_names() for key in lab_folder.mutant(name)["findings"]}
    tap.equal("each finding that a rule can make is made by a mutant", sorted(triggers(rules) - shown - set(ELSEWHERE)),
              [])
    return tap.done()


sys.exit(main())
