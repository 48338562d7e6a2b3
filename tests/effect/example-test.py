#!/usr/bin/env python3
"""The example range on a part of its cases: real products, and the two controls.

usage: example-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

NEEDED = [pathlib.Path(path) for path in (
    "/usr/sbin/nginx", "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so",
    "/usr/share/modsecurity-crs/rules/REQUEST-942-APPLICATION-ATTACK-SQLI.conf")]
PRODUCTS = ["crs-pl1", "crs-pl4", "blocks-everything", "blocks-nothing"]
ATTACKS = ["sqli-search-01", "sqli-search-05", "sqli-search-10"]  # every rule set knows these
WORK = ["files-001~file", "files-002~page", "texts_en-001~search", "texts_ja-028~search"]


def main():
    tap = Tap()
    missing = [str(path) for path in NEEDED if not path.exists()]
    if missing:
        tap.skip("real firewalls", f"{missing[0]} is not there; tools/setup installs it")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="akashi-effect-") as data:
        options = [option for product in PRODUCTS for option in ("-p", product)]
        options += [option for case in ATTACKS + WORK for option in ("-c", case)]
        done = subprocess.run(
            [os.environ["AKASHI_PROGRAM"], "effect", "run", str(ROOT / "examples/waf/range.yaml"), "--data", data,
             "-q", "--format", "json", *options], capture_output=True, text=True, check=False, timeout=280)
    tap.equal("the range runs", (done.returncode, done.stderr), (0, ""))
    result = json.loads(done.stdout or "{}")
    rows = {row["id"]: row for row in result.get("products", [])}
    counts = {name: [(row[key]["k"], row[key]["n"]) for key in ("detection", "false_positive")]
              for name, row in rows.items() if name in PRODUCTS}
    n, m = len(ATTACKS), len(WORK)
    tap.equal("one control blocks everything", counts.get("blocks-everything"), [(n, n), (m, m)])
    tap.equal("the other blocks nothing", counts.get("blocks-nothing"), [(0, n), (0, m)])
    tap.equal("the core rule set stops what it was made for, and nothing else", counts.get("crs-pl1"), [(n, n), (0, m)])
    tap.equal("also at its highest level", counts.get("crs-pl4", [None])[0], (n, n))
    tap.equal("nothing failed", [row["errors"]["cases"] for row in rows.values()], [0] * len(rows))
    return tap.done()


sys.exit(main())
