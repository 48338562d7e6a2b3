#!/usr/bin/env python3
"""Options that all commands take stand before the command or behind it.

usage: options-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402


def akashi(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "AKASHI_LANG": "en"}, timeout=300)
    return done.returncode, done.stdout, done.stderr


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-options-") as folder:
        image = pathlib.Path(folder) / "--image"
        image.write_bytes(b"nothing that a format knows\n" * 40)
        behind = akashi("firmware", str(image), "--lang", "ja", "--data", folder)
        tap.ok("Japanese was asked for", "分解できなかった" in behind[1], behind)
        for name, words in [("--lang", ["--lang", "ja", "firmware", str(image), "--data", folder]),
                            ("--lang=", ["--lang=ja", "firmware", str(image), "--data", folder]),
                            ("--lang and --data", ["--lang", "ja", "--data", folder, "firmware", str(image)]),
                            ("before and behind: the last counts",
                             ["--lang", "en", "firmware", str(image), "--data", folder, "--lang", "ja"])]:
            tap.equal(f"before the command: {name}", akashi(*words), behind)
        behind = akashi("firmware", str(image), "--data", folder, "--format", "json")
        tap.equal("before the command: --format", akashi("--format", "json", "firmware", str(image), "--data", folder), behind)
    for word in ("firmware", "chain"):
        tap.equal(f"{word}: help in that language", akashi("--lang", "ja", word, "--help"), akashi(word, "--help", "--lang", "ja"))
    tap.equal("words of a command's own", akashi("--lang", "ja", "chain", "knowledge", "list"),
              akashi("chain", "knowledge", "list", "--lang", "ja"))
    code, text, _ = akashi("--lang", "ja", "--help")
    tap.ok("the list of commands in that language", code == 0 and "コマンド:" in text, code, text)
    code, text, error = akashi("--lang", "ja")
    tap.ok("no command: that list, exit 2", code == 2 and text == "" and "コマンド:" in error, code, error)
    tap.equal("the version", akashi("--lang", "ja", "--version"), akashi("--version"))
    for name, words, wanted in [("a language that is none", ["--lang", "xx", "chain", "knowledge", "list"], "xx"),
                                ("a format that is none", ["--format", "xx", "chain", "knowledge", "list"], "xx"),
                                ("a command that is none", ["--lang", "ja", "verfy"], "verfy"),
                                ("an option of one command", ["--list", "firmware", "x"], "--list")]:
        code, text, error = akashi(*words)
        tap.ok(f"{name}: exit 2 and a message that names it", code == 2 and text == "" and wanted in error, code, error)
    code, _, error = akashi("--lang")
    tap.ok("no value and no command: exit 2", code == 2 and "Commands:" in error, code, error)
    return tap.done()


sys.exit(main())
