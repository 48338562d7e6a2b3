#!/usr/bin/env python3
"""Each row of data/firmware/evidence.json on a weak and on a sound image: the finding is there and not there, and the
test cases that the row names are refuted by the weak one alone.

usage: evidence-image-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)

Findings are those of `akashi firmware`; verdicts those of whole verifications of products that are images and nothing
else. What refutes nothing is put into one product, so that one verification shows that none of it does.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402
import evidence_images  # noqa: E402

ROWS = {row["property"]: row for row in json.loads((ROOT / "data/firmware/evidence.json").read_text("utf-8"))["rows"]}
PROFILES = {"en303645": "en303645", "jc-star": "jc-star-1"}  # of each catalogue the one with all rows


class Product:
    """Images that are verified together, and what came of it."""

    def __init__(self, name, top, catalog):
        self.name, self.catalog = name, catalog
        self.folder = pathlib.Path(top, catalog, name)
        self.folder.mkdir(parents=True)
        self.images, self.report, self.rules = {}, None, None

    def add(self, name, files):
        self.images[name] = self.folder / f"image{len(self.images)}.cpio"
        self.images[name].write_bytes(evidence_images.cpio(files))

    def verify(self):
        text = "product: {name: images, version: \"1\"}\nimages:\n"
        text += "".join(f"  - {{name: {file.stem}, path: {file.name}}}\n" for file in self.images.values())
        if self.rules is not None:
            (self.folder / "own.yar").write_text(self.rules)
            text += "yara: own.yar\n"
        (self.folder / "product.yaml").write_text(text)
        words = ["--data", str(self.folder / "data"), "--lang", "en"]
        verified = subprocess.run([PROGRAM, "verify", self.folder / "product.yaml", "--profile", PROFILES[self.catalog],
                                   "--run-id", "run", "-q", *words], capture_output=True, text=True, check=False, timeout=900)
        shown = subprocess.run([PROGRAM, "report", "run", "--format", "json", *words], capture_output=True, text=True,
                               check=False, timeout=300)
        self.report = json.loads(shown.stdout) if shown.returncode == 0 else None
        self.error = verified.stderr + shown.stderr
        return self

    def refuted(self):
        """Test cases that fail."""
        return {case["case"] for row in self.report["verdicts"] for case in row["cases"] if case["verdict"] == "fail"}


def seen(path, rules):
    """Properties that were seen on the image or on anything in it; None where it was not looked at to its end."""
    own = ["--yara", path.with_suffix(".yar")] if rules else []
    if rules:
        path.with_suffix(".yar").write_text(rules)
    done = subprocess.run([PROGRAM, "firmware", "--no-cache", path, *own, "--format", "json", "--lang", "en"], capture_output=True, text=True,
                          check=False, timeout=300)
    result = json.loads(done.stdout)
    return {o["property"] for o in result["observations"] if o["outcome"] == "seen"} if result["complete"] else None


def wanted(image, prop, catalog):
    """Cases that the weak image of the row refutes."""
    rows = [prop, *image.get("also", [])]
    return {case for row in rows for case in ROWS[row]["refutes"].get(catalog, [])}


def products(images, top):
    """(product, cases that it refutes): by the first catalogue all images, by others those of rows that it names;
    that no other row refutes anything in them is evidence-test.py's."""
    for catalog in PROFILES:
        nothing = Product("nothing", top, catalog)
        for prop, image in images.items():
            if catalog != "en303645" and not wanted(image, prop, catalog):
                continue
            nothing.add((prop, "sound"), image["sound"])
            for why, files in image.get("other", {}).items():
                if files is not None:
                    nothing.add((prop, why), files)
            cases = wanted(image, prop, catalog)
            if image["weak"] is None:
                continue
            product = Product(prop, top, catalog) if cases else nothing
            product.add((prop, "weak"), image["weak"])
            if cases:
                yield product, cases
        yield nothing, set()


def judge(tap, product, cases):
    name = f"{product.catalog}, {product.name}"
    if tap.ok(f"{name}: verified", product.report is not None, product.error):
        tap.equal(f"{name}: what is refuted", product.refuted(), cases)


def look(tap, pool, made, described):
    """The findings of all images, each looked at once."""
    images = {name: path for product, _ in made if product.catalog == "en303645" for name, path in product.images.items()}
    rules = [described[prop].get("rules") for prop, _ in images]
    for (prop, kind), found in zip(images, pool.map(seen, images.values(), rules)):
        tap.ok(f"{prop}: {kind}", found is not None and (prop in found) == (kind == "weak"), found)


def rules_of_product(tap, image, top):
    """Rules that the product file names: the finding stands in the report of the weak image alone, and the plan holds the
    digest of the rules, which are kept."""
    for kind in ("weak", "sound"):
        product = Product(f"rules-{kind}", top, "en303645")
        product.add(("yara.match", kind), image[kind])
        product.rules = image["rules"]
        if not tap.ok(f"rules of the product, {kind}: verified", product.verify().report is not None, product.error):
            continue
        text = json.dumps(product.report)
        tap.equal(f"rules of the product, {kind}: finding", "own-rule-matched" in text, kind == "weak")
        digest = hashlib.sha256(image["rules"].encode()).hexdigest()
        log = product.folder / "data/log"
        planned = f'"yara":{{"file":"own.yar","sha256":"{digest}"}}'.encode()
        tap.ok(f"rules of the product, {kind}: the plan names them",
               planned in (log / "records").read_bytes() and
               (log / "blobs" / digest[:2] / digest[2:]).read_text() == image["rules"])


def main():
    tap = Tap()
    if shutil.which("openssl") is None or shutil.which("cc") is None:
        tap.skip("images", "openssl and a C compiler are needed")
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="akashi-evidence-") as top:
        images = evidence_images.images(ROOT, top)
        tap.equal("each row has its images", set(images), set(ROWS))
        made = list(products(images, top))
        with ThreadPoolExecutor(4) as pool:
            look(tap, pool, made, images)
            list(pool.map(lambda pair: pair[0].verify(), made))
        rules_of_product(tap, images["yara.match"], top)
        for product, cases in made:
            judge(tap, product, cases)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
