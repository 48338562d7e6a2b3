"""The lab's folder: descriptions of devices, mutants derived from the hardened gateway, and the
product files that fit them."""
import fcntl
import hashlib
import json
import os
import pathlib
import shutil

import firmware
from device import Device
from program import HERE, LabError

EXAMPLES = HERE.parents[1] / "examples"
GATEWAYS = ["weak-gateway", "hardened-gateway"]
FIRST_MUTANT = 30  # mutant n listens on 127.0.1.(30 + n)


def read(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def merge(target, patch):
    """JSON merge patch (RFC 7396); returns the patched value."""
    if not isinstance(patch, dict):
        return patch
    out = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge(out.get(key), value)
    return out


def mutant_names():
    return sorted(path.stem for path in (HERE / "mutants").glob("*.json"))


def mutant(name):
    return read(HERE / "mutants" / f"{name}.json")


def description(name):
    described = device_description(name)
    # Tests that do not measure how long a lock-out lasts shorten it: they wait for its end often.
    for holder in [described["admin"], *described["services"].values()]:
        if os.environ.get("AKASHI_LAB_LOCKOUT_S") and holder.get("lockout_s"):
            holder["lockout_s"] = int(os.environ["AKASHI_LAB_LOCKOUT_S"])
    return described


def device_description(name):
    if name in GATEWAYS:
        return read(HERE / "devices" / f"{name}.json")
    if name not in mutant_names():
        raise LabError(f"no device {name}")
    described = merge(read(HERE / "devices/hardened-gateway.json"), mutant(name).get("device", {}))
    described["admin"].setdefault("password", None)
    return {**described, "name": name,
            "address": f"127.0.1.{FIRST_MUTANT + mutant_names().index(name)}"}


def answer_lines(text, cases):
    """The replacements that leave out the answers to `cases`; an answer is one line."""
    lines = text.splitlines(keepends=True)
    for case in cases:
        found = [line for line in lines if f'case: "{case}",' in line]
        yield (found[0] if found else f"an answer to {case}"), ""


class Lab:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()

    def device(self, name, described=True):
        """`described` false: enough to stop one whose description is gone."""
        known = described or name in GATEWAYS or name in mutant_names()
        return Device(description(name) if known else {"name": name, "address": ""},
                      self.folder / name)

    def started(self):
        return sorted({path.parent.name for path in self.folder.glob("*/*.pid")})

    def stop_all(self):
        for name in self.started():
            self.device(name, described=False).stop()

    def image(self, name):
        """The packed firmware of a device; devices with the same firmware share it, and of those that are started
        at once one packs it and the others wait."""
        described = description(name)
        content = {key: described[key] for key in ("model", "version", "firmware")}
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
        for script in ("firmware.py", "certificate.py"):
            digest.update((HERE / script).read_bytes())
        path = self.folder / "images" / f"{digest.hexdigest()[:16]}.uimage"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                firmware.pack(content, path)
        return path

    def write_product(self, name):
        """The product file that fits the device, with its evidence; returns its path."""
        origin = EXAMPLES / (name if name in GATEWAYS else "hardened-gateway")
        folder = self.folder / "products" / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(origin / "evidence", folder / "evidence")
        text = (origin / "product.yaml").read_text(encoding="utf-8")
        changes = [(f"../../build/tests/lab/{origin.name}.uimage", str(self.image(name)))]
        if os.environ.get("AKASHI_LAB_ISOLATED", "named") != "named":
            changes.append(("  network_namespace: akashi-lab\n", ""))  # we are inside already
        if name not in GATEWAYS:
            changes += [("127.0.1.20", description(name)["address"]),
                        *mutant(name).get("product", []),
                        *answer_lines(text, mutant(name).get("drop_answers", []))]
        for old, new in changes:
            if old not in text:
                raise LabError(f"{name}: the product file does not hold {old!r}")
            text = text.replace(old, new)
        (folder / "product.yaml").write_text(text, encoding="utf-8")
        return folder / "product.yaml"
