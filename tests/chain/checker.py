#!/usr/bin/env python3
"""A second reading of a value chain, which shares no code with akashi: which risk sources apply, what becomes of each
on each element, and the root of the certificate.

usage: checker.py CHAIN.yaml KNOWLEDGE.json DAY [CONFIRMED.json: [[element, requirement, reference] …], looked up elsewhere]

Relevance (rules F1 to F16) is written out as plain loops; a changed rule must be changed here too, on purpose.
"""
import datetime
import hashlib
import json
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


def relevant_pairs(chain, layers):
    """(element, function): what an element has to do with."""
    performs = [(row["id"], name) for row in chain["elements"] for name in row.get("functions", [])]
    relations = list(relations_of(chain))
    owned = [(row["id"], row["owner"]) for row in chain["elements"] if "owner" in row]
    owned += [(end, start) for kind, start, end, _ in relations if kind == "owns"]
    supplied = {end for kind, _, end, _ in relations if kind == "supplies"}
    pairs = set(performs)
    for element, function in performs:
        pairs |= {(owner, function) for thing, owner in owned if thing == element}
        for kind, start, end, data in relations:
            if kind == "operates" and end == element:
                pairs.add((start, function))
            if kind == "member-of" and end == element:
                pairs.add((start, function))
            if kind in ("holds", "performs", "actuates", "senses", "runs") and start == element:
                pairs.add((end, function))
            if kind == "flows" and element in (start, end):
                pairs.add((data or "", function))
            if kind == "part-of" and start == element:
                pairs.add((end, function))
            if kind == "part-of" and end == element:
                pairs.add((start, function))
            if kind == "supplies" and end == element and layers[function] == 1:
                pairs.add((start, function))
        if layers[function] == 1:
            pairs |= {(thing, function) for thing, owner in owned if owner == element}
            pairs |= {(thing, function) for thing, owner in owned
                      if owner == element and thing in supplied}
    return pairs


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


def lines_of(chain, knowledge, day, confirmed=()):
    layers = {row["id"]: row["layer"] for row in knowledge["functions"]}
    functions = {row["id"]: row["function"] for row in knowledge["incidents"]}
    pairs = relevant_pairs(chain, layers)
    return sorted(
        f"{source['id']}\t{element['id']}\t"
        f"{status_of(source, element, chain, pairs, functions, day, confirmed)}".encode()
        for source in knowledge["risk_sources"] for element in chain["elements"])


def root_of(lines):
    """RFC 9162, 2.1.1."""
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    half = 1
    while half * 2 < len(lines):
        half *= 2
    return hashlib.sha256(b"\1" + root_of(lines[:half]) + root_of(lines[half:])).digest()


def read_chain(text):
    """Dates stay what they say; scalars of other kinds are not asked for here."""
    chain = yaml.safe_load(text)
    for row in chain.get("acceptances", []):
        assert isinstance(row["until"], (str, datetime.date))
    return chain


def check(chain_text, knowledge, day, confirmed=()):
    lines = lines_of(read_chain(chain_text), knowledge, day, confirmed)
    counts = {}
    for line in lines:
        name = line.rsplit(b"\t", 1)[1].decode()
        counts[name] = counts.get(name, 0) + 1
    return {"count": len(lines), "root": root_of(lines).hex(), "counts": counts}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    with open(sys.argv[2], encoding="utf-8") as file:
        knowledge = json.load(file)
    confirmed = set()
    if len(sys.argv) > 4:
        with open(sys.argv[4], encoding="utf-8") as file:
            confirmed = {tuple(row) for row in json.load(file)}
    print(json.dumps(check(text, knowledge, sys.argv[3], confirmed), indent=1))


if __name__ == "__main__":
    main()
