"""What akashi writes of a run as OSCAL, SARIF, CycloneDX and SPDX is valid by their own schemas, and a planted fault
is not.

usage: results-test.py LAB KIND-TEST; AKASHI_TEST_DATA from the environment
"""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
from tap import Tap  # noqa: E402  (the lab's)
from validate import Validator  # noqa: E402

SCHEMAS = {
    "oscal-ap": "oscal_assessment-plan_schema.json",
    "oscal-ar": "oscal_assessment-results_schema.json",
    "oscal-poam": "oscal_poam_schema.json",
    "sarif": "sarif-schema-2.1.0.json",
    "cyclonedx": "cyclonedx-bom-1.6.schema.json",
    "spdx": pathlib.Path(__file__).with_name("spdx-2.3.json"),
}


def result(document):
    return document["assessment-results"]["results"][0]


def poam(document):
    return document["plan-of-action-and-milestones"]


FAULTS = {
    "oscal-ap": {
        "no import-ssp": lambda d: d["assessment-plan"].pop("import-ssp"),
        "activity without a description":
            lambda d: d["assessment-plan"]["local-definitions"]["activities"][0].pop("description"),
        "empty tasks": lambda d: d["assessment-plan"].update(tasks=[]),
    },
    "oscal-ar": {
        "unknown state": lambda d: result(d)["findings"][0]["target"]["status"].update(state="maybe"),
        "no UUID": lambda d: result(d)["observations"][0].update(uuid="1"),
        "time without zone":
            lambda d: result(d)["observations"][0].update(collected="2026-11-23T00:00:00"),
        "unknown member": lambda d: result(d)["risks"][0].update(extra=1),
    },
    "oscal-poam": {
        "no items": lambda d: poam(d).update({"poam-items": []}),
        "risk without a status": lambda d: poam(d)["risks"][0].pop("status"),
    },
    "sarif": {
        "unknown level": lambda d: d["runs"][0]["results"][0].update(level="grave"),
        "negative offset": lambda d: d["runs"][0]["results"][0].update(
            locations=[{"physicalLocation": {"region": {"byteOffset": -2}}}]),
        "no driver": lambda d: d["runs"][0]["tool"].pop("driver"),
    },
    "spdx": {
        "no creation": lambda d: d.pop("creationInfo"),
        "unknown purpose": lambda d: d["packages"][0].update(primaryPackagePurpose="THING"),
        "package without a download location": lambda d: d["packages"][1].pop("downloadLocation"),
    },
    "cyclonedx": {
        "unknown type": lambda d: d["components"][0].update(type="thing"),
        "bad digest": lambda d: d["components"][0].update(
            hashes=[{"alg": "SHA-256", "content": "00"}]),
        "unknown licence id": lambda d: d["components"][0].update(
            licenses=[{"license": {"id": "No-Such-Licence"}}]),
        "bad serial number": lambda d: d.update(serialNumber="1"),
    },
}


def main():
    tap = Tap()
    folder = os.environ.get("AKASHI_TEST_DATA")
    if folder is None or not pathlib.Path(folder, "schemas").is_dir():
        tap.skip("schemas of OSCAL, SARIF and CycloneDX", "AKASHI_TEST_DATA is not set")
        sys.exit(tap.done())
    schemas = pathlib.Path(folder, "schemas")
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.argv[2], "--write", out], check=True)
        for kind, name in SCHEMAS.items():
            validator = Validator(json.loads((schemas / name).read_text("utf-8")), schemas)
            for lang in ("en", "ja"):
                document = json.loads(pathlib.Path(out, f"{lang}.{kind}").read_text("utf-8"))
                errors = validator.errors(document)[:10]
                tap.ok(f"{kind} in {lang} is valid", not errors, *errors)
            for fault, plant in FAULTS[kind].items():
                bad = copy.deepcopy(document)
                plant(bad)
                tap.ok(f"{kind}, found: {fault}", validator.errors(bad))
    sys.exit(tap.done())


main()
