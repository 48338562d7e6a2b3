#!/usr/bin/env python3
"""Chain files of up to 100 MB, of people who mean no good: each is refused with its place and a remedy, within bounds of memory.
Files as large as those that are refused, but of what a chain may hold, are read.

usage: yaml-memory-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"], "tests/lab")))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

SIZE = 100_000_000
EARLY = 30_000_000  # of what is refused at its beginning, so that no more of it is read
MIB_MOST = 1024
HEAD = b"chain: {name: x}\nattackers: [internet]\nelements:\n- {id: a, kind: system}\n- {id: b, kind: system}\n"
AHEAD = ("more stands here than is read at once; begin new lines behind brackets, and put long texts and comments into files",)
MANY = ("too many values; tables take more",)
LARGE = ("the chain is too large to be read from YAML; tables take more",)
LONG = ("this text is too long; put it into a file",)

# what is repeated behind what; where it is refused, and how
HOSTILE = [
    ("list", b"", b"- a\n", "1000000:3", MANY),
    ("brackets", b"", b"[", "1:17", ("too many levels",)),
    ("brackets on lines", b"", b"[\n", "17:1", ("too many levels",)),
    ("braces", b"", b"{", "1:", ("too many levels", *AHEAD)),
    ("levels", b"", b"- ", "1:33", ("too many levels",)),
    ("texts in brackets", b"[", b"\"a\"\"b\"", "1:", AHEAD),
    ("dashes in brackets", b"[", b"- ", "1:", AHEAD),
    ("a list on a line", HEAD + b"- {id: c, kind: data, functions: [", b"a,", "6:", (*MANY, *AHEAD)),
    ("a plain text", b"a: ", b"x", "1:4", LONG),
    ("a text of many lines", b"a: \n", b" x\n", "2:2", LONG),
    ("a text as it stands", b"a: |\n", b" x\n", "2:1", LONG),
    ("one member's name", b"", b"a: 1\n", "500000:4", MANY),
    ("remarks", b"", b"# none\n", "1:1", AHEAD),
    ("remarks behind a value", b"chain: {name: x}\n", b"# none\n", "1:15", AHEAD),
    ("line ends", b"", b"\n", "1:1", AHEAD),
    ("aliases", b"", b"- *a\n", "1:4", ("anchors and aliases are not supported; write the value out",)),
    ("anchors", b"", b"- &a b\n", "1:6", ("anchors and aliases are not supported; write the value out",)),
    ("documents", b"", b"---\n", "1:1", ("only one document may stand in the file",)),
    ("relations of one word", HEAD + b"relations:\n", b"- a\n", "7:3", ("members (name: value) should stand here",)),
    ("ends", HEAD + b"relations:\n", b"- {from: a, kind: connects, to: [" + b"b," * 4000 + b"b]}\n", "", LARGE),
    ("functions", HEAD, b"- {id: c, kind: data, functions: [" + b"a," * 4000 + b"b]}\n", "", LARGE),
]


def check(path):
    """Exit code, what was said, and MiB of a process of its own."""
    run = subprocess.Popen([PROGRAM, "chain", "check", path.name], cwd=path.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = run.stderr.read().decode()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return run.returncode, said, usage.ru_maxrss >> 10


def write(path, head, repeated, size=SIZE):
    path.write_bytes(head + repeated * ((size - len(head)) // len(repeated)))


def test_hostile(tap, folder):
    path = folder / "c.yaml"
    for name, head, repeated, place, reasons in HOSTILE:
        write(path, head, repeated, SIZE if reasons in (MANY, LARGE) else EARLY)
        code, said, mib = check(path)
        tap.ok(f"{name}: refused with place and remedy", code == 2 and said.startswith(f"akashi: c.yaml:{place}") and
               any(reason in said for reason in reasons), (code, said[:300]))
        tap.ok(f"{name}: in little memory", mib < MIB_MOST, mib)


def test_names(tap, folder):
    """A million names, each once: of members, and of elements that are not there."""
    path = folder / "c.yaml"
    for name, head, form, place, reason in (("names of members", "", "a%x: 1\n", "500000:", MANY[0]),
                                            ("names of no elements", HEAD.decode() + "relations:\n",
                                             "- {from: a, kind: connects, to: [x%x]}\n", "7:34", "no element has this id")):
        path.write_text(head + "".join(form % number for number in range((SIZE - len(head)) // (len(form) + 3))))
        code, said, mib = check(path)
        tap.ok(f"{name}: refused", code == 2 and said.startswith(f"akashi: c.yaml:{place}") and reason in said, (code, said[:300]))
        tap.ok(f"{name}: in little memory", mib < MIB_MOST, mib)


def test_both(tap, folder):
    """As many elements as are just kept, and behind them as long a line as is just read at once."""
    path = folder / "c.yaml"
    rows = b"".join(b"- {id: e%d, kind: data, functions: [L3_1, L3_2, L3_3]}\n" % number for number in range(350_000))
    path.write_bytes(HEAD + rows + b"- {id: z, kind: data, functions: [" + b"a," * 1_450_000 + b"a]}\n")
    code, said, mib = check(path)
    tap.ok("a long line behind many elements: refused", code == 2 and said.startswith("akashi: c.yaml:350006:") and
           any(reason in said for reason in (*AHEAD, *MANY)), (code, said[:300]))
    tap.ok("a long line behind many elements: in little memory", mib < MIB_MOST, mib)


def test_sound(tap, folder):
    """Many relations, each of one end, before the elements that they name; a text just short enough; remarks; brackets on one line."""
    path = folder / "c.yaml"
    text = b"x" * (64 << 10)
    rows = b"- {from: a, kind: connects, to: [b], protocol: opc-ua}\n" * 400_000
    path.write_bytes(b"# none\n" * 1_000_000 + b"relations:\n" + rows + b"impacts: []\n" + HEAD.replace(b"name: x", b"name: x, note: " + text))
    code, said, mib = check(path)
    tap.ok("relations before their elements are read", code == 1 and said == "", (code, said[:300]))
    tap.ok("in little memory", mib < MIB_MOST, mib)
    ends = ", ".join(f"b{number}" for number in range(100_000))
    elements = ", ".join(f'{{"id": "b{number}", "kind": "system"}}' for number in range(20_000))
    path.write_text('{"chain": {"name": "x"}, "relations": [{"from": "a", "kind": "connects", "to": [' + ends + "]}], \"elements\": [" + elements + "]}")
    code, said, mib = check(path)
    tap.ok("all on one line is read, and its problem told by place", code == 2 and said.startswith("akashi: c.yaml:1:49: from: \"a\": no element"),
           (code, said[:300]))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        os.environ["AKASHI_DATA"] = str(pathlib.Path(name, "data"))
        test_hostile(tap, pathlib.Path(name))
        test_names(tap, pathlib.Path(name))
        test_both(tap, pathlib.Path(name))
        test_sound(tap, pathlib.Path(name))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
