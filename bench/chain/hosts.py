"""Networks of hosts as tables, for the bench to run without others' data: hosts on a square, each reached from those around it."""
import math
import random

TCP = 6
ZONE = 0  # where the attacker is; hosts are 1 … N
SSH = (99, 22)  # software, port: who gets there may log in
SERVERS = [(software, 1000 + software) for software in range(1, 9)]
AROUND = 4  # as far as a host's neighbours are: 40 of them, each on every port


def neighbours(host, hosts, side):
    row, column = divmod(host - 1, side)
    for y in range(max(0, row - AROUND), row + AROUND + 1):
        left = AROUND - abs(y - row)
        for x in range(max(0, column - left), min(side, column + left + 1)):
            other = y * side + x + 1
            if other <= hosts and other != host:
                yield other


def tables(hosts, seed):
    """Name of a predicate → its rows. Three vulnerabilities a host, of which a third can be used from itself alone."""
    rand, side = random.Random(seed), math.isqrt(hosts - 1) + 1
    out = {name: [] for name in ("vulExists", "networkServiceInfo", "hasAccount", "attackerLocated", "hacl")}
    out["attackerLocated"].append((ZONE,))
    hole = 0
    for host in range(1, hosts + 1):
        servers = rand.sample(SERVERS, 3)
        for software, port in servers:
            out["networkServiceInfo"].append((host, software, TCP, port, 1 + (rand.random() < 0.5)))
        out["networkServiceInfo"].append((host, *SSH[:1], TCP, SSH[1], 2))
        for _ in range(3):
            hole += 1
            out["vulExists"].append((host, hole, rand.choice(servers)[0] if rand.random() < 0.9 else 50, 1 + (rand.random() < 1 / 3)))
        if rand.random() < 0.6:
            out["hasAccount"].extend((rand.randrange(1, hosts + 1), host, permission) for permission in (1, 2))
        ports = [port for _, port in servers] + [SSH[1]]
        out["hacl"].extend((other, host, TCP, port) for other in neighbours(host, hosts, side) for port in ports + [1999])
    out["hacl"].extend((ZONE, host, TCP, port) for host in (1, hosts) for _, port in SERVERS)
    return out


def write(folder, hosts, seed=1):
    """FOLDER/PREDICATE.facts with tabs, and facts.pl as gringo and Prolog read them."""
    folder.mkdir(parents=True)
    with open(folder / "facts.pl", "w") as prolog:
        for name, rows in tables(hosts, seed).items():
            (folder / f"{name}.facts").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
            prolog.writelines(f"{name}({','.join(map(str, row))}).\n" for row in rows)
