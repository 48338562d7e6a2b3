#!/usr/bin/env python3
"""What must hold of every value chain: another order and other names change no number; a further measure makes nothing reachable,
and a further relation nothing unreachable. Over random chains, through the program.

usage: properties-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)
"""
import copy
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
PROGRAM = os.environ["AKASHI_PROGRAM"]
os.environ["AKASHI_DATA"] = "/nonexistent"  # nothing is looked up
sys.path.insert(0, str(ROOT / "tests/lab"))
from tap import Tap  # noqa: E402

ROUNDS = 8
ATTACKS = 3
DAY = "2026-11-28"
KINDS = ["organization", "people", "component", "data", "procedure", "system"]
RELATIONS = [("supplies", "organization", "component"), ("member-of", "people", "organization"), ("operates", "people", "system"),
             ("connects", "component", "component"), ("holds", "component", "data"), ("performs", "people", "procedure"),
             ("runs", "system", "component"), ("senses", "component", "procedure"), ("actuates", "component", "system")]
FUNCTIONS = ["L1_1", "L1_2", "L1_3", "L2_1", "L2_2", "L2_3", "L3_1", "L3_2", "L3_3", "L3_4"]
KNOWLEDGE = json.loads((ROOT / "data/knowledge/cpsf.json").read_text(encoding="utf-8"))
REQUIREMENTS = sorted({name for row in KNOWLEDGE["risk_sources"] for name in row["measures"]})
NAMED = {"elements": ("id", "owner"), "relations": ("from", "data"), "impacts": ("element",), "acceptances": ("element",)}  # members that hold an id
# Elements of the examples of which all is the same but the name: what is told of one may be told of the other.
ALIKE = {"home": [("air-conditioner", "lights"), ("release", "vulnerability-handling")],
         "sme": [("metal-detector", "scale"), ("recipes", "passwords"), ("payment", "ordering")],
         "building": [("chiller", "air-handler")], "factory": [("production-orders", "quality-records"), ("incident-response", "restore")]}


def random_relation(rand):
    while True:
        kind, start, end = rand.choice(RELATIONS)
        ends = f"{start[:3]}{rand.randrange(3)}", f"{end[:3]}{rand.randrange(3)}"
        if ends[0] != ends[1]:
            return {"from": ends[0], "kind": kind, "to": [ends[1]]}


def random_chain(rand):
    names = {f"{kind[:3]}{i}": kind for kind in KINDS for i in range(3)}
    elements = [{"id": name, "kind": kind, "functions": rand.sample(FUNCTIONS, rand.randrange(1, 4)),
                 "exposure": ["internet"] if rand.random() < 0.2 else [],
                 "measures": [{"requirement": requirement, "status": "implemented"}
                              for requirement in rand.sample(REQUIREMENTS, rand.randrange(40))]}
                for name, kind in names.items()]
    for row in elements:
        for member in [name for name in ("exposure", "measures") if not row[name]]:
            del row[member]
    return {"chain": {"name": "random"}, "attackers": ["internet"], "elements": elements,
            "relations": [random_relation(rand) for _ in range(20)],
            "impacts": [{"incident": rand.choice(KNOWLEDGE["incidents"])["id"], "class": "serious"} for _ in range(3)]}


def turned_back(text, names, alike=()):
    """What the program said, with the names of before, and one for those that are alike."""
    text = re.sub(r"\bname-\d+-of-an-element\b", lambda found: names[found.group()], text) if names else text
    for one, other in alike:
        text = re.sub(rf"\b(?:{one}|{other})\b", f"{one} or {other}", text)
    return text


def analyze(folder, chain, *arguments, names=None, alike=()):
    path = folder / "chain.json"
    path.write_text(json.dumps(chain), encoding="utf-8")
    done = subprocess.run([PROGRAM, "chain", "analyze", str(path), "--format", "json", "--no-report", "--at", DAY, *(arguments or ("--samples", "0"))],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(turned_back(done.stdout, names, alike))


def incidents(result, names):
    return {(world, row["id"], names.get(row["element"], row["element"])):
            (row["reachable"], row.get("impact"), (row.get("effort") or {}).get("days"))
            for world, said in result["worlds"].items() for row in said["incidents"]}


def numbers(result, names):
    """All that does not say where something stands. Names are turned back."""
    matrix = sorted(json.dumps(row, sort_keys=True) for row in result["matrix"])
    return incidents(result, names), result["risk_sources"], matrix, result["assumed_values"]


def reordered(rand, chain):
    other = copy.deepcopy(chain)
    for rows in (other["elements"], other["relations"], other["impacts"], *(row["to"] for row in other["relations"]),
                 *(row.get(name, []) for row in other["elements"] for name in ("measures", "functions", "exposure"))):
        rand.shuffle(rows)
    return other


def steps(path):
    return sorted(json.dumps({**step, "from": sorted(step["from"])}, sort_keys=True) for step in path)


def told(result):
    """The ways and attacks that are told, chances, ranks, and what contributes in which order; drawn chances, attacks among equals."""
    drawn, equals, out = 0, 0, {}
    for world, said in result["worlds"].items():
        for row in said["incidents"]:
            attacks = [(attack["effort"]["days"], steps(attack["path"])) for attack in row.get("attacks", {}).get("rows", [])]
            equals += len(attacks) == ATTACKS and attacks[-1][0] == attacks[-2][0]
            drawn += not row.get("exact", True)
            said_of_it = row.get("probability"), row.get("ci95"), steps(row.get("path", [])), attacks
            out[world, row["id"], row["element"]] = sorted([*out.get((world, row["id"], row["element"]), []), said_of_it], key=json.dumps)
        out[world] = said["ranking"], [
            (row.get("risk_source"), row["element"], row["unreached"], sorted(json.dumps(one) for one in row["stated"] + row["effort"]))
            for name in ("risk_sources", "elements") for row in said["contributions"][name]]
    return out, drawn, equals


def sorted_lists(value):
    if isinstance(value, dict):
        return {name: sorted_lists(one) for name, one in value.items() if name not in ("rounds", "attacks", "trials")}
    return sorted((sorted_lists(one) for one in value), key=json.dumps) if isinstance(value, list) and value and isinstance(value[0], dict) else value


def planned(folder, chain, *arguments, names=None, alike=()):
    """All that a plan says but how long it was looked for, whatever order its rows are in."""
    path = folder / "planned.json"
    path.write_text(json.dumps(chain), encoding="utf-8")
    done = subprocess.run([PROGRAM, "chain", "plan", str(path), "--format", "json", "--samples", "512", "--at", DAY, *arguments],
                          capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return sorted_lists(json.loads(turned_back(done.stdout, names, alike)))


def test_plans(tap, folder):
    """Of equally good and equally cheap sets the same one is told, whatever the file's order is and elements are called."""
    rand = random.Random(8)
    for name, arguments in (("sme", ("--budget", "6000000")), ("building", ("--budget", "6000000")), ("factory", ())):
        chain, alike = exported(name), ALIKE[name]
        base = planned(folder, chain, *arguments, alike=alike)
        tap.ok(f"{name}: another order changes nothing of the plan", base["measures"] and
               planned(folder, reordered(rand, chain), *arguments, alike=alike) == base)
        tap.ok(f"{name}: nor do other names, in another order", all(
            planned(folder, other, *arguments, names=names, alike=alike) == base
            for other, names in (renamed(rand, reordered(rand, chain)) for _ in range(2))))


def exported(name):
    return json.loads(subprocess.run([PROGRAM, "chain", "export", str(ROOT / f"examples/chains/{name}.yaml"), "--format", "json"],
                                     capture_output=True, text=True, check=True).stdout)


def test_told(tap, folder):
    """Neither the order of the file nor a name says which of equals is told, nor what is drawn."""
    chains = {name: exported(name) for name in ("home", "sme", "building", "factory")}
    rand, arguments = random.Random(3), ("--attacks", str(ATTACKS), "--samples", "512")
    chains.update((f"random {i}", random_chain(rand)) for i in range(4))
    agreed, drawn, equals = {"order": [], "names": []}, 0, 0
    for title, chain in chains.items():
        few = arguments if title in ("home", "sme") else arguments[2:]  # attacks of all incidents of the larger ones take long
        alike = ALIKE.get(title, ())
        base, some, others = told(analyze(folder, chain, *few, alike=alike))
        drawn, equals = drawn + some, equals + others
        agreed["order"] += [title] if told(analyze(folder, reordered(rand, chain), *few, alike=alike))[0] == base else []
        other, names = renamed(rand, reordered(rand, chain))
        agreed["names"] += [title] if told(analyze(folder, other, *few, names=names, alike=alike))[0] == base else []
    tap.equal("another order changes no chance, way, attack, rank and contribution", agreed["order"], list(chains))
    tap.equal("nor do other names in another order", agreed["names"], list(chains))
    tap.ok("of which some are drawn, and some chosen among equals", drawn > 0 and equals > 0, drawn, equals)


def symmetric_chain():
    """Two sensors alike behind a gateway, and an arm behind both. By hand: whoever exchanges the sensors changes nothing."""
    component = {"kind": "component", "functions": ["L2_1", "L2_2", "L2_3"]}
    measures = [{"requirement": name, "status": "implemented"} for name in REQUIREMENTS]
    return {"chain": {"name": "symmetric"}, "attackers": ["internet", "inside", "failure"],
            "elements": [{"id": "gateway", **component, "exposure": ["internet"], "measures": measures},
                         {"id": "left", **component, "measures": measures}, {"id": "right", **component, "measures": measures},
                         {"id": "arm", **component, "functions": ["L2_2"], "exposure": ["failure"], "measures": measures}],
            "relations": [{"from": "gateway", "kind": "connects", "to": ["left", "right"]}, {"from": "left", "kind": "connects", "to": ["arm"]},
                          {"from": "right", "kind": "connects", "to": ["arm"]}],
            "impacts": [{"incident": incident["id"], "class": "serious"} for incident in KNOWLEDGE["incidents"] if incident["id"].startswith("L2")]}


def figures(result, of):
    """Of incidents on some elements, whichever of these they are on."""
    return sorted((world, row["id"], row["probability"], row["ci95"], row["exact"]) for world, said in result["worlds"].items()
                  for row in said["incidents"] if row["element"] in of and "probability" in row)


def test_symmetric(tap, folder):
    """What names alone tell apart may change places, and nothing else does."""
    rand, chain, arguments = random.Random(12), symmetric_chain(), ("--samples", "512")
    base = analyze(folder, chain, *arguments)
    rest, pair = figures(base, ("gateway", "arm")), figures(base, ("left", "right"))
    others = [analyze(folder, other, *arguments, names=names) for other, names in (renamed(rand, reordered(rand, chain)) for _ in range(8))]
    tap.ok("what is behind two elements alike keeps its drawn chance under all names", all(figures(other, ("gateway", "arm")) == rest for other in others) and
           any(not row[4] for row in rest), rest)
    tap.ok("and those two have the same figures, if perhaps the other's", all(figures(other, ("left", "right")) == pair for other in others), pair)
    swapped = sum(figures(other, ("left",)) != figures(base, ("left",)) for other in others)
    tap.ok("which names decide on", 0 < swapped < len(others), swapped)


def renamed(rand, chain):
    """The chain with other ids, and how to turn them back."""
    other, fresh = copy.deepcopy(chain), {}
    ids = [f"name-{i}-of-an-element" for i in range(len(chain["elements"]))]
    rand.shuffle(ids)
    for row, name in zip(chain["elements"], ids):
        fresh[row["id"]] = name
    for part, members in NAMED.items():
        for row in other.get(part, []):
            row.update({member: fresh[row[member]] for member in members if member in row})
    for row in other["relations"]:
        row["to"] = [fresh[name] for name in row["to"]]
    return other, {name: old for old, name in fresh.items()}


def more_measures(rand, chain):
    other = copy.deepcopy(chain)
    row = rand.choice(other["elements"])
    known = {measure["requirement"] for measure in row.get("measures", [])}
    row.setdefault("measures", []).extend({"requirement": name, "status": "implemented"} for name in REQUIREMENTS if name not in known)
    return other


def reached(said):
    return {key for key, (is_reached, _, _) in said.items() if is_reached}


def main():
    tap, rand = Tap(), random.Random(7)
    agreed, changed, counts = {"order": 0, "names": 0, "measures": 0, "relations": 0}, {"measures": 0, "relations": 0}, 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        test_told(tap, folder)
        test_plans(tap, folder)
        test_symmetric(tap, folder)
        for _ in range(ROUNDS):
            chain = random_chain(rand)
            base = numbers(analyze(folder, chain), {})
            was = reached(base[0])
            counts += len(was)
            agreed["order"] += numbers(analyze(folder, reordered(rand, chain)), {}) == base
            other, names = renamed(rand, chain)
            agreed["names"] += numbers(analyze(folder, other), names) == base
            treated = reached(incidents(analyze(folder, more_measures(rand, chain)), {}))
            agreed["measures"] += treated <= was
            changed["measures"] += treated != was
            related = {**chain, "relations": chain["relations"] + [random_relation(rand) for _ in range(5)]}
            linked = reached(incidents(analyze(folder, related), {}))
            agreed["relations"] += was <= linked
            changed["relations"] += linked != was
    tap.equal("another order changes no number", agreed["order"], ROUNDS)
    tap.equal("nor do other names", agreed["names"], ROUNDS)
    tap.equal("more measures make nothing reachable", agreed["measures"], ROUNDS)
    tap.equal("more relations make nothing unreachable", agreed["relations"], ROUNDS)
    tap.ok("and both change something", min(changed.values()) > 0 and counts > 0, changed, counts)
    return tap.done()


sys.exit(main())
