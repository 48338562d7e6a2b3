#!/usr/bin/env python3
"""A product for the adapter `command` with planted rules and faults: lines of JSON in, lines of JSON out.

usage: planted-lines.py [--block TEXT]… [--alert TEXT]… [--die-on TEXT] [--hang-on TEXT] [--late-on TEXT]
                        [--late-s S] [--break-on TEXT] [--chat]
"""
import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser()
for name in ("block", "alert"):
    parser.add_argument(f"--{name}", action="append", default=[])
for name in ("die", "hang", "late", "break"):
    parser.add_argument(f"--{name}-on")
parser.add_argument("--late-s", type=float, default=1.0)
parser.add_argument("--chat", action="store_true")
asked = parser.parse_args()


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def has(text, planted):
    return planted is not None and planted in text


for line in sys.stdin:
    given = json.loads(line)
    text = json.dumps(given["case"])
    if asked.chat:
        say("a line that is about no case")
    if has(text, asked.die_on):
        os.kill(os.getpid(), 9)
    if has(text, asked.hang_on):
        time.sleep(600)
    if has(text, asked.late_on):
        time.sleep(asked.late_s)
    if has(text, asked.break_on):
        say(json.dumps({"id": given["id"], "verdict": "perhaps"}))
        continue
    verdict = ("block" if any(word in text for word in asked.block) else
               "alert" if any(word in text for word in asked.alert) else "pass")
    say(json.dumps({"id": given["id"], "verdict": verdict, "score": len(text) / 2}))
