#!/usr/bin/env python3
"""Each command and each of its options stands in both manual pages.

usage: man-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import os
import pathlib
import re
import subprocess
import sys

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PAGES = ["man/akashi.1.scd", "man/ja/akashi.1.scd"]
COMMON = {"--help", "--lang", "--data"}
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402


def help_of(*arguments):
    return subprocess.run([PROGRAM, *arguments, "--help", "--lang", "en"], check=True,
                          capture_output=True, text=True).stdout


def sections(text):
    """Command word → its part of the page; "" → everything."""
    parts = re.split(r"^## akashi (\w+).*$", text, flags=re.M)
    bodies = [re.split(r"^# ", body, flags=re.M)[0] for body in parts[2::2]]
    return {"": text, **dict(zip(parts[1::2], bodies))}


def main():
    tap = Tap()
    words = re.findall(r"^  (\w+) ", help_of(), re.M)
    tap.ok("the program lists its commands", len(words) >= 9, words)
    for page in PAGES:
        found = sections((ROOT / page).read_text(encoding="utf-8"))
        tap.equal(f"{page} has the program's commands", sorted(set(found) - {""}), sorted(words))
        for word in words:
            options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_of(word), re.M)
            missing = [option for option in options
                       if f"*{option}*" not in found["" if option in COMMON else word]]
            tap.ok(f"{page}: {word} has all options", word in found and not missing, missing)
    return tap.done()


sys.exit(main())
