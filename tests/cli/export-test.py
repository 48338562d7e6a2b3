#!/usr/bin/env python3
"""The forms of a report of a real run: export, report, import and completion as a user gives them, and no
secret of the device or its firmware in any of them.

usage: export-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT), inside tests/lab/isolated
"""
import html
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
LAB = ROOT / "tests/lab/lab"
sys.path[:0] = [str(ROOT / "tests/lab"), str(ROOT / "tests/schema")]
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402
from validate import Validator  # noqa: E402

SCHEMAS = {
    "oscal-ap": "oscal_assessment-plan_schema.json",
    "oscal-ar": "oscal_assessment-results_schema.json",
    "oscal-poam": "oscal_poam_schema.json",
    "sarif": "sarif-schema-2.1.0.json",
    "cyclonedx": "cyclonedx-bom-1.6.schema.json",
}
# What the lab puts into the weak gateway's image (tests/lab/firmware.py): salt and hash, key, password.
SECRETS = [b"akashilab", b"PRIVATE KEY", b"admin:admin", b"YWRtaW46YWRtaW4"]


def akashi(*arguments, **settings):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, check=False, timeout=300,
                          env={**os.environ, "AKASHI_LANG": "en"}, **settings)


class Site:
    """`akashi serve` over the data folder, while it is needed."""

    def __init__(self, data):
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", str(data), "--port", "0"],
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip().rstrip("/")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def get(self, path):
        """status, headers, body"""
        try:
            with urllib.request.urlopen(self.address + path, timeout=120) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def crawl(self, start, wanted, lang):
        """path → status and body of all pages in that language that links lead to and whose path begins with
        `wanted`; those that mark a part of what another shows are left out"""
        found, waiting = {}, [start]
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            status, headers, body = self.get(path)
            found[path] = (status, body)
            if headers["Content-Type"].startswith("text/html"):
                links = re.findall(r'href="(/[^"#]*)', body.decode("utf-8"))
                waiting += [link for link in map(html.unescape, links)
                            if link.startswith(wanted) and f"lang={lang}" in link and "at=" not in link]
        return found


def text_of(path):
    """What can be read in a file: of a PDF the words on its pages, where poppler is installed."""
    if path.suffix != ".pdf":
        return path.read_bytes()
    try:
        return subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
    except FileNotFoundError:
        return b""


def test_export(tap, data, out):
    done = akashi("export", "weak", "--data", data, "-o", out, "--format", "json")
    tap.equal("export ends with 0", done.returncode, 0)
    files = json.loads(done.stdout)
    tap.equal("every format in both languages, or in the one it has",
              len(files), len({f["format"] for f in files}) * 2 - 4)
    for row in files:
        tap.ok(f"{pathlib.Path(row['file']).name} is there, of the size that is said",
               pathlib.Path(row["file"]).stat().st_size == row["bytes"] > 0)
    again = pathlib.Path(f"{out}-again")
    akashi("export", "weak", "--data", data, "-o", again)
    different = [p.name for p in out.iterdir() if p.read_bytes() != (again / p.name).read_bytes()]
    tap.equal("exported again, the same bytes", different, [])
    only = pathlib.Path(f"{out}-only")
    akashi("export", "weak", "--data", data, "-o", only, "--only", "sarif")
    tap.equal("--only", sorted(p.name for p in only.iterdir()), ["weak.en.sarif", "weak.ja.sarif"])
    tap.equal("an unknown format is refused",
              akashi("export", "weak", "--data", data, "--only", "docx").returncode, 2)
    return {row["format"]: pathlib.Path(row["file"]) for row in files}


def test_downloads(tap, site, out):
    """What the pages hand out is what the command writes."""
    different, names = [], []
    files = sorted(out.iterdir())
    for file in files:
        status, headers, body = site.get(f"/runs/weak/reports/{file.name}?save=1")
        if status != 200 or body != file.read_bytes():
            different.append(file.name)
        if f'filename="{file.name}"' not in (headers["Content-Disposition"] or ""):
            names.append(file.name)
    tap.ok("there are files in both languages", len(files) > 15, len(files))
    tap.equal("every form in every language is served as the command writes it", different, [])
    tap.equal("with its name", names, [])
    tap.equal("a PDF is called one", site.get("/runs/weak/reports/weak.en.pdf")[1]["Content-Type"],
              "application/pdf")
    status, headers, _ = site.get("/runs/weak/reports/weak.en.html")
    tap.ok("a report to look at stands in a sandbox", headers["Content-Disposition"] is None and
           headers["Content-Security-Policy"].startswith("sandbox;"))
    page = site.get("/runs/weak/downloads?lang=en")[2].decode("utf-8")
    missing = [file.name for file in files if f"/runs/weak/reports/{file.name}" not in page]
    tap.equal("the page of downloads leads to each of them", missing, [])


def test_evidence_pages(tap, site):
    """Each piece of evidence in each form, and whatever else the run's pages lead to."""
    pages = {}
    for lang, wanted in (("en", ("/runs/weak", "/products", "/compare", "/?")), ("ja", "/runs/weak/evidence")):
        pages.update(site.crawl(f"{'/runs/weak' if lang == 'en' else wanted}?lang={lang}", wanted, lang))
    bad = sorted(path for path, (status, _) in pages.items() if status != 200)
    tap.equal("every link leads to something that is there", bad, [])
    evidence = {path.split("?")[0] for path in pages if "/evidence/" in path}
    tap.ok("much evidence is cited", len(evidence) > 30, len(evidence))
    views = {urllib.parse.parse_qs(path.split("?")[1]).get("view", [""])[0] for path in pages if "/evidence/" in path}
    tap.equal("all forms occur", views, {"", "certificate", "dialogue", "text", "hex"})
    leaks = [path for path, (_, body) in pages.items() for secret in SECRETS
             if secret in body and "/reports/" not in path and "/files/" not in path]
    tap.equal("no page holds a secret of the device or its firmware", leaks, [])
    withheld = [body for path, (_, body) in pages.items() if "/evidence/" in path and b"akashi evidence weak" in body]
    tap.ok("what a person handed in is not shown, and the way to it is named", len(withheld) > 0 and all(
        b"record of the tests done by hand" not in body for _, body in pages.values()))
    certificate = [body.decode("utf-8") for path, (_, body) in pages.items() if "view=certificate" in path and
                   "lang=en" in path]
    tap.ok("the weak certificate is read", certificate and all(
        part in certificate[0] for part in ("RSA, 1024 bit", "sha1WithRSAEncryption", "IP Address:127.0.1.10")))
    threats = site.get("/runs/weak/threats?lang=en")[2].decode("utf-8")
    tap.ok("threats that were found, and those that nothing covers", "state found" in threats and
           "Uncovered threats" in threats)


def test_no_secret(tap, out):
    for path in sorted(out.iterdir()):
        found = [secret for secret in SECRETS if secret in text_of(path)]
        tap.equal(f"{path.name} holds no secret", found, [])
    report = (out / "weak.json").read_bytes()
    tap.ok("but says where they are", b"etc/shadow" in report and b"admin:*****" in report)


def test_sarif(tap, files):
    log = json.loads(files["sarif"].read_text("utf-8"))
    places = [place.get("physicalLocation", {}) for row in log["runs"][0]["results"]
              for place in row.get("locations", [])]
    shadow = [p for p in places if p.get("artifactLocation", {}).get("uri", "").endswith("etc/shadow")]
    tap.ok("SARIF names the bytes of the password hash in its file",
           shadow and shadow[0]["region"]["byteOffset"] == len("root:")
           and shadow[0]["region"]["byteLength"] > 80, shadow)


def test_import(tap, data, files):
    for name in ("oscal-ap", "oscal-ar", "oscal-poam", "sarif", "cyclonedx", "json", "csv"):
        done = akashi("import", files[name], "--check", "--data", data)
        tap.ok(f"{name} is read again", done.returncode == 0, done.stderr.decode())
    done = akashi("import", files["oscal-ar"], "--data", data, "--format", "json")
    findings = json.loads(done.stdout)["results"][0]["findings"]
    verdicts = json.loads(files["json"].read_text("utf-8"))["verdicts"]
    tap.equal("each verdict comes back", [(f["requirement"], f["verdict"]) for f in findings],
              [(v["requirement"], v["verdict"]) for v in verdicts])
    tap.ok("import says that nothing is kept",
           b"nothing was kept" in akashi("import", files["sarif"], "--data", data).stdout)
    catalog = files["json"].with_name("catalog.json")
    catalog.write_bytes(akashi("catalog", "export", "en303645", "--data", data).stdout)
    tap.equal("a catalogue is checked without an id",
              akashi("import", catalog, "--check", "--data", data).returncode, 0)
    tap.equal("to keep one takes an id", akashi("import", catalog, "--data", data).returncode, 2)
    tap.equal("with one it is kept", akashi("import", catalog, "--as", "mine", "--data", data).returncode, 0)
    tap.ok("and listed", b"mine" in akashi("catalog", "list", "--data", data).stdout)
    files["pdf"].with_name("x.json").write_text("{}")
    tap.equal("what is not known is refused",
              akashi("import", files["pdf"].with_name("x.json"), "--data", data).returncode, 2)


def test_terminal(tap, data):
    master, slave = pty.openpty()
    done = subprocess.run([PROGRAM, "report", "weak", "--data", data, "--format", "pdf"], stdout=slave,
                          stderr=subprocess.PIPE, check=False, env={**os.environ, "AKASHI_LANG": "en"})
    os.close(slave)
    os.close(master)
    tap.ok("a PDF is not printed to a terminal", done.returncode == 2 and b"-o" in done.stderr)
    piped = akashi("report", "weak", "--data", data, "--format", "pdf")
    tap.ok("but into a pipe", piped.stdout.startswith(b"%PDF-"))


def test_completion(tap):
    script = akashi("completion", "bash").stdout.decode()

    def complete(*words):
        quoted = " ".join(f"'{word}'" for word in words)
        program = (f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _akashi; "
                   "printf '%s\\n' \"${COMPREPLY[@]}\"")
        return subprocess.run(["bash", "-c", program], capture_output=True, text=True,
                              check=False).stdout.split()

    tap.equal("commands are completed", complete("akashi", "rep"), ["report"])
    tap.ok("so are formats", "oscal-poam" in complete("akashi", "report", "--format", "oscal-"))
    tap.equal("options", complete("akashi", "verify", "--ret"), ["--retest"])
    tap.ok("and what a command begins with", "list" in complete("akashi", "run", "li"))


def test_schemas(tap, files):
    folder = os.environ.get("AKASHI_TEST_DATA")
    if folder is None:
        tap.skip("schemas", "AKASHI_TEST_DATA is not set")
        return
    schemas = pathlib.Path(folder, "schemas")
    for kind, name in SCHEMAS.items():
        validator = Validator(json.loads((schemas / name).read_text("utf-8")), schemas)
        errors = validator.errors(json.loads(files[kind].read_text("utf-8")))[:10]
        tap.ok(f"{kind} of a real run is valid", not errors, *errors)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-export-") as scratch:
        os.environ["AKASHI_LAB_DIR"] = f"{scratch}/lab"
        data, out = f"{scratch}/data", pathlib.Path(scratch, "out")
        try:
            subprocess.run([LAB, "start", "weak-gateway"], check=True, stdout=subprocess.DEVNULL)
            product = subprocess.run([LAB, "product", "weak-gateway"], check=True, capture_output=True,
                                     text=True).stdout.strip()
            akashi("verify", product, "--data", data, "--run-id", "weak", "--ports", "1-1024", "--quiet")
        finally:
            subprocess.run([LAB, "stop"], check=False, capture_output=True)
        files = test_export(tap, data, out)
        test_no_secret(tap, out)
        with Site(data) as site:
            test_downloads(tap, site, out)
            test_evidence_pages(tap, site)
        test_sarif(tap, files)
        test_import(tap, data, files)
        test_terminal(tap, data)
        test_completion(tap)
        test_schemas(tap, files)
    return tap.done()


sys.exit(main())
