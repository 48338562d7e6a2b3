#!/usr/bin/env python3
"""`akashi chain report`: what the analysis says stands in the report, in both languages and all forms, twice the same.

usage: report-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import html.parser
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

SMALL = ROOT / "tests/fuzz/seeds/exchange/chain-yaml/small.yaml"
FACTORY = ROOT / "examples/chains/factory.yaml"
AT = ["--at", "2026-11-28"]


class Page(html.parser.HTMLParser):
    """Sections by id → their tables' rows; all text; open elements."""

    def __init__(self, text):
        super().__init__()
        self.sections, self.stack, self.section, self.text, self.wrong = {}, [], "", [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in ("meta", "link", "br", "img"):
            self.stack.append((tag, self.section))
        if tag == "section" and "id" in attrs:
            self.section = attrs["id"]
        if tag == "tr":
            self.sections.setdefault(self.section, []).append([])
        if tag in ("td", "th"):
            self.sections[self.section][-1].append("")
        if any(name.startswith("on") or name == "style" for name in attrs):
            self.wrong.append((tag, attrs))

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1][0] != tag:
            self.wrong.append(tag)
            return
        _, self.section = self.stack.pop()

    def handle_data(self, data):
        self.text.append(data)
        if self.stack and self.stack[-1][0] in ("td", "th"):
            self.sections[self.section][-1][-1] += data


def chain(*arguments):
    return subprocess.run([PROGRAM, "chain", *[str(word) for word in arguments], *AT],
                          capture_output=True, check=False)


def page_of(path, lang):
    done = chain("report", path, "--format", "html", "--lang", lang)
    return Page(done.stdout.decode()), done


def open_counts(analysis):
    """Layer × kind: what is open, partly treated or planned."""
    cells = {}
    for row in analysis["matrix"]:
        key = (row["layer"], row["element"])
        cells[key] = cells.get(key, 0) + row["open"] + row["partly"] + row["planned"]
    return cells


def test_content(tap, path, lang):
    analysis = json.loads(chain("analyze", path, "--format", "json").stdout)
    page, done = page_of(path, lang)
    name = f"{path.stem}, {lang}"
    text = "".join(page.text)
    tap.equal(f"{name}: it is made, of well-formed elements without style and script",
              (done.returncode, page.wrong, page.stack), (0, [], []))
    tap.ok(f"{name}: certificate and digest of the knowledge",
           analysis["certificate"]["root"] in text and analysis["certificate"]["knowledge"] in text)
    first = text.index(str(analysis["assumed_values"]))
    tap.ok(f"{name}: assumed values are counted before anything else", first < text.index(analysis["certificate"]["root"]))
    register = page.sections["register"][1:]
    tap.equal(f"{name}: every row of the register", [(row[0], row[1]) for row in register],
              [(row["risk_source"], row["element"]) for row in analysis["register"]])
    kinds = ["organization", "people", "component", "data", "procedure", "system"]
    counts = open_counts(analysis)
    heat = page.sections["heat"][1:4]
    tap.equal(f"{name}: the heat map's layers", [[int(cell) for cell in row[1:7]] for row in heat],
              [[counts[layer, kind] for kind in kinds] for layer in (1, 2, 3)])
    functions = {row["function"] for row in analysis["matrix"]}
    tap.equal(f"{name}: each function of the heat map is told in words", [],
              [function for function in sorted(functions) if analysis["function_titles"][function][lang] not in text])
    tap.equal(f"{name}: and their sums", [int(row[7]) for row in heat],
              [sum(counts[layer, kind] for kind in kinds) for layer in (1, 2, 3)])
    return page, analysis


def test_factory(tap):
    page, analysis = test_content(tap, FACTORY, "ja")
    accepted = [row for row in page.sections["register"][1:] if "生産技術部長" in row[3]]
    tap.equal("what is accepted says why, by whom and until when",
              [(row[0], row[1], "2027-09-30" in row[3], "予知保全だけに使い制御には使わない" in row[3]) for row in accepted],
              [("L2_3_a_COM", "vibration-sensor", True, True)])
    tap.ok("what has expired is not accepted", not any("工場長" in row[3] for row in page.sections["register"]))
    plan = json.loads(chain("plan", FACTORY, "--format", "json").stdout)
    tap.equal("the plan, with costs", [(row[0], row[1], int(row[2].replace(",", ""))) for row in page.sections["plan"][1:len(plan["measures"]) + 1]],
              [(row["element"], row["requirement"], row["cost_yen"]) for row in plan["measures"]])
    worlds = {(row["id"], row["element"]) for name in ("claimed", "backed")
              for row in analysis["worlds"][name]["incidents"] if row["reachable"] and "impact" in row}
    shown = {(row[0], row[1]) for row in page.sections["worlds"][1:]}
    tap.ok("both worlds, side by side", worlds <= shown, str(worlds - shown))


def test_forms(tap, folder):
    for form, head in (("html", b"<!DOCTYPE html>"), ("pdf", b"%PDF-"), ("text", b"# "), ("markdown", b"# ")):
        one, two = chain("report", SMALL, "--format", form), chain("report", SMALL, "--format", form)
        tap.ok(f"{form}: it is one", one.stdout.startswith(head), str(one.stderr))
        tap.ok(f"{form}: the same bytes", one.stdout == two.stdout)
    short = json.loads(chain("analyze", SMALL, "--format", "json", "--no-report").stdout)
    whole = json.loads(chain("analyze", SMALL, "--format", "json").stdout)
    del whole["register"]
    tap.ok("without a report the register alone is left out", short == whole)
    out = folder / "out.pdf"
    tap.equal("a file's name says the form", (chain("report", SMALL, "-o", out).returncode,
                                             out.read_bytes()[:5]), (0, b"%PDF-"))
    tap.equal("no such form", chain("report", SMALL, "--format", "json").returncode, 2)
    tap.equal("no page of a check", chain("check", SMALL, "--format", "html").returncode, 2)


def test_nothing_begins(tap, folder):
    path = folder / "quiet.yaml"
    path.write_text(re.sub(r"^attackers:.*\n", "", SMALL.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    page, done = page_of(path, "en")
    tap.equal("a model in which nothing begins has a report", (done.returncode, page.wrong), (0, []))
    text = "".join(page.text)
    tap.ok("that says so, and gives no plan", "nothing can begin" in text and page.sections.get("plan") is None, text[:400])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        test_content(tap, SMALL, "en")
        test_factory(tap)
        test_forms(tap, folder)
        test_nothing_begins(tap, folder)
    return tap.done()


sys.exit(main())
