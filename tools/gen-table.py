#!/usr/bin/env python3
"""Makes a module table from the words in the folders' lists.

usage: gen-table.py OUTPUT KIND --FOLDER word ... [--FOLDER word ...]

A word names one file and one symbol; see src/meson.build for the symbol of each kind.
`--all` words are written folder/word.
"""
import re
import sys

KINDS = {
    # kind: (header, C type, symbol suffix, table name)
    "tests": ("core/test.h", "AkTest", "test", "ak_test_table"),
    "formats": ("firmware/format/format.h", "AkFirmwareFormat", "format", "ak_firmware_format_table"),
    "commands": ("cli/command.h", "AkCommand", "command", "ak_cli_command_table"),
    "adapters": ("effect/adapter/adapter.h", "AkEffectAdapter", "adapter", "ak_effect_adapter_table"),
    "jobs": ("sandbox/worker.h", "AkWorkerJob", "job", "ak_worker_job_table"),
    "parsers": ("tests/fuzz/fuzz.h", "AkFuzzTarget", "fuzz", "ak_fuzz_table"),
}


def words(arguments):
    folder = None
    for argument in arguments:
        if argument.startswith("--"):
            folder = argument[2:]
        elif folder == "all":
            yield tuple(argument.rsplit("/", 1))
        else:
            yield folder, argument


def identifier(text):
    return re.sub(r"[^a-z0-9]", "_", text)


def main(arguments):
    output, kind = arguments[0], arguments[1]
    header, ctype, suffix, table = KINDS[kind]
    modules = [(f, w, f"ak_{identifier(f)}_{identifier(w)}_{suffix}")
               for f, w in words(arguments[2:])]
    lines = ["/* Generated from the folders' lists; change the list, not this file. */", ""]
    lines += ["#include <stddef.h>", "", f'#include "{header}"', ""]
    if kind == "parsers":
        lines += [f"bool {s}(const guint8 *data, gsize size);" for _, _, s in modules]
        rows = [f'  {{"{f}/{w}", {s}}},' for f, w, s in modules]
        lines += ["", f"const {ctype} {table}[] = {{", *rows, "  {NULL, NULL},", "};"]
    else:
        lines += [f"extern const {ctype} {s};" for _, _, s in modules]
        rows = [f"  &{s}," for _, _, s in modules]
        lines += ["", f"const {ctype} *const {table}[] = {{", *rows, "  NULL,", "};"]
    with open(output, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


main(sys.argv[1:])
