"""Other rules than the network's: whether the engine is as quick, a rule instance, with what it was not made for."""
import json
import random
import re


def write(folder, name, rows):
    (folder / f"{name}.facts").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def closure(folder):
    """Everything that follows along edges: 1,500 nodes of 12 edges each."""
    rand = random.Random(1)
    write(folder, "edge", sorted({(a, rand.randrange(1500)) for a in range(1500) for _ in range(12)}))
    return "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z).\n"


def same_generation(folder):
    """Cousins in a family of 1,500, eight parents each."""
    rand = random.Random(2)
    rows = sorted({(a, rand.randrange(max(0, a - 200), a)) for a in range(1, 1500) for _ in range(8)})
    write(folder, "parent", rows)
    return "same(X, Y) :- parent(X, P), parent(Y, P).\nsame(X, Y) :- parent(X, A), same(A, B), parent(Y, B).\n"


def permuted(folder, source, rules):
    """The network under other names, columns in another order."""
    names = {"execCode": "runs", "netAccess": "reaches", "principalCompromised": "lost", "canAccessHost": "entered", "attackerLocated": "start",
             "hacl": "wire", "networkServiceInfo": "daemon", "vulExists": "flaw", "hasAccount": "login"}

    def turn(values):
        return values[1:] + values[:1] if len(values) > 2 else values[::-1]

    def atom(found):
        if found.group(1) not in names:
            return found.group(0)
        return f"{names[found.group(1)]}({','.join(turn(found.group(2).split(',')))})"

    for path in source.glob("*.facts"):
        if path.stem in names:
            rows = [turn(line.split("\t")) for line in path.read_text().splitlines()]
            write(folder, names[path.stem], rows)
    text = rules.replace("initial attackerLocated/1.", "initial start/1.")
    return re.sub(r"(\w+)\(([^()]*)\)", atom, text)


def cpsf(folder, knowledge, elements=60000):
    """The rules of the knowledge on a random supply network."""
    rand, book = random.Random(3), json.loads((knowledge / "cpsf-rules.json").read_text())
    cpsf_rows = json.loads((knowledge / "cpsf.json").read_text())
    kinds = ["organization", "people", "component", "data", "procedure", "system"]
    functions = [row["id"] for row in cpsf_rows["functions"]]
    write(folder, "layer", [(row["id"], row["layer"]) for row in cpsf_rows["functions"]])
    incidents = {row["id"]: row for row in cpsf_rows["incidents"]}
    sources = cpsf_rows["risk_sources"]
    write(folder, "source", [(row["id"], row["incident"], incidents[row["incident"]]["function"], row["element"]) for row in sources])
    write(folder, "treats", [(measure, row["id"]) for row in sources for measure in row["measures"]])
    write(folder, "gives_control", [(incident,) for incident in book["gives_control"]])
    kind = [kinds[rand.randrange(6)] for _ in range(elements)]
    write(folder, "kind", list(enumerate(kind)))
    write(folder, "compromised", [(e,) for e in range(0, elements, 100)])
    write(folder, "function", [(e, rand.choice(functions)) for e in range(elements)])
    write(folder, "exposed", [(e, "internet") for e in range(0, elements, 20)])
    write(folder, "begins", [("internet",)])
    write(folder, "owned", [(e, rand.randrange(elements)) for e in range(elements)])
    pairs = [(rand.randrange(elements), rand.randrange(elements)) for _ in range(elements * 5)]
    for number, name in enumerate(["operates", "member_of", "holds", "performs", "actuates", "senses", "part_of", "runs", "connects"]):
        write(folder, name, pairs[number::10])
    write(folder, "supplies", pairs[9::20])
    write(folder, "flows", [(a, b, rand.randrange(elements)) for a, b in pairs[19::20]])
    write(folder, "taken", [])
    return " ".join(book["declarations"]) + "\n" + "\n".join(row["rule"] for row in book["rows"]) + "\n"
