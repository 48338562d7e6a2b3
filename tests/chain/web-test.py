#!/usr/bin/env python3
"""The pages of value chains: added, changed and undone by forms as a browser without scripts sends them; kept through a kill;
refused where a form is not the site's own.

usage: web-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import html
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

SMALL = (ROOT / "tests/fuzz/seeds/exchange/chain-yaml/small.yaml").read_text(encoding="utf-8")


class Site:
    def __init__(self, data):
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", data, "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline()).group(1))

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8", "replace")

    def get(self, path):
        return self.ask("GET", path)[::2]

    def key(self):
        return re.search(r'name="key" value="([0-9a-f]{64})"', self.get("/chains?lang=en")[1]).group(1)

    def post(self, path, headers=None, **fields):
        fields.setdefault("key", self.key())
        body = urllib.parse.urlencode(fields)
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.ask("POST", f"{path}?lang=en", body, sent)

    def kill(self):
        self.process.kill()
        self.process.wait()


def text_of(site, name):
    page = site.get(f"/chains/{name}/text?lang=en")[1]
    return html.unescape(re.search(r"<textarea[^>]*>(.*)</textarea>", page, re.S).group(1))


def base_of(site, name):
    return re.search(r'name="base" value="(\d+)"', site.get(f"/chains/{name}/text?lang=en")[1]).group(1)


def test_add(tap, site):
    status, headers, _ = site.post("/chains", name="line", text=SMALL.replace("\n", "\r\n"))
    tap.equal("a text is kept", (status, headers.get("Location")), (303, "/chains/line?lang=en"))
    tap.equal("as it was written", text_of(site, "line"), SMALL)
    for lang, word, title in (("en", "Heat map", "A vulnerability of an IoT device"), ("ja", "ヒートマップ", "IoT機器の脆弱性を突かれ")):
        status, page = site.get(f"/chains/line?lang={lang}")
        tap.ok(f"incidents that can be reached have titles, {lang}", re.search(rf"<dt>L\d_\d_\w</dt><dd>[^<]*{title}", page), page[-3000:])
        tap.ok(f"its page, {lang}: picture and analysis", status == 200 and "<svg " in page and word in page and
               "gateway" in page)
        tap.ok(f"{lang}: no script, no style of its own, no place for either",
               not re.search(r"<script|<style| on\w+=| style=", page))
    tap.equal("an example is kept", site.post("/chains", name="works", example="factory")[0], 303)
    tap.ok("both are listed", all(f"/chains/{name}?" in site.get("/chains")[1] for name in ("line", "works")))
    boundary = "xxBOUNDARYxx"
    parts = {"key": site.key(), "name": "sent", "text": SMALL}
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{"; filename=c.yaml" if name == "text" else ""}\r\n\r\n'
                   f"{value}\r\n" for name, value in parts.items()) + f"--{boundary}--\r\n"
    status, _, _ = site.ask("POST", "/chains", body.encode("utf-8"), {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    tap.equal("a file is kept", (status, text_of(site, "sent")), (303, SMALL))


def test_problems(tap, site):
    for name, fields in {"no text": {"name": "new", "text": ""}, "no name": {"name": "a/b", "text": SMALL},
                         "a name that is taken": {"name": "line", "text": SMALL},
                         "a broken text": {"name": "new", "text": SMALL.replace("kind: actuates", "kind: moves")}}.items():
        status, _, page = site.post("/chains", **fields)
        tap.equal(f"{name}: refused, in the form", (status, 'role="alert"' in page, site.get("/chains/new")[0]), (400, True, 404))
    broken = SMALL.replace("kind: actuates", "kind: moves") + "# <script>\n"
    status, _, page = site.post("/chains/line/text", text=broken, base=base_of(site, "line"))
    tap.ok("a problem is told by line and column, and the text stays", status == 400 and "27:23: kind:" in html.unescape(page) and
           "kind: moves" in page and "# &lt;script&gt;" in page and "<script>" not in page)
    tap.equal("and nothing was kept", text_of(site, "line"), SMALL)
    status, _, page = site.post("/chains/line/text", text=SMALL + "# mine\n", base="77")
    tap.ok("who is late is told so", status == 400 and "meanwhile" in page and "# mine" in page)


def test_forms(tap, site):
    def act(**fields):
        return site.post("/chains/line/model", base=base_of(site, "line"), **fields)[0]

    tap.equal("an element is added", act(part="elements", id="camera", kind="component", owner="works", functions="L2_3, L3_1",
                                         act="keep", **{"exposure.internet": "true"}), 303)
    tap.ok("it stands in the text", "- {id: camera, kind: component, owner: works, exposure: [internet], functions: [L2_3, L3_1]}"
           in text_of(site, "line"))
    tap.equal("a relation", act(part="relations", **{"from": "camera"}, kind="connects", to="gateway, arm", act="keep"), 303)
    tap.equal("a measure", act(part="measures", element="camera", requirement="CPS.AC-1", status="planned", cost_yen="5000", act="keep"), 303)
    tap.equal("an impact", act(part="impacts", incident="L2_3_a", element="camera", **{"class": "moderate"}, act="keep"), 303)
    text = text_of(site, "line")
    tap.ok("all stand in the text", "{from: camera, kind: connects, to: [gateway, arm]}" in text and
           "{requirement: CPS.AC-1, status: planned, cost_yen: 5000}" in text and
           "{incident: L2_3_a, element: camera, class: moderate}" in text, text)
    page = site.get("/chains/line/model?part=elements&lang=en")[1]
    row = re.search(r'row=(\d+)"><code>camera<', page).group(1)
    tap.equal("an element is changed", act(part="elements", row=row, id="eye", kind="component", owner="works", act="keep"), 303)
    text = text_of(site, "line")
    tap.ok("with all that names it, and its measures", "camera" not in text and "{from: eye," in text and "id: eye" in text and
           "CPS.AC-1, status: planned, cost_yen" in text, text)
    tap.equal("one that is named elsewhere cannot be removed", act(part="elements", row=row, act="remove"), 400)
    tap.equal("a relation is removed", act(part="relations", row=8, act="remove"), 303)
    tap.equal("no such kind", act(part="elements", id="x", kind="thing", act="keep"), 400)
    tap.equal("no such element", act(part="measures", element="nobody", requirement="CPS.AC-1", status="planned", act="keep"), 400)
    tap.equal("no such requirement", act(part="measures", element="eye", requirement="CPS.XX-9", status="planned", act="keep"), 400)
    tap.equal("nor such an incident", act(part="impacts", incident="L9_9_z", **{"class": "moderate"}, act="keep"), 400)
    tap.ok("and nothing of it was kept", "CPS.XX-9" not in text_of(site, "line") and "L9_9_z" not in text_of(site, "line"))
    tap.ok("each part has its form", all(site.get(f"/chains/line/model?part={part}&row=0")[0] == 200 for part in
                                         ("chain", "elements", "measures", "relations", "acceptances", "impacts")))


def test_about(tap, site):
    """What the chain is and who begins: one form, its undo beside it."""
    def act(**fields):
        return site.post("/chains/about/model", base=base_of(site, "about"), part="chain", **fields)

    site.post("/chains", name="about", text=SMALL)
    sent = {"attackers.partner": "true", "attackers.mistake": "true"}
    tap.equal("name, note and attackers are kept", act(name="A longer line", note="all of it", act="keep", **sent)[0], 303)
    text = text_of(site, "about")
    tap.ok("they stand in the text", "name: A longer line" in text and "note: all of it" in text and
           "attackers: [partner, mistake]" in text, text)
    page = site.get("/chains/about/model?lang=en&part=chain")[1]
    tap.equal("and are chosen in the form", re.findall(r'name="attackers\.(\w+)" value="true" checked', page), ["partner", "mistake"])
    status, _, page = act(name="", act="keep", **sent)
    tap.ok("a chain without a name is refused, and what was chosen stays", status == 400 and 'role="alert"' in page and
           re.findall(r'name="attackers\.(\w+)" value="true" checked', page) == ["partner", "mistake"])
    tap.equal("the chain is not removed by a form", act(act="remove")[0], 400)
    tap.equal("without attackers it is kept, and says so", (act(name="Nobody", act="keep")[0], "attackers" in text_of(site, "about")),
              (303, False))
    status, headers, _ = site.post("/chains/about/versions", base=base_of(site, "about"), part="chain")
    tap.equal("undo leads back to the form", (status, headers.get("Location")), (303, "/chains/about/model?lang=en&part=chain"))
    tap.equal("and the attackers are there again", text_of(site, "about"), text)


def test_standing(tap, site):
    """What the forms say of the whole at each change is what the analysis says."""
    site.post("/chains", name="plant", example="factory")
    analysis = json.loads(site.get("/chains/plant/files/analysis.json")[1])
    said = re.search(r'role="status">([^<]*)', site.get("/chains/plant/model?lang=en")[1]).group(1)
    reached = sum(row["reachable"] for row in analysis["worlds"]["backed"]["incidents"])
    tap.equal("in one line", re.findall(r"\d+", said), [str(analysis["elements"]), str(reached), str(analysis["risk_sources"]["open"])])
    first = analysis["worlds"]["claimed"]["contributions"]["risk_sources"][0]
    tap.ok("the analysis has chances and contributions", first["stated"][0]["chance_falls"][1] > 0 and
           analysis["worlds"]["backed"]["ranking"]["rows"], first)


def test_undo(tap, site):
    texts = []
    for number in range(3):
        site.post("/chains/works/text", text=SMALL.replace("A small line", f"line {number}"), base=base_of(site, "works"))
        texts.append(text_of(site, "works"))
    for number in (1, 0):
        tap.equal("undo", site.post("/chains/works/versions", base=base_of(site, "works"))[0], 303)
        tap.equal(f"leads back to {number}", text_of(site, "works"), texts[number])
    tap.equal("who is late undoes nothing", site.post("/chains/works/versions", base="1")[0], 409)
    versions = site.get("/chains/works/versions?lang=en")[1]
    tap.ok("nothing is lost: each version has its text", all(
        html.escape(f"line {number}") in site.get(f"/chains/works/text?version={number + 2}")[1] for number in range(3)) and
        len(re.findall(r"version=\d+\"", versions)) == 6)
    site.post("/chains/works/versions", base=base_of(site, "works"))
    tap.equal("before the first there is nothing", site.post("/chains/works/versions", base=base_of(site, "works"))[0], 409)


def test_compare(tap, site):
    """A chain beside a version of its own and beside another; the form asks by GET."""
    site.post("/chains", name="before", text=SMALL)
    site.post("/chains", name="after", text=SMALL)
    site.post("/chains/after/model", base=base_of(site, "after"), part="elements", id="camera", kind="component", owner="works",
              act="keep", **{"exposure.internet": "true"})
    page = site.get("/chains/after/compare?lang=en")[1]
    tap.ok("offers other chains and versions of its own", 'value="after:1"' in page and 'value="before"' in page and
           'value="after"' not in page and 'method="get"' in page and "Added" not in page)
    for before in ("before", "after:1"):
        for lang, word in (("en", "Added: 1"), ("ja", "追加: 1")):
            status, page = site.get(f"/chains/after/compare?lang={lang}&before={before}&impact=moderate")
            tap.ok(f"what differs from {before}, {lang}", status == 200 and word in page and "camera" in page and
                   'value="moderate" selected' in page, re.findall(r"<main.*", page, re.S)[0][-2000:])
    page = site.get("/chains/before/compare?lang=en&before=after")[1]
    tap.ok("the other way around it is removed", "Removed: 1" in page and "camera" in page)
    page = site.get("/chains/before/compare?lang=en&before=before:1")[1]
    tap.equal("beside itself nothing differs", page.count("No difference."), 6)
    tap.ok("versions lead to it", "before=after%3A1" in site.get("/chains/after/versions")[1])
    for before, status in (("nobody", 404), ("after:9", 404), ("after:x", 404), ("..%2f", 404)):
        tap.equal(f"no such chain: {before}", site.get(f"/chains/after/compare?before={before}")[0], status)


def test_guards(tap, site):
    key = site.key()
    for name, fields, headers in (("no key", {"key": ""}, {}), ("another key", {"key": "0" * 64}, {}),
                                  ("from another site", {"key": key}, {"Sec-Fetch-Site": "cross-site"}),
                                  ("of another origin", {"key": key}, {"Origin": "http://evil.example"})):
        status, _, _ = site.post("/chains", headers, name="evil", text=SMALL, **fields)
        tap.equal(f"{name}: refused", (status, site.get("/chains/evil")[0]), (403, 404))
    tap.equal("another host: refused", site.post("/chains", {"Host": "evil.example"}, name="evil", text=SMALL)[0] in (405, 421), True)
    tap.equal("too large", site.post("/chains", name="evil", text="#" * (10 << 20))[0], 413)
    tap.equal("no form", site.ask("POST", "/chains", "{}", {"Content-Type": "application/json"})[0], 415)
    tap.equal("not a chain's place", site.post("/", q="x")[0], 405)
    tap.equal("no way out of the folder", [site.get(f"/chains/{name}/text")[0] for name in ("..", "%2e%2e", "..%2f..", "a%00b")], [404] * 4)
    evil = SMALL.replace("A small line", '"<img src=x onerror=alert(1)>"').replace("name: 工場", 'name: "</text><script>alert(1)</script>"')
    tap.equal("a chain of markup is kept", site.post("/chains", name="markup", text=evil)[0], 303)
    for part in ("", "/model", "/text", "/versions", "/compare?before=line&", "/files/picture.svg", "/files/report.en.html"):
        status, page = site.get(f"/chains/markup{part}{'' if '?' in part else '?'}lang=en")
        tap.ok(f"and stays text: {part or 'its page'}", status == 200 and "<script" not in page and "<img" not in page)


def test_files(tap, site):
    heads = {"report.en.html": "<!DOCTYPE html>", "report.ja.pdf": "%PDF-", "picture.svg": "<?xml", "picture.png": "\ufffdPNG",
             "elements.csv": "id,kind,name", "relations.csv": "from,kind,to", "chain.csv": "name,version,note,attackers", "chain.yaml": "chain: ", "chain.json": "{", "chain.oscal-ssp.json": "{", "analysis.json": "{"}
    for name, head in heads.items():
        status, headers, body = site.ask("GET", f"/chains/line/files/{name}?lang=ja")
        tap.ok(f"{name} is handed out", status == 200 and body.startswith(head) and headers["X-Content-Type-Options"] == "nosniff" and
               "default-src 'none'" in headers["Content-Security-Policy"], body[:40])
    def offered(name):
        return set(re.findall(r'/chains/[^/]+/files/([^?"]+)', site.get(f"/chains/{name}")[1]))

    site.post("/chains", name="bare", text=re.sub(r"(?ms)^acceptances:\n.*?(?=^\w|\Z)", "", SMALL))
    tap.ok("all are offered, and tables where they have rows", offered("line") > set(heads) and
           offered("line") - offered("bare") == {"acceptances.csv"}, offered("bare"))
    tap.equal("a table without rows", site.get("/chains/bare/files/acceptances.csv")[0], 404)
    tap.equal("no such file", site.get("/chains/line/files/passwd")[0], 404)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        site = Site(folder)
        try:
            for part in (test_add, test_problems, test_forms, test_about, test_standing, test_undo, test_compare, test_guards, test_files):
                part(tap, site)
            before = text_of(site, "line")
            site.kill()
            site = Site(folder)
            tap.equal("what was kept is there after a kill", text_of(site, "line"), before)
        finally:
            site.kill()
    return tap.done()


sys.exit(main())
