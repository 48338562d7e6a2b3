#!/usr/bin/env python3
"""A network engine with planted rules and faults: reads captures, writes alerts as EVE JSON.

usage: planted-ids.py CAPTURE LOG [FAULT TEXT [TALLY]]         reads one capture and ends
       planted-ids.py --socket PATH [FAULT TEXT [TALLY]]       takes captures over a socket, as Suricata does

Each start of it is a byte more in the file TALLY. Alerts on packets that hold "bad"; "vlan" as the packet's tags say. A fault happens over the capture that holds TEXT:
die, die-pair (over two of them in one file), die-swamp (dies, and floods as swamp over each capture that holds "work"), hang, flood, late; no-log, half-log, pipe-log (it can be opened and not read), dir-log (a folder, in which the next log cannot be), swamp (three MiB without an alert), endless (until it is
ended); no-vlan, scalar-vlan; and over the socket refuse, garbage, half, chatty, twice (both lines at once), close, early, after (it ends once it
is done with the capture). Always:
"daily" alarms once a day by the packets' clock; "blanks" puts blanks into its lines; "mute" listens and says nothing, "gone" ends at once.
"""
import datetime
import json
import os
import socket
import struct
import sys
import time

FAULT, TEXT, TALLY = (sys.argv[3:] + ["", "", ""])[:3]
state = {"daily": None, "work": False}


def packets(path):
    data, at = open(path, "rb").read(), 24
    order = "<" if data[:4] == bytes.fromhex("d4c3b2a1") else ">"
    while at < len(data):
        seconds, part, size = struct.unpack(order + "III", data[at:at + 12])
        yield seconds + part / 1e6, data[at + 16:at + 16 + size]
        at += 16 + size


def tags(packet):
    found, where = [], 12
    while packet[where:where + 2] == b"\x81\x00":
        found.append(struct.unpack(">H", packet[where + 2:where + 4])[0] & 0xfff)
        where += 4
    return {"vlan": found} if found else {}


def is_new(when):
    """A rule that alarms once a day remembers its last alarm as long as it lives."""
    if FAULT != "daily":
        return True
    last, state["daily"] = state["daily"], when
    return last is None or when - last > 86400


def read(path):
    """The lines of the log, and whether the fault is to happen."""
    lines, hit = [], False
    for when, packet in packets(path):
        text = datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
        about = {"timestamp": text, **tags(packet)}
        here = bool(TEXT) and TEXT.encode() in packet
        if here and hit and FAULT == "die-pair":
            os._exit(3)
        hit |= here
        state["work"] |= b"work" in packet
        if here and FAULT in ("die", "die-swamp"):
            os._exit(3)
        if here and FAULT == "hang":
            time.sleep(600)
        if here and FAULT == "late":
            time.sleep(2.5)
        lines.append({**about, "event_type": "flow"})
        if (b"bad" in packet and is_new(when)) or (here and FAULT == "flood"):
            alert = {**about, "event_type": "alert", "alert": {"signature": "planted"}}
            if here and FAULT == "no-vlan":
                del alert["vlan"]
            if here and FAULT == "scalar-vlan":
                alert["vlan"] = alert["vlan"][0]
            lines += [alert] * (50 if here and FAULT == "flood" else 1)
    separators = (", ", ": ") if FAULT == "blanks" else (",", ":")
    return [json.dumps(line, separators=separators) + "\n" for line in lines], hit


def write(log, lines, hit):
    text = "".join(lines)
    if hit and FAULT == "no-log":
        return
    if hit and FAULT == "half-log":
        text = text[:text.index("alert")]
    if hit and FAULT == "dir-log":
        os.mkdir(log)
        return
    if hit and FAULT == "pipe-log":
        os.mkfifo(log)
        return
    with open(log, "a", encoding="utf-8") as out:
        out.write(text)
        if (hit and FAULT == "swamp") or (state["work"] and FAULT == "die-swamp"):
            out.write('{"event_type":"stats"}\n' * 140000)
        while hit and FAULT == "endless":
            out.write('{"event_type":"stats"}\n' * 1000)
            out.flush()
            time.sleep(0.005)


class Engine:
    """The protocol: the version first, then orders, a line of JSON each."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.hit = False
        self.current = None

    def say(self, message, word="OK"):
        self.talk.sendall(json.dumps({"message": message, "return": word}).encode() + b"\n")

    def read(self, arguments):
        lines, self.hit = read(arguments["filename"])
        log = os.path.join(arguments["output-dir"], "eve.json")
        if self.hit and FAULT == "refuse":
            return self.say("no", "NOK")
        if self.hit and FAULT == "close":
            self.talk.shutdown(socket.SHUT_RDWR)
            time.sleep(600)
        if not (self.hit and FAULT == "early"):  # says that it is done, and never writes
            write(log, lines, self.hit)
        self.current = arguments["filename"]
        return self.say("added")

    def answer(self, command, arguments):
        if command == "pcap-file":
            self.read(arguments)
        elif self.hit and FAULT == "garbage":
            self.talk.sendall(b"all is well\n")
        elif self.hit and FAULT == "half":
            self.talk.sendall(b'{"message": "No')
        elif command == "pcap-file-number":
            if self.hit and FAULT == "twice":
                line = json.dumps({"message": "None", "return": "OK"}).encode() + b"\n"
                return self.talk.sendall(line.replace(b'"None"', b"0") + line)
            self.say(0)
            if self.hit and FAULT == "chatty":
                self.say("None")
        elif command == "pcap-current":
            self.say(self.current or "None")  # under way once, then done
            if self.hit and FAULT == "after" and not self.current:
                os._exit(3)
            self.current = None
        else:
            self.say("Unknown command", "NOK")

    def serve(self):
        self.talk, _ = self.listener.accept()
        lines = self.talk.makefile("rb")
        if json.loads(lines.readline()).get("version") != "0.2":
            sys.exit("another protocol")
        if FAULT == "mute":
            time.sleep(600)
        self.talk.sendall(b'{"return": "OK"}\n')
        for line in lines:
            order = json.loads(line)
            self.answer(order["command"], order.get("arguments"))


if TALLY:
    with open(TALLY, "ab") as tally:
        tally.write(b".")
if sys.argv[1] != "--socket":
    write(sys.argv[2], *read(sys.argv[1]))
elif FAULT != "gone":
    Engine(sys.argv[2]).serve()
