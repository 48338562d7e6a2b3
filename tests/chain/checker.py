#!/usr/bin/env python3
"""A second reading of a value chain, which shares no code with akashi: which risk sources apply, what becomes of each
on each element, and the root of the certificate.

usage: checker.py CHAIN.yaml|FOLDER KNOWLEDGE.json DAY [CONFIRMED.json: [[element, requirement, reference] …], looked up elsewhere]
FOLDER holds tables, as docs/formats/chain-csv.md says.

Relevance (rules F1 to F16) is written out as plain loops; a changed rule must be changed here too, on purpose.
"""
import csv
import datetime
import hashlib
import json
import pathlib
import re
import sys

import yaml

ELEMENTS = ["organization", "people", "component", "data", "procedure", "system"]


def relations_of(chain):
    """(kind, from, to, data), "connects" both ways."""
    for row in chain.get("relations", []):
        for end in row["to"]:
            yield row["kind"], row["from"], end, row.get("data")
            if row["kind"] == "connects":
                yield "connects", end, row["from"], None


def performed_nearby(performs, edges):
    """(element, function) for each edge from what performs the function to the element."""
    return {(there, function) for here, there in edges for function in performs.get(here, ())}


def relevant_pairs(chain, layers):
    """(element, function): what an element has to do with."""
    performs = {row["id"]: row["functions"] for row in chain["elements"] if row.get("functions")}
    on_layer_1 = {element: [name for name in names if layers[name] == 1] for element, names in performs.items()}
    owned = [(row["id"], row["owner"]) for row in chain["elements"] if "owner" in row]
    edges, supplies = [], []
    for kind, start, end, data in relations_of(chain):
        if kind == "owns":
            owned.append((end, start))
        if kind in ("operates", "member-of", "part-of"):
            edges.append((end, start))
        if kind in ("holds", "performs", "actuates", "senses", "runs", "part-of"):
            edges.append((start, end))
        if kind == "flows":
            edges += [(start, data or ""), (end, data or "")]
        if kind == "supplies":
            supplies.append((end, start))
    pairs = {(element, function) for element, names in performs.items() for function in names}
    pairs |= performed_nearby(performs, edges + owned)
    return pairs | performed_nearby(on_layer_1, supplies + [(owner, thing) for thing, owner in owned])


def holds(measure, element, backed, day, confirmed):
    """`confirmed`: (element, requirement, reference) that somebody looked up, and found to hold."""
    if measure["status"] != "implemented":
        return False
    if not backed:
        return True
    if element["kind"] in ("organization", "people", "procedure"):
        return False  # a run verifies products
    if (element["id"], measure["requirement"], measure.get("reference")) not in confirmed:
        return False
    return "until" not in measure or str(measure["until"]) >= day


def status_of(source, element, chain, pairs, functions, day, confirmed):
    if source["element"] != element["kind"]:
        return "other-kind"
    if (element["id"], functions[source["incident"]]) not in pairs:
        return "other-function"
    said = {name: [row for row in element.get("measures", []) if row["requirement"] == name]
            for name in source["measures"]}
    claimed = [any(holds(row, element, False, day, confirmed) for row in rows) for rows in said.values()]
    backed = [any(holds(row, element, True, day, confirmed) for row in rows) for rows in said.values()]
    if all(backed):
        return "treated-verified"
    if all(claimed):
        return "treated-claimed"
    for row in chain.get("acceptances", []):
        if (row["risk_source"], row["element"]) == (source["id"], element["id"]) \
                and str(row["until"]) >= day:
            return "accepted"
    if any(claimed):
        return "partly"
    planned = any(row["status"] == "planned" for rows in said.values() for row in rows)
    return "planned" if planned else "open"


LINES_MAX = 8000000  # above it a leaf stands for an element
LETTERS = {"other-function": "f", "treated-verified": "v", "treated-claimed": "c", "accepted": "a", "partly": "p",
           "planned": "n", "open": "o"}


def statuses_of(chain, knowledge, day, confirmed=()):
    """For each element the statuses of the risk sources of its kind, by id."""
    layers = {row["id"]: row["layer"] for row in knowledge["functions"]}
    functions = {row["id"]: row["function"] for row in knowledge["incidents"]}
    pairs = relevant_pairs(chain, layers)
    sources = sorted(knowledge["risk_sources"], key=lambda row: row["id"].encode())
    of_kind = {kind: [row for row in sources if row["element"] == kind] for kind in ELEMENTS}
    for element in sorted(chain["elements"], key=lambda row: row["id"].encode()):
        yield element, [(source["id"], status_of(source, element, chain, pairs, functions, day, confirmed))
                        for source in of_kind[element["kind"]]]


def lines_of(chain, knowledge, day, confirmed=()):
    """A line each risk source and element, sorted."""
    lines = []
    for element, statuses in statuses_of(chain, knowledge, day, confirmed):
        known = dict(statuses)
        lines += [f"{source['id']}\t{element['id']}\t{known.get(source['id'], 'other-kind')}".encode()
                  for source in knowledge["risk_sources"]]
    return sorted(lines)


def root_of(lines):
    """RFC 9162, 2.1.1."""
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    half = 1
    while half * 2 < len(lines):
        half *= 2
    return hashlib.sha256(b"\1" + root_of(lines[:half]) + root_of(lines[half:])).digest()


def rows_of(folder, name):
    """Records of a table: members that are there, lists in some of them."""
    path = pathlib.Path(folder, name + ".csv")
    if not path.exists():
        return
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            cells = {key: text[1:] if re.match("'+[=+@\t\r\n＝＋－＠-]", text) else text for key, text in row.items() if text}
            for key in {"functions", "exposure", "to"} & cells.keys():
                cells[key] = [item.strip() for item in cells[key].split(";")]
            yield cells


def read_tables(folder):
    """The same members as in a file, as far as they are asked for here."""
    chain = {"elements": list(rows_of(folder, "elements")), "relations": list(rows_of(folder, "relations")),
             "acceptances": list(rows_of(folder, "acceptances"))}
    by_id = {row["id"]: row for row in chain["elements"]}
    for row in rows_of(folder, "measures"):
        by_id[row["element"]].setdefault("measures", []).append(row)
    return chain


def read_chain(text):
    """Dates stay what they say; scalars of other kinds are not asked for here."""
    chain = yaml.safe_load(text)
    for row in chain.get("acceptances", []):
        assert isinstance(row["until"], (str, datetime.date))
    return chain


def check(chain_text, knowledge, day, confirmed=()):
    return check_chain(read_chain(chain_text), knowledge, day, confirmed)


def check_chain(chain, knowledge, day, confirmed=()):
    total = len(knowledge["risk_sources"]) * len(chain["elements"])
    counts, leaves = {"other-kind": total}, []
    for element, statuses in statuses_of(chain, knowledge, day, confirmed):
        for _, name in statuses:
            counts[name] = counts.get(name, 0) + 1
        counts["other-kind"] -= len(statuses)
        leaves.append(f"{element['id']}\t{element['kind']}\t{''.join(LETTERS[name] for _, name in statuses)}".encode())
    if total <= LINES_MAX:
        leaves = lines_of(chain, knowledge, day, confirmed)
    return {"count": len(leaves), "root": root_of(leaves).hex(), "counts": {name: n for name, n in counts.items() if n}}


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        knowledge = json.load(file)
    confirmed = set()
    if len(sys.argv) > 4:
        with open(sys.argv[4], encoding="utf-8") as file:
            confirmed = {tuple(row) for row in json.load(file)}
    path = pathlib.Path(sys.argv[1])
    chain = read_tables(path) if path.is_dir() else read_chain(path.read_text(encoding="utf-8"))
    print(json.dumps(check_chain(chain, knowledge, sys.argv[3], confirmed), indent=1))


if __name__ == "__main__":
    main()
