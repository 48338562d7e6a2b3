"""Keys and certificates of the lab's devices, made by the openssl program.

A weak RSA key comes from a fixed seed, so that the firmware image that carries it has the same bytes
in each build. No key of the lab protects anything.
"""
import datetime
import pathlib
import random
import subprocess

CA_CONFIG = """[ca]
default_ca = lab
[lab]
dir = {folder}
new_certs_dir = {folder}/issued
database = {folder}/index.txt
rand_serial = yes
unique_subject = no
policy = any
x509_extensions = {extensions}
[any]
commonName = supplied
[server]
basicConstraints = critical,CA:false
keyUsage = digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = IP:{address}
[authority]
basicConstraints = critical,CA:true
keyUsage = keyCertSign,cRLSign
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")


def is_prime(number, source):
    """Miller-Rabin with 40 rounds."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(40):
        power = pow(source.randrange(2, number - 1), odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def prime(bits, source):
    while True:
        # The two upper bits are set, so that the product of two primes has all its bits.
        number = source.getrandbits(bits) | 3 << bits - 2 | 1
        if number % 65537 != 1 and is_prime(number, source):
            return number


def seeded_rsa_key(path, bits, seed):
    source = random.Random(seed)
    p, q = prime(bits // 2, source), prime(bits // 2, source)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = [0, p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    config, der = path.with_suffix(".asn1"), path.with_suffix(".der")
    config.write_text("asn1 = SEQUENCE:key\n[key]\n" +
                      "".join(f"n{i} = INTEGER:{n}\n" for i, n in enumerate(numbers)))
    openssl("asn1parse", "-genconf", config, "-noout", "-out", der)
    openssl("pkey", "-inform", "DER", "-in", der, "-out", path)
    config.unlink()
    der.unlink()


def make_key(path, kind):
    """kind: "RSA-<bits>" (from a fixed seed) or "EC-<curve>" (fresh)."""
    family, size = kind.split("-", 1)
    if family == "RSA":
        seeded_rsa_key(path, int(size), f"akashi lab {kind}")
    else:
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{size}",
                "-out", path)
    path.chmod(0o600)


def sign(folder, key, subject, want, address, authority=None, extensions="server"):
    """A certificate for `key`, signed by itself or by `authority` (key, certificate)."""
    for name in ("issued", ):
        (folder / name).mkdir(exist_ok=True)
    (folder / "index.txt").write_text("")
    config = folder / "ca.cnf"
    config.write_text(CA_CONFIG.format(folder=folder, address=address, extensions=extensions))
    request, out = folder / "request.pem", key.with_suffix(".crt")
    openssl("req", "-new", "-key", key, "-subj", f"/CN={subject}", "-out", request)
    now = datetime.datetime.now(datetime.timezone.utc)
    dates = [(now + datetime.timedelta(days=want[day])).strftime("%Y%m%d%H%M%SZ")
             for day in ("from_day", "to_day")]
    signer = (["-keyfile", authority[0], "-cert", authority[1]] if authority
              else ["-selfsign", "-keyfile", key])
    openssl("ca", "-batch", "-config", config, "-md", want["digest"], "-notext", "-startdate",
            dates[0], "-enddate", dates[1], "-in", request, "-out", out, *signer)
    return out


def make_certificate(folder, want, address, subject):
    """Writes folder/server.pem: the key and the chain, as lighttpd reads them."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "server.key"
    make_key(key, want["key"])
    authority = None
    if want["issuer"] == "lab":
        root = folder / "root.key"
        make_key(root, "EC-P-256")
        years = {"digest": "sha256", "from_day": -3650, "to_day": 3650}
        authority = (root, sign(folder, root, "Akashi lab root", years, address,
                                extensions="authority"))
    certificate = sign(folder, key, subject, want, address, authority)
    chain = [key, certificate]
    (folder / "server.pem").write_text("".join(path.read_text() for path in chain))
    (folder / "server.pem").chmod(0o600)
