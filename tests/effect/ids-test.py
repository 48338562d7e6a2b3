#!/usr/bin/env python3
"""The adapter of network engines on one that is known in full: merged captures, alerts by their tags, and faults.

usage: ids-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import base64
import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

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


def reaching(text, seconds):
    """One whose second packet comes so many seconds after the first."""
    made = bytearray(capture(text))
    struct.pack_into("<I", made, 24 + 16 + 19, 5 + seconds)
    return bytes(made)


def run(folder, *products, extra=(), umask=-1, **limits):
    corpus(pathlib.Path(folder) / "c.jsonl", [*cases(), *extra])
    path = pathlib.Path(folder) / "range.yaml"
    path.write_text(json.dumps({
        "range": {"name": "ids"}, "plan": PLAN, "target": "none", "products": products,
        "corpora": [{"id": "c", "file": "c.jsonl"}], "limits": {"case_ms": 20, "batch": 50, "alerts_per_case": 20, **limits}}))
    done = subprocess.run([os.environ["AKASHI_PROGRAM"], "effect", "run", str(path), "--data", f"{folder}/data", "-q",
                           "--format", "json"], capture_output=True, text=True, check=False, timeout=280, umask=umask)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}


def product(name, *fault, form="@FILE@ @FOLDER@/eve.json", **more):
    return {"id": name, "adapter": "ids", "version": "1", "configuration": "vendor-default", "detected_by": "log",
            "start": {"command": ["/usr/bin/python3", "-B", "@FOLDER@/planted-ids.py", *form.split(), *fault],
                      "files": [{"from": str(HERE / "planted-ids.py"), "to": "planted-ids.py"}], "ready_ms": 3000},
            "log": {"file": "eve.json", "alert": '"event_type":"alert"'}, **more}


def engine(name, *fault, ready_ms=20000):
    """One that takes captures over its socket."""
    made = product(name, *fault, form="--socket @FOLDER@/engine.socket")
    made["start"].update(socket="engine.socket", ready_ms=ready_ms)
    return made


def alerting(made, text):
    """The product, alerts of which hold another text."""
    return {**made, "log": {**made["log"], "alert": text}}


def row_of(result, name):
    row = next((row for row in result.get("products", []) if row["id"] == name), {})
    figures = [(row.get(key, {}).get("k"), row.get(key, {}).get("n")) for key in ("detection", "false_positive")]
    return figures, {kind: n for kind, n in row.get("errors", {}).get("kinds", {}).items() if n}


def harness_of(result, name):
    return next((row for row in result.get("products", []) if row["id"] == name), {}).get("range_failed")


def check_merged(tap, folder):
    result = run(folder, product("plain"), product("dies", "die", "bad 22"), product("hangs", "hang", "work number 11."),
                 product("floods", "flood", "bad 22"), product("daily", "daily"))
    tap.equal("alerts come to the captures they are about", row_of(result, "plain"), ([(40, 60), (1, 30)], {}))
    tap.equal("an engine that dies over one capture: one error", row_of(result, "dies"),
              ([(39, 60), (1, 30)], {"died": 1}))
    tap.equal("one that hangs over one: one error", row_of(result, "hangs"), ([(40, 60), (2, 30)], {"hung": 1}))
    tap.equal("one that floods over one: one error", row_of(result, "floods"),
              ([(39, 60), (1, 30)], {"flooded": 1}))
    tap.equal("a rule that alarms once a day alarms over every capture", row_of(result, "daily"), row_of(result, "plain"))
    dies = next(row for row in result["products"] if row["id"] == "dies")
    tap.equal("a death over merged captures is told", (dies.get("deaths"), dies.get("captures")), (1, "merged"))
    text = subprocess.run([os.environ["AKASHI_PROGRAM"], "effect", "report", result["run"], "--data", f"{folder}/data", "--lang", "en"],
                          capture_output=True, text=True, check=False).stdout
    tap.ok("that rules which mark hosts may alarm otherwise there is said first", 0 < text.find("plain was given captures merged into one") <
           text.find("Detection"), text[:600])
    tap.ok("and that no run without a product proves the cases", "There was no run without a product" in text)
    untold = run(folder, alerting(product("blanks", "blanks"), '"event_type": "alert"'), product("untold", "no-vlan", "bad 22"),
                 product("scalar", "scalar-vlan", "bad 22"), batch=90)
    tap.equal("blanks in lines do not matter", row_of(untold, "blanks"), row_of(result, "plain"))
    for name in ("untold", "scalar"):  # 39 attacks and one harmless case have alerts of their own
        tap.equal(f"an alert of which nobody knows whose it is may be anybody's ({name})", row_of(untold, name),
                  ([(39, 60), (30, 30)], {"lost": 50}))
    broken = run(folder, product("plain"), engine("over-a-socket"), case_ms=20000, umask=0o077, extra=[
        ("broken", True, capture("bad")[:-3]), ("long", True, reaching("bad", 3601)), ("hour", False, reaching("good", 3600))])
    for name in ("plain", "over-a-socket"):
        tap.equal(f"a capture that is broken or longer than an hour is no miss of the product ({name})", row_of(broken, name),
                  ([(40, 60), (1, 31)], {}))
        tap.equal(f"and is told as the range's failure ({name})", harness_of(broken, name), 2)
    swamped = run(folder, product("swamp", "swamp", "bad 22"), product("endless", "endless", "bad 22"), log_mib=1)
    for name in ("swamp", "endless"):
        tap.equal(f"the capture over which the log grows beyond its limit is found ({name})", row_of(swamped, name),
                  ([(39, 60), (1, 30)], {"flooded": 1}))
    lost = run(folder, product("none", "no-log", "bad 22"), batch=90)
    tap.equal("an engine that ends well without a log has lost it", row_of(lost, "none")[1], {"lost": 90})


def tally_in(folder, name):
    """A file that products, who run as nobody, may write."""
    tally = pathlib.Path(folder) / name
    tally.touch()
    tally.chmod(0o666)
    return tally


def errors_of(result, name):
    return sorted(row_of(result, name)[1])


def check_budgets(tap, folder):
    """How often deaths and floods over merged captures are looked for."""
    tally = tally_in(folder, "merged")
    dead = run(folder, product("dead", "die", "hello", str(tally)), batch=10, deaths=1)
    tap.equal("one that dies over every capture", row_of(dead, "dead"), ([(0, 60), (30, 30)], {"died": 90}))
    # all ten, five, two, one, one: the second death is more than one
    tap.equal("after so many deaths it is not started again, in no batch", tally.stat().st_size, 5)
    # over any two of bad 2, 20, 22, 23, 25, 26, 28 and 29; each run of two halves that live counts once
    pair = run(folder, product("pair", "die-pair", "bad 2"), batch=90, deaths=50)
    row = next((row for row in pair.get("products", []) if row["id"] == "pair"), {})
    tap.equal("one that dies over two together is charged to neither", row_of(pair, "pair"), ([(40, 60), (1, 30)], {}))
    tap.ok("and its deaths are told", row.get("deaths", 0) > 0, row)
    often = run(folder, product("often", "die", "bad 1"), product("floods", "swamp", "bad 1"), batch=90, log_mib=1, deaths=50)
    # over bad 1, 10, 11, 13, 14, 16, 17 and 19
    tap.equal("each death is found where so many are allowed", row_of(often, "often"), ([(32, 60), (1, 30)], {"died": 8}))
    tap.equal("so is each flood", row_of(often, "floods"), ([(32, 60), (1, 30)], {"flooded": 8}))
    # work 2, 12 and 22: by the seed two of them are given among the first thirty, one among the next
    spread = run(folder, product("spread", "swamp", "2."), batch=30, log_mib=1, deaths=1)
    tap.equal("floods are looked for anew in each batch", row_of(spread, "spread"), ([(40, 60), (4, 30)], {"flooded": 3}))
    for name in ("swamp", "endless"):  # two captures are found over which it does, the other 27 flood with others
        many = run(folder, product(name, name, "work"), batch=90, log_mib=1, deaths=1)
        tap.equal(f"what stands in a log that floods counts, however often it does ({name})",
                  (row_of(many, name)[0][0], errors_of(many, name)), ((40, 60), ["flooded"]))
    both = run(folder, product("both", "die-swamp", "bad 22"), batch=90, log_mib=1, deaths=1)
    tap.equal("floods leave the search for a death as it is", (row_of(both, "both")[0][0], row_of(both, "both")[1].get("died"),
                                                               errors_of(both, "both")), ((39, 60), 1, ["died", "flooded"]))


def check_cancelled(tap, folder):
    path = pathlib.Path(folder) / "range.yaml"
    run(folder, product("plain"), batch=90)  # writes the corpus
    hangs = product("hangs", "hang", "work")
    hangs["start"]["ready_ms"] = 600000
    path.write_text(json.dumps({"range": {"name": "ids"}, "plan": PLAN, "target": "none", "products": [hangs],
                                "corpora": [{"id": "c", "file": "c.jsonl"}]}))
    with subprocess.Popen([os.environ["AKASHI_PROGRAM"], "effect", "run", str(path), "--data", f"{folder}/stopped"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as begun:
        time.sleep(2)
        begun.send_signal(signal.SIGINT)
        said = begun.communicate(timeout=200)[1]
    tap.equal("Ctrl-C ends a run on merged captures that hangs", (begun.returncode, "--resume" in said), (3, True))


ONE_ERROR = {  # over an attack that it knows: a miss
    "die": "died", "flood": "flooded", "refuse": "broken", "garbage": "broken", "chatty": "broken", "close": "broken",
    "twice": "broken", "no-log": "lost", "half-log": "lost", "pipe-log": "lost", "dir-log": "lost", "early": "lost"}
SLOW = {"hang": "hung", "half": "hung", "late": "late"}


def check_socket(tap, folder):
    result = run(folder, engine("plain"), engine("daily", "daily"), *(engine(f"f-{word}", word, "bad 22") for word in ONE_ERROR),
                 case_ms=20000)
    tap.equal("over a socket: alerts come to their captures", row_of(result, "plain"), ([(40, 60), (1, 30)], {}))
    tap.equal("over a socket: a rule that alarms once a day", row_of(result, "daily"), row_of(result, "plain"))
    plain = next(row for row in result["products"] if row["id"] == "plain")
    time = plain.get("time_to_detect", {})
    tap.equal("over a socket: captures come one by one", plain.get("captures"), "one-by-one")
    tap.equal("the second packet alarms, a second after the first", time.get("median_us"), 1000000)
    slow = run(folder, *(engine(f"f-{word}", word, "bad 22") for word in SLOW), case_ms=1500, late_ms=3000)
    for word, error in {**ONE_ERROR, **SLOW}.items():
        tap.equal(f"over a socket: {word} is one error", row_of(slow if word in SLOW else result, f"f-{word}"),
                  ([(39, 60), (1, 30)], {error: 1}))
    after = run(folder, engine("after", "after", "bad 22"), case_ms=20000)
    tap.equal("one that ends after it is done with a capture: no capture's error", row_of(after, "after"), ([(40, 60), (1, 30)], {}))
    floods = run(folder, engine("floods", "swamp", "bad 1"), case_ms=20000, log_mib=1, deaths=0)
    tap.equal("over a socket: a flood is no death", row_of(floods, "floods"), ([(32, 60), (1, 30)], {"flooded": 8}))
    first, later = tally_in(folder, "first"), tally_in(folder, "later")
    dead = run(folder, engine("dead", "die", "hello", str(first)), engine("ends", "after", "hello", str(later)), case_ms=20000,
               deaths=2, batch=1)
    tap.equal("over a socket: one that dies over every capture", row_of(dead, "dead"), ([(0, 60), (30, 30)], {"died": 90}))
    tap.equal("over a socket: after so many deaths it is not started again", first.stat().st_size, 3)
    tap.equal("over a socket: what one that ends after every capture was not given any more has died", row_of(dead, "ends")[1], {"died": 87})
    tap.equal("over a socket: its ends count as deaths", later.stat().st_size, 3)
    swamped = run(folder, *(engine(word, word, "bad 22") for word in ("swamp", "endless")), case_ms=20000, log_mib=1, batch=90)
    for word in ("swamp", "endless"):
        tap.equal(f"over a socket: a log beyond its limit is one error ({word})", row_of(swamped, word),
                  ([(39, 60), (1, 30)], {"flooded": 1}))
    never = run(folder, engine("mute", "mute", ready_ms=300), engine("gone", "gone"))
    for word in ("mute", "gone"):
        tap.equal(f"one that never comes up ({word}) has missed all", row_of(never, word),
                  ([(0, 60), (30, 30)], {"died": 90}))


def check_range(tap, folder):
    both = engine("both")
    both["start"]["command"].append("@FILE@")
    neither = product("neither", form="--socket x")
    waf = {**engine("waf"), "adapter": "command"}
    placed = engine("placed")
    placed["start"]["socket"] = "../engine.socket"
    logs = [(product(f"log-{i}", log={"file": name}), f'file: "{name}": is a name in the product\'s own folder')
            for i, name in enumerate(("/tmp/x", "../x", "a/b", ".x", "output"))]
    for made, word in ((product("plain", detected_by="block"), "detected_by"), (both, "either"), (neither, "either"),
                       (waf, "ids alone"), (placed, "the product's own folder"),
                       *logs, (product("unnamed", log={"file": ""}), "file: ")):
        failed = run(folder, made).get("failed", "")
        tap.ok(f"the range file is refused: {made['id']}", word in failed, failed)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-effect-") as folder:
        os.chmod(folder, 0o711)
        check_merged(tap, folder)
        check_budgets(tap, folder)
        check_cancelled(tap, folder)
        check_socket(tap, folder)
        check_range(tap, folder)
    return tap.done()


sys.exit(main())
