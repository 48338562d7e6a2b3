#!/usr/bin/env python3
"""A network engine with planted rules and faults: reads a capture, writes alerts as EVE JSON.

usage: planted-ids.py CAPTURE LOG [FAULT TEXT]     FAULT: die, hang, flood

Alerts on packets that hold "bad"; "vlan" as the packet's tags say.
"""
import json
import struct
import sys
import time

CAPTURE, LOG, FAULT, TEXT = (sys.argv + ["", ""])[1:5]
data = open(CAPTURE, "rb").read()
assert data[:4] == bytes.fromhex("d4c3b2a1")
lines, at = [], 24
while at < len(data):
    size = struct.unpack("<I", data[at + 8:at + 12])[0]
    packet = data[at + 16:at + 16 + size]
    at += 16 + size
    vlan, where = [], 12
    while packet[where:where + 2] == b"\x81\x00":
        vlan.append(struct.unpack(">H", packet[where + 2:where + 4])[0] & 0xfff)
        where += 4
    hit = FAULT and TEXT.encode() in packet
    if hit and FAULT == "die":
        sys.exit(3)
    if hit and FAULT == "hang":
        time.sleep(600)
    lines.append({"event_type": "flow", "vlan": vlan})
    if b"bad" in packet or (hit and FAULT == "flood"):
        lines += [{"event_type": "alert", "vlan": vlan, "alert": {"signature": "planted"}}] * (50 if hit else 1)
with open(LOG, "w", encoding="utf-8") as out:
    out.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
