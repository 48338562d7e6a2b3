#!/usr/bin/env python3
"""The example ranges of a scanner of files and of a mail filter: ClamAV finds each test signature in each container and nothing else, and the
controls come out as what they are. Of the mail filter a few mails alone: it takes its time.

usage: scanners-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

# 100 signatures plain and in a container, ten of them amid text; EICAR plain and in six containers
INERT = 100 * 2 + 10 + 7


def there(*names):
    return all(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") for name in names)


def run(example, folder, *options):
    done = subprocess.run([PROGRAM, "effect", "run", str(ROOT / "examples" / example / "range.yaml"), "--format", "json", "-q",
                           "--data", folder, *options], capture_output=True, text=True, check=False, timeout=800)
    return {row["id"]: row for row in json.loads(done.stdout)["products"]} if done.returncode == 0 else {"failed": done.stderr}


def check(products, name):
    row = products.get(name, {}).get("function_check", [{}])[0]
    return [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detected", "alarmed")]


def figures(products, name):
    row = products.get(name, {})
    return [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detection", "false_positive")]


def check_files(tap, folder):
    products = run("anti-malware", folder)
    harmless = (check(products, "finds-nothing") or [None, (0, 0)])[1][1]
    tap.ok("at least 500 harmless files", (harmless or 0) >= 500, products)
    tap.equal("ClamAV finds each signature, and nothing else", check(products, "clamd"), [(INERT, INERT), (0, harmless)])
    tap.equal("one that finds everything", check(products, "finds-everything"), [(INERT, INERT), (harmless, harmless)])
    tap.equal("one that finds nothing", check(products, "finds-nothing"), [(0, INERT), (0, harmless)])
    tap.equal("a function check gives no rate", [products[name]["detection"].get("rate") for name in products], [None] * 3)


def check_mails(tap, folder):
    products = run("mail", folder, "--product", "blocks-everything", "--product", "blocks-nothing")
    tap.equal("mail: one that blocks everything", figures(products, "blocks-everything"), [(200, 200), (705, 705)])
    tap.equal("mail: one that blocks nothing", figures(products, "blocks-nothing"), [(0, 200), (0, 705)])
    few = [f"--case={word}~plain" for word in ("bad_en-01", "bad_en-02", "bad_en-03", "texts_en-001", "texts_ja-001", "texts_ja-002")]
    products = run("mail", folder, "--product", "spamassassin", *few)
    row = products.get("spamassassin", {})
    tap.equal("the filter answers each mail", (row.get("detection", {}).get("n"), row.get("false_positive", {}).get("n"),
                                               row.get("errors", {}).get("cases")), (3, 3, 0))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-scanners-") as folder:
        if there("clamd"):
            check_files(tap, folder)
        else:
            tap.skip("ClamAV", "clamav-daemon is not installed")
        if there("spamassassin"):
            check_mails(tap, folder)
        else:
            tap.skip("SpamAssassin", "spamassassin is not installed")
    return tap.done()


sys.exit(main())
