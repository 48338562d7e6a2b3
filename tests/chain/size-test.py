#!/usr/bin/env python3
"""Chains of tens of thousands of elements, from tables: what is told of them, what is left out and said to be, and the certificate
against a second reading that shares no code.

usage: size-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path[:0] = [str(ROOT / "tests/lab"), str(ROOT / "tests/chain")]
from tap import Tap  # noqa: E402
try:
    import checker
except ImportError:  # no PyYAML
    checker = None

DAY = "2026-11-28"
ELEMENTS, RELATIONS = 48000, 20000  # times 168 risk sources: above 8,000,000
WORST = 100


def chain(*arguments):
    return subprocess.run([PROGRAM, "chain", *[str(word) for word in arguments]], capture_output=True, text=True, check=False)


def add_measures(folder):
    """Some in every state, all that one risk source asks for on a third of the components, and an acceptance that holds beside one
    that does not any more."""
    knowledge = json.loads((ROOT / "data/knowledge/cpsf.json").read_text(encoding="utf-8"))
    treating = next(row["measures"] for row in knowledge["risk_sources"] if row["id"] == "L2_1_a_COM")
    with open(folder / "measures.csv", "w") as out:
        out.write("element,requirement,status,backing,reference\n")
        for number in range(0, 4000, 3):
            out.write(f"c{number},CPS.PT-2,{'planned' if number % 2 else 'implemented'},,\n")
            if number % 2 == 0:
                out.write(f"c{number},CPS.SC-4,implemented,verified,r20260101-000000-abcd\n")
        for number in range(1, 12000, 3):
            out.writelines(f"c{number},{requirement},implemented,,\n" for requirement in treating)
    with open(folder / "acceptances.csv", "w") as out:
        out.write("risk_source,element,reason,by,until\n")
        for number in range(400):
            out.write(f"L2_1_a_COM,c{number},replaced,plant manager,20{26 + number % 2}-06-30\n")


def test_analysis(tap, folder):
    done = chain("analyze", folder, "--format", "json", "--at", DAY)
    tap.equal("it is analysed", (done.returncode, done.stderr), (0, ""))
    result = json.loads(done.stdout)
    for name, world in result["worlds"].items():
        rows, totals = world["incidents"], world["incidents_total"]
        order = [(-["minor", "moderate", "serious", "catastrophic"].index(row["impact"]) if "impact" in row else 1,
                  row["effort"]["days"][0], row["id"]) for row in rows]
        tap.equal(f"{name}: the worst are told, in order", (len(rows), order == sorted(order)), (WORST, True))
        tap.ok(f"{name}: each with its way", all(row["path"] for row in rows))
        tap.ok(f"{name}: and how many there are", sum(row["reachable"] for row in totals) > WORST)
    reached = [sum(row["reachable"] for row in result["worlds"][name]["incidents_total"]) for name in ("claimed", "backed")]
    tap.ok("more is reached where fewer measures count", reached[0] < reached[1], reached)
    left_out = result["bounded"]["left_out"]
    tap.equal("what is left out is named", left_out, ["attacks", "chances", "contributions", "ranking", "register"])
    tap.ok("and is not there", "register" not in result and "figures" not in result
           and not {"ranking", "contributions"} & result["worlds"]["claimed"].keys())
    matrix = sum(row["open"] + row["accepted"] + row["partly"] + row["planned"] + row["treated-claimed"] for row in result["matrix"])
    states = result["risk_sources"]
    tap.equal("the matrix adds up to the account", matrix, states["total"] - states["not_applicable"] - states["treated_verified"])
    tap.ok("all states are there", all(states[name] > 0 for name in ("open", "planned", "accepted", "partly")), states)
    return result


def key_of(row):
    return row["id"], row["element"]


def test_worst(tap, folder, result):
    """What becomes worse than all else is told first, whatever its effort, and what was last is told no more."""
    table = folder / "impacts.csv"
    text = table.read_text()
    stated = {line.split(",")[0] for line in text.splitlines()[1:]}
    world = result["worlds"]["backed"]
    many = sum(row["reachable"] for row in world["incidents_total"] if row["id"] in stated)
    tap.ok("more have a stated impact than are told", many > WORST, many)
    tap.equal("so that each of those told has one", {key_of(row)[0] in stated and "impact" in row for row in world["incidents"]}, {True})
    others = sorted(row["id"] for row in world["incidents_total"] if row["reachable"] > 0 and row["id"] not in stated)
    found = []
    for incident in others[:3]:
        table.write_text(text + f"{incident},catastrophic\n")
        again = json.loads(chain("analyze", folder, "--format", "json", "--at", DAY).stdout)["worlds"]["backed"]
        reachable = next(row["reachable"] for row in again["incidents_total"] if row["id"] == incident)
        count = min(reachable, WORST)
        found.append(([row["id"] for row in again["incidents"][:count]] == [incident] * count,
                      [key_of(row) for row in again["incidents"][count:]] == [key_of(row) for row in world["incidents"]][:WORST - count]))
    table.write_text(text)
    tap.equal("those of a worse incident come first, the others behind them as before", found, [(True, True)] * 3)


def test_certificate(tap, folder, result):
    if checker is None:
        tap.skip("the certificate by another program", "PyYAML is not there")
        return
    knowledge = json.loads((ROOT / "data/knowledge/cpsf.json").read_text(encoding="utf-8"))
    second = checker.check_chain(checker.read_tables(folder), knowledge, DAY)
    certificate, states = result["certificate"], result["risk_sources"]
    tap.equal("a leaf stands for an element", (certificate["leaf"], certificate["count"]), ("element", ELEMENTS))
    tap.equal("another program gets the same root", certificate["root"], second["root"])
    tap.equal("and the same account", {name.replace("_", "-"): states[name] for name in ("open", "planned", "accepted", "partly")},
              {name: second["counts"].get(name, 0) for name in ("open", "planned", "accepted", "partly")})


def test_texts(tap, folder):
    for lang, words in (("en", "Left out, because"), ("ja", "省いたもの")):
        done = chain("analyze", folder, "--at", DAY, "--lang", lang)
        tap.ok(f"{lang}: the report says what is left out", done.returncode == 0 and words in done.stdout.replace("\n", " "))


def test_report(tap, folder, result):
    """The first page counts all incidents, not those that are told; what would compare or draw the worst alone is left out."""
    done = chain("report", folder, "--at", DAY, "--format", "text", "--lang", "en", "-o", "-")
    page = " ".join(done.stdout.split())
    counts = {name: sum(row["reachable"] for row in result["worlds"][name]["incidents_total"]) for name in ("claimed", "backed")}
    tap.ok("a report is made", done.returncode == 0, done.stderr)
    for name in ("claimed", "backed"):
        tap.ok(f"its first page counts all incidents: {name}", counts[name] > 100 and
               re.search(rf"Incidents that can be reached, [^:]*{name}[^:]*:? {counts[name]}\b", page), page[:1500])
    for words in ("The two are not set side by side", "no picture is drawn", "one for each element"):
        tap.ok(f"it says: {words}", words in page)


def test_refused(tap, folder):
    little = ROOT / "examples/chains/sme.yaml"
    for arguments, words in ((("diff", folder, folder), "both have"), (("diff", folder, little), "the one before has"),
                             (("diff", little, folder), "the one after has"), (("analyze", folder, "--record"), "allowed are")):
        done = chain(*arguments, "--at", DAY)
        tap.ok(f"{arguments[0]} is refused", done.returncode not in (0, 1) and words in done.stderr)


def test_memory(tap, folder):
    """Where memory ends, that is said, wherever it ends; nothing is aborted."""
    def limited(megabytes, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        return subprocess.run([PROGRAM, *[str(word) for word in arguments]], capture_output=True, text=True, check=False, preexec_fn=limit)

    if limited(200, "--version").returncode != 0: # a sanitizer's shadow takes more
        tap.skip("memory that ends", "the program does not start in 200 MiB")
        return
    def ends(limits):
        for megabytes in limits:
            done = limited(megabytes, "chain", "analyze", folder, "--no-report", "--format", "json", "--at", DAY)
            yield megabytes, done.returncode, "memory" in done.stderr or "room" in done.stderr
            if done.returncode == 0:
                return

    coarse = list(ends(range(100, 1000, 20)))
    enough = coarse[-1][0]
    fine = list(ends(range(enough - 20, enough + 1, 1)))  # here the analysis itself comes to the end
    tap.ok("it takes more than 100 MiB", coarse[0][1] == 2 and coarse[-1][1] == 0, coarse)
    tap.equal("in too little memory it says so", [row for row in coarse[:-1] + fine[:-1] if row[1:] != (2, True)], [])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name, "tables")
        os.environ["AKASHI_DATA"] = str(pathlib.Path(name, "data"))
        made = chain("generate", "--elements", ELEMENTS, "--relations", RELATIONS, "--seed", 3, "--format", "csv", "-o", folder)
        tap.equal("tables are made", (made.returncode, made.stderr), (0, ""))
        add_measures(folder)
        result = test_analysis(tap, folder)
        test_certificate(tap, folder, result)
        test_worst(tap, folder, result)
        test_report(tap, folder, result)
        test_texts(tap, folder)
        test_refused(tap, folder)
        test_memory(tap, folder)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
