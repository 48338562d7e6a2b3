#!/usr/bin/env python3
"""`akashi chain compile`: what is compiled gives the answers of the chain itself, and nothing damaged or foreign is taken.

usage: compile-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import hashlib
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
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

CHAIN = ROOT / "examples/chains/sme.yaml"
DAY = ["--at", "2026-11-28"]
END = 32  # bytes of the digest at the end
GROUNDING = 8 + 4  # where the grounding's version stands


def chain(*arguments):
    return subprocess.run([PROGRAM, "chain", *[str(word) for word in arguments]], capture_output=True, text=True, check=False)


def answer(*arguments):
    """JSON without what says which bytes were read."""
    run = chain(*arguments, "--format", "json", *DAY)
    result = json.loads(run.stdout)
    return run.returncode, {name: value for name, value in result.items() if name not in ("model", "digest", "certificate")}


def refused(tap, what, path, data, words):
    path.write_bytes(data)
    run = chain("analyze", path, *DAY)
    tap.equal(f"{what}: exit 2", run.returncode, 2)
    tap.equal(f"{what}: {words}", words in run.stderr, True)


def sealed(data):
    """With the digest that belongs to it: what is behind it must be found by itself."""
    return data[:-END] + hashlib.sha256(data[:-END]).digest()


def knowledge_at(data):
    """Where the knowledge's digest stands: behind the program's version and the digest of the tables."""
    return GROUNDING + 8 + int.from_bytes(data[GROUNDING + 4:GROUNDING + 8], "little") + 32


def grounding_at(data):
    """Where the grounding begins: behind the name and the six tables."""
    at = knowledge_at(data) + 2 * 32
    at += 4 + int.from_bytes(data[at:at + 4], "little")
    for _ in range(6):
        size = int.from_bytes(data[at:at + 8], "little")
        at += 8 + (0 if size == 2 ** 64 - 1 else size)
    return at


def compiled(folder, name, text):
    """A chain of that text, compiled."""
    (folder / f"{name}.yaml").write_text(text)
    run = chain("compile", folder / f"{name}.yaml", "-o", folder / f"{name}.chain")
    assert run.returncode == 0, run.stderr
    return (folder / f"{name}.chain").read_bytes()


def spliced(tables, grounding):
    """The tables of one with the grounding of the other, and the digest that belongs to it."""
    return sealed(tables[:grounding_at(tables)] + grounding[grounding_at(grounding):])


def data_digest(folder):
    """Of the tables that the example makes."""
    tables = folder / "its tables"
    chain("export", CHAIN, "--format", "csv", "-o", tables)
    lines = [f"{hashlib.sha256((tables / name).read_bytes()).hexdigest()}  {name}\n"
             for name in ("chain.csv", "elements.csv", "measures.csv", "relations.csv", "acceptances.csv", "impacts.csv")
             if (tables / name).exists()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_spliced(tap, folder):
    """What somebody can do must be the chain's own, whatever else the file says."""
    text = CHAIN.read_text()
    whole = compiled(folder, "whole", text)
    other = folder / "spliced.chain"
    first = text.index("  - {id: company")
    for what, changed, words in (("of other elements", re.sub(r"\butm\b", "wall", text), "has no compromised("),
                                 ("of fewer attackers", re.sub(r"(?m)^attackers:.*$", "attackers: [internet]", text), "has no begins("),
                                 ("of more elements", text[:first] + "  - {id: further, kind: organization}\n" + text[first:], "beginnings and")):
        assert changed != text, what
        refused(tap, f"the grounding of a chain {what}", other, spliced(whole, compiled(folder, "changed", changed)), words)
    silent = compiled(folder, "silent", re.sub(r"(?ms)^relations:.*?(?=^\S|\Z)", "", text))
    other.write_bytes(spliced(whole, silent))
    for lang, words in (("en", "is not what its tables say"), ("ja", "異なりました")):
        run = chain("check", other, "--lang", lang)
        tap.equal(f"{lang}: check grounds again and tells another grounding", (run.returncode, words in run.stdout.replace("\n", " ")), (1, True))
    tap.equal("so it does in JSON", json.loads(chain("check", other, "--format", "json").stdout)["grounding"], "other")
    os.environ["AKASHI_DATA"] = str(folder / "data")
    for name, path in (("another grounding", other), ("its own grounding", folder / "whole.chain")):
        run = chain("analyze", path, "--record", *DAY)
        tap.equal(f"nothing of {name} is signed", (run.returncode != 0, "record what it was made of" in run.stderr), (True, True))


def test_bundles(tap, folder):
    """A path within a folder of tables would be another beside the compiled file."""
    tables, made = folder / "tables", folder / "tables.chain"
    tap.equal("tables are written", chain("export", CHAIN, "--format", "csv", "-o", tables).returncode, 0)
    tap.equal("and compiled", chain("compile", tables, "-o", made).returncode, 0)
    answers = [answer("analyze", path, "--samples", 0) for path in (tables, made)]
    tap.equal("with the same answers", answers[0], answers[1])
    (tables / "bundle.json").write_text("{}")
    for reference, code in (("bundle.json", 2), (tables / "bundle.json", 0), ("no file of the folder", 0)):
        with open(tables / "measures.csv", "w") as out:
            out.write(f"element,requirement,status,backing,reference\nnas,CPS.MA-1,implemented,proven,{reference}\n")
        run = chain("compile", tables, "-o", made)
        tap.equal(f"a bundle named {pathlib.Path(reference).name}, whole path: {pathlib.Path(reference).is_absolute()}", (run.returncode, "write its whole path" in run.stderr), (code, code == 2))


def test_same(tap, folder):
    """Chains of all examples are grounded from their tables as from themselves."""
    for path in sorted(CHAIN.parent.glob("*.yaml")):
        made = folder / f"{path.stem}.chain"
        tap.equal(f"{path.stem} is compiled", chain("compile", path, "-o", made).returncode, 0)
        tap.equal(f"{path.stem} is what its tables say", json.loads(chain("check", made, "--format", "json").stdout)["grounding"], "same")
    tap.equal("which is said", "is what its tables say" in chain("check", made).stdout.replace("\n", " "), True)
    tap.equal("of what is not compiled nothing is", "grounding" in json.loads(chain("check", path, "--format", "json").stdout), False)


def test_large(tap, folder):
    """A large chain is compiled without measures that nobody took; who asks for one gets it nevertheless."""
    tables, made = folder / "large", folder / "large.chain"
    chain("generate", "--elements", 20010, "--relations", 30000, "--seed", 1, "--format", "csv", "-o", tables)
    tap.equal("a large chain is compiled", chain("compile", tables, "-o", made).returncode, 0)
    tap.equal("it is what its tables say", json.loads(chain("check", made, "--format", "json").stdout)["grounding"], "same")
    tap.equal("its analysis is the same", answer("analyze", made, "--no-report"), answer("analyze", tables, "--no-report"))
    code, found = answer("whatif", made, "--with", "o0:CPS.GV-1")
    tap.equal("a measure that nobody took is known", (code, found), answer("whatif", tables, "--with", "o0:CPS.GV-1"))
    tap.equal("and no other is", answer("whatif", made, "--with", "o0:CPS.GV-1")[0] == chain("whatif", made, "--with", "o0:none").returncode, False)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made, other = folder / "sme.chain", folder / "other.chain"
        run = chain("compile", CHAIN, "-o", made)
        tap.equal("it says what it made", (run.returncode, "sme.chain: " in run.stdout), (0, True))
        tap.equal("the same chain gives the same bytes", (chain("compile", CHAIN, "-o", other).returncode, other.read_bytes()),
                  (0, made.read_bytes()))
        whole = json.loads(chain("analyze", CHAIN, "--format", "json", *DAY).stdout)
        element = whole["register"][0]["element"]
        for arguments in (["analyze", "--samples", "256"], ["plan", "--impact-at-least", "serious"], ["whatif", "--compromised", element]):
            word, *options = arguments
            tap.equal(f"{word} is the same", answer(word, made, *options), answer(word, CHAIN, *options))
        tap.equal("the certificate's root is the same", json.loads(chain("analyze", made, "--format", "json", *DAY).stdout)["certificate"]["root"],
                  whole["certificate"]["root"])
        said = json.loads(chain("analyze", made, "--format", "json", "--samples", 0, *DAY).stdout)["model"]
        tap.equal("an analysis says that the chain was compiled", (said["compiled"], whole["model"]["compiled"]), (True, False))
        tap.equal("and which file it was", whole["model"]["sha256"], hashlib.sha256(CHAIN.read_bytes()).hexdigest())
        tap.equal("or which tables", said["sha256"], data_digest(folder))
        for lang, words in (("en", "was read from a compiled file"), ("ja", "コンパイル済みのファイルから")):
            for command in (("analyze",), ("report", "--format", "text", "-o", "-")):
                texts = ["".join(chain(command[0], path, *command[1:], "--lang", lang, "--samples", 0, *DAY).stdout.split())
                         for path in (made, CHAIN)]
                tap.equal(f"{lang}: {command[0]} says so, of it alone", [words.replace(" ", "") in text for text in texts], [True, False])
        tap.equal("export wants the chain", (chain("export", made, "--format", "json").returncode in (2, 3),
                                             "is compiled" in chain("export", made, "--format", "json").stderr), (True, True))
        tap.equal("nor is it compiled again", chain("compile", made, "-o", other).returncode, 2)
        tap.equal("-o is asked for", chain("compile", CHAIN).returncode, 2)
        data = made.read_bytes()
        refused(tap, "a byte that changed", other, data[:999] + bytes([data[999] ^ 1]) + data[1000:], "damaged")
        refused(tap, "an end that is missing", other, data[:-1], "damaged")
        refused(tap, "another version", other, sealed(data[:8] + b"\1" + data[9:]), "compile the chain again")
        for what, at in (("another grounding", GROUNDING), ("another program", GROUNDING + 8)):
            refused(tap, what, other, sealed(data[:at] + b"\7" + data[at + 1:]), "another program")
        at = knowledge_at(data)
        refused(tap, "other knowledge", other, sealed(data[:at] + b"x" * 32 + data[at + 32:]), "other knowledge")
        refused(tap, "bytes behind the end", other, sealed(data[:-END] + b"more" + data[-END:]), "bytes are left")
        refused(tap, "the first bytes alone", other, data[:8], "no compiled chain")
        pipe, link = folder / "pipe", folder / "link"
        os.mkfifo(pipe)
        run = subprocess.run([PROGRAM, "chain", "check", pipe], capture_output=True, text=True, check=False, timeout=300)
        tap.equal("a pipe that nobody writes to is not waited for", run.returncode, 2)
        link.symlink_to(made)
        run = chain("check", link)
        tap.equal("a link is not followed", (run.returncode, "link" in run.stderr), (3, True))
        test_spliced(tap, folder)
        test_bundles(tap, folder)
        test_same(tap, folder)
        test_large(tap, folder)
    return tap.done()


sys.exit(main())
