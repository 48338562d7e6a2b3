#!/usr/bin/env python3
"""The command line's main job on the hardened gateway: exit codes, resuming, repeating, retesting,
recomputing, evidence, proofs, and what it refuses.

usage: verify-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT), inside tests/lab/isolated
"""
import json
import pathlib
import signal
import subprocess
import sys

from world import FEW_PORTS, LAB, PROGRAM, ROOT, WAIT_S, run_tests


def test_result(tap, world):
    done = world.verify("--run-id", "first", "--profile", "jc-star-1")
    document = json.loads(done.stdout)
    tap.ok("the result has the members that are promised",
           {"run", "profile", "product", "verdicts", "summary"} <= set(document), done.stderr)
    tap.equal("every requirement of the profile has a verdict", len(document["verdicts"]), 16)
    tap.ok("progress goes to standard error", "probe.discover" in done.stderr)
    again = world.verify("--run-id", "first")
    tap.equal("a run's name is used once", again.returncode, 2)
    tap.ok("the second run of a version says so",
           json.loads(world.verify("--run-id", "second").stdout)["earlier"][0]["run"] == "first")


def test_delivery(tap, world):
    folder = pathlib.Path(world.data, "runs", "second")
    names = {path.name for path in folder.iterdir()}
    tap.ok("reports and bundle are there",
           {"report.en.html", "report.ja.html", "report.json", "second.bundle"} <= names, names)
    before = (folder / "report.json").read_bytes()
    printed = world.akashi("report", "second", "--data", world.data, "--format", "json").stdout
    tap.ok("the same run gives the same report, byte for byte", printed.encode() == before)
    tap.ok("the report says that it is no label or certificate",
           "certificate" in (folder / "report.en.html").read_text(encoding="utf-8"))


def test_proof(tap, world):
    bundle = pathlib.Path(world.data, "runs", "second", "second.bundle")
    tap.equal("the proof holds", world.akashi("proof", "verify", str(bundle)).returncode, 0)
    forged = world.folder / "forged.bundle"
    forged.write_text(bundle.read_text().replace('verdict\\\\\\":\\\\\\"fail', 'verdict\\\\\\":\\\\\\"pass')
                      .replace("inconclusive", "incomclusive"))
    tap.ok("a changed proof does not", world.akashi("proof", "verify", str(forged)).returncode in
           (1, 2))
    exported = world.folder / "again.bundle"
    done = world.akashi("proof", "export", "second", "--data", world.data, "-o", str(exported))
    tap.equal("a bundle is made again from the log", done.returncode, 0)
    tap.equal("and holds", world.akashi("proof", "verify", str(exported)).returncode, 0)


def test_recompute(tap, world):
    done = world.akashi("verdict", "recompute", "second", "--data", world.data, "--format", "json")
    same = json.loads(done.stdout)
    tap.equal("the same rules change nothing", same["changed"], False)
    rules = world.folder / "rules"
    rules.mkdir()
    catalogue = json.loads((ROOT / "data/catalog/en303645.json").read_text(encoding="utf-8"))
    catalogue["version"] = catalogue["version"] + " changed"
    (rules / "en303645.json").write_text(json.dumps(catalogue, ensure_ascii=False, sort_keys=True))
    done = world.akashi("verdict", "recompute", "second", "--data", world.data, "--rules",
                        str(rules), "--format", "json")
    changed = json.loads(done.stdout or "{}")
    tap.ok("other rules add a record that supersedes",
           changed.get("changed") is True and changed["record"] > same["record"], done.stderr)
    tap.ok("and list what was made from the older one",
           any(name.endswith("second.bundle") for name in changed.get("affected", [])))


def test_repeat_and_retest(tap, world):
    document = json.loads(world.verify("--run-id", "thrice", "--repeat", "3").stdout)
    shown = world.show("thrice")
    repeats = {row["repeat"] for row in shown["executions"] if row["test"] == "probe.discover"}
    tap.equal("device tests are repeated", repeats, {1, 2, 3})
    images = {row["repeat"] for row in shown["executions"] if row["test"] == "firmware.elf"}
    tap.equal("images are not: the same bytes give the same answer", images, {1})
    tap.ok("agreeing repetitions leave the verdicts", document["summary"]["fail"] == 0, document)
    done = world.verify("--run-id", "retested", "--retest", "thrice")
    tests = {row["test"] for row in world.show("retested")["executions"]}
    tap.ok("a retest runs what open and failed cases rest on",
           "probe.discover" in tests and done.returncode in (0, 1, 4), done.stderr)


def test_interrupt(tap, world):
    subprocess.run([LAB, "reset", "hardened-gateway"], check=True, capture_output=True)
    process = subprocess.Popen(
        [PROGRAM, "verify", world.product, "--data", world.data, "--run-id", "stopped"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    first = process.stderr.readline()  # the first test has ended: the run is under way
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=WAIT_S)
    if process.returncode != 3:
        tap.skip("Ctrl-C stops a run", "the run was faster")
        return
    tap.ok("Ctrl-C stops a run and says how it goes on", "--resume" in messages, first, messages)
    for asked in (["recompute", "stopped"], ["judge", "stopped", "--profile", "jc-star-1"]):
        done = world.akashi("verdict", *asked, "--data", world.data)
        tap.ok(f"before that it has no verdict: {asked[0]}", done.returncode == 3 and "--resume" in done.stderr and
               not done.stdout, done.stdout, done.stderr)
    done = world.akashi("verify", "--resume", "--data", world.data, "--format", "json")
    tap.ok("which it does", json.loads(done.stdout or "{}").get("run") == "stopped", done.stderr)


def test_evidence(tap, world):
    report = json.loads(pathlib.Path(world.data, "runs", "second", "report.json").read_text())
    digests = [ref["sha256"] for seen in report["observations"].values()
               for ref in seen["evidence"]]
    tap.ok("observations cite evidence", digests)
    shy = world.akashi("evidence", "second", digests[0], "--data", world.data)
    tap.equal("raw evidence needs an explicit word", (shy.returncode, shy.stdout), (2, ""))
    done = subprocess.run([PROGRAM, "evidence", "second", digests[0], "--raw", "--reason", "test",
                           "--data", world.data], capture_output=True, check=False)
    import hashlib
    tap.equal("and then gives the very bytes", hashlib.sha256(done.stdout).hexdigest(), digests[0])
    log = b"".join(path.read_bytes() for path in pathlib.Path(world.data, "log").rglob("*")
                   if path.is_file() and "blobs" not in path.parts)
    tap.ok("which the log remembers", b"raw-access" in log)


def secret_lines(world):
    """What must stand nowhere: lines of the weak image's key and hash, and its log-in as it is sent."""
    product = subprocess.run([LAB, "product", "weak-gateway"], capture_output=True, text=True,
                             check=True).stdout.strip()
    image = next(line.split("path:")[1].strip() for line in
                 pathlib.Path(product).read_text(encoding="utf-8").splitlines() if line.endswith(".uimage"))
    lines = [b"YWRtaW46YWRtaW4="]  # admin:admin in HTTP Basic
    for name in ("etc/shadow", "etc/ssl/private/server.key"):
        text = subprocess.run(["unsquashfs", "-o", "64", "-cat", image, name], capture_output=True,
                              check=False).stdout
        lines += [line for line in text.splitlines() if len(line) > 30 and b"BEGIN" not in line]
    return product, lines


def test_secrets_are_masked(tap, world):
    subprocess.run([LAB, "start", "weak-gateway"], check=True, capture_output=True)
    product, secrets = secret_lines(world)
    tap.ok("the weak image has secrets to find", len(secrets) > 5, secrets)
    done = world.akashi("verify", product, "--data", world.data, "--run-id", "weak", "--format",
                        "json", *FEW_PORTS)
    tap.equal("the weak gateway fails", done.returncode, 1)
    found = [str(path) for path in pathlib.Path(world.data).rglob("*") if path.is_file()
             and any(secret in path.read_bytes() for secret in secrets)]
    tap.equal("no file of the data folder holds one of them", found, [])


def test_refusals(tap, world):
    product = world.folder / "far.yaml"
    product.write_text('product: {name: far, version: "1"}\ninterfaces:\n'
                       "  - {name: lan, kind: network, addresses: [192.0.2.1]}\n")
    done = world.akashi("verify", str(product), "--data", world.data, "--run-id", "far",
                        "--format", "json")
    ends = {row["end"] for row in world.show("far")["executions"] if row["test"].startswith("probe")}
    tap.equal("without an authorization nothing is tested", ends, {"refused"})
    tap.equal("which is inconclusive, never a pass", done.returncode, 4)
    ruled = world.folder / "ruled.yaml"
    ruled.write_text('product: {name: ruled, version: "1"}\nyara: own.yar\n')
    (world.folder / "own.yar").write_text("rule broken {\n condition: nothing }\n")
    for name, arguments, words in [
            ("rules with a fault", ["verify", str(ruled)], f'{ruled}:2:7: yara: "own.yar": holds no rules of YARA: own.yar:2: '),
            ("a missing file", ["verify", "gone.yaml"], "gone.yaml"),
            ("an unknown profile", ["verify", world.product, "--profile", "none"], "none"),
            ("an unknown run", ["run", "show", "none"], "none"),
            ("a path as a run", ["run", "show", "../x"], "../x"),
            ("an unknown test", ["verify", world.product, "--test", "probe.none"], "probe.none"),
            ("an unknown command", ["verfy"], "verfy"),
            ("an unknown option", ["verify", "--nope"], "nope"),
            ("too many repetitions", ["verify", world.product, "--repeat", "1000"], "1000")]:
        done = world.akashi(*arguments, *([] if arguments[0] == "verfy" else
                                          ["--data", world.data]))
        tap.ok(f"{name}: exit 2 and a message that names it",
               done.returncode == 2 and words in done.stderr, done.returncode, done.stderr)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PROGRAM, "catalog", "list", "--data", world.data, "--lang", "en"], stdout=full,
                              stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, timeout=WAIT_S)
    tap.ok("a result that cannot be written is told", done.returncode == 3 and "standard output" in done.stderr,
           done.returncode, done.stderr)
    blocked = world.folder / "file"
    blocked.write_text("no folder")
    done = world.akashi("verify", world.product, "--data", str(blocked / "data"))
    tap.ok("a data folder that cannot be made is refused before work starts",
           done.returncode in (2, 3) and "probe" not in done.stderr, done.stderr)


def test_languages(tap, world):
    japanese = world.akashi("run", "show", "second", "--data", world.data, "--lang", "ja").stdout
    english = world.akashi("run", "show", "second", "--data", world.data).stdout
    tap.ok("both languages from one program", "合格" in japanese and "pass" in english)
    tap.ok("no colour outside a terminal", "\033[" not in english)


sys.exit(run_tests(test_result, test_delivery, test_proof, test_recompute, test_repeat_and_retest,
                   test_interrupt, test_evidence, test_secrets_are_masked, test_refusals,
                   test_languages))
