#!/usr/bin/env python3
"""akashi firmware --format cyclonedx, spdx and sarif: valid by their schemas, and they say what the JSON says.

usage: format-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; AKASHI_TEST_DATA: for the schemas of others)
"""
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
sys.path[:0] = [str(ROOT / "tests/lab"), str(ROOT / "tests/schema")]
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402
from validate import Validator  # noqa: E402

FILES = {"bin/busybox": b"\x7fELF\2\1\1\0BusyBox v1.35.0 (x)\0", "etc/hostapd.conf": b"wpa_passphrase=correcthorse9\n",
         "var/lib/dpkg/status": b"Package: dropbear\nStatus: install ok installed\nVersion: 2022.83-1\n\n"}


def printed(image, form, **more):
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"} | more
    return subprocess.run([PROGRAM, "firmware", "--no-cache", str(image), "--format", form, "--lang", "en"], capture_output=True,
                          text=True, check=False, timeout=300, env=environment).stdout


def shown(image, form):
    return json.loads(printed(image, form))


def valid(tap, name, document, schema, folder):
    if schema is None or not schema.exists():
        return tap.skip(f"{name} is valid", "AKASHI_TEST_DATA is not set")
    errors = Validator(json.loads(schema.read_text("utf-8")), folder).errors(document)[:5]
    return tap.ok(f"{name} is valid", not errors, *[str(e)[:200] for e in errors])


def main():
    tap = Tap()
    data = os.environ.get("AKASHI_TEST_DATA")
    schemas = pathlib.Path(data, "schemas") if data else None
    with tempfile.TemporaryDirectory(prefix="akashi-formats-") as top:
        image = pathlib.Path(top, "image.tar")
        with tarfile.open(image, "w") as tar:
            for name, content in FILES.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        digest = shown(image, "json")["sha256"]
        cyclonedx, spdx, sarif = (shown(image, form) for form in ("cyclonedx", "spdx", "sarif"))
        os.utime(image, (1700000000, 1700000000))
        for form in ("text", "json", "cyclonedx", "spdx", "sarif"):
            first = printed(image, form)
            time.sleep(1.1)  # a clock that shows would show
            tap.ok(f"{form}: two runs print the same bytes", printed(image, form) == first and len(first) > 100)
        times = [json.loads(printed(image, "cyclonedx", **more))["metadata"]["timestamp"]
                 for more in ({}, {"SOURCE_DATE_EPOCH": "1234567890"}, {"SOURCE_DATE_EPOCH": "never"})]
        tap.equal("their time is the file's, or what the environment says", times,
                  ["2023-11-14T22:13:20Z", "2009-02-13T23:31:30Z", "2023-11-14T22:13:20Z"])
    valid(tap, "cyclonedx", cyclonedx, schemas and schemas / "cyclonedx-bom-1.6.schema.json", schemas)
    valid(tap, "sarif", sarif, schemas and schemas / "sarif-schema-2.1.0.json", schemas)
    valid(tap, "spdx", spdx, ROOT / "tests/schema/spdx-2.3.json", ROOT / "tests/schema")
    purls = ["pkg:generic/busybox@1.35.0", "pkg:generic/dropbear@2022.83-1"]
    tap.equal("components of cyclonedx", sorted(c["purl"] for c in cyclonedx["components"]), purls)
    tap.equal("its subject", cyclonedx["metadata"]["component"]["hashes"], [{"alg": "SHA-256", "content": digest}])
    tap.equal("packages of spdx", sorted(r["referenceLocator"] for p in spdx["packages"]
                                         for r in p.get("externalRefs", []) if r["referenceType"] == "purl"), purls)
    results = [r for r in sarif["runs"][0]["results"] if r["ruleId"] == "secret.wifi"]
    tap.equal("the finding is in its file", [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                                             for r in results], ["etc/hostapd.conf"])
    tap.ok("and masked", "correcthorse9" not in json.dumps([sarif, spdx, cyclonedx]))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
