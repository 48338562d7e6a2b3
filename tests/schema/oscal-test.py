"""What akashi writes as OSCAL is valid by OSCAL's own schemas, and a planted fault is not.

usage: oscal-test.py LAB; AKASHI_PROGRAM and AKASHI_TEST_DATA from the environment
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

try:
    import jsonschema
except ImportError:
    jsonschema = None

PROGRAM = os.environ["AKASHI_PROGRAM"]


def run(data, *words):
    return subprocess.run([PROGRAM, "catalog", *words, "--data", data, "--lang", "en"],
                          capture_output=True, text=True, check=False)


def exported(data, *words):
    result = run(data, "export", *words, "--modified", "2026-11-23")
    return json.loads(result.stdout) if result.returncode == 0 else {"failed": result.stderr}


def check(tap, name, schema, document):
    errors = Validator(schema).errors(document)[:10]
    tap.ok(f"{name} is valid", not errors, *errors)
    if jsonschema is not None:
        # An independent judge where it is installed; the patterns of OSCAL are Unicode ones, which
        # Python's re has not, so only their absence is compared.
        plain = json.loads(json.dumps(schema).replace("\\\\p{L}", "[a-zA-Z]")
                           .replace("\\\\p{N}", "[0-9]"))
        others = [e.message[:200] for e in jsonschema.Draft7Validator(plain).iter_errors(document)]
        tap.ok(f"{name} is valid for the other validator", not others, *others[:10])


def check_faults(tap, schema, document):
    faults = {
        "no uuid": lambda c: c.pop("uuid"),
        "bad uuid": lambda c: c.update(uuid="1"),
        "unknown member": lambda c: c.update(extra=1),
        "no oscal-version": lambda c: c["metadata"].pop("oscal-version"),
        "time without zone": lambda c: c["metadata"].update({"last-modified": "2026-11-23T00:00:00"}),
        "control id begins with a digit": lambda c: c["groups"][0]["controls"][0].update(id="5.1"),
        "empty list": lambda c: c["groups"][0]["controls"][0].update(parts=[]),
    }
    for name, plant in faults.items():
        bad = copy.deepcopy(document)
        plant(bad["catalog"])
        tap.ok(f"found: {name}", Validator(schema).errors(bad))


def main():
    tap = Tap()
    folder = os.environ.get("AKASHI_TEST_DATA")
    if folder is None:
        tap.skip("OSCAL schemas", "AKASHI_TEST_DATA is not set")
        sys.exit(tap.done())

    folder = pathlib.Path(folder)
    catalog_schema = json.loads((folder / "schemas/oscal_catalog_schema.json").read_text("utf-8"))
    profile_schema = json.loads((folder / "schemas/oscal_profile_schema.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as data:
        for name in ("en303645", "jc-star"):
            check(tap, f"catalogue {name}", catalog_schema, exported(data, name))
        check_faults(tap, catalog_schema, exported(data, "en303645"))
        for name in ("en303645", "jc-star-1"):
            check(tap, f"profile {name}", profile_schema, exported(data, name, "--profile"))
        result = run(data, "import", str(folder / "data/oscal-sp800-53-low-catalog.json"),
                     "--as", "sp800-53-low")
        tap.ok("NIST's LOW catalogue is imported", result.returncode == 0, result.stderr)
        check(tap, "NIST's LOW catalogue, written again,", catalog_schema,
              exported(data, "sp800-53-low"))
    sys.exit(tap.done())


main()
