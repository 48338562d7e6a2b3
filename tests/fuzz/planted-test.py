"""Each planted fault must be found by the fuzz driver, and the sound target must pass.

usage: planted-test.py DRIVER LAB
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[2])
from tap import Tap  # noqa: E402  (the lab's)

FAULTS = {
    # target: what the driver must say
    "reads-beyond": ("not ok 2", "segmentation fault|sanitizer"),
    "asserts": ("not ok 2", "abort"),
    "warns": ("not ok 2", "failed check"),
    "spins": ("not ok 2", "hang (processor time)"),
    "recurses": ("not ok 2", "segmentation fault|sanitizer"),
    "hoards": ("not ok 2", "mutants"),
    "refuses": ("not ok 1", "1 seeds, 0 accepted"),
    "accepts-bad": ("not ok 1", "2 seeds, 2 accepted"),
}


HOARDS_MS = "60000"  # a gibibyte of fresh pages takes seconds on some machines: what is meant is memory, not time


def run(driver, seeds, save, target, *more):
    return subprocess.run(
        [driver, "--target", f"planted/{target}", "--seeds", seeds, "--save", save,
         "--runs", "3000", "--peak-mib", "1024",
         "--budget-ms", HOARDS_MS if target == "hoards" else "300", *more],
        capture_output=True, text=True, check=False)


def lines(*results):
    return [line for result in results for line in (result.stdout + result.stderr).splitlines()]


def trail(result):
    return [line.split("trail ")[1] for line in result.stdout.splitlines() if "trail " in line]


def main(driver):
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for target in ["sound", *FAULTS]:
            seeds = root / "planted" / target
            seeds.mkdir(parents=True)
            (seeds / "seed").write_bytes(b"seed[1]")
        (root / "planted/accepts-bad/bad-seed").write_bytes(b"seed")
        (root / "planted/sound/hex.hex").write_text("73 65 65 64 # seed\n00\n")
        for target, (line, words) in FAULTS.items():
            result = run(driver, folder, folder, target)
            found = [text for text in result.stdout.splitlines() if text.startswith(line)]
            tap.ok(f"{target} is found",
                   result.returncode != 0 and found
                   and any(word in found[0] for word in words.split("|")),
                   *lines(result))
        saved = root / "found-planted-asserts"
        tap.ok("the input of a crash is saved", saved.exists())
        again = run(driver, folder, folder, "asserts", str(saved))
        tap.ok("and crashes again", "not ok 1" in again.stdout, *lines(again))
        first, second = (run(driver, folder, folder, "sound") for _ in range(2))
        other = run(driver, folder, folder, "sound", "--seed", "2")
        tap.ok("a sound target passes", first.returncode == 0
               and "ok 1 - planted/sound: 2 seeds, 2 accepted" in first.stdout, *lines(first))
        tap.ok("the same seed gives the same mutants",
               trail(first) and trail(first) == trail(second), *lines(first, second))
        tap.ok("another seed gives others", trail(other) and trail(first) != trail(other),
               *lines(first, other))
        seedless = run(driver, folder, folder, "seedless")
        tap.ok("a target without seeds says so", "# SKIP no folder" in seedless.stdout
               and seedless.returncode == 0, *lines(seedless))
    return tap.done()


sys.exit(main(sys.argv[1]))
