"""What the tests of the command line share: a data folder, the hardened gateway, variants of it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
LAB = ROOT / "tests/lab/lab"
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

FEW_PORTS = ["--ports", "1-1024"]
WAIT_S = 900  # for one command; it takes seconds where the machine is not busy
ALL_PORTS = ["--profile", "jc-star-1", "--ports", "1-65535"]


class World:
    """A data folder and the hardened gateway."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = str(self.folder / "data")
        self.product = None

    def akashi(self, *arguments, **settings):
        environment = {**os.environ, "AKASHI_LANG": "en", **settings.pop("env", {})}
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False,
                              env=environment, stdin=subprocess.DEVNULL, timeout=WAIT_S, **settings)

    def verify(self, *arguments):
        subprocess.run([LAB, "reset", "hardened-gateway"], check=True, capture_output=True)
        return self.akashi("verify", self.product, "--data", self.data, "--format", "json",
                           *FEW_PORTS, *arguments)

    def runs(self):
        return json.loads(self.akashi("run", "list", "--data", self.data, "--format",
                                      "json").stdout)

    def show(self, run):
        return json.loads(self.akashi("run", "show", run, "--data", self.data, "--format",
                                      "json").stdout)


def cases_of(document):
    return {row["case"]: row for item in document["verdicts"] for row in item["cases"]}


def inherited_of(document):
    """case → from which run, of those that took their pass over"""
    return {name: row["inherited"]["run"] for name, row in cases_of(document).items()
            if "inherited" in row}


class Variant:
    """The product file with some lines changed, beside the original, while it is needed."""

    def __init__(self, world, pattern, replacement):
        self.world, self.original = world, world.product
        self.path = pathlib.Path(world.product).with_name("variant.yaml")
        text = pathlib.Path(world.product).read_text(encoding="utf-8")
        changed, count = re.subn(pattern, replacement, text, count=1)
        assert count == 1
        self.path.write_text(changed, encoding="utf-8")

    def __enter__(self):
        self.world.product = str(self.path)

    def __exit__(self, *_):
        self.world.product = self.original
        self.path.unlink()


def run_tests(*tests):
    """Runs each test(tap, world) on one gateway and one data folder; the exit status."""
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="akashi-cli-")
    os.environ.setdefault("AKASHI_LAB_LOCKOUT_S", "2")
    os.environ["AKASHI_LAB_DIR"] = os.path.join(folder, "lab")
    try:
        subprocess.run([LAB, "start", "hardened-gateway"], check=True, capture_output=True)
        world = World(folder)
        world.product = subprocess.run([LAB, "product", "hardened-gateway"], capture_output=True,
                                       text=True, check=True).stdout.strip()
        for test in tests:
            test(tap, world)
    finally:
        subprocess.run([LAB, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()
