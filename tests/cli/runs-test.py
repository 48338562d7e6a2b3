#!/usr/bin/env python3
"""What is done with runs: retesting, comparing, repeating, recomputing all, expiring, deleting.

usage: runs-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT), inside tests/lab/isolated
"""
import http.server
import json
import os
import pathlib
import shutil
import sys
import threading

from world import ALL_PORTS, ROOT, Variant, cases_of, inherited_of, run_tests


def impact_file(world, **changed):
    members = {"by": "A. Uthor", "on": "2026-11-20", "reason": "Only the label changed.",
               "from": '"2.1.0"', "to": '"9.9"', "requirements": '["S1.1-04"]', **changed}
    path = world.folder / "impact.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in members.items()))
    return str(path)


def test_retest_inherits(tap, world):
    with Variant(world, r'(?m)^ *- .case: "S1.1-11-d".*\n', ""):
        first = json.loads(world.verify(*ALL_PORTS, "--run-id", "unanswered").stdout)
    open_cases = [name for name, row in cases_of(first).items()
                  if row["verdict"] not in ("pass", "not-applicable")]
    tap.equal("a case without its answer is open, and nothing else", open_cases, ["S1.1-11-d"])
    done = world.verify(*ALL_PORTS, "--run-id", "answered", "--retest", "unanswered")
    document, shown = json.loads(done.stdout or "{}"), world.show("answered")
    tap.ok("the retest runs what that case rests on, not the network",
           {row["test"] for row in shown["executions"]}.isdisjoint({"probe.discover",
                                                                    "probe.lockout"}))
    tap.equal("the retested case passes on its own", cases_of(document)["S1.1-11-d"]["verdict"],
              "pass")
    tap.ok("it is listed as judged again", "S1.1-11-d" in document["retest"]["judged"])
    tap.equal("what was not run again is inherited from the same version",
              inherited_of(document), {"S1.1-04-v": "unanswered", "S1.1-13-v": "unanswered"})
    tap.equal("so the product passes", done.returncode, 0)
    bundle = os.path.join(world.data, "runs", "answered", "answered.bundle")
    checked = world.akashi("proof", "verify", bundle)
    tap.equal("the proof reveals what is inherited and holds", checked.returncode, 0)
    text = world.akashi("run", "show", "answered", "--data", world.data).stdout
    tap.ok("a person sees what was retested and what was inherited",
           "Retest of run unanswered" in text and "inherited: S1.1-04-v, S1.1-13-v" in text, text)


def test_retest_is_reported(tap, world):
    report = ["report", "answered", "--data", world.data, "--format", "text"]
    english = world.akashi(*report).stdout
    tap.ok("the report names what was retested and what was inherited", all(
        part in english for part in ("Retest", "S1.1-04-v, S1.1-13-v", "inherited from run")))
    japanese = world.akashi(*report, "--lang", "ja").stdout
    tap.ok("in Japanese too", "再試験" in japanese and "引き継いだ" in japanese)
    tap.ok("without a day nothing is said to have expired", "have expired" not in english)
    tap.ok("on a day after it, it is", "have expired" in world.akashi(
        *report, "--at", "2040-01-01").stdout)
    raw = [word for word in ("service.tcp", "$login", "seen(") if word in "".join(
        line for line in japanese.splitlines() if line.startswith("説明"))]
    tap.equal("explanations hold no raw rules", raw, [])


def test_other_version_inherits(tap, world):
    with Variant(world, r"(?m)^  version: 2.1.0$", '  version: "9.9"'):
        done = world.verify(*ALL_PORTS, "--run-id", "unstated", "--retest", "unanswered")
        document = json.loads(done.stdout or "{}")
        tap.equal("of another version nothing is inherited without a statement",
                  inherited_of(document), {})
        tap.equal("so it stays open", done.returncode, 4)
        tap.ok("and the case says why", any(
            item["kind"] == "not-inherited" for item in cases_of(document)["S1.1-04-v"]["missing"]))
        done = world.verify(*ALL_PORTS, "--run-id", "stated", "--retest", "unanswered",
                            "--impact", impact_file(world))
        document = json.loads(done.stdout or "{}")
        tap.equal("with one, what it names and nothing else", inherited_of(document),
                  {"S1.1-04-v": "unanswered"})
        statement = cases_of(document).get("S1.1-04-v", {}).get("inherited", {}).get("impact") or {}
        tap.ok("the verdict says under whose statement",
               statement.get("by") == "A. Uthor" and len(statement.get("sha256", "")) == 64)
        bundle = os.path.join(world.data, "runs", "stated", "stated.bundle")
        checked = world.akashi("proof", "verify", bundle)
        tap.equal("the proof of it holds", checked.returncode, 0)
        for name, changed in (("versions", {"from": '"1.0"'}), ("members", {"by": '""'})):
            done = world.verify(*ALL_PORTS, "--run-id", "refused", "--retest", "unanswered",
                                "--impact", impact_file(world, **changed))
            tap.ok(f"a statement with wrong {name} is refused, and nothing is planned",
                   done.returncode in (2, 3) and world.akashi(
                       "run", "show", "refused", "--data", world.data).returncode == 2, done.stderr)
    done = world.verify("--impact", impact_file(world))
    tap.equal("a statement without a retest is refused", done.returncode, 2)


# --- comparing --------------------------------------------------------------------------------------


def compare(world, before, after):
    done = world.akashi("run", "compare", before, after, "--data", world.data, "--format", "json")
    return done.returncode, json.loads(done.stdout or "{}")


def test_compare(tap, world):
    status, found = compare(world, "unanswered", "unanswered")
    tap.equal("a run does not differ from itself", (status, found["changed"], found["verdicts"],
              found["observations"]["changed_total"]), (0, False, [], 0))
    status, found = compare(world, "unanswered", "answered")
    tap.equal("what got better is a change, and nothing worse", status, 4)
    tap.equal("the changed requirement is named with both verdicts", found["verdicts"],
              [{"requirement": "S1.1-11", "before": "inconclusive", "after": "pass",
                "change": "improvement"}])
    tap.equal("and the case", [row["case"] for row in found["cases"]], ["S1.1-11-d"])
    tap.equal("what the retest took over is named as not rerun",
              {row["case"]: (row["change"], row["inherited_from"]) for row in found["not_rerun"]},
              {"S1.1-04-v": ("not-rerun", "unanswered"), "S1.1-13-v": ("not-rerun", "unanswered")})
    tap.equal("and no finding is new or gone by it",
              (found["findings"]["new"], found["findings"]["gone"]), ([], []))
    tap.equal("observations of what was not rerun are not compared",
              (found["observations"]["not_rerun_total"] > 0,
               [row for row in found["observations"]["changed"] if row["after"] is None]),
              (True, []))
    status, found = compare(world, "answered", "unstated")
    tap.equal("what was not rerun has changed, and nothing is worse", (status, found["worse"]),
              (4, False))
    tap.equal("its requirements are named so",
              {row["requirement"]: row["change"] for row in found["verdicts"]}.get("S1.1-04"),
              "not-rerun")
    tap.equal("both versions are named", [row["version"] for row in found["runs"]],
              ["2.1.0", "9.9"])
    with Variant(world, r"(?m)^      - transport: tcp\n        port: 80\n        protocol: http\n"
                        r"        purpose:.*\n", ""):
        world.verify(*ALL_PORTS, "--run-id", "undeclared")
    status, found = compare(world, "answered", "undeclared")
    tap.equal("a finding that a retest did not look for is not new",
              ([row["finding"] for row in found["findings"]["new"]],
               [(row["finding"], row["why"]) for row in found["findings"]["not_run_before"]]),
              ([], [("undeclared-service", "not-asked")]))
    status, found = compare(world, "undeclared", "answered")
    tap.equal("nor is it gone", ([row["finding"] for row in found["findings"]["gone"]],
              [row["finding"] for row in found["findings"]["not_rerun"]]),
              ([], ["undeclared-service"]))
    status, found = compare(world, "unanswered", "undeclared")
    tap.equal("a new finding is worse", status, 1)
    tap.equal("and is named", [row["finding"] for row in found["findings"]["new"]],
              ["undeclared-service"])
    status, found = compare(world, "undeclared", "unanswered")
    tap.equal("the other way round it is gone", [row["finding"] for row in
              found["findings"]["gone"]], ["undeclared-service"])
    text = world.akashi("run", "compare", "unanswered", "undeclared", "--data", world.data).stdout
    tap.ok("a person reads both", "New findings (1)" in text and "S1.1-13" in text, text)
    tap.equal("an unknown run is refused", compare(world, "answered", "nobody")[0], 2)


# --- how long verdicts hold --------------------------------------------------------------------------


def validity_of(world, run, *arguments):
    done = world.akashi("run", "list", "--data", world.data, "--format", "json", *arguments)
    return next(row["validity"] for row in json.loads(done.stdout) if row["run"] == run)


def test_validity(tap, world):
    world.verify(*ALL_PORTS, "--run-id", "newest", "--test", "firmware.secret")
    now = validity_of(world, "answered")
    tap.equal("verdicts hold while the version is the newest", now["state"], "valid")
    later = f"{int(now['until'][:4]) + 1}{now['until'][4:]}"
    tap.equal("after their day they have expired",
              validity_of(world, "answered", "--at", later)["state"], "expired")
    tap.equal("on their last day they hold",
              validity_of(world, "answered", "--at", now["until"])["state"], "valid")
    with Variant(world, r"(?m)^  version: 2.1.0$", '  version: "3.0"'):
        world.verify(*ALL_PORTS, "--run-id", "three", "--test", "firmware.secret")
    lapsed = validity_of(world, "answered")
    tap.equal("a later version lets them lapse", (lapsed["state"], lapsed["version"]),
              ("lapsed", "3.0"))
    text = world.akashi("run", "show", "answered", "--data", world.data).stdout
    tap.ok("and whoever looks at the run sees it", "LAPSED" in text and "3.0" in text, text[:200])
    bad = world.akashi("run", "list", "--data", world.data, "--at", "someday")
    tap.ok("a date that is none is refused", bad.returncode == 2 and "someday" in bad.stderr)


# --- other rules ------------------------------------------------------------------------------------


def test_recompute_all(tap, world):
    rules = world.folder / "rules"
    rules.mkdir()
    catalogue = json.loads((ROOT / "data/catalog/jc-star.json").read_text(encoding="utf-8"))
    for row in catalogue["requirements"]:
        for case in row["test_cases"]:
            if case["id"] == "S1.1-13-v":  # a rule that nothing satisfies
                case["rule"]["pass"] = "false"
    (rules / "jc-star.json").write_text(json.dumps(catalogue, ensure_ascii=False, sort_keys=True))
    before = {row["run"]: row for row in world.runs()}
    done = world.akashi("verdict", "recompute", "--all", "--data", world.data, "--format", "json")
    tap.ok("the same rules recall nothing", not any(
        row["changed"] for row in json.loads(done.stdout)), done.stderr)
    done = world.akashi("verdict", "recompute", "--all", "--data", world.data, "--rules",
                        str(rules), "--format", "json")
    rows = {row["run"]: row for row in json.loads(done.stdout or "[]")}
    tap.equal("every judged run is computed again", set(rows), set(before))
    changes = rows["unanswered"]["changes"]
    tap.equal("the recall names what is judged otherwise now", changes,
              [{"requirement": "S1.1-13", "before": "pass", "after": "inconclusive"}])
    tap.ok("with both rules' digests", rows["unanswered"]["rules_before"] !=
           rows["unanswered"]["rules"] and len(rows["unanswered"]["rules"]) == 64)
    tap.ok("and the files that were delivered", any(
        path.endswith("answered.bundle") for path in rows["answered"]["affected"]))
    tap.ok("and the runs that inherit from it", "answered" in rows["unanswered"]["heirs"])
    tap.equal("an heir loses what it inherited", [
        row for row in rows["answered"]["changes"] if row["requirement"] == "S1.1-13"],
        [{"requirement": "S1.1-13", "before": "pass", "after": "inconclusive"}])
    old = rows["unanswered"]["rules_before"]
    done = world.akashi("verdict", "recompute", "--all", "--of-rules", old, "--data", world.data,
                        "--format", "json")
    tap.equal("no run is judged by the older rules any more", json.loads(done.stdout), [])
    done = world.akashi("verdict", "recompute", "--all", "--data", world.data)
    tap.ok("the program's rules put it back, and a person reads the sum",
           "delivered files" in done.stdout and "S1.1-13" in done.stdout, done.stdout)


# --- another profile --------------------------------------------------------------------------------


def test_judge(tap, world):
    def judge(run, profile):
        done = world.akashi("verdict", "judge", run, "--profile", profile, "--data", world.data, "--format", "json")
        return done, json.loads(done.stdout or "{}")

    records = world.runs()
    own = world.show("unanswered")["verdicts"]
    done, judged = judge("unanswered", "jc-star-1")
    tap.equal("judged by its own profile, a run is what it is", {
        row["requirement"]: row["verdict"] for row in judged["verdicts"]}, {
        row["requirement"]: row["verdict"] for row in own})
    done, judged = judge("unanswered", "en303645")
    tap.ok("another profile judges its own requirements",
           judged.get("profile") == "en303645" and len(judged["verdicts"]) > len(own), done.stderr)
    tap.equal("nothing is recorded", world.runs(), records)
    text = world.akashi("verdict", "judge", "unanswered", "--profile", "en303645", "--data", world.data).stdout
    tap.ok("a person reads that", "Nothing was recorded" in text and "5.1-1" in text, text[-300:])
    done, _ = judge("unanswered", "nonesuch")
    tap.ok("an unknown profile is named", done.returncode == 2 and "nonesuch" in done.stderr, done.stderr)
    world.verify("--run-id", "narrow", "--profile", "jc-star-1", "--test", "probe.tls")
    done, judged = judge("narrow", "en303645")
    whole = cases_of(judge("unanswered", "en303645")[1])
    lost = [name for name, row in cases_of(judged).items()
            if row["verdict"] == "pass" and whole[name]["verdict"] != "pass"]
    tap.equal("a run that left tests out passes nothing that a whole one does not", lost, [])
    tap.ok("and leaves open what they would have seen", any(
        row["verdict"] == "inconclusive" and whole[name]["verdict"] == "pass"
        for name, row in cases_of(judged).items()))


def test_judge_more(tap, world):
    """A profile that asks for less plans less: neither log-ins are tried often (brute force, 04) nor documents read (disclosure
    policy, 05; end of support, 16). Another profile leaves open what rests on these, whatever was answered."""
    rules = world.folder / "small-rules"
    (rules / "profile").mkdir(parents=True)
    shutil.copy(ROOT / "data/catalog/jc-star.json", rules)
    (rules / "profile/small.json").write_text(json.dumps({
        "profile": "small", "catalog": "jc-star", "title": {"en": "Small", "ja": "小"}, "requirements": ["S1.1-10"]}))
    world.verify("--run-id", "small", "--profile", "small", "--rules", str(rules), "--ports", "1-65535")
    tests = {row["test"] for row in world.show("small")["executions"]}
    tap.ok("it plans less", "probe.discover" in tests and not tests & {"probe.lockout", "document.policy"}, sorted(tests))
    done = world.akashi("verdict", "judge", "small", "--profile", "jc-star-1", "--data", world.data, "--format", "json")
    found = {row["requirement"]: row["verdict"] for row in json.loads(done.stdout)["verdicts"]}
    tap.equal("what rests on tests that were not planned is open", {
        name for name, verdict in found.items() if verdict != "pass"}, {"S1.1-04", "S1.1-05", "S1.1-16"})
    tap.equal("and the exit status says so", done.returncode, 4)


# --- repetition -------------------------------------------------------------------------------------


class Toy:
    """An HTTP server whose Server header names a version: the same each time, or another one."""

    def __init__(self, changes):
        counter = iter(range(1, 1 << 30))

        class Handler(http.server.BaseHTTPRequestHandler):
            def version_string(self):
                return f"toy/1.{next(counter)}" if changes else "toy/1.0"

            def do_GET(self):  # noqa: N802
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *arguments):
                pass  # discovery resets its connections

        self.server = Server(("127.0.1.77", 8080), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def toy_product(world):
    path = world.folder / "toy.yaml"
    path.write_text("""product:
  name: Toy
  version: "1"
interfaces:
  - name: lan
    kind: network
    addresses: [127.0.1.77]
    services:
      - {transport: tcp, port: 8080, protocol: http, purpose: plays}
units:
  - {serial: "1", state: initialized}
""", encoding="utf-8")
    return str(path)


def judge_toy(world, run, changes):
    with Toy(changes):
        done = world.akashi("verify", toy_product(world), "--data", world.data, "--run-id", run,
                            "--repeat", "2", "--test", "probe.http", "--ports", "8080", "--format",
                            "json")
    document = json.loads(done.stdout or "{}")
    seen = [row for name, row in cases_of(document).items() if "http.server" in row["rule"]]
    named = {item["kind"] for row in seen for item in row["missing"]
             if item.get("property") == "http.server"}
    found = {row["finding"] for row in document["findings"]}
    return named, found, {row["verdict"] for row in seen}, done.stderr


def test_repetitions_that_disagree(tap, world):
    missing, found, verdicts, said = judge_toy(world, "steady", False)
    tap.ok("what both repetitions see decides", "version-banner" in found and
           "repetitions" not in missing, found, missing, said)
    missing, found, verdicts, said = judge_toy(world, "unsteady", True)
    tap.ok("what they see differently decides nothing", "version-banner" not in found, found, said)
    tap.ok("the case is inconclusive and says that repetitions disagree",
           "repetitions" in missing and "pass" not in verdicts and "fail" not in verdicts,
           missing, verdicts)


# --- deleting ----------------------------------------------------------------------------------------


def store_bytes(world):
    return b"".join(path.read_bytes() for path in sorted(pathlib.Path(world.data).glob("store.db*")))


def test_forget(tap, world):
    profile = world.show("three")["profile"].encode()

    def said(run):  # the end of the text that a run is found by
        return profile + b" " + run

    bundle = world.folder / "handed-out.bundle"
    shutil.copy(os.path.join(world.data, "runs", "three", "three.bundle"), bundle)
    other = os.path.join(world.data, "runs", "answered", "answered.bundle")
    forget = ["run", "forget", "three", "--data", world.data]
    tap.equal("without a reason nothing is deleted", world.akashi(*forget, "--yes").returncode, 2)
    done = world.akashi(*forget, "--reason", "asked by the maker")
    tap.ok("without --yes it says what would be", done.returncode == 2 and "three" in done.stdout)
    tap.ok("and the run is still there", any(row["run"] == "three" for row in world.runs()))
    done = world.akashi("run", "forget", "unanswered", "--data", world.data, "--reason", "x",
                        "--yes")
    tap.ok("a run that others inherit from stays", done.returncode == 3 and
           "inherits" in done.stderr, done.stderr)
    tap.ok("so are its rows in the store", said(b"three") in store_bytes(world))
    done = world.akashi(*forget, "--reason", "asked by the maker", "--yes")
    tap.equal("with both it is deleted", done.returncode, 0)
    tap.ok("the run is gone from the list", all(row["run"] != "three" for row in world.runs()))
    tap.ok("with its reports", not os.path.exists(os.path.join(world.data, "runs", "three")))
    records = open(os.path.join(world.data, "log", "records"), "rb").read()
    tap.ok("its text is gone from the log",
           b'"product_version":"3.0"' not in records and b'"run":"three"' not in records)
    tap.ok("and from the store, which holds the others",
           said(b"answered") in store_bytes(world) and said(b"three") not in store_bytes(world))
    acts = json.loads(world.akashi("run", "forgotten", "--data", world.data, "--format",
                                   "json").stdout)
    tap.ok("who, when, why and of which run is recorded, and no more",
           len(acts) == 1 and acts[0]["forgotten"] == "three" and acts[0]["by"] and
           acts[0]["reason"] == "asked by the maker" and acts[0]["when_utc_us"] > 0 and
           set(acts[0]) == {"type", "run", "when_utc_us", "forgotten", "records", "last_utc_us",
                            "by", "reason"}, acts)
    done = world.akashi("run", "show", "three", "--data", world.data)
    tap.ok("whoever asks for it is told", done.returncode == 2 and
           "asked by the maker" in done.stderr, done.stderr)
    for name, path in (("of the deleted run", str(bundle)), ("of another run", other)):
        tap.equal(f"the bundle {name} that was handed out holds",
                  world.akashi("proof", "verify", path).returncode, 0)
    fresh = world.folder / "fresh.bundle"
    world.akashi("proof", "export", "answered", "--data", world.data, "-o", str(fresh))
    key = os.path.join(world.data, "log", "log-key.pub")
    done = world.akashi("proof", "verify", str(fresh), "--key", key)
    tap.equal("a bundle made after the deletion holds", done.returncode, 0)
    again = world.verify(*ALL_PORTS, "--run-id", "after", "--test", "firmware.secret")
    tap.ok("and the log goes on", json.loads(again.stdout or "{}").get("run") == "after",
           again.stderr)


def test_retention(tap, world):
    base = ["run", "retention", "--data", world.data, "--format", "json"]
    done = world.akashi(*base, "--older-than", "P5Y", "--dry-run")
    tap.equal("nothing is five years old", (done.returncode, json.loads(done.stdout)), (0, []))
    for period in ("5Y", "P0D", "P5W", "", "P1Y6M"):
        tap.equal(f"\"{period}\" is no period",
                  world.akashi(*base, "--older-than", period, "--yes").returncode, 2)
    tap.equal("a period is asked for", world.akashi(*base, "--yes").returncode, 2)


sys.exit(run_tests(test_retest_inherits, test_retest_is_reported, test_other_version_inherits,
                   test_compare, test_validity, test_recompute_all, test_judge, test_judge_more,
                   test_repetitions_that_disagree, test_forget, test_retention))
