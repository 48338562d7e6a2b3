#!/usr/bin/env python3
"""A real network engine, Suricata, with planted rules: what must come out was worked out by hand, in both ways to give it captures with one
start, and beside one start a capture. The captures are made to be mixed up: all have the same addresses, ports and times.

usage: suricata-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import collections
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path[:0] = [str(ROOT / "tests/lab"), str(ROOT / "tests/effect")]
from tap import Tap  # noqa: E402
from trial_evidence import Trial, alerts_in  # noqa: E402

EXAMPLE = ROOT / "examples/ids"
PLAN = {"sponsor": "nobody", "payer": "nobody", "conflicts": "none", "why": "it is known", "seed": 7, "repetitions": 3}
RULES = r"""
alert udp any any -> any any (msg:"a text"; content:"planted-udp"; sid:1;)
alert tcp any any -> any any (msg:"a text in two segments"; flow:established,to_server; content:"planted-tcp"; sid:2;)
alert udp any any -> any any (msg:"once a minute"; content:"often"; threshold:type limit, track by_rule, count 1, seconds 60; sid:3;)
alert udp any any -> any any (msg:"the third time"; content:"twice"; detection_filter:track by_src, count 2, seconds 60; sid:4;)
alert udp any any -> any any (msg:"a mark on the flow"; content:"flow-first"; flowbits:set,a; noalert; sid:5;)
alert udp any any -> any any (msg:"the mark on the flow"; content:"flow-second"; flowbits:isset,a; sid:6;)
alert udp any any -> any any (msg:"a text in two fragments"; content:"in-two-fragments"; sid:9;)
"""
# Suricata 7 does not renew a mark that has expired: over the socket alone, where it forgets all hosts
MARKS = r"""
alert udp any any -> any any (msg:"a mark on the host"; content:"host-first"; xbits:set,b,track ip_src,expire 3600; noalert; sid:7;)
alert udp any any -> any any (msg:"the mark on the host"; content:"host-second"; xbits:isset,b,track ip_src; sid:8;)
"""


# --- captures -----------------------------------------------------------------------------------------

def ip(protocol, content, number=7, fragment=0):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(content), number, fragment, 64, protocol, 0,
                       bytes((192, 0, 2, 1)), bytes((198, 51, 100, 2)))
    return bytes.fromhex("020000000002 020000000001 0800") + head + content


def udp(text):
    return ip(17, struct.pack(">HHHH", 4000, 5000, 8 + len(text), 0) + text.encode())


def tcp(flags, sequence, text="", back=False):
    ports = (80, 4001) if back else (4001, 80)
    frame = ip(6, struct.pack(">HHIIBBHHH", *ports, sequence, 1001 if back else 5001, 0x50, flags, 8192, 0, 0) + text.encode())
    return frame[:26] + frame[30:34] + frame[26:30] + frame[34:] if back else frame


def fragments(text):
    whole = struct.pack(">HHHH", 4000, 5000, 8 + len(text), 0) + text.encode()
    return ip(17, whole[:16], 9, 0x2000), ip(17, whole[16:], 9, 2)


def opened(*segments):
    shake = [tcp(2, 1000), tcp(0x12, 5000, back=True), tcp(0x10, 1001)]
    return shake + [tcp(0x18, 1001 + at, text) for at, text in segments] + [tcp(0x10, 5001, back=True)]


def capture(number, frames):
    """A packet each half second, the first one a greeting that makes it another capture than the rest."""
    head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack("<IIII", 1711929600 + i // 2, i % 2 * 500000, len(frame), len(frame)) + frame
                           for i, frame in enumerate([udp(f"hello {number}"), *frames]))


HEAD, TAIL = fragments("now in-two-fragments")
# name: frames, and the rules that must alarm; those that begin with "a-" are attacks
CAPTURES = {
    "a-udp": ([udp("planted-udp")], [1]), "a-missed": ([udp("nobody knows this")], []),
    "a-tcp": (opened((0, "planted-"), (8, "tcp")), [2]),
    "w-tcp-head": (opened((0, "planted-")), []), "w-tcp-tail": ([tcp(0x18, 1009, "tcp"), tcp(0x10, 5001, back=True)], []),
    **{f"a-often-{i}": ([udp("often"), udp("often")], [3]) for i in range(3)},
    **{f"w-twice-{i}": ([udp("twice"), udp("twice")], []) for i in range(3)},
    "a-thrice": ([udp("twice")] * 3, [4]),
    "w-flow-first": ([udp("flow-first")], []), "w-flow-second": ([udp("flow-second")], []),
    "a-flow": ([udp("flow-first"), udp("flow-second")], [6]),
    "w-host-first": ([udp("host-first")], []), "w-host-second": ([udp("host-second")], []),
    "a-host": ([udp("host-first"), udp("host-second")], [8]),
    "w-head": ([HEAD], []), "w-tail": ([TAIL], []), "a-fragments": ([HEAD, TAIL], [9]),
    "w-alarm": ([udp("planted-udp")], [1]), "w-quiet": ([udp("good day")], []),
}
WANTED = {name: collections.Counter(rules) for name, (_, rules) in CAPTURES.items()}
# which product: its rules, attacks and harmless captures that alarm, and the median of the times to detect
PRODUCTS = {"socket": (RULES + MARKS, [(9, 10), (1, 13)], 1000000), "merged": (RULES, [(8, 10), (1, 13)], 500000)}


# --- trials -------------------------------------------------------------------------------------------

def files(name):
    return [{"from": str(EXAMPLE / "suricata.yaml"), "to": "suricata.yaml"}, {"from": f"{name}.rules", "to": "own.rules"}]


def product(name, *words, **start):
    command = ["suricata", "-c", "@FOLDER@/suricata.yaml", "-k", "none", "--runmode", "single", *words]
    return {"id": name, "adapter": "ids", "version": "7", "configuration": "tester-set", "detected_by": "log",
            "start": {"command": command, "files": files(name), **start}, "log": {"file": "eve.json", "alert": '"event_type":"alert"'}}


def akashi(*words):
    return subprocess.run([os.environ["AKASHI_PROGRAM"], "effect", *map(str, words)], capture_output=True, text=True, check=False,
                          timeout=280)


def prepare(folder):
    (folder / "captures").mkdir()
    for number, (name, (frames, _)) in enumerate(CAPTURES.items()):
        (folder / "captures" / f"{name}.pcap").write_bytes(capture(number, frames))
    rows = "".join(f"{name}.pcap,{'attack' if name[0] == 'a' else 'harmless'}\n" for name in CAPTURES)
    (folder / "captures/labels.csv").write_text("file,label\n" + rows)
    for name, (rules, _, _) in PRODUCTS.items():
        (folder / f"{name}.rules").write_text(rules)
    (folder / "own.rules").write_text(RULES + MARKS)
    (folder / "suricata.yaml").write_text((EXAMPLE / "suricata.yaml").read_text().replace("@FOLDER@", str(folder)))
    akashi("import", "--from", "pcap", folder / "captures", "-o", folder / "c.jsonl", "--id", "c")
    products = [product("socket", "--unix-socket=@FOLDER@/engine.socket", socket="engine.socket"),
                product("merged", "-r", "@FILE@")]
    (folder / "range.yaml").write_text(json.dumps({
        "range": {"name": "planted"}, "plan": PLAN, "target": "none", "products": products,
        "corpora": [{"id": "c", "file": "c.jsonl"}]}))


def alone(folder, path):
    """Alerts of one start for one file."""
    out = folder / f"alone-{path.stem}"
    out.mkdir()
    subprocess.run(["suricata", "-c", folder / "suricata.yaml", "-k", "none", "--runmode", "single", "-r", path,
                    "-l", out], check=True, capture_output=True)
    return collections.Counter(alert["alert"]["signature_id"] for alert in alerts_in((out / "eve.json").read_bytes()))


def figures(row):
    return [(row[key]["k"], row[key]["n"]) for key in ("detection", "false_positive")]


def check_planted(tap, folder):
    prepare(folder)
    done = akashi("run", folder / "range.yaml", "--data", folder / "data", "-q", "--format", "json")
    if not tap.equal("the range runs", (done.returncode, done.stderr), (0, "")):
        return
    trial = Trial(folder / "data")
    for number, row in enumerate(json.loads(done.stdout)["products"]):
        name = row["id"]
        rules, matrix, median_us = PRODUCTS[name]
        tap.equal(f"{name}: attacks and harmless work, exactly", (figures(row), row["errors"]["cases"]), (matrix, 0))
        tap.equal(f"{name}: the median of the times to detect, by the packets' clock", row["time_to_detect"]["median_us"], median_us)
        for repetition in range(PLAN["repetitions"]):
            found = trial.alerts(number, repetition)
            wanted = {case: collections.Counter(sid for sid in sids if f"sid:{sid};" in rules) for case, sids in WANTED.items()}
            wrong = {case: (dict(found.get(f"{case}.pcap", {})), dict(sids)) for case, sids in wanted.items()
                     if found.get(f"{case}.pcap") != sids}
            tap.equal(f"{name}: every alert, in order {repetition}", wrong, {})
    wrong = {name: dict(found) for name in CAPTURES
             if (found := alone(folder, folder / f"captures/{name}.pcap")) != WANTED[name]}
    tap.equal("one start a capture says the same", wrong, {})
    path = folder / "mixed.pcap"
    path.write_bytes(capture(0, [])[:24] + b"".join(capture(0, frames)[24:] for frames, _ in CAPTURES.values()))
    tap.ok("one behind the other without tags they are mixed up", alone(folder, path) != sum(WANTED.values(), collections.Counter()))


def check_example(tap, folder):
    attacks, work = ["telnet-guess-001", "tls-weak-001"], ["dns-work-a-001", "smb-work-once-001"]
    options = [option for case in attacks + work for option in ("-c", case)]
    done = akashi("run", EXAMPLE / "range.yaml", "--data", folder / "example", "-q", "--format", "json", *options)
    if not tap.equal("the example runs", (done.returncode, done.stderr), (0, "")):
        return
    found = {row["id"]: (figures(row), row["errors"]["cases"]) for row in json.loads(done.stdout)["products"]}
    own = ([(1, 2), (1, 2)], 0)
    tap.equal("its rules find what they are for, miss what they do not know, and alarm at an old SMB", found, {
        "suricata": own, "suricata-merged": own, "alarms-at-everything": ([(2, 2), (2, 2)], 0), "alarms-never": ([(0, 2), (0, 2)], 0)})


def main():
    tap = Tap()
    if not shutil.which("suricata"):
        tap.skip("Suricata", "it is not installed; make setup-suricata installs it")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="akashi-effect-") as folder:
        check_planted(tap, pathlib.Path(folder))
        check_example(tap, pathlib.Path(folder))
    return tap.done()


sys.exit(main())
