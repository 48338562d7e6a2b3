#!/usr/bin/env python3
"""Runs the commands of the user guides against the weak example gateway.

usage: guide-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT), inside tests/lab/isolated

A block of a guide that begins with ```sh run must end with status 0, ```sh run=N with N, and ```sh serve
is started, asked for its first page and ended. Both guides must hold the same blocks, which are run once.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

PROGRAM = pathlib.Path(os.environ["AKASHI_PROGRAM"])
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
LAB = ROOT / "tests/lab/lab"
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

WAIT_S = 900  # for one command; it takes seconds where the machine is not busy
BLOCK = re.compile(r"^```sh (run(?:=\d)?|serve)\n(.*?)^```$", re.M | re.S)


def blocks(name):
    return BLOCK.findall((ROOT / "docs" / name).read_text(encoding="utf-8"))


def run(tap, kind, commands, folder, environment):
    wanted = int(kind.partition("=")[2] or 0)
    done = subprocess.run(["sh", "-u", "-c", commands], cwd=folder, env=environment, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WAIT_S)
    tap.ok(f"{commands.splitlines()[-1][:60]} ends with {wanted}", done.returncode == wanted,
           f"status {done.returncode}", *done.stderr.splitlines()[-5:])


def serve(tap, commands, folder, environment):
    with subprocess.Popen(["sh", "-c", f"exec {commands}"], cwd=folder, env=environment,
                          stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        page = direct.open(address, timeout=WAIT_S).read().decode() if address else ""
        tap.ok("the pages list the run", "/runs/first" in page, address)
        server.send_signal(signal.SIGTERM)
        tap.equal("and the server ends when asked to", server.wait(WAIT_S), 0)


def main():
    tap = Tap()
    found = blocks("guide.en.md")
    tap.ok("the guide has commands", len(found) > 10)
    tap.equal("both guides have the same commands", blocks("guide.ja.md"), found)
    with tempfile.TemporaryDirectory(prefix="akashi-guide-") as scratch:
        environment = {**os.environ, "AKASHI_LAB_DIR": f"{scratch}/lab", "AKASHI_LANG": "en",
                       "AKASHI_DATA": f"{scratch}/data",
                       "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
        try:
            subprocess.run([LAB, "start", "weak-gateway"], check=True, env=environment,
                           stdout=subprocess.DEVNULL)
            product = subprocess.run([LAB, "product", "weak-gateway"], check=True, env=environment,
                                     capture_output=True, text=True).stdout.strip()
            for kind, commands in found:
                if kind == "serve":
                    serve(tap, commands, pathlib.Path(product).parent, environment)
                else:
                    run(tap, kind, commands, pathlib.Path(product).parent, environment)
        finally:
            subprocess.run([LAB, "stop"], check=False, env=environment, capture_output=True)
    return tap.done()


sys.exit(main())
