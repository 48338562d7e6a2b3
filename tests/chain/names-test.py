#!/usr/bin/env python3
"""A chain above 20,000 elements with other ids and in another order: which incidents are told as the worst, and every number, are the
same. Not asked for: the order of findings and crossings, which is the file's; which of equal ways is told; and the certificate, which
is made of the file's bytes.

usage: names-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import csv
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"]) / "tests/lab"))
from tap import Tap  # noqa: E402

ELEMENTS, RELATIONS = 20100, 60000
NAMED = {"elements.csv": ("id", "owner"), "relations.csv": ("from", "to", "data"), "impacts.csv": ("element",)}


def chain(*arguments):
    done = subprocess.run([os.environ["AKASHI_PROGRAM"], "chain", *[str(word) for word in arguments]], capture_output=True, text=True,
                          check=True)
    return done.stdout


def turn(source, target, seed):
    """All elements under other ids, all rows in another order: the old id of each new one."""
    draw = random.Random(seed)
    target.mkdir()
    tables = {path.name: list(csv.reader(path.open(newline=""))) for path in sorted(source.glob("*.csv"))}
    column = tables["elements.csv"][0].index("id")
    ids = [row[column] for row in tables["elements.csv"][1:]]
    numbers = draw.sample(range(len(ids)), len(ids))
    new = {"": "", **{old: f"n{number}" for old, number in zip(ids, numbers)}}
    for name, (head, *rows) in tables.items():
        places = [place for place, word in enumerate(head) if word in NAMED.get(name, ())]
        rows = [[new[cell] if place in places else cell for place, cell in enumerate(row)] for row in rows]
        if name != "chain.csv":
            draw.shuffle(rows)
        with (target / name).open("w", newline="") as out:
            csv.writer(out).writerows([head, *rows])
    return {word: old for old, word in new.items() if word}


def in_any_order(rows):
    return sorted(json.dumps({name: value for name, value in row.items() if name not in ("line", "column")}, sort_keys=True)
                  for row in rows)


def told_of(text):
    """What does not hang on the file's bytes and order."""
    result = json.loads(text)
    for name in ("certificate", "model"):
        del result[name]
    for world in result["worlds"].values():
        for row in world["incidents"]:
            row.pop("path", None)
    result["findings"] = in_any_order(result["findings"])
    for name in ("relations", "elements"):
        result["crossings"][name] = in_any_order(result["crossings"][name])
    return result


def test_names(tap, folder):
    source = folder / "source"
    chain("generate", "--elements", ELEMENTS, "--relations", RELATIONS, "--format", "csv", "-o", source)
    wanted = told_of(chain("analyze", source, "--format", "json", "--no-report"))
    tap.equal("the worst are told", len(wanted["worlds"]["claimed"]["incidents"]), 100)
    for seed in (1, 2):
        target = folder / f"turned{seed}"
        old = turn(source, target, seed)
        text = chain("analyze", target, "--format", "json", "--no-report")
        found = told_of(re.sub(r"\bn\d+\b", lambda word: old.get(word.group(), word.group()), text))
        tap.equal(f"{seed}: the same members", sorted(found), sorted(wanted))
        for name in sorted(wanted):
            tap.ok(f"{seed}: {name} is the same", found[name] == wanted[name])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        test_names(tap, pathlib.Path(folder))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
