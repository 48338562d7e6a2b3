#!/usr/bin/env python3
"""Lists the files under data/ that become part of the program, or writes their GResource XML.

A file counts when its folder is one that the program reads; README files stay outside.
"""
import pathlib
import sys

SUFFIXES = {".json", ".po", ".txt", ".css", ".list"}


def data_files(root):
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.suffix in SUFFIXES
    )


def main(arguments):
    as_xml = arguments[0] == "--xml"
    root = pathlib.Path(arguments[-1])
    names = data_files(root)
    if not as_xml:
        print("\n".join(names))
        return
    print('<?xml version="1.0" encoding="UTF-8"?>\n<gresources>\n  <gresource prefix="/akashi">')
    for name in names:
        print(f"    <file>{name}</file>")
    print("  </gresource>\n</gresources>")


main(sys.argv[1:])
