#!/usr/bin/env python3
"""The adapter of network engines on one that is known in full: merged captures, alerts by their tags, and faults.

usage: ids-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import base64
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
HERE = ROOT / "tests/effect"
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

PLAN = {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "they are known", "seed": 7}


def capture(text, big=False):
    """Two packets of Ethernet, the text in the second."""
    order = ">" if big else "<"
    head = struct.pack(order + "IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    frames = [bytes(12) + b"\x08\x00" + b"hello", bytes(12) + b"\x08\x00" + text.encode()]
    return head + b"".join(struct.pack(order + "IIII", 5 + i, 0, len(frame), len(frame)) + frame
                           for i, frame in enumerate(frames))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def corpus(path, cases):
    """docs/formats/corpus.md"""
    digest, lines = hashlib.sha256(), []
    for name, attack, data in sorted(cases):
        row = {"id": name, "base": name, "attack": attack, "category": [], "source": "a test", "licence": "Apache-2.0"}
        full = {**row, "kind": "capture", "marker": None, "target": None, "sha256": hashlib.sha256(data).hexdigest()}
        digest.update(canonical(full) + b"\n")
        lines.append({**row, "base64": base64.b64encode(data).decode()})
    head = {"format": "akashi-corpus", "version": 1, "id": "c", "kind": "capture", "written_for": [],
            "function_check": False, "burnt": False, "cases": len(lines), "sha256": digest.hexdigest()}
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in [head, *lines]))


def cases():
    """Sixty attacks of which two in three are known to the engine, thirty harmless with one false alarm."""
    yield from ((f"attack-{i:02}", True, capture(f"{'evil' if i % 3 == 0 else 'bad'} {i}", i % 2)) for i in range(60))
    yield from ((f"work-{i:02}", False, capture("not bad" if i == 7 else f"work number {i}.")) for i in range(30))


def run(folder, *products, extra=()):
    corpus(pathlib.Path(folder) / "c.jsonl", [*cases(), *extra])
    path = pathlib.Path(folder) / "range.yaml"
    path.write_text(json.dumps({
        "range": {"name": "ids"}, "plan": PLAN, "target": "none", "products": products,
        "corpora": [{"id": "c", "file": "c.jsonl"}], "limits": {"case_ms": 20, "batch": 50, "alerts_per_case": 20}}))
    done = subprocess.run([os.environ["AKASHI_PROGRAM"], "effect", "run", str(path), "--data", f"{folder}/data", "-q",
                           "--format", "json"], capture_output=True, text=True, check=False, timeout=280)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}


def product(name, *fault, **more):
    return {"id": name, "adapter": "ids", "version": "1", "configuration": "vendor-default", "detected_by": "log",
            "start": {"command": ["/usr/bin/python3", "-B", "@FOLDER@/planted-ids.py", "@FILE@", "@FOLDER@/eve.json",
                                  *fault],
                      "files": [{"from": str(HERE / "planted-ids.py"), "to": "planted-ids.py"}], "ready_ms": 3000},
            "log": {"file": "eve.json", "alert": '"event_type":"alert"'}, **more}


def row_of(result, name):
    row = next((row for row in result.get("products", []) if row["id"] == name), {})
    figures = [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detection", "false_positive")]
    return figures, {kind: n for kind, n in row.get("errors", {}).get("kinds", {}).items() if n}


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-effect-") as folder:
        result = run(folder, product("plain"), product("dies", "die", "bad 22"), product("hangs", "hang", "work number 11."),
                     product("floods", "flood", "bad 22"))
        tap.equal("alerts come to the captures they are about", row_of(result, "plain"), ([(40, 60), (1, 30)], {}))
        tap.equal("an engine that dies over one capture: one error", row_of(result, "dies"),
                  ([(39, 60), (1, 30)], {"died": 1}))
        tap.equal("one that hangs over one: one error", row_of(result, "hangs"), ([(40, 60), (2, 30)], {"hung": 1}))
        tap.equal("one that floods over one: one error", row_of(result, "floods"),
                  ([(39, 60), (1, 30)], {"flooded": 1}))
        broken = run(folder, product("plain"), extra=[("broken", True, capture("bad")[:-3])])
        tap.equal("a capture that is broken is no miss of the product", row_of(broken, "plain"),
                  ([(40, 60), (1, 30)], {}))
        wrong = run(folder, product("plain", detected_by="block"))
        tap.ok("an engine that reads captures cannot block", "detected_by" in wrong.get("failed", ""), wrong)
    return tap.done()


sys.exit(main())
