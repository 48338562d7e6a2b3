#!/usr/bin/env python3
"""Each operation of data/api/openapi.json on a real data folder, each problem that it declares, and requests
that nobody should send; every answer is held against the document.

usage: api-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT), inside tests/lab/isolated
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"]) / "tests/cli"))
from contract import Contract  # noqa: E402
from samples import bad_values, good_values, query_of  # noqa: E402
from server import PROGRAM, WAIT_S, Events, Server  # noqa: E402
from world import LAB, run_tests  # noqa: E402

WEAK, SECOND, STOPPED, LIVE = "weak", "second", "stopped", "live"
TOKEN = "0123456789abcdef0123456789abcdef"
STREAMS = 32  # AK_STREAMS_MAX


class State:
    """What the tests share: they run in their order."""
    server = contract = values = None
    provoked = set()


# --- the data --------------------------------------------------------------------------------------------


def keep_chain(data):
    """Value chains, as the pages keep them (docs/formats/chain-store.md)."""
    source = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
    for name, text in (("line", "tests/fuzz/seeds/exchange/chain-yaml/small.yaml"), ("works", "examples/chains/factory.yaml")):
        folder = pathlib.Path(data, "chains", name)
        folder.mkdir(parents=True)
        shutil.copy(source / text, folder / "000001-000000.yaml")


def make_runs(tap, world):
    """A run with findings, one without the network, and one that was killed."""
    subprocess.run([LAB, "start", "weak-gateway"], check=True, capture_output=True)
    weak = subprocess.run([LAB, "product", "weak-gateway"], capture_output=True, text=True,
                          check=True).stdout.strip()
    State.weak = weak
    done = world.akashi("verify", weak, "--data", world.data, "--run-id", WEAK, "--profile",
                        "jc-star-1", "--ports", "1-1024", "--format", "json")
    tap.equal("the weak gateway fails", done.returncode, 1)
    done = world.akashi("verify", world.product, "--data", world.data, "--run-id", SECOND,
                        "--profile", "jc-star-1", "--test", "firmware.secret", "--format", "json")
    tap.ok("and a run without the network is judged", done.returncode in (1, 4), done.stderr)
    start_and_kill(world, STOPPED)
    keep_chain(world.data)
    State.server = Server(world.data)
    State.contract = Contract(json.loads(State.server.ask("/api/v1/openapi.json").body))


def start(world, run):
    """A verification in the background, once its plan is in the log."""
    process = subprocess.Popen(
        [PROGRAM, "verify", State.weak, "--data", world.data, "--run-id", run, "--profile",
         "jc-star-1", "--ports", "1-1024"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    while process.poll() is None and not any(row["run"] == run for row in world.runs()):
        time.sleep(0.1)
    return process


def start_and_kill(world, run):
    process = start(world, run)
    process.kill()
    process.wait(WAIT_S)


def test_values(tap, world):
    """Values for paths come from the lists themselves."""
    verdicts = get(f"/api/v1/runs/{WEAK}/verdicts")["items"]
    kinds = [row["kind"] for row in get(f"/api/v1/runs/{WEAK}/reports")["items"]]
    catalogs = get("/api/v1/catalogs")
    State.values = {
        "run": [WEAK, SECOND], "requirement": [row["requirement"] for row in verdicts],
        "chain": [row["name"] for row in get("/api/v1/chains")["chains"]],
        "file": [row["name"] for row in get("/api/v1/chains/line/files")["files"]],
        "kind": kinds, "id": [row["id"] for key in ("catalogs", "profiles") for row in catalogs[key]],
    }
    if "evidenceList" in State.contract.operations:
        items = every("evidenceList", f"/api/v1/runs/{WEAK}/evidence")
        State.values["sha256"] = [row["sha256"] for row in items]
        State.masked = {row["sha256"]: row["masked"] for row in items}
    tap.ok("there is a value for each parameter of a path",
           all(State.values[name] for row in State.contract.operations.values()
               for name in row.in_path))


# --- asking ------------------------------------------------------------------------------------------------


def get(path):
    return json.loads(State.server.ask(path).body)


def path_of(operation, **values):
    path = operation.path
    for name in operation.in_path:
        value = values.get(name, State.values[name][0])
        path = path.replace(f"{{{name}}}", urllib.parse.quote(str(value), safe=""))
    return path


def needed(operation):
    """The query that an operation cannot be asked without."""
    pairs = []
    for row in operation.query:
        if row.get("required"):
            two = row["schema"]["type"] == "array" or row["name"] in ("before", "after")
            value = SECOND if row["name"] == "after" else WEAK if two else good_values(row)[0]
            pairs += [(row["name"], value)]
            pairs += [(row["name"], SECOND)] if row["schema"]["type"] == "array" else []
    return pairs


def url_of(operation, pairs=None, **values):
    query = query_of(needed(operation) if pairs is None else pairs)
    return path_of(operation, **values) + (f"?{query}" if query else "")


def with_pair(operation, name, value):
    return [pair for pair in needed(operation) if pair[0] != name] + [(name, value)]


def check(tap, name, operation, answer, status, parameter=None):
    """Its status, and all that the document says of it."""
    State.provoked.add((operation.id, answer.status))
    faults = operation.faults(answer)
    if parameter is not None and answer.status == status:
        said = json.loads(answer.body).get("parameter")
        faults += [] if said == parameter else [f"parameter {said}, wanted {parameter}"]
    return tap.ok(f"{operation.id}: {name}", answer.status == status and not faults,
                  answer.status, *faults[:5], answer.body[:300])


def operations():
    return [row for row in State.contract.operations.values() if not row.is_stream]


def paths(operation):
    """Each value of each parameter of the path once."""
    if not operation.in_path:
        return [{}]
    return [{name: value} for name in operation.in_path for value in State.values[name]]


def every(name, path):
    """All items of a paged list, one a page."""
    items, cursor = [], ""
    while cursor is not None:
        answer = State.server.ask(f"{path}{'&' if '?' in path else '?'}limit=1{cursor}")
        page = json.loads(answer.body)
        items += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] is not None else None
    return items


# --- each operation -------------------------------------------------------------------------------------------


def wanted_status(operation, values, answer):
    """Most answer with 200; raw evidence is refused, and a report may have nothing to say."""
    if "sha256" in operation.in_path and values.get("run", WEAK) != WEAK:
        return 404  # of another run
    if operation.id == "evidenceBytes" and not State.masked[values.get("sha256", State.values[
            "sha256"][0])]:
        return 403
    return 404 if operation.id == "report" and answer.status == 404 and values.get(
        "kind") == "oscal-poam" else 200


def test_operations(tap, world):
    for operation in operations():
        for values in paths(operation):
            if "sha256" in values and values["sha256"] not in State.values["sha256"][:20]:
                continue
            answer = State.server.ask(url_of(operation, **values))
            check(tap, f"{values or 'asked'}", operation, answer,
                  wanted_status(operation, values, answer))


def good_url(operation):
    """One that gives a 200."""
    if operation.id == "evidenceBytes":
        return url_of(operation, sha256=next(key for key, masked in State.masked.items() if masked))
    return url_of(operation)


def test_etag_and_head(tap, world):
    moving = {"progress"}  # holds the clock
    for operation in operations():
        url = good_url(operation)
        answer = State.server.ask(url)
        tag = answer.headers.get("etag", "")
        tap.ok(f"{operation.id}: an ETag", len(tag) == 66, tag, answer.status)
        if operation.id not in moving:
            again = State.server.ask(url, If_None_Match=f'"other", W/{tag}')
            check(tap, "If-None-Match", operation, again, 304)
        check(tap, "another tag", operation, State.server.ask(url, If_None_Match='"other"'), 200)
        head = State.server.ask(url, "HEAD")
        same = operation.id in moving or head.headers.get("etag") == tag
        tap.ok(f"{operation.id}: HEAD", (head.status, head.body, same) == (200, b"", True),
               head.status, head.headers)


def test_queries(tap, world):
    for operation in operations():
        for row in operation.query:
            if row["name"] in ("run", "before", "after", "other_version"):
                continue
            for value in good_values(row):
                answer = State.server.ask(url_of(operation, with_pair(operation, row["name"], value)))
                check(tap, f"{row['name']}={value}", operation, answer, 200)


def test_chain(tap, world):
    """What is asked of a chain gives what the command line gives; what names nothing is refused."""
    kept = [str(pathlib.Path(world.data, "chains", name, "000001-000000.yaml")) for name in ("works", "line")]
    asked = {"plan?impact=catastrophic": ["plan", kept[0], "--impact-at-least", "catastrophic"],
             "plan?budget_yen=3000000": ["plan", kept[0], "--budget", "3000000"],
             "whatif?compromised=erp&with=press-plc:CPS.AC-4": ["whatif", kept[0], "--compromised", "erp",
                                                                "--with", "press-plc:CPS.AC-4"],
             "diff?other=line&other_version=1": ["diff", kept[1], kept[0]]}
    for path, arguments in asked.items():
        said = json.loads(world.akashi("chain", *arguments, "--data", world.data, "--format", "json").stdout)
        tap.equal(f"{path}: as the command line says", get(f"/api/v1/chains/works/{path}"), said)
    for path, operation, status in (
            ("whatif?with=gateway", "chainWhatIf", 400), ("whatif?compromised=nobody", "chainWhatIf", 400),
            ("diff?other=line&other_version=2", "chainDiff", 404)):
        check(tap, path, State.contract.operations[operation], State.server.ask(f"/api/v1/chains/line/{path}"), status)
    tap.ok("a plan for no incident says why", "impact" in get("/api/v1/chains/line/plan").get("reason", ""))


def test_pages(tap, world):
    for operation in operations():
        if not operation.is_paged:
            continue
        whole = get(url_of(operation, needed(operation) + [("limit", 200)]))["items"]
        single = every(operation.id, url_of(operation))
        limit = len(single) if len(single) <= 200 else 200
        tap.equal(f"{operation.id}: pages of one give what one page gives", single[:limit], whole)


# --- each problem ------------------------------------------------------------------------------------------------


def test_bad_parameters(tap, world):
    for operation in operations():
        for row in operation.query:
            for value in bad_values(row):
                pairs = with_pair(operation, row["name"], value)
                answer = State.server.ask(url_of(operation, pairs))
                check(tap, f"{row['name']}={str(value)[:20]}", operation, answer, 400, row["name"])
            if row["schema"]["type"] != "array":
                pairs = [(row["name"], good_values(row)[0])] * 2
                pairs = [p for p in needed(operation) if p[0] != row["name"]] + pairs
                check(tap, f"{row['name']} twice", operation,
                      State.server.ask(url_of(operation, pairs)), 400, row["name"])
            if row.get("required"):
                pairs = [pair for pair in needed(operation) if pair[0] != row["name"]]
                check(tap, f"without {row['name']}", operation,
                      State.server.ask(url_of(operation, pairs)), 400, row["name"])
    for operation in State.contract.operations.values():
        pairs = needed(operation) + [("nonsense", "1")]
        check(tap, "an unknown parameter", operation, State.server.ask(url_of(operation, pairs)),
              400, "nonsense")


def test_any_operation(tap, world):
    """What each may answer: wrong methods, types, hosts, long paths, no token."""
    server = State.server
    for operation in State.contract.operations.values():
        url = url_of(operation)
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
            answer = server.ask(url, method)
            check(tap, method, operation, answer, 405)
            tap.equal(f"{operation.id}: {method} names the methods", answer.headers.get("allow"),
                      "GET, HEAD")
        check(tap, "Accept", operation, server.ask(url, Accept="image/png, font/*"), 406)
        check(tap, "Host", operation, server.ask(url, Host="evil.example"), 421)
        check(tap, "a long path", operation, server.ask(f"{operation.path}{'/x' * 600}"), 414)
    token = pathlib.Path(world.folder) / "token"
    token.write_text(TOKEN)
    with Server(world.data, "--token-file", str(token)) as guarded:
        for operation in State.contract.operations.values():
            url = url_of(operation)
            answer = guarded.ask(url)
            check(tap, "without a token", operation, answer, 401)
            tap.ok(f"{operation.id}: says how", "www-authenticate" in answer.headers)
            check(tap, "with a wrong token", operation,
                  guarded.ask(url, Authorization=f"Bearer {TOKEN}0"), 401)
        answer = guarded.ask("/api/v1/runs", Authorization=f"Bearer {TOKEN}")
        check(tap, "with the token", State.contract.operations["runs"], answer, 200)


def test_not_there(tap, world):
    for operation in State.contract.operations.values():
        if 404 not in operation.responses:
            continue
        for name in operation.in_path:
            for value in ("nonsense", "..", "a/b", "証", "x" * 300):
                answer = State.server.ask(url_of(operation, **{name: value}))
                check(tap, f"no {name} {value[:10]}", operation, answer, 404)
        for row in operation.query:
            if row["name"] in ("product", "before", "after", "run", "other") and row.get("required"):
                pairs = with_pair(operation, row["name"], "nonsense")
                pairs += [(row["name"], "nonsense")] if row["name"] == "run" else []
                check(tap, f"no {row['name']}", operation,
                      State.server.ask(url_of(operation, pairs)), 404)


def test_no_verdict(tap, world):
    for operation in State.contract.operations.values():
        if 409 not in operation.responses:
            continue
        if operation.in_path:
            check(tap, "of a stopped run", operation,
                  State.server.ask(url_of(operation, run=STOPPED)), 409)
        for row in operation.query:
            if row["name"] in ("before", "after", "run"):
                pairs = with_pair(operation, row["name"], STOPPED)
                pairs += [(row["name"], WEAK)] if row["name"] == "run" else []
                check(tap, f"{row['name']} is a stopped run", operation,
                      State.server.ask(url_of(operation, pairs)), 409)


def test_languages(tap, world):
    japanese = json.loads(State.server.ask("/api/v1/runs/nobody", Accept_Language="ja, en;q=0.5").body)
    english = json.loads(State.server.ask("/api/v1/runs/nobody", Accept_Language="en").body)
    for member in ("title", "detail", "remedy"):
        tap.ok(f"{member} in both languages",
               english[member].isascii() and not japanese[member].isascii(), english, japanese)
    text = State.server.ask(f"/api/v1/runs/{WEAK}/reports/text", Accept_Language="ja").body.decode()
    tap.ok("a report comes in the language that is asked for", "判定" in text)
    text = State.server.ask(f"/api/v1/runs/{WEAK}/reports/text?lang=en", Accept_Language="ja")
    tap.ok("and the parameter counts more", "判定" not in text.body.decode())


def test_damage(tap, world):
    """A run whose product document is not what it was: the answer says so, and names no other thing."""
    damaged = pathlib.Path(world.folder) / "damaged"
    shutil.copytree(world.data, damaged)
    blobs = list((damaged / "log" / "blobs").rglob("*"))
    for path in blobs:
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"damaged")
    with Server(damaged) as server:
        operation = State.contract.operations["report"]
        check(tap, "evidence is damaged", operation, server.ask(url_of(operation)), 500)
        check(tap, "and the list of runs stands", State.contract.operations["runs"],
              server.ask("/api/v1/runs"), 200)


# --- hostile requests --------------------------------------------------------------------------------------------


def request(target, *fields, method="GET"):
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


HOSTILE = {
    "a URL of 100,000 bytes": request("/api/v1/" + "a" * 100000),
    "a query of 100,000 bytes": request("/api/v1/runs?product=" + "a" * 100000),
    "a thousand parameters": request("/api/v1/runs?" + "&".join(f"a{i}=1" for i in range(1000))),
    "half a percent sign": request("/api/v1/runs/%"),
    "no hexadecimal": request("/api/v1/runs/%zz"),
    "a zero byte": request("/api/v1/runs/%00"),
    "a zero byte behind a name": request(f"/api/v1/runs/{WEAK}%00x"),
    "a raw zero byte": b"GET /api/v1/runs/a\0b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "no UTF-8": request("/api/v1/runs/%ff%fe"),
    "overlong UTF-8": request("/api/v1/runs/%c0%ae%c0%ae"),
    "dots": request("/api/v1/../../../../etc/passwd"),
    "encoded dots": request("/api/v1/runs/%2e%2e/%2e%2e/etc/passwd"),
    "encoded slashes": request("/api/v1/runs/..%2f..%2flog%2flog-key"),
    "a catalogue out of its folder": request("/api/v1/catalogs/..%2f..%2fetc%2fpasswd"),
    "a hidden catalogue": request("/api/v1/catalogs/.profile"),
    "double slashes": request("//api/v1//runs"),
    "an absolute form": request("http://evil.example/api/v1/runs"),
    "a long Accept": request("/api/v1/runs", "Accept: " + "a/b;q=0.1," * 2000),
    "a long Accept-Language": request("/api/v1/runs", "Accept-Language: " + "xx;q=0.1," * 2000),
    "a long If-None-Match": request("/api/v1/runs", "If-None-Match: " + '"a",' * 4000),
    "a body that never comes": request("/api/v1/runs", "Content-Length: 1000000", method="POST"),
    "chunks that are none": request("/api/v1/runs", "Transfer-Encoding: chunked", method="POST") + b"zz\r\n",
    "a method of 5,000 letters": request("/api/v1/runs", method="G" * 5000),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nothing": b"",
}


def test_hostile(tap, world):
    for name, sent in HOSTILE.items():
        status, said = State.server.raw(sent)
        allowed = (200,) if "long" in name or "absolute" in name else ()
        tap.ok(f"{name}: refused", status in (0, 400, 404, 405, 406, 413, 414, 421, 431) + allowed,
               status, said[:200])
        tap.ok(f"{name}: tells nothing", b"root:" not in said and b"PRIVATE+KEY" not in said)
    check(tap, "goes on", State.contract.operations["runs"], State.server.ask("/api/v1/runs"), 200)


# --- several at once ------------------------------------------------------------------------------------------------


def test_two_clients(tap, world):
    urls = [good_url(operation) for operation in operations() if operation.id != "progress"]
    wanted = {url: State.server.ask(url).headers["etag"] for url in urls}

    def client(order):
        return [url for url in order
                if State.server.ask(url).headers.get("etag") != wanted[url]]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = list(pool.map(client, (urls * 2, list(reversed(urls)) * 2)))
    tap.equal("two clients at once get what one gets", found, [[], []])


def is_progress(event):
    schema = {"$ref": "#/components/schemas/Progress"}
    return not State.contract.faults(schema, json.loads(event["data"]))


def test_events(tap, world):
    """A run is watched, killed, and the server stopped while somebody listens."""
    operation = State.contract.operations["events"]
    stream = Events(State.server, url_of(operation))
    found = [stream.next(), stream.next(), stream.next()]
    tap.equal("a finished run: how it stands, and the end",
              [event and event["event"] for event in found], ["progress", "end", None])
    tap.equal("as a stream of events", (stream.status, stream.media), (200, "text/event-stream"))
    tap.ok("each holds progress", all(is_progress(event) for event in found[:2]))
    stream.close()
    State.provoked.add((operation.id, 200))
    head = State.server.ask(url_of(operation), "HEAD")
    tap.equal("HEAD opens none", (head.status, head.body), (200, b""))
    process = start(world, LIVE)
    watch_and_kill(tap, world, process)
    watch_and_stop(tap, world)


def watch_and_kill(tap, world, process):
    path = f"/api/v1/runs/{LIVE}/events"
    streams = [Events(State.server, path) for _ in range(2)]
    first = [stream.next() for stream in streams]
    status = [json.loads(event["data"])["status"] for event in first]
    tap.equal("two clients see that it runs", status, ["running", "running"])
    listed = {row["run"]: row["status"] for row in get("/api/v1/runs")["items"]}
    tap.equal("so does the list; of the killed one it says that nobody works on it",
              (listed[LIVE], listed[STOPPED]), ("running", "stopped"))
    done = world.akashi("verify", "--resume", "--run-id", LIVE, "--data", world.data)
    tap.ok("a second process is refused", done.returncode not in (0, 1, 4) and
           "another process" in done.stderr, done.returncode, done.stderr)
    second = streams[0].next()
    tap.ok("something goes on", second is not None and is_progress(second) and
           int(second["id"]) > int(first[0]["id"]), second)
    process.kill()
    process.wait(WAIT_S)
    for stream in streams:
        last = None
        while (event := stream.next()) is not None:
            last = event
        tap.equal("after a kill the stream ends with what is known",
                  (last["event"], json.loads(last["data"])["status"]), ("end", "stopped"))
        stream.close()


def watch_and_stop(tap, world):
    """As many streams as there may be, one more, and Ctrl-C."""
    process = subprocess.Popen([PROGRAM, "verify", "--resume", "--run-id", LIVE, "--data", world.data],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL)
    progress = f"/api/v1/runs/{LIVE}/progress"
    while get(progress)["status"] != "running" and process.poll() is None:
        time.sleep(0.05)
    path = f"/api/v1/runs/{LIVE}/events"
    streams = [Events(State.server, path) for _ in range(STREAMS)]
    tap.equal("many streams", {stream.status for stream in streams}, {200})
    if process.poll() is None:
        answer = State.server.ask(path)
        check(tap, "one more", State.contract.operations["events"], answer, 503)
        tap.ok("says when to come again", answer.headers.get("retry-after", "").isdigit())
    check(tap, "others are answered meanwhile", State.contract.operations["runs"],
          State.server.ask("/api/v1/runs"), 200)
    ended = []
    threads = [threading.Thread(target=lambda s=stream: ended.append(drain(s)))
               for stream in streams]
    for thread in threads:
        thread.start()
    tap.equal("Ctrl-C ends the server with streams open", State.server.stop(signal.SIGINT), 0)
    for thread in threads:
        thread.join(WAIT_S)
    tap.equal("and every stream", len(ended), STREAMS)
    process.terminate()
    process.wait(WAIT_S)


def drain(stream):
    while stream.next() is not None:
        pass
    stream.close()
    return True


def test_all_provoked(tap, world):
    """Nothing that is declared is left unseen. A 500 takes a damaged folder, which one operation meets."""
    declared = {(row.id, status) for row in State.contract.operations.values()
                for status in row.responses if status != 500}
    exceptions = {("progress", 304)}  # its body holds the clock
    tap.equal("each declared status was provoked", declared - State.provoked - exceptions, set())
    tap.ok("a 500 too", ("report", 500) in State.provoked)


try:
    STATUS = run_tests(make_runs, test_values, test_operations, test_etag_and_head, test_queries, test_chain,
                       test_pages, test_bad_parameters, test_any_operation, test_not_there,
                       test_no_verdict, test_languages, test_damage, test_hostile, test_two_clients,
                       test_events, test_all_provoked)
finally:
    if State.server is not None:
        State.server.stop()
sys.exit(STATUS)
