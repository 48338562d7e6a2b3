"""The alerts of a trial of network engines, read from its evidence as docs/formats/trial.md describes it."""
import collections
import json
import pathlib
import re
import struct

ROW_BYTES, TAGS = 85, 4000


class Trial:
    """The newest trial in a data folder."""

    def __init__(self, data):
        self.log = pathlib.Path(data) / "log"
        records = self.journal()
        planned = [row for row in records if row.get("type") == "trial-planned"][-1]
        self.run = planned["run"]
        self.batches = [row for row in records if row.get("type") == "trial-batch" and row["run"] == self.run]
        self.cases = [[case for part in parts for case in json.loads(self.blob(part))]
                      for parts in json.loads(self.blob(planned["cases"]))]

    def journal(self):
        data, rows = (self.log / "records").read_bytes(), []
        at = data.index(b"\n") + 1
        while at + 5 <= len(data):
            size, kind = struct.unpack("<IB", data[at:at + 5])
            if kind == 1:
                rows.append(json.loads(data[at + 5:at + 5 + size]))
            at += 5 + size + 4
        return rows

    def blob(self, digest):
        return (self.log / "blobs" / digest[:2] / digest[2:]).read_bytes() if digest else b""

    def part(self, batch, name):
        return self.blob(batch.get(name))

    def alerts(self, product, repetition=0):
        """For each case the alerts' signatures: {"case": Counter({sid: how often})}."""
        found = {}
        for batch in (row for row in self.batches if (row["product"], row["repetition"]) == (product, repetition)):
            rows, log, answers = (self.part(batch, name) for name in ("rows", "log", "answers"))
            names, notes = [], []
            for at in range(0, len(rows), ROW_BYTES):
                _, corpus, case, _ = struct.unpack("<4I", rows[at:at + 16])
                numbers = struct.unpack("<8q", rows[at + 21:at + ROW_BYTES])
                names.append(self.cases[corpus][case]["id"])
                begin = numbers[4] - batch["answers_at"]
                notes.append(json.loads(answers[begin:begin + numbers[5]] or b"{}"))
            found.update({name: collections.Counter() for name in names})
            if any("at" in note for note in notes):
                for name, note in zip(names, notes):
                    found[name].update(alert["alert"]["signature_id"] for alert in alerts_in(log[note["at"]:][:note["length"]]))
                continue
            for alert in alerts_in(log):
                outer, inner = alert["vlan"][:2]
                found[names[(outer - 1) * TAGS + inner - 1]][alert["alert"]["signature_id"]] += 1
        return found


def alerts_in(log):
    return [json.loads(line) for line in log.splitlines() if re.search(rb'"event_type":"alert"', line)]
