#!/usr/bin/env python3
"""docs/coverage.md and docs/coverage.ja.md are what `akashi coverage` makes of the data, and enough is tested.

usage: coverage-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import subprocess
import sys

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PAGES = {"en": "docs/coverage.md", "ja": "docs/coverage.ja.md"}
LEAST = {"en303645": 20, "jc-star": 9}  # requirements with an automatic part
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402


def coverage(*arguments):
    return subprocess.run([PROGRAM, "coverage", *arguments], check=True, capture_output=True,
                          text=True).stdout


def main():
    tap = Tap()
    for lang, page in PAGES.items():
        made = coverage("--lang", lang, "--format", "markdown")
        tap.ok(f"{page} is up to date", (ROOT / page).read_text(encoding="utf-8") == made,
               f"akashi coverage --lang {lang} --format markdown >{page}")
    for catalog in json.loads(coverage("--format", "json"))["catalogs"]:
        name, summary = catalog["catalog"], catalog["summary"]
        tap.ok(f"{name}: at least {LEAST[name]} requirements have an automatic part",
               summary["automatic"] >= LEAST[name], summary)
        blind = [case["case"] for row in catalog["requirements"] for case in row["cases"]
                 if case["properties"] and not case["tests"]]
        tap.equal(f"{name}: every property that a rule names is observed by a test", blind, [])
    return tap.done()


sys.exit(main())
