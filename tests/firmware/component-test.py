#!/usr/bin/env python3
"""Signatures of components against Debian's packages, whose versions are known: precision, recall, F1.

usage: component-test.py [--all [ARCHITECTURE…]]
(environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT; AKASHI_PACKAGES: where packages stay)

The packages whose names confirmed signatures have as their source are one image an architecture. Expected in the
files of each is its component in the maker's version, and nothing else but copies of others that were judged by
hand (COPIES).
"""
import json
import pathlib
import re
import sys
import tempfile

import debian

sys.path.insert(0, str(debian.ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

DATA = json.loads((debian.ROOT / "data/signatures/components.json").read_text("utf-8"))["components"]

# What every check looks at: enough kinds of signatures, few megabytes. --all looks at all of them.
USUAL = ["busybox", "curl", "dropbear", "dnsmasq", "lighttpd", "mosquitto", "openssl", "zlib", "zstd", "xz",
         "bzip2", "pcre2", "libxml2", "json-c", "dbus", "libarchive", "hostapd", "iptables", "iproute2", "ppp",
         "socat", "sudo", "rauc", "mtd-utils", "i2c-tools", "vsftpd", "lldpd", "libsodium", "libyaml",
         "c-ares", "tftp-hpa", "readline", "bash", "wireguard-tools", "ethtool"]
ARCHITECTURES = ["armhf", "s390x"]
EVERY = ["amd64", "arm64", "armhf", "mipsel", "s390x"]
FLOOR = 0.95  # of all packages
USUAL_FLOOR = 0.97  # of the usual ones; where it was once it stays
META = {"linux"}  # its source is a package that only names another one

# Copies of other software linked into a package's programs: judged by hand, each by its own texts there.
COPIES = {
    ("redis", "lua"),
    ("nodejs", "zlib"), ("nodejs", "openssl"), ("nodejs", "c-ares"), ("rsync", "zlib"), ("git", "zlib"),
}


def upstream(version):
    """The maker's version in a Debian version."""
    version = version.split(":", 1)[-1]
    version = version.rsplit("-", 1)[0] if "-" in version else version
    version = re.split(r"[+](?!\d+$)|\+\d{6,}|~(?:dfsg|ds|deb|git)", version)[0]
    version = re.sub(r"[.](?:dfsg|ds)\d*$", "", version)
    return version.replace("~", "-").removesuffix("-stable")


def source_of(component):
    """The Debian package that the signature was confirmed by, or None."""
    found = re.match(r"Debian 12, ([a-z0-9][a-z0-9.+-]*)", component["source"])
    return found.group(1) if found and component["confidence"] == "confirmed" else None


class Score:
    def __init__(self):
        self.right, self.missed, self.wrong = [], [], []

    def judge(self, place, component, truth, found):
        mine = {f for f in found if f.rpartition("@")[0] == component["id"]}
        wanted = f"{component['id']}@{truth}"
        (self.right if wanted in mine else self.missed).append(f"{place}: {wanted}")
        self.wrong += [f"{place}: {f}" for f in mine - {wanted}]
        self.wrong += [f"{place}: {f}" for f in found - mine
                       if (component["id"], f.rpartition("@")[0]) not in COPIES]

    def ratios(self):
        right, missed, wrong = len(self.right), len(self.missed), len(self.wrong)
        precision = right / (right + wrong) if right + wrong else 0.0
        recall = right / (right + missed) if right + missed else 0.0
        both = precision + recall
        return precision, recall, 2 * precision * recall / both if both else 0.0


def paths_of(folder):
    """What debian.image takes of a package."""
    return {"/" + file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def found_in(seen, paths):
    """Components that were found in any of the files."""
    files = {locator.rpartition("!")[2]: value for (locator, prop), (_, value) in seen.items()
             if prop == "component.files" and locator}
    return {name for name, places in files.items() if paths & {place.partition("!")[0] for place in places}}


def look_at(score, top, architecture, components):
    """True where any of the packages could be had."""
    folders = debian.fetch(architecture, [source_of(c) for c in components])
    path = pathlib.Path(top) / "image.tar"
    debian.image(path, folders.values(), lambda name: "/share/doc/" not in name)
    seen = debian.look(path)
    path.unlink()
    for component in components:
        package = source_of(component)
        if package not in folders:
            continue
        truth = upstream(debian.version(architecture, package))
        found = found_in(seen, paths_of(folders[package]))
        score.judge(f"{architecture} {package}", component, truth, found)
    return bool(folders)


def main():
    tap = Tap()
    every = "--all" in sys.argv[1:]
    architectures = [a for a in sys.argv[1:] if a != "--all"] or (EVERY if every else ARCHITECTURES)
    components = [c for c in DATA if source_of(c) and c["id"] not in META and (every or c["id"] in USUAL)]
    with tempfile.TemporaryDirectory(prefix="akashi-components-") as top:
        for architecture in architectures:
            score = Score()
            if not look_at(score, top, architecture, components):
                tap.skip(architecture, "its packages cannot be fetched")
                continue
            precision, recall, f1 = score.ratios()
            print(f"# {architecture}: {len(score.right)} of {len(score.right) + len(score.missed)} packages, "
                  f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")
            for line in score.missed + score.wrong:
                print(f"# {'missed' if line in score.missed else 'wrong'} {line}")
            floor = FLOOR if every else USUAL_FLOOR
            tap.ok(f"{architecture}: F1 is {floor} at least", f1 >= floor)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
