"""Debian's packages of other architectures as images: fetched by tools/foreign-packages, packed as tar."""
import io
import json
import os
import pathlib
import subprocess
import tarfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])


def store():
    """Where fetched packages stay between runs."""
    default = pathlib.Path(PROGRAM).parent / "tests/firmware/packages"
    return pathlib.Path(os.environ.get("AKASHI_PACKAGES", default))


def fetch(architecture, packages):
    """The folders of those packages that could be had: {package: folder}; none without network."""
    store().mkdir(parents=True, exist_ok=True)
    subprocess.run([ROOT / "tools/foreign-packages", store(), architecture, *packages],
                   stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False)
    place = store() / architecture
    return {p: place / p for p in packages if (place / f"{p}.version").exists()}


def version(architecture, package):
    return (store() / architecture / f"{package}.version").read_text().strip()


def image(path, folders, keep=lambda name: True):
    """A tar of the folders' files, each under /; `keep` chooses by the path."""
    with tarfile.open(path, "w") as tar:
        for folder in folders:
            for file in sorted(folder.rglob("*")):
                name = file.relative_to(folder).as_posix()
                if keep("/" + name) and (file.is_symlink() or file.is_file()):
                    tar.add(file, name, recursive=False)
        if not tar.getmembers():
            tar.addfile(tarfile.TarInfo("empty"), io.BytesIO())


def look(path):
    """What `akashi firmware` observes: {(locator without the image's name, property): (outcome, value)}."""
    done = subprocess.run([PROGRAM, "firmware", "--no-cache", str(path), "--format", "json"], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL, timeout=1200)
    result = json.loads(done.stdout)
    assert result["end"] == "done", result.get("reason")
    seen = {}
    for row in result["observations"]:
        locator = row["subject"]["locator"].partition("!")[2]
        seen[locator, row["property"]] = (row["outcome"], row.get("value"))
    return seen
