#!/usr/bin/env python3
"""The catalogues' rules about firmware follow data/firmware/evidence.json: what a finding refutes stands there with its
condition, and nothing else is refuted by it.

usage: evidence-test.py (environment: AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

PROPERTY = re.compile(r"\b((?:secret|account|elf|permission|service-at-boot|component|kernel|call|yara)\.[a-z-]+)")
ROWS = json.loads((ROOT / "data/firmware/evidence.json").read_text("utf-8"))["rows"]


def refuted(catalog):
    """{property: cases that a trigger with it fails or refutes}, and the properties of findings alone."""
    document = json.loads((ROOT / f"data/catalog/{catalog}.json").read_text("utf-8"))
    cases = {}
    for requirement in document["requirements"]:
        for case in requirement["test_cases"]:
            for trigger in case["rule"].get("fail", []) + case["rule"].get("refute", []):
                for name in PROPERTY.findall(trigger["when"]):
                    cases.setdefault(name, set()).add(case["id"])
    alone = {name for row in document["findings"] for name in PROPERTY.findall(row["when"])}
    return cases, alone


def main():
    tap = Tap()
    table = {row["property"]: row for row in ROWS}
    tap.equal("each property has one row", len(table), len(ROWS))
    properties = (ROOT / "docs/formats/properties.md").read_text("utf-8")
    for row in ROWS:
        texts = [row[member][lang] for member in ("title", "condition", "never_alone") for lang in ("en", "ja")]
        tap.ok(f"{row['property']} is a property, with texts in both languages",
               f"| `{row['property']}` |" in properties and all(texts))
    for catalog in ("en303645", "jc-star"):
        cases, alone = refuted(catalog)
        wanted = {name: set(row["refutes"][catalog]) for name, row in table.items()
                  if row["refutes"].get(catalog)}
        tap.equal(f"{catalog}: what is refuted", cases, wanted)
        tap.ok(f"{catalog}: every finding has a row", alone <= set(table), alone - set(table))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
