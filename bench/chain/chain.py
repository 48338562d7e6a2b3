#!/usr/bin/env python3
"""Benchmarks of value chains; the peers run the same facts and rules in the same run.

usage: bench/chain/chain.py BUILD SOURCE [--keep FOLDER] [SECTION…]   (sections: those of SECTIONS below; all where none is named)
BUILD has the programs chain-*, SOURCE the rules. FOLDER keeps generated networks for the next run. Environment: AKASHI_TEST_DATA,
whose bench/attack-graph has a generator of networks, the counts that several engines agree on, and a plain C program written for these
eight rules alone; without it networks are made by hosts.py, and what needs that program is left out. gringo is
`clingo --mode=gringo`; it and SWI-Prolog are of the part `bench` of tools/packages.txt.
"""
import math
import multiprocessing
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import families as other  # both beside this file
import hosts

ROUNDS = 5
FAMILY_ROUNDS = 9
# counts on which several engines agree (see the generator's description)
WANTED = {10000: {"execCode": 18389, "netAccess": 40000},
          100000: {"execCode": 184071, "netAccess": 400000}}


class Bench:
    def __init__(self, build, source, folder):
        self.build, self.source, self.folder = build, source, folder
        self.tools = pathlib.Path(os.environ.get("AKASHI_TEST_DATA", "")) / "bench/attack-graph"
        self.has_data = (self.tools / "gen.py").exists()
        # a process counts what its parent holds when it begins as its own memory: this one stays small
        self.starter = multiprocessing.get_context("forkserver").Pool(1)

    def program(self, name):
        return str(self.build / f"chain-{name}")

    def rules(self, name):
        return str(self.source / name)

    def yardstick(self):
        made = self.folder / "lfp"
        subprocess.run(["gcc", "-O3", "-march=native", "-w", str(self.tools / "lfp.c"), "-o", str(made)], check=True)
        return str(made)

    def network(self, number):
        """A network's folder, with a patch for each vulnerability and a firewall for each host."""
        data = self.folder / f"grid{number}"
        if data.exists():
            return data
        part = self.folder / f"part{number}"
        if self.has_data:
            subprocess.run([sys.executable, self.tools / "gen.py", "grid", str(number), "3", str(part)], check=True,
                           capture_output=True)
        else:
            hosts.write(part, number)
        rows = [line.split("\t") for line in (part / "vulExists.facts").read_text().splitlines()]
        (part / "patched.facts").write_text("".join(f"{row[1]}\n" for row in rows))
        (part / "firewall.facts").write_text("".join(f"{host}\n" for host in range(1, number + 1)))
        part.rename(data)
        return data


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(command, rounds=ROUNDS, codes=(0,)):
    """Medians of wall and processor time in seconds, and the last output."""
    walls, cpus, out = [], [], ""
    for _ in range(rounds):
        begin, cpu = time.monotonic(), cpu_of_children()
        run = subprocess.run(command, capture_output=True, text=True)
        walls.append(time.monotonic() - begin)
        cpus.append(cpu_of_children() - cpu)
        if run.returncode not in codes:
            sys.exit(f"{command}: exit {run.returncode}\n{run.stderr[-2000:]}")
        out = run.stdout
    return sorted(walls)[rounds // 2], sorted(cpus)[rounds // 2], out


def counts_of(output):
    return {name: int(count) for name, count in re.findall(r"\b(execCode|netAccess|canAccessHost|principalCompromised) (\d+)", output)}


def expect(what, found, wanted):
    differing = {name for name in wanted if found.get(name) != wanted[name]}
    if differing:
        sys.exit(f"{what}: {found}, not {wanted}")


def peer_rules(bench, name, head="", tail=""):
    """The network's rules for gringo and Prolog, which know no switches."""
    path = bench.folder / name
    rules = [line for line in (bench.source / "network.rules").read_text().splitlines() if not line.startswith("initial ")]
    path.write_text(head + "\n".join(rules) + "\n" + tail)
    return str(path)


def prolog(bench, number):
    """SWI-Prolog with tables: all four counts, from the same facts."""
    if shutil.which("swipl") is None:
        print(f"grid {number}: SWI-Prolog is not installed")
        return
    predicates = "[execCode/2, netAccess/3, canAccessHost/1, principalCompromised/1]"
    rules = peer_rules(bench, "rules.pl", f":- style_check(-discontiguous).\n:- table {predicates[1:-1]}.\n",
                       f"count :- forall(member(Name/Arity, {predicates}), (functor(Goal, Name, Arity), aggregate_all(count, Goal, Count), "
                       "format(\"~w ~w \", [Name, Count]))).\n")
    data = bench.network(number)
    ours = counts_of(measure([bench.program("ground"), bench.rules("network.rules"), str(data)], rounds=1)[2])
    wall, cpu, output = measure(["swipl", "-q", "--stack-limit=8g", "--table-space=8g", "-g", "count", "-t", "halt",
                                 str(data / "facts.pl"), rules], rounds=1)
    expect(f"grid {number}, SWI-Prolog", counts_of(output), ours)
    print(f"grid {number}: SWI-Prolog {wall:.2f} s (processor {cpu:.2f} s), the same counts: {output.strip()}", flush=True)


def whole_process(bench, number):
    data = bench.network(number)
    ours, ours_cpu, output = measure([bench.program("ground"), bench.rules("network.rules"), str(data)])
    if not bench.has_data:
        print(f"grid {number}: akashi {ours:.3f} s (processor {ours_cpu:.3f} s): {counts_of(output)}")
        print("  " + output.splitlines()[0], flush=True)
        return ours, ours_cpu, data
    expect(f"grid {number}, akashi", counts_of(output), WANTED[number])
    plain, plain_cpu, plain_output = measure([bench.yardstick(), str(data)])
    expect(f"grid {number}, plain C", counts_of(plain_output), WANTED[number])
    print(f"grid {number}: akashi {ours:.3f} s (processor {ours_cpu:.3f} s), plain C for these rules {plain:.3f} s ({plain_cpu:.3f} s), "
          f"{ours / plain:.2f} times its time, {ours_cpu / plain_cpu:.2f} of the processor (wanted: at most 3); "
          "execCode and netAccess as wanted")
    print("  " + output.splitlines()[0], flush=True)
    return ours, ours_cpu, data


def network(bench):
    """Whole processes from facts in text to all that follows."""
    ours, ours_cpu, data = whole_process(bench, 10000)
    if shutil.which("clingo") is None:
        print("grid 10000: gringo is not installed")
    else:
        gringo, gringo_cpu, _ = measure(["sh", "-c", 'clingo --mode=gringo "$1" "$2" >/dev/null', "sh",
                                         str(data / "facts.pl"), peer_rules(bench, "rules.lp")], rounds=1)
        print(f"grid 10000: gringo {gringo:.2f} s (processor {gringo_cpu:.2f} s); akashi is {gringo / ours:.0f} times faster, "
              f"{gringo_cpu / ours_cpu:.0f} in processor time (wanted 60, aim 100)")
    prolog(bench, 1000)
    whole_process(bench, 100000)


def resident(bench):
    """The model in memory: attacker and one of a hundred measures are drawn anew each time."""
    number, rounds = 100000, 60
    data, out = bench.network(number), bench.folder / "drawn"
    out.mkdir(exist_ok=True)
    many = bench.folder / f"attackers{number}"
    if not many.exists():  # one of a hundred hosts, or the zone of the network's own
        many.mkdir()
        for path in data.glob("*.facts"):
            (many / path.name).symlink_to(path)
        (many / "attackerLocated.facts").unlink()
        (many / "attackerLocated.facts").write_text("".join(f"{host}\n" for host in range(0, number, number // 100)))
    output = subprocess.run([bench.program("resident"), bench.rules("network-measures.rules"), str(many), "11", str(rounds),
                             str(out)], check=True, capture_output=True, text=True).stdout
    first = output.splitlines()[0]
    ours, least = map(float, re.search(r"median of \d+ rounds: ([\d.]+) s, least ([\d.]+) s", output).groups())
    if not bench.has_data:
        print(f"grid {number}: {rounds} fixpoints of the resident model, median {ours * 1000:.1f} ms, least {least * 1000:.1f} ms\n  {first}",
              flush=True)
        return
    plain = [subprocess.run([bench.yardstick(), str(out)], check=True, capture_output=True, text=True).stdout
             for _ in range(3 * ROUNDS)]
    counts = re.compile(r"(execCode|netAccess|canAccessHost|principal)\w* (\d+)")
    if dict(counts.findall(first)) != dict(counts.findall(plain[0])):
        sys.exit(f"not the same: {first}\n{plain[0]}")
    theirs = sorted(float(re.search(r"fixpoint ([\d.]+)", text).group(1)) for text in plain)
    print(f"grid {number}: {rounds} fixpoints of the resident model, median {ours * 1000:.1f} ms, least {least * 1000:.1f} ms; plain C on "
          f"the facts of the first, median {theirs[len(theirs) // 2] * 1000:.1f} ms, least {theirs[0] * 1000:.1f} ms: "
          f"{ours / theirs[len(theirs) // 2]:.2f} times its time, {least / theirs[0]:.2f} least to least (wanted: at most 2); all four counts "
          "of the first are the same")
    print("  " + first, flush=True)


def what_if(bench):
    """A thousand changes of a resident model."""
    out = subprocess.run([bench.program("what-if"), bench.rules("network-measures.rules"),
                          str(bench.network(100000)), "7"], check=True, capture_output=True, text=True).stdout
    print("grid 100000: " + out.replace("\n", "\n  ").rstrip(), "(wanted: median at most 1 ms, 100 that change)")


# --- the cheapest measures


def cost_of(measure_text):
    """A patch costs 1 to 9, a firewall 20, as the problem's generator has it."""
    name, number = re.fullmatch(r"(patched|firewall)\((\d+)\)", measure_text).groups()
    return 20 if name == "firewall" else 1 + int(number) * 7919 % 9


def countermeasures(bench, number, step):
    """The network with the further entries that the problem has, costs and goals; and the same for clingo."""
    data, source = bench.folder / f"plan{number}", bench.network(number)
    if not data.exists():
        part = bench.folder / f"planpart{number}"
        shutil.copytree(source, part)
        with open(part / "hacl.facts", "a") as out:
            out.writelines(f"0\t{host}\t6\t1001\n" for host in range(7, number + 1, 7))
        patches = [f"patched({line})" for line in (part / "patched.facts").read_text().split()]
        walls = [f"firewall({host})" for host in range(1, number + 1)]
        (part / "costs").write_text("".join(f"{text}\t{cost_of(text)}\n" for text in patches + walls))
        (part / "goals").write_text("".join(f"execCode({host},1)\n" for host in range(step, number + 1, step)))
        if bench.has_data:
            subprocess.run([sys.executable, bench.tools / "mip.py", str(source), str(part / "model.lp"), str(part / "model.asp"),
                            str(step)], check=True, capture_output=True)
        part.rename(data)
    return data


def rows_of(data, name):
    return [tuple(line.split("\t")) for line in (data / f"{name}.facts").read_text().splitlines()]


def roots_without(data, measures):
    """Hosts where somebody gets root, by a plain reading of the eight rules with these measures taken: shares no code with the engine."""
    patched = {text[8:-1] for text in measures if text.startswith("patched(")}
    walled = {text[9:-1] for text in measures if text.startswith("firewall(")}
    services, holes, accounts, links = {}, {}, rows_of(data, "hasAccount"), {}
    for host, software, _, port, permission in rows_of(data, "networkServiceInfo"):
        services.setdefault(host, []).append((software, port, permission))
    for host, hole, software, where in rows_of(data, "vulExists"):
        if hole not in patched:
            holes.setdefault(host, []).append((software, where))
    for source, target, _, port in rows_of(data, "hacl"):
        if target not in walled:
            links.setdefault(source, []).append((target, port))
    access, code, before = {("net", *link) for link in links.get("0", [])}, set(), -1
    while before != len(access) + len(code):
        before = len(access) + len(code)
        for host, entries in services.items():
            for software, port, permission in entries:
                if ("net", host, port) in access and (software, "1") in holes.get(host, []):
                    code.add((host, permission))
            if ("net", host, "22") in access and any(entry[0] == "99" for entry in entries):
                access.add(("host", host))
            if {(host, "1"), (host, "2")} & code:
                access.add(("host", host))
                access.update(("net", *link) for link in links.get(host, []))
                if any(where == "2" for _, where in holes.get(host, [])):
                    code.add((host, "1"))
        for person, host, permission in accounts:
            if (host, "1") in code:
                access.add(("person", person))
            if ("person", person) in access and ("host", host) in access:
                code.add((host, permission))
    return {host for host, permission in code if permission == "1"}


def plan(bench):
    """The cheapest patches and firewalls after which nobody gets root on any 10th host, with the proof."""
    number, step = 1000, 10
    data = countermeasures(bench, number, step)
    ours, ours_cpu, out = measure([bench.program("plan"), bench.rules("network-measures.rules"), str(data), str(data / "costs"),
                                   str(data / "goals")])
    first, bounds, *chosen = out.splitlines()
    lower, upper = map(int, re.match(r"lower (\d+) upper (\d+)", bounds).groups())
    goals = {str(host) for host in range(step, number + 1, step)}
    left = goals & roots_without(data, chosen)
    optimum = 627 if bench.has_data else lower
    if (lower, upper, sum(map(cost_of, chosen)), left) != (optimum, optimum, optimum, set()):
        sys.exit(f"grid {number}: {bounds}, cost {sum(map(cost_of, chosen))}, goals left {left}")
    print(f"grid {number}: akashi {ours:.3f} s (processor {ours_cpu:.3f} s): {bounds}; the answer costs {optimum} by its own list, and "
          f"a plain reading of the rules gets root on {len(goals & roots_without(data, []))} of {len(goals)} goals without it, on none with it")
    print("  " + first, flush=True)
    if shutil.which("clingo") is None or not bench.has_data:
        print(f"grid {number}: clingo, or the problem in its language, is not there")
        return
    # 30: the optimum was found
    theirs, theirs_cpu, out = measure(["clingo", "--opt-strategy=usc", "--quiet=1", str(data / "model.asp")], rounds=1, codes=(30,))
    if f"Optimization : {optimum}" not in out:
        sys.exit(out)
    print(f"grid {number}: clingo --opt-strategy=usc {theirs:.2f} s (processor {theirs_cpu:.2f} s), the same optimum; akashi is "
          f"{theirs / ours:.0f} times faster, {theirs_cpu / ours_cpu:.0f} in processor time (wanted 20, aim 100)")


def worlds(bench):
    """Worlds drawn on one core, where every rule and one measure of ten works with a chance only."""
    for name, data, count in (("1,000 hosts with 142 entries", countermeasures(bench, 1000, 10), 65536),
                              ("10,000 hosts with one entry", bench.network(10000), 65536)):
        out = subprocess.run([bench.program("worlds"), bench.rules("network-measures.rules"), str(data), str(count)], check=True,
                             capture_output=True, text=True).stdout
        print(f"{name}: {out.strip()} (wanted: 500)", flush=True)


def family_runs(bench):
    """How each family of rules is grounded: a command each."""
    source = bench.network(10000)
    rules = (bench.source / "network.rules").read_text()
    makers = {"network, renamed, columns permuted": lambda folder: other.permuted(folder, source, rules),
              "transitive closure": other.closure, "same generation": other.same_generation,
              "rules of the knowledge": lambda folder: other.cpsf(folder, bench.source.parents[1] / "data/knowledge")}
    runs = {"network": [bench.program("ground"), bench.rules("network.rules"), str(source)]}
    for number, (name, make) in enumerate(makers.items()):
        folder = bench.folder / f"family{number}"
        folder.mkdir(exist_ok=True)
        (folder / "rules").write_text(make(folder))
        runs[name] = [bench.program("ground"), str(folder / "rules"), str(folder)]
    return runs


def families(bench):
    """Processor time a rule instance, of the whole process (conversion and fixpoint included) and of grounding alone, for the network's rules
    and for others. They take turns, and the least of several rounds counts: what else the machine does comes and goes."""
    runs, wholes, alone, instances = family_runs(bench), {}, {}, {}
    for _ in range(FAMILY_ROUNDS):
        for name, command in runs.items():
            _, whole, out = measure(command, rounds=1)
            line = out.splitlines()[0]
            wholes.setdefault(name, []).append(whole)
            alone.setdefault(name, []).append(float(re.search(r"ground [\d.]+ s \(processor ([\d.]+)", line).group(1)))
            instances[name] = sum(int(count) for count in re.findall(r"(\d+) (?:edges|other ways)", line))

    def each(times, name):
        return min(times[name]) / instances[name] * 1e9

    for name, count in instances.items():
        print(f"{name}: {count} rule instances, a whole process {min(wholes[name]):.3f} s of the processor, {each(wholes, name):.1f} ns each, "
              f"{each(wholes, name) / each(wholes, 'network'):.2f} times the network's (wanted: at most 1.3); grounding alone {min(alone[name]):.3f} s, "
              f"{each(alone, name):.1f} ns each, {each(alone, name) / each(alone, 'network'):.2f} times", flush=True)


def made_chain(bench, relations, form):
    path = bench.folder / (f"chain{relations}.yaml" if form == "yaml" else f"chain{relations}")
    if not path.exists():
        subprocess.run([os.environ["AKASHI_PROGRAM"], "chain", "generate", "--elements", str(relations // 5), "--relations",
                        str(relations), "--seed", "1", "--format", form, "-o", str(path)], check=True)
    return path


def value_of(bench, path):
    knowledge = bench.source.parents[1] / "data/knowledge"
    return subprocess.run([bench.program("value"), str(path), str(knowledge / "cpsf.json"), str(knowledge / "cpsf-rules.json")],
                          check=True, capture_output=True, text=True).stdout.strip()


def value(bench):
    """Value chains of all six kinds, from YAML: how long reading and the rest take."""
    for relations in (10_000, 100_000):
        print("YAML: " + value_of(bench, made_chain(bench, relations, "yaml")), flush=True)


BYTES_A_RELATION = 1000  # of memory, by what compiling 5,000,000 took; tables and compiled form on disk take less


def is_room(bench, relations):
    """Whether a size fits; one that does not is named."""
    free = int(re.search(r"MemAvailable:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) << 10
    disk, wanted = shutil.disk_usage(bench.folder).free, relations * BYTES_A_RELATION
    if min(free, disk) < wanted:
        print(f"{relations} relations: not run; about {wanted >> 20} MiB of memory and disk are needed, {free >> 20} and {disk >> 20} MiB are free", flush=True)
    return min(free, disk) >= wanted


def compiled_form(bench, path):
    """The same chain with its grounding in one file."""
    made, program = bench.folder / "compiled.chain", os.environ["AKASHI_PROGRAM"]
    for what, command in (("compile", ["compile", str(path), "-o", str(made)]),
                          ("analyze of it", ["analyze", str(made), "--no-report", "--format", "json"])):
        wall, cpu, memory = bench.starter.apply(whole_command, ([program, "chain", *command],))
        print(f"  akashi chain {what}: {wall:.2f} s (processor {cpu:.2f} s), {memory} MiB", flush=True)
    made.unlink()


def tell_growth(of, times, relations, fewer):
    allowed = relations * math.log(relations) / (fewer * math.log(fewer))
    print(f"  {times:.1f} times the time of {of} (n log n would be {allowed:.1f}): {'kept' if times <= allowed else 'missed'}", flush=True)


def growth(bench):
    """The same from tables: how time and memory grow with the relations; and the whole command, of the compiled form too."""
    before, first = None, None
    for relations in (10_000, 100_000, 1_000_000, 5_000_000, 10_000_000):
        if not is_room(bench, relations):
            continue
        path = made_chain(bench, relations, "csv")
        out = value_of(bench, path)
        seconds = float(re.search(r"together ([\d.]+) s", out).group(1))
        print("tables: " + out)
        if before and relations != 5_000_000:
            tell_growth("a tenth", seconds / before, relations, relations // 10)
        if before and relations == 10_000_000:
            tell_growth("10,000 relations", seconds / first, relations, 10_000)
        if relations != 5_000_000:
            before, first = seconds, first or seconds
        command = [os.environ["AKASHI_PROGRAM"], "chain", "analyze", str(path), "--no-report", "--format", "json"]
        wall, cpu, memory = bench.starter.apply(whole_command, (command,))
        print(f"  akashi chain analyze: {wall:.2f} s (processor {cpu:.2f} s), {memory} MiB (wanted at 5,000,000: 10 s, 4096 MiB)", flush=True)
        if relations <= 5_000_000:
            compiled_form(bench, path)
        shutil.rmtree(path)


def whole_command(command):
    """Wall and processor time in seconds, and the most memory in MiB."""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{command}: exit {child.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10


SECTIONS = {"network": network, "resident": resident, "what-if": what_if, "plan": plan, "worlds": worlds, "families": families,
            "value": value, "growth": growth}


def main():
    arguments = sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="akashi-chain-") as name:
        folder = pathlib.Path(name)
        if arguments[:1] == ["--keep"]:
            folder = pathlib.Path(arguments[1])
            folder.mkdir(exist_ok=True)
            arguments = arguments[2:]
        bench = Bench(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), folder)
        print("load " + " ".join(f"{load:.1f}" for load in os.getloadavg()), flush=True)
        for section in arguments or SECTIONS:
            print(f"--- {section}", flush=True)
            SECTIONS[section](bench)
        print("load " + " ".join(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
