#!/usr/bin/env python3
"""Hardening of Debian's programs on several machines: each answer about each file against readelf's, and some by
hand.

usage: elf-test.py [--all] (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; AKASHI_PACKAGES: where packages stay)
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import debian

sys.path.insert(0, str(debian.ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

MACHINES = {"amd64": "x86-64", "i386": "x86", "armhf": "ARM", "armel": "ARM", "arm64": "AArch64",
            "mipsel": "MIPS", "mips64el": "MIPS", "ppc64el": "PowerPC64", "s390x": "s390",
            "riscv64": "RISC-V"}
# What every check looks at: either byte order, 32 and 64 bits. --all looks at all of them.
USUAL = ["amd64", "armhf", "arm64", "mipsel", "ppc64el", "s390x"]
PACKAGES = ["busybox-static", "dropbear-bin", "openssl", "libssl3", "passwd", "sudo", "zlib1g",
            "curl", "mosquitto", "libc6"]

# Written down from Debian's build logs and policy before the first run: hardening=+all means PIE and
# BIND_NOW; all of Debian's compilers have the stack protector and FORTIFY; passwd's are set-uid root.
BY_HAND = {
    "/usr/sbin/dropbear": {"elf.missing": ("absent", None), "elf.relro": ("seen", "full"),
                           "elf.stripped": ("seen", True)},
    "/usr/bin/passwd": {"elf.missing": ("absent", None), "elf.setuid": ("seen", "4755 uid 0 gid 0")},
    "/usr/bin/sudo": {"elf.missing": ("absent", None), "elf.relro": ("seen", "full"),
                      "elf.rpath": ("seen", ["RUNPATH /usr/libexec/sudo"])},
}
MIPS = ("mipsel", "mips64el")  # there Debian's stacks were executable for long: not judged by hand


class Readelf:
    """What readelf prints of one file, as the answers that akashi gives."""

    def __init__(self, path, checked):
        self.text = subprocess.run(["readelf", "-W", "-h", "-l", "-d", "-n", "-S", "--dyn-syms", path],
                                   capture_output=True, text=True, errors="replace", check=False).stdout
        self.checked = checked

    def has(self, pattern):
        return re.search(pattern, self.text, re.MULTILINE) is not None

    def imports(self):
        rows = re.findall(r"GLOBAL +DEFAULT +(?:\[[^]]*\] +)?UND +([^@\s]+)", self.text)
        return {re.sub(r"\(.*", "", row) for row in rows}

    def relro(self):
        if not self.has(r"^ +GNU_RELRO "):
            return ("absent", None)
        now = self.has(r"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b")
        mips = self.has(r"Machine: +MIPS") and self.has(r"\(NEEDED\)")
        return ("seen", "full" if now or not (mips or self.has(r"\(JMPREL\)")) else "partial")

    def missing(self):
        """Those that readelf can tell: nx, pie, relro, canary."""
        stack = re.search(r"^ +GNU_STACK .* (R.{2}) +0x", self.text, re.MULTILINE)
        lacks = set()
        if stack is not None and "E" in stack.group(1):
            lacks.add("nx")
        if not self.has(r"Type: +DYN"):
            lacks.add("pie")
        if not self.has(r"^ +GNU_RELRO "):
            lacks.add("relro")
        if self.imports() and not self.has(r"__stack_chk_(fail|guard)\b"):
            lacks.add("canary")
        return lacks

    def calls(self):
        """How many functions are called checked, and how many in either form."""
        checked, both = set(), set()
        for name in self.imports():
            found = re.match(r"^__(\w+)_chk(?:ieee128)?$", name)
            wide = re.match(r"^__(\w+)ieee128$", name)
            inner = found.group(1) if found else wide.group(1) if wide else name
            if inner in self.checked:
                both.add(inner)
                if found:
                    checked.add(inner)
        return len(checked), len(both)

    def marks(self):
        found = set()
        for words in re.findall(r"(?:x86|AArch64) feature: ([A-Z, ]+)", self.text):
            found |= {w.strip().lower() for w in words.split(",")}
        return ("seen", sorted(found)) if found else ("absent", None)

    def rpath(self):
        kinds = {"rpath": "RPATH", "runpath": "RUNPATH"}
        found = [f"{kinds[kind]} {part}" for kind, paths in
                 re.findall(r"Library (rpath|runpath): \[(.*)\]", self.text) for part in paths.split(":")]
        return ("seen", sorted(found)) if found else None


def checked_functions(libc):
    """Of which this machine's C library has a checked form: its own names tell."""
    text = subprocess.run(["readelf", "-W", "--dyn-syms", libc], capture_output=True, text=True,
                          check=True).stdout
    names = set(re.findall(r" __(\w+?)_chk(?:ieee128)?@", text))
    return names - {"fdelt", "obstack_printf", "obstack_vprintf", "nldbl_printf"}


def compare(tap, architecture, folders, seen):
    libc = next(p for p in folders["libc6"].rglob("libc.so.6"))
    checked = checked_functions(libc)
    wrong, files = [], 0
    for (locator, prop), (_, kind) in seen.items():
        path = next((f / locator.lstrip("/") for f in folders.values()
                     if (f / locator.lstrip("/")).is_file()), None)
        if prop != "elf.file" or path is None:
            continue
        files += 1
        other = Readelf(path, checked)
        outcome, value = seen[locator, "elf.missing"]
        lacks = set(value) - {"fortify"} if outcome == "seen" else set()
        wanted = {"elf.relro": other.relro(), "elf.control-flow": other.marks(),
                  "elf.stripped": ("absent", None) if other.has(r"\] \.symtab +SYMTAB ") else ("seen", True)}
        if "static" not in kind:
            fortified, fortifiable = other.calls()
            wanted["elf.fortified"] = ("seen", {"int": fortified, "unit": "functions"})
            wanted["elf.fortifiable"] = ("seen", {"int": fortifiable, "unit": "functions"})
        else:
            lacks -= {"canary"}
        if lacks != other.missing() - ({"canary"} if "static" in kind else set()):
            wrong.append(f"{locator}: lacks {lacks}, readelf {other.missing()}")
        wrong += [f"{locator} {p}: {seen.get((locator, p))}, readelf {w}" for p, w in wanted.items()
                  if seen.get((locator, p)) != w]
        if seen.get((locator, "elf.rpath")) != other.rpath():
            wrong.append(f"{locator}: {seen.get((locator, 'elf.rpath'))}, readelf {other.rpath()}")
        if not kind.startswith(MACHINES[architecture]):
            wrong.append(f"{locator}: {kind}")
    tap.ok(f"{architecture}: {files} programs and libraries as readelf says", files > 30 and not wrong,
           *wrong[:20])


def by_hand(tap, architecture, seen):
    wrong = [f"{locator} {prop}: {seen.get((locator, prop))}, not {wanted}"
             for locator, wants in BY_HAND.items() for prop, wanted in wants.items()
             if seen.get((locator, prop)) != wanted and not (architecture in MIPS and prop == "elf.missing")]
    tap.ok(f"{architecture}: as written by hand", not wrong, *wrong)


def main():
    tap = Tap()
    if shutil.which("readelf") is None:
        tap.skip("readelf", "binutils are not installed")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="akashi-elf-") as top:
        for architecture in MACHINES if "--all" in sys.argv[1:] else USUAL:
            folders = debian.fetch(architecture, PACKAGES)
            if len(folders) < len(PACKAGES):
                tap.skip(architecture, "its packages cannot be fetched")
                continue
            path = pathlib.Path(top) / f"{architecture}.tar"
            debian.image(path, folders.values(), lambda name: "/gconv/" not in name and "/share/" not in name)
            seen = debian.look(path)
            compare(tap, architecture, folders, seen)
            by_hand(tap, architecture, seen)
            path.unlink()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
