#!/usr/bin/env python3
"""Writes the GResource XML that lists the files under data/ which become part of the program.

usage: list-data.py DATA-FOLDER OUTPUT

OUTPUT is left untouched when nothing changed, so that nothing is built again.
"""
import pathlib
import sys

SUFFIXES = {".json", ".po", ".txt", ".css", ".js", ".list"}


def data_files(root):
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.suffix in SUFFIXES
    )


def main(root, output):
    rows = [f"    <file>{name}</file>" for name in data_files(pathlib.Path(root))]
    text = "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>', "<gresources>",
        '  <gresource prefix="/akashi">', *rows, "  </gresource>", "</gresources>", ""])
    target = pathlib.Path(output)
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


main(*sys.argv[1:])
