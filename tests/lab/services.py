"""The servers of a device beside its web server: Telnet, SSH, MQTT, SNMP and Modbus.

Each kind has write(described, wanted, folder), which makes its files, and commands(described, wanted,
folder), which yields (name, command) of each process; `wanted` is its part of the description. No server
knows an account of this machine: SSH has its own /etc/passwd, which it alone sees, the others none.
"""
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import typing

from program import HERE, LabError, program


@dataclasses.dataclass
class Kind:
    commands: typing.Callable
    write: typing.Callable = lambda *_: None
    transport: str = "tcp"


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise LabError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def python(name, *arguments):
    return [sys.executable, "-sSEB", str(HERE / name), *map(str, arguments)]


def write_guard(described, wanted, folder, **more):
    """The settings of a server behind guard.py, which locks log-ins out."""
    name = more["kind"]
    settings = {"address": described["address"], "port": wanted["port"],
                "after": wanted["lockout_after"], "seconds": wanted["lockout_s"],
                "reset": str(folder / "reset"), "log": str(folder / f"{name}.log"), **more}
    (folder / f"{name}.log").write_bytes(b"")
    (folder / f"{name}-guard.json").write_text(json.dumps(settings), encoding="utf-8")


def logged(command, log):
    """The command, writing to a log that a guard reads."""
    return ["sh", "-c", 'exec "$@" 2>>"$0"', str(log), *command]


# Telnet

def telnet_commands(described, wanted, folder):
    yield "telnet", python("telnet.py", described["address"], wanted["port"], folder)


TELNET = Kind(telnet_commands)


# SSH: dropbear, in a mount namespace where /etc/passwd, /etc/shadow and /etc/shells are the device's

# Number 0, as on many small devices: another's may not reach the lab's folder. Its shell runs nothing.
ACCOUNT = "{user}:x:0:0:gateway:{home}:{shell}\n"
MOUNTS = """for file in passwd shadow shells; do
  mount --bind "$1/$file" "/etc/$file"
done
shift
exec "$@"
"""


def write_dropbear(wanted, target):
    """A copy of Debian's dropbear. A device that hides its version has one that was built so: the
    version in its first line is replaced by a word of the same length."""
    code = open(program("dropbear"), "rb").read()
    if not wanted["version"]:
        version = re.search(rb"SSH-2\.0-dropbear_([0-9.]+)", code)
        if not version:
            raise LabError("this dropbear does not say its version")
        word = b"gateway".ljust(len(version[1]), b"-")[:len(version[1])]
        code = code.replace(version[0], b"SSH-2.0-dropbear_" + word)
    target.write_bytes(code)
    target.chmod(0o755)


def write_accounts(wanted, folder):
    home, shell = folder / "ssh/home", HERE / "gateway-shell"
    secret = "*" if wanted["log_in"] == "keys" else run(
        "openssl", "passwd", "-6", wanted["password"]).strip()
    (folder / "ssh/passwd").write_text(
        "root:x:0:0:root:/root:/bin/false\n" +
        ACCOUNT.format(user=wanted["user"], home=home, shell=shell), encoding="utf-8")
    (folder / "ssh/shadow").write_text(f"{wanted['user']}:{secret}:19000:0:99999:7:::\n",
                                       encoding="utf-8")
    (folder / "ssh/shells").write_text(f"{shell}\n", encoding="utf-8")


def make_key(path):
    path.unlink(missing_ok=True)
    return run(program("dropbearkey"), "-t", "ed25519", "-f", path)


def write_ssh(described, wanted, folder):
    shutil.rmtree(folder / "ssh", ignore_errors=True)
    (folder / "ssh/home/.ssh").mkdir(parents=True)
    write_dropbear(wanted, folder / "ssh/dropbear")
    make_key(folder / "ssh/host.key")
    write_accounts(wanted, folder)
    lines = make_key(folder / "ssh/service.key").splitlines()
    public = next(line for line in lines if line.startswith("ssh-ed25519 "))
    (folder / "ssh/home/.ssh/authorized_keys").write_text(f"{public}\n", encoding="utf-8")
    (folder / "ssh/home/name").write_text(f"{described['model']} {described['version']}\n",
                                          encoding="utf-8")
    if wanted["lockout_after"]:
        write_guard(described, wanted, folder, kind="ssh",
                    server=[inner_address(described), wanted["port"]])


def inner_address(described):
    """Where a server behind a guard listens: 127.0.2.N for the device 127.0.1.N."""
    return described["address"].replace("127.0.1.", "127.0.2.")


def ssh_commands(described, wanted, folder):
    address = inner_address(described) if wanted["lockout_after"] else described["address"]
    keys_only = ["-s"] if wanted["log_in"] == "keys" else []
    # without port forwarding; three log-ins a connection
    command = [str(folder / "ssh/dropbear"), "-F", "-E", "-j", "-k", "-m", "-T", "3", *keys_only,
               "-r", str(folder / "ssh/host.key"), "-P", str(folder / "ssh/dropbear.own"),
               "-p", f"{address}:{wanted['port']}"]
    if wanted["lockout_after"]:
        command = logged(command, folder / "ssh.log")
        yield "ssh-guard", python("guard.py", folder / "ssh-guard.json")
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    yield "ssh", [program("unshare"), *as_root, "--mount", "sh", "-euc", MOUNTS, "sh", str(folder / "ssh"),
                  *command]


SSH = Kind(ssh_commands, write_ssh)


# MQTT: mosquitto; behind guard.py where it has a lock-out, which then ends TLS too

MOSQUITTO = """user root
persistence false
log_dest stderr
log_type all
{listener}
{access}
"""
MQTT_TLS = """certfile {folder}/tls/server.crt
keyfile {folder}/tls/server.key
tls_version tlsv1.2
ciphers {ciphers}
"""


def ciphers_of(described):
    """Debian's OpenSSL refuses what is weak unless its security level is 0."""
    tls, certified = described["tls"], described["certificate"]
    weak = (tls["min"] in ("TLSv1", "TLSv1.1") or certified["digest"] == "sha1"
            or certified["key"] == "RSA-1024" or "NULL" in tls["ciphers"])
    return tls["ciphers"] + (":@SECLEVEL=0" if weak else "")


def mqtt_listener(described, wanted, folder):
    if wanted["lockout_after"]:
        return f"listener 0 {folder}/mqtt.socket"
    listener = f"listener {wanted['port']} {described['address']}"
    if wanted["tls"]:
        listener += "\n" + MQTT_TLS.format(folder=folder, ciphers=ciphers_of(described))
    return listener


def write_mqtt(described, wanted, folder):
    access = "allow_anonymous true"
    if wanted["log_in"] == "password":
        passwords = folder / "mqtt.passwords"
        run(program("mosquitto_passwd"), "-b", "-c", passwords, wanted["user"], wanted["password"])
        passwords.chmod(0o600)
        access = f"allow_anonymous false\npassword_file {passwords}"
    (folder / "mqtt.socket").unlink(missing_ok=True)
    (folder / "mosquitto.conf").write_text(MOSQUITTO.format(
        listener=mqtt_listener(described, wanted, folder), access=access), encoding="utf-8")
    if wanted["lockout_after"]:
        tls = {"certificate": str(folder / "tls/server.crt"), "key": str(folder / "tls/server.key"),
               "tls_min": "TLSv1_2", "ciphers": ciphers_of(described)} if wanted["tls"] else {}
        write_guard(described, wanted, folder, kind="mqtt", server=str(folder / "mqtt.socket"), **tls)


def mqtt_commands(_, wanted, folder):
    command = [program("mosquitto"), "-c", str(folder / "mosquitto.conf")]
    if wanted["lockout_after"]:
        command = logged(command, folder / "mqtt.log")
        yield "mqtt-guard", python("guard.py", folder / "mqtt-guard.json")
    yield "mqtt", command


MQTT = Kind(mqtt_commands, write_mqtt)


# SNMP: Net-SNMP's agent, version 2c, read only

SNMPD = """rocommunity {community}
sysDescr {model} firmware {version}
sysName gateway
sysContact support@devices.example
sysLocation unknown
"""


def write_snmp(described, wanted, folder):
    (folder / "snmp").mkdir(exist_ok=True)
    (folder / "snmpd.conf").write_text(SNMPD.format(
        community=wanted["community"], model=described["model"], version=described["version"]),
        encoding="utf-8")


def snmp_commands(described, wanted, folder):
    yield "snmp", ["env", f"SNMP_PERSISTENT_DIR={folder}/snmp", f"SNMPCONFPATH={folder}/snmp",
                   "MIBS=", program("snmpd"), "-f", "-Lo", "-I", "-smux", "-C",
                   "-c", str(folder / "snmpd.conf"),
                   "-p", str(folder / "snmp/snmpd.own"),
                   f"udp:{described['address']}:{wanted['port']}"]


SNMP = Kind(snmp_commands, write_snmp, "udp")


# Modbus

def modbus_commands(described, wanted, _):
    yield "modbus", python("modbus.py", described["address"], wanted["port"])


MODBUS = Kind(modbus_commands)
