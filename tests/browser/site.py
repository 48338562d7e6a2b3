#!/usr/bin/env python3
"""A site to look at: the example gateways, a data folder, and `akashi serve` over it, while a command runs.

usage: site.py COMMAND…   (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT), inside tests/lab/isolated

COMMAND gets AKASHI_SITE_URL and AKASHI_SITE_DATA, and as JSON AKASHI_SITE_PRODUCTS, the product files by name, and
AKASHI_SITE_WORDS, what they say in words.
The data folder is empty at first: the command verifies, so that it can look at a run that goes on.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
LAB = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"]) / "tests/lab/lab"
SMALL = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"]) / "tests/fuzz/seeds/exchange/chain-yaml/small.yaml"
GATEWAYS = ["weak-gateway", "hardened-gateway"]


def lab(*arguments):
    return subprocess.run([LAB, *arguments], check=True, capture_output=True, text=True).stdout


def next_version(product):
    """The same product a version later, beside the original; returns its path."""
    original = pathlib.Path(product)
    text, count = re.subn(r"^(\s*version: ).*$", r'\g<1>"9.9.0"', original.read_text(encoding="utf-8"),
                          count=1, flags=re.M)
    assert count == 1, f"{product} names no version"
    later = original.with_name("later.yaml")
    later.write_text(text, encoding="utf-8")
    return str(later)


def products():
    found = {name: lab("product", name).strip() for name in GATEWAYS}
    return {**found, "weak-gateway-later": next_version(found["weak-gateway"])}


def words(paths):
    """The values of several words, and names."""
    found, names = set(), set()
    for path in paths:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        for group in re.findall(r'"([^"]+)"|: ([^"\[\]{},#\n]+)|^[^"\[\]{}#\n]*: ([^"\[\]{}#\n]+)$', text, re.M):
            found.update(value.strip() for value in group)
        names.update(re.findall(r"\bname: ([a-z]+)$", text, re.M))
    return sorted({value for value in found if " " in value} | names)


def keep_chain(data):
    """A value chain that is kept already, as the pages keep it; returns what it says in words, and its ids."""
    text = SMALL.read_text(encoding="utf-8").replace("工場", "Works")
    folder = pathlib.Path(data, "chains/line")
    folder.mkdir(parents=True)
    (folder / "000001-000000.yaml").write_text(text, encoding="utf-8")
    atoms = "happens weak relevant begins touched controlled applies compromised taken internet failure medium false json"
    values = re.findall(r": ([^\[\]{},:\n]+)", text) + re.findall(r"[\[ ,]([a-z]+)[\],}]", text)
    return sorted({value.strip() for value in values} | set(atoms.split()) | {"line"})


def main(command):
    with tempfile.TemporaryDirectory(prefix="akashi-site-") as folder:
        os.environ["AKASHI_LAB_DIR"] = f"{folder}/lab"
        os.environ.setdefault("AKASHI_LAB_LOCKOUT_S", "2")
        data = f"{folder}/data"
        try:
            lab("start", *GATEWAYS)
            said = keep_chain(data)
            with subprocess.Popen([PROGRAM, "serve", "--data", data, "--port", "0"],
                                  stdout=subprocess.PIPE, text=True) as server:
                try:
                    files = products()
                    environment = {**os.environ, "AKASHI_SITE_URL": server.stdout.readline().strip(),
                                   "AKASHI_SITE_DATA": data,
                                   "AKASHI_SITE_PRODUCTS": json.dumps(files),
                                   "AKASHI_SITE_WORDS": json.dumps(sorted({*words(files.values()), *said}))}
                    return subprocess.run(command, check=False, env=environment).returncode
                finally:
                    server.terminate()
        finally:
            subprocess.run([LAB, "stop"], check=False, capture_output=True)


sys.exit(main(sys.argv[1:]))
