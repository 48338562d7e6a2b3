"""The servers of a device: what each is started with, and the files that it needs."""
import json
import secrets
import sys

import certificate
import services
from program import HERE, LabError, program

# the web server: start page and administration

MODULES = ["mod_redirect", "mod_scgi", "mod_openssl"]
LIGHTTPD = """server.modules = ({modules})
server.document-root = "{folder}/www"
server.errorlog = "{folder}/lighttpd.log"
server.upload-dirs = ("{folder}")
server.bind = "{address}"
server.port = {http}
index-file.names = ()
scgi.server = ("" => (("socket" => "{folder}/app.socket", "bin-path" => "{python} -IS {here}/gateway.py", "max-procs" => 1,
                       "bin-environment" => ("LAB_STATE" => "{folder}"), "check-local" => "disable")))
{tag}
$SERVER["socket"] == "{address}:{http}" {{
  {plain}
}}
{secure}
"""
# lighttpd ends TLS itself, or socat does, where the device takes what lighttpd always refuses.
SECURE = {"lighttpd": """$SERVER["socket"] == "{address}:{https}" {{
  ssl.engine = "enable"
  ssl.pemfile = "{folder}/tls/server.pem"
  ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "{tls_min}", "CipherString" => "{ciphers}",
                              "Options" => "-SessionTicket,ServerPreference")
}}""", "socat": '$SERVER["socket"] == "{folder}/web.socket" {{ }}'}
PLAIN = {"redirect": 'url.redirect = ("" => "https://{address}:{https}/")',
         "administration": ""}


def with_own_passwords(described):
    """A copy in which each password that is not given is made: each device has its own."""
    kept = json.loads(json.dumps(described))
    asking = [one for one in kept["services"].values() if one.get("log_in") == "password"]
    for holder in [kept["admin"], *asking]:
        if holder.get("password") is None:
            holder["password"] = secrets.token_urlsafe(18)
    return kept


def write_application(described, folder):
    (folder / "www").mkdir(parents=True, exist_ok=True)  # nothing stands in it: the application has all pages
    for name in ("memory.json", "wake"):
        (folder / name).unlink(missing_ok=True)
    kept = with_own_passwords(described)
    (folder / "device.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    (folder / "device.json").chmod(0o600)


def own(folder):
    """The device as it was started, with its passwords."""
    return json.loads((folder / "device.json").read_text(encoding="utf-8"))


def write_web(described, folder):
    write_application(described, folder)
    certificate.make_certificate(folder / "tls", described["certificate"], described["address"],
                                 described["model"])
    tls = described["tls"]
    where = {"address": described["address"], "folder": folder, "here": HERE, "python": sys.executable,
             **described["ports"]}
    (folder / "web.socket").unlink(missing_ok=True)
    (folder / "lighttpd.conf").write_text(LIGHTTPD.format(
        modules=", ".join(f'"{name}"' for name in MODULES),
        plain=PLAIN[described["plain_http"]].format(**where),
        secure=SECURE[tls["ends_at"]].format(tls_min=tls["min"], ciphers=services.ciphers_of(described), **where),
        tag="" if described["banner"] else 'server.tag = ""', **where), encoding="utf-8")


def web_commands(described, folder):
    command = [program("lighttpd"), "-D", "-f", str(folder / "lighttpd.conf")]
    if described.get("restarts"):
        command = [str(HERE / "watchdog"), str(folder / "wake"), *command]
    yield "lighttpd", command
    if described["tls"]["ends_at"] == "socat":
        yield "socat-tls", [
            "socat", f"OPENSSL-LISTEN:{described['ports']['https']},bind={described['address']},"
            f"reuseaddr,fork,max-children=64,cert={folder}/tls/server.pem,verify=0,"
            f"cipher={services.ciphers_of(described)},openssl-min-proto-version=TLS1.2",
            f"UNIX-CONNECT:{folder}/web.socket"]


# a service that tells its name to everyone and takes whatever is typed

def banner_command(address, port, text):
    return ["socat", f"TCP4-LISTEN:{port},bind={address},reuseaddr,fork,max-children=16",
            f"SYSTEM:echo '{text}'; exec timeout 5 cat >/dev/null"]


# all of a device

def banner_commands(described, _):
    for port, text in described["banner_services"].items():
        yield f"socat-{port}", banner_command(described["address"], port, text)


KINDS = {"telnet": services.TELNET, "ssh": services.SSH, "mqtt": services.MQTT,
         "snmp": services.SNMP, "modbus": services.MODBUS}


def commands(described, folder):
    """(name, command) of each server."""
    yield from web_commands(described, folder)
    yield from banner_commands(described, folder)
    for name, wanted in described["services"].items():
        yield from KINDS[name].commands(described, wanted, folder)


def ports(described):
    """(transport, port) of each."""
    tcp = [*described["ports"].values(), *map(int, described["banner_services"])]
    return [("tcp", port) for port in tcp] + [
        (KINDS[name].transport, wanted["port"]) for name, wanted in described["services"].items()]


def write_files(described, folder):
    write_web(described, folder)
    for name in described["services"]:
        KINDS[name].write(described, own(folder)["services"][name], folder)
