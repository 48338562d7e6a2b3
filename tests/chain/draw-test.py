#!/usr/bin/env python3
"""`akashi chain draw`: every element and every relation of a chain stands in its picture, in all formats, twice the same.

usage: draw-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
SMALL = ROOT / "tests/fuzz/seeds/exchange/chain-yaml/small.yaml"
EXAMPLES = sorted((ROOT / "examples/chains").glob("*.yaml"))


def draw(chain, out, *arguments, lang="en"):
    return subprocess.run([PROGRAM, "chain", "draw", str(chain), "-o", str(out), "--at", "2026-11-28",
                           "--lang", lang, *arguments], capture_output=True, text=True, check=False)


def titles(path):
    return [group.find(f"{SVG}title").text for group in ElementTree.parse(path).iter(f"{SVG}g")]


def ids_of(chain):
    return re.findall(r"^ +- (?:\{id: |id: )([a-z0-9-]+)", chain.read_text(encoding="utf-8"), re.M)


def test_small(tap, folder):
    """7 elements, 8 relations of which two join the same two (small.yaml); the gateway is reached from the internet."""
    out = folder / "small.svg"
    done = draw(SMALL, out)
    tap.equal("it is drawn", (done.returncode, done.stderr), (0, ""))
    said = titles(out)
    boxes = [text for text in said if "incidents that can be reached" in text]
    tap.equal("a box an element", len(boxes), 7)
    tap.ok("with what it performs", any("(gateway): L2_1, L2_3" in text for text in boxes), str(boxes))
    tap.equal("a line a related pair", len(said) - len(boxes), 7)
    tap.ok("a line with all that joins its ends",
           any("connects, sends to" in text for text in said), str(said))
    text = out.read_text(encoding="utf-8")
    tap.ok("where it begins is marked", "▶ internet" in text)
    tap.ok("the three layers are named", all(f"Layer {layer}" in text for layer in (1, 2, 3)))
    tap.ok("in Japanese too", draw(SMALL, out, lang="ja").returncode == 0 and
           "サイバー空間" in out.read_text(encoding="utf-8"))


def test_examples(tap, folder):
    for chain in EXAMPLES:
        out = folder / f"{chain.stem}.svg"
        tap.equal(f"{chain.stem}: it is drawn", draw(chain, out, lang="ja").returncode, 0)
        said = titles(out)
        missing = [name for name in ids_of(chain) if not any(f"({name})" in text for text in said)]
        tap.ok(f"{chain.stem}: 60 elements at least", len(ids_of(chain)) >= 60)
        tap.equal(f"{chain.stem}: every element is in it", missing, [])
        text = out.read_text(encoding="utf-8")
        tap.ok(f"{chain.stem}: the worst is marked, and a way to it",
               "壊滅的" in text and ">A1<" in text.replace("A1 ", "A1<"))


def test_formats(tap, folder):
    heads = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF-", "dot": b"digraph"}
    for format_name, head in heads.items():
        one, two = folder / f"1.{format_name}", folder / f"2.{format_name}"
        tap.ok(f"{format_name}: drawn twice", draw(SMALL, one).returncode == 0 and
               draw(SMALL, two).returncode == 0)
        tap.ok(f"{format_name}: it is one", one.read_bytes().startswith(head))
        tap.ok(f"{format_name}: the same bytes", one.read_bytes() == two.read_bytes())
    for name in ("picture", "picture.gif"):
        done = draw(SMALL, folder / name)
        tap.equal(f"{name}: no format", (done.returncode, "usage" in done.stderr), (2, True))
    tap.equal("no such world", draw(SMALL, folder / "w.svg", "--world", "best").returncode, 2)


def many(count):
    elements = [{"id": "works", "kind": "organization"}, {"id": "line", "kind": "system"}]
    elements += [{"id": f"c{i}", "kind": "component", "owner": "works", "name": f"<&\"{i}"}
                 for i in range(count)]
    relations = [{"from": f"c{i}", "kind": "connects", "to": [f"c{i + 1}"]} for i in range(count - 1)]
    relations += [{"from": f"c{i}", "kind": "part-of", "to": ["line"]} for i in range(count // 2)]
    return {"chain": {"name": "<many> & more"}, "elements": elements, "relations": relations}


def test_many(tap, folder):
    """Too many to be read: said, and drawn together."""
    chain = folder / "many.yaml"
    for count, word in ((100, "102 elements"), (200, "parts within their whole"),
                        (1000, "by owner, layer and kind")):
        chain.write_text(json.dumps(many(count)), encoding="utf-8")
        out = folder / "many.svg"
        tap.equal(f"{count}: it is drawn", draw(chain, out).returncode, 0)
        tap.ok(f"{count}: and says how", word in out.read_text(encoding="utf-8"))
    done = draw(folder / "many.yaml", folder / "many.dot")
    tap.equal("as a text too", done.returncode, 0)
    small = folder / "collapsed.svg"
    draw(SMALL, small, "--collapse")
    tap.ok("a small one when asked", "parts within their whole" in small.read_text(encoding="utf-8"))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        test_small(tap, folder)
        test_examples(tap, folder)
        test_formats(tap, folder)
        test_many(tap, folder)
    return tap.done()


sys.exit(main())
