"""The lab's folder: descriptions of devices, mutants derived from the hardened gateway, and the
product files that fit them."""
import json
import pathlib

from device import HERE, Device, LabError

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
    if name in GATEWAYS:
        return read(HERE / "devices" / f"{name}.json")
    if name not in mutant_names():
        raise LabError(f"no device {name}")
    described = merge(read(HERE / "devices/hardened-gateway.json"), mutant(name).get("device", {}))
    described["admin"].setdefault("password", None)
    return {**described, "name": name,
            "address": f"127.0.1.{FIRST_MUTANT + mutant_names().index(name)}"}


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
