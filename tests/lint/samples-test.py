"""tools/lint-includes must report exactly what is planted in samples/, and nothing else.

usage: samples-test.py TOOL LAB

A planted line says `wants RULE`. What only size shows is planted here.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[2])
from tap import Tap  # noqa: E402  (the lab's)

SAMPLES = pathlib.Path(__file__).parent / "samples"


def lint(root):
    result = subprocess.run([sys.executable, "-B", sys.argv[1], root],
                            capture_output=True, text=True, check=False)
    found = set()
    for line in result.stdout.splitlines():
        match = re.match(r"(\S+?):(\d+): ([a-z-]+): ", line)
        if match:
            found.add((match.group(1), int(match.group(2)), match.group(3)))
    return result, found


def planted(root):
    for file in root.rglob("*.[ch]"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for rule in re.findall(r"wants ([a-z-]+)", line):
                yield file.relative_to(root).as_posix(), number, rule


def function(lines, head="static void f(int a) {"):
    return "\n".join([head, *["  a++;"] * (lines - head.count("\n") - 2), "}"]) + "\n"


def lint_text(name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return {(number, rule) for _, number, rule in lint(folder)[1]}


def check_sizes(tap):
    wrapped = "static void f(int a,\n              int b) {"
    tap.equal("a function of 80 lines", lint_text("src/util/f.c", function(80)), set())
    tap.equal("a function of 81", lint_text("src/util/f.c", "\n" + function(81)),
              {(2, "function-length")})
    tap.equal("a wrapped head of a function counts",
              lint_text("tests/f.c", function(81, wrapped)), {(1, "function-length")})
    tap.equal("a long table is no function",
              lint_text("src/util/t.c", function(200, "static const int t[] = {")), set())
    tap.equal("a file of 800 lines", lint_text("src/util/f.c", "int a;\n" * 800), set())
    tap.equal("a file of 801", lint_text("src/util/f.h", "int a;\n" * 801),
              {(801, "file-length")})


def check_root(tap):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("src/util/f.c", "README.md", "kk.pem", "not-added"):
            pathlib.Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            pathlib.Path(folder, name).write_text("int a;\n", encoding="utf-8")
        tap.equal("outside of a checkout the root is nobody's", lint(folder)[1], set())
        subprocess.run(["git", "init", "-q", folder], check=True)
        subprocess.run(["git", "-C", folder, "add", "src", "README.md", "kk.pem"], check=True)
        tap.equal("a key at the root", lint(folder)[1], {("kk.pem", 1, "root")})


def main():
    tap = Tap()
    result, found = lint(SAMPLES)
    wanted = set(planted(SAMPLES))
    tap.ok("there are samples", len(wanted) > 30, f"{len(wanted)}")
    for problem in sorted(wanted):
        tap.ok(f"found: {problem[0]}:{problem[1]} {problem[2]}", problem in found)
    tap.equal("nothing else is found", sorted(found - wanted), [])
    tap.ok("and the tool says so by its status", result.returncode == 1)
    check_sizes(tap)
    check_root(tap)
    with tempfile.TemporaryDirectory() as folder:
        tap.ok("no files at all is no success", lint(folder)[0].returncode == 1)
    return tap.done()


sys.exit(main())
