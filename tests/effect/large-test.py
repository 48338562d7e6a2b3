#!/usr/bin/env python3
"""Cases of 100 MB: they come to the right answer or are excluded with a reason, and the memory that they take is a few times their size.

usage: large-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import base64
import hashlib
import json
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
PLANTED = ROOT / "tests/effect"
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

LARGE = 100_000_000
MOST = 700 << 20  # bytes of memory: the case, its line in the corpus, that line as read, and what is sent
PLAN = {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "they are known", "seed": 7}
UNION = b"GET /item?id=0+UNION+SELECT+name,password+FROM+users HTTP/1.1\r\nHost: shop.example\r\n\r\n"
POST = (b"POST /hello HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\nname=" % (LARGE + 5))


def product(adapter, source, *options, **more):
    return {"id": "planted", "adapter": adapter, "version": "1", "configuration": "vendor-default",
            "start": {"command": ["/usr/bin/python3", "-B", "@FOLDER@/planted.py", *options], "stop_ms": 300,
                      "files": [{"from": str(PLANTED / source), "to": "planted.py"}]}, **more}


def write_large(path, head=b""):
    """Zeros that take no room on the disk."""
    path.write_bytes(head)
    os.truncate(path, len(head) + LARGE)


def akashi(*arguments):
    return subprocess.run([PROGRAM, "effect", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=550)


def run(folder, kind, labels, *products, **more):
    """The first product of the result of a trial on the files of a folder."""
    source, corpus, path = folder / kind, folder / f"{kind}.jsonl", folder / f"{kind}.yaml"
    (source / "labels.csv").write_text(labels)
    made = akashi("import", "--from", kind, source, "-o", corpus)
    path.write_text(json.dumps({"range": {"name": kind}, "plan": PLAN, "products": products,
                                "corpora": [{"id": kind, "file": str(corpus)}], **more}))
    done = akashi("run", path, "--data", folder / "data", "--format", "json", "-q")
    corpus.unlink(missing_ok=True)
    if made.returncode != 0 or done.returncode != 0:
        return {"failed": made.stderr + done.stderr}
    return json.loads(done.stdout)


def figures(result):
    row = result.get("products", [{}])[0]
    return [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detection", "false_positive")]


def check_files(tap, folder):
    files = folder / "files"
    files.mkdir()
    write_large(files / "large.bin")
    with open(files / "large.bin", "ab") as out:
        out.write(b"this is bad")  # behind all the rest
    (files / "small.bin").write_bytes(b"good")
    result = run(folder, "files", "file,label\nlarge.bin,attack\nsmall.bin,harmless\n",
                 product("anti-malware", "planted-scanner.py", "--find", "is bad", "@FILE@"), limits={"case_ms": 300000})
    tap.equal("a file of 100 MB that is bad at its very end is found", figures(result), [(1, 1), (0, 1)])


def check_request(tap, folder):
    requests = folder / "http"
    requests.mkdir()
    write_large(requests / "large.http", POST)
    (requests / "union.http").write_bytes(UNION)
    result = run(folder, "http", "file,label,marker\nlarge.http,harmless,\nunion.http,attack,sql\n",
                 product("proxy-waf", "planted.py", "@PORT@", "@TARGET_PORT@", "@FOLDER@/log", "--alert", "/sentinel", "--block", "UNION",
                         log={"file": "log", "alert": "ALERT", "sentinel": "/sentinel"}))
    tap.equal("a request of 100 MB that the target does not take is left out and listed, the one beside it counts",
              ([(row["case"], row["reason"]) for row in result.get("excluded", [])], figures(result)),
              ([("large.http", "no-success")], [(1, 1), (0, 0)]))


PACKET = 262144


def capture(path, link, packets):
    """Packets, all of the same second."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, PACKET, link))
        for packet in packets:
            out.write(struct.pack("<IIII", 5, 0, len(packet), len(packet)) + packet)


def check_captures(tap, folder):
    """Three captures of 94 MB do not fit into one of 256 MiB, two do; one of packets without content becomes larger than that by
    its tags alone."""
    captures = folder / "pcap"
    captures.mkdir()
    for name, last in (("one", b"good"), ("three", b"fine"), ("two", b"bad")):
        capture(captures / f"{name}.pcap", 1, [*([bytes(PACKET)] * 360), bytes(14) + last])
    with open(captures / "empty.pcap", "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, PACKET, 101) + struct.pack("<IIII", 5, 0, 0, 0) * 7_500_000)
    result = run(folder, "pcap", "file,label\none.pcap,harmless\ntwo.pcap,attack\nthree.pcap,harmless\nempty.pcap,attack\n",
                 product("ids", "planted-ids.py", "@FILE@", "@FOLDER@/eve.json", detected_by="log",
                         log={"file": "eve.json", "alert": '"event_type":"alert"'}), target="none", limits={"case_ms": 300000})
    tap.equal("captures that are too large together are merged in parts; one that is by itself is the range's failure",
              (figures(result), result.get("products", [{}])[0].get("range_failed"), result.get("failed")),
              ([(1, 1), (0, 2)], 1, None))


MANY, MANY_MOST = 1200, 150 << 20  # cases of 300 kB: 360 MB, and less than half of that in memory


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write_lines(path):
    """docs/formats/corpus.md: texts of 300,000 letters, every third of them bad."""
    digest, rows = hashlib.sha256(), path.with_suffix(".rows")
    with open(rows, "wb") as out:
        for i in range(MANY):
            data = canonical(("bad" if i % 3 == 0 else "fine") + f" {i} " + "x" * 300_000)
            row = {"id": f"case-{i:04}", "base": f"case-{i:04}", "attack": i % 3 == 0, "category": [], "source": "a test", "licence": "Apache-2.0"}
            digest.update(canonical({**row, "kind": "line", "marker": None, "target": None, "sha256": hashlib.sha256(data).hexdigest()}) + b"\n")
            out.write(canonical({**row, "base64": base64.b64encode(data).decode()}) + b"\n")
    head = {"format": "akashi-corpus", "version": 1, "id": "c", "kind": "line", "written_for": [], "function_check": False,
            "burnt": False, "cases": MANY, "sha256": digest.hexdigest()}
    with open(path, "wb") as out, open(rows, "rb") as given:
        out.write(canonical(head) + b"\n")
        shutil.copyfileobj(given, out)
    rows.unlink()


def check_many(tap, folder):
    """Cases that are not large, but many: they are looked at again and again, and never all of them are in memory."""
    write_lines(folder / "lines.jsonl")
    path, out = folder / "lines.yaml", folder / "lines.json"
    made = product("command", "planted-lines.py", "--block", "bad")
    path.write_text(json.dumps({"range": {"name": "lines"}, "plan": PLAN, "products": [made], "target": "none",
                                "corpora": [{"id": "c", "file": str(folder / "lines.jsonl")}], "limits": {"case_ms": 60000, "batch": 40}}))
    with open(out, "w", encoding="utf-8") as result:
        child = subprocess.Popen([PROGRAM, "effect", "run", str(path), "--data", str(folder / "many"), "--format", "json", "-q"], stdout=result)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    tap.equal("1,200 cases of 300 kB come to their answers", (child.returncode, figures(json.loads(out.read_text() or "{}"))),
              (0, [(400, 400), (0, 800)]))
    tap.ok("and are never half of them in memory", used.ru_maxrss * 1024 <= MANY_MOST, used.ru_maxrss * 1024)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-large-") as folder:
        os.chmod(folder, 0o711)
        # first, as what a process had at most begins with what its parent had when it forked
        for check in (check_many, check_files, check_request):
            check(tap, pathlib.Path(folder))
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        tap.ok("at most 700 MiB of memory for it", most <= MOST, most)
        check_captures(tap, pathlib.Path(folder))
    return tap.done()


sys.exit(main())
