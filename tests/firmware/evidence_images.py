"""One weak and one sound image for each row of data/firmware/evidence.json, as texts.

A description is {path: text or bytes, or (mode, text or bytes)}; a path that ends with "/" is a folder. It becomes an
archive that is as whole as a filesystem (cpio newc), the same bytes each time. `other` are images on which the row's
condition does not hold: {why: description}. `also`: rows that the weak image meets besides its own.
"""
import pathlib
import subprocess

PASSWD = "root:x:0:0:root:/root:/bin/sh\ndaemon:*:1:1::/:/bin/false\n"
BUSYBOX = (0o755, b"\x7fELF\0")
INITTAB = "::sysinit:/etc/init.d/rcS\n"


def cpio(files):
    """newc. Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst."""
    folders = sorted({str(p) for f in files for p in pathlib.PurePosixPath(f).parents if str(p) != "."})
    entries = [(f, 0o40755, b"") for f in folders]
    for name, given in sorted(files.items()):
        mode, data = given if isinstance(given, tuple) else (0o644, given)
        entries.append((name, 0o100000 | mode, data.encode() if isinstance(data, str) else data))
    out = b""
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        values = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08X" % v for v in values) + name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return out


def openssl(*words, text=None):
    return subprocess.run(["openssl", *words], capture_output=True, check=True, input=text).stdout.decode()


def hashed(password):
    """By the kind that is quickly tried; salts and digests are no secrets."""
    return openssl("passwd", "-1", "-salt", "abcdefgh", password).strip()


def key(*words):
    return openssl("genpkey", *words)


def certificate(bits, *words):
    private = openssl("genrsa", str(bits))
    return openssl("req", "-x509", "-key", "/dev/stdin", "-subj", "/CN=device", "-days", "3650", *words,
                   text=private.encode())


def program(folder, name, source, *words):
    """A real program of the compiler that builds akashi."""
    path = pathlib.Path(folder, name)
    subprocess.run(["cc", "-x", "c", "-o", path, "-", *words], input=source.encode(), check=True)
    return (0o755, path.read_bytes())


HELLO = "#include <stdio.h>\n#include <string.h>\nint main(int argc, char **argv) { char b[64]; " \
        "strncpy(b, argv[0], 63); b[63] = 0; return puts(b) < 0; }\n"
SHELL = "#include <stdlib.h>\nint main(int argc, char **argv) { return system(argv[1]); }\n"
HARD = ["-O2", "-fstack-protector-all", "-D_FORTIFY_SOURCE=2", "-fPIE", "-pie", "-Wl,-z,relro,-z,now"]
SOFT = ["-O0", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-no-pie", "-Wl,-z,norelro,-z,execstack"]
CONFIG = "#\n# Linux/arm 6.1.0 Kernel Configuration\n#\nCONFIG_ARM=y\nCONFIG_MMU=y\nCONFIG_NET=y\n"
EXAMPLE_AWS = "AKIAIOSFODNN7EXAMPLE"  # the one that its maker's documentation shows
GNUTLS = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/libgnutls.so.30"))), None)


def secrets():
    private = key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    public = openssl("pkey", "-pubout", text=private.encode())
    library = {"usr/lib/libgnutls.so.30": GNUTLS.read_bytes()} if GNUTLS else None
    hidden = hashed("no list has this one 7")
    wifi = "interface=wlan0\nssid=x\nwpa=2\nwpa_passphrase=%s\n"
    return {
        "secret.private-key": {
            "weak": {"etc/device.key": private},
            "sound": {"etc/device.pub": public},
            "other": {"a library's test keys": library,
                      "encrypted": {"etc/device.key": openssl("pkey", "-aes-128-cbc", "-passout", "pass:x7Rp", text=private.encode())}}},
        "secret.test-key": {"weak": library, "sound": {"usr/lib/libx.so.1": b"\x7fELF\0"}},
        "secret.password-hash": {
            "weak": {"etc/passwd": PASSWD, "etc/shadow": f"root:{hidden}:1:0:9:7:::\n"},
            "sound": {"etc/passwd": PASSWD, "etc/shadow": "root:*:1:0:9:7:::\n"},
            "other": {"locked": {"etc/passwd": PASSWD, "etc/shadow": f"root:!{hidden}:1:0:9:7:::\n"},
                      "a manual": {"usr/share/doc/x/examples/shadow": f"root:{hidden}:1:0:9:7:::\n"}}},
        "secret.default-password": {
            "weak": {"etc/lighttpd/.htpasswd": f"admin:{hashed('admin')}\n"}, "also": ["secret.password-hash"],
            "sound": {"etc/lighttpd/.htpasswd": "# none yet\n"}},
        "secret.api-key": {
            "weak": {"etc/cloud.conf": "access = AKIAQ3ZX7LM2PW5VTRKD\n"},
            "sound": {"etc/cloud.conf": "access = /run/provisioned/key\n"},
            "other": {"an example": {"etc/cloud.conf": f"access = {EXAMPLE_AWS}\n"}}},
        "secret.wifi": {
            "weak": {"etc/hostapd.conf": wifi % "gr7Qkz-v2Wp"},
            "sound": {"etc/hostapd.conf": "interface=wlan0\nssid=x\nwpa_psk_file=/run/psk\n"},
            "other": {"a manual": {"usr/share/doc/hostapd/hostapd.conf": wifi % "gr7Qkz-v2Wp"}}},
        "secret.credential": {
            "weak": {"root/.netrc": "machine up.example login box password hT5kz0Wq\n"},
            "sound": {"root/.netrc": "# written at set-up\n"},
            "other": {"a placeholder": {"root/.netrc": "machine up.example login box password $PASSWORD\n"}}},
        "secret.likely": {
            "weak": {"etc/app.properties": "cloud.token=8fK2xQ9vLr4Tz7Wb1Nc6Yp3Hs5Jd0Gm2Ae8Uo4Ri\n"},
            "sound": {"etc/app.properties": "cloud.host=up.example\n"}},
        "secret.certificate": {"weak": {"etc/cert.pem": certificate(2048)}, "sound": {"etc/motd": "hello\n"}},
        "secret.certificate-note": {
            "weak": {"etc/cert.pem": certificate(1024)},
            "sound": {"etc/cert.pem": certificate(2048, "-addext", "basicConstraints=critical,CA:FALSE")}},
    }


def accounts():
    return {
        "account.default-password": {
            "weak": {"etc/passwd": PASSWD, "etc/shadow": f"root:{hashed('admin')}:1:0:9:7:::\n"},
            "also": ["secret.password-hash"],
            "sound": {"etc/passwd": PASSWD, "etc/shadow": "root:*:1:0:9:7:::\n"},
            "other": {"locked": {"etc/passwd": PASSWD, "etc/shadow": f"root:!{hashed('admin')}:1:0:9:7:::\n"}}},
        "account.empty-password": {
            "weak": {"etc/passwd": PASSWD, "etc/shadow": "root::1:0:9:7:::\n"},
            "sound": {"etc/passwd": PASSWD, "etc/shadow": "root:!:1:0:9:7:::\n"}},
        "permission.world-writable": {
            "weak": {"etc/hosts": (0o666, "127.0.0.1 localhost\n")},
            "sound": {"etc/hosts": (0o644, "127.0.0.1 localhost\n")}},
    }


def programs(folder):
    return {
        "elf.missing": {"weak": {"bin/tool": program(folder, "soft", HELLO, *SOFT)},
                        "sound": {"bin/tool": program(folder, "hard", HELLO, *HARD)}},
        "elf.risky-path": {"weak": {"bin/tool": program(folder, "risky", HELLO, *HARD, "-Wl,-rpath,/tmp/lib")},
                           "sound": {"bin/tool": program(folder, "own", HELLO, *HARD, "-Wl,-rpath,/usr/lib/tool")}},
        "call.dangerous": {"weak": {"bin/tool": program(folder, "shell", SHELL, *HARD)},
                           "sound": {"bin/tool": program(folder, "plain", "int main(void) { return 0; }\n", *HARD)}},
    }


def services():
    telnet = "#!/bin/sh\n/usr/sbin/telnetd -l %s\n"
    mqtt = "#!/bin/sh\n/usr/sbin/mosquitto -c /etc/mqtt.conf\n"
    guarded = "listener 8883\ncertfile /run/c.pem\nkeyfile /run/k.pem\nallow_anonymous false\npassword_file /run/pw\n"
    base = {"etc/inittab": INITTAB, "bin/busybox": BUSYBOX, "usr/sbin/telnetd": BUSYBOX, "usr/sbin/mosquitto": BUSYBOX}
    return {
        "service-at-boot.open-shell": {
            "weak": base | {"etc/init.d/rcS": (0o755, telnet % "/bin/sh")},
            "sound": base | {"etc/init.d/rcS": (0o755, telnet % "/bin/login"), "bin/login": BUSYBOX},
            "other": {"there, but not started": base | {"etc/init.d/rcS": (0o755, "#!/bin/sh\nmount -a\n"),
                                                        "usr/share/debug.sh": (0o755, telnet % "/bin/sh")},
                      "started on a condition": base | {"etc/init.d/rcS": (0o755, "#!/bin/sh\n[ -f /data/debug ] && telnetd -l /bin/sh\n")},
                      "a table of inetd, which is not started": base | {"etc/init.d/rcS": (0o755, "#!/bin/sh\nmount -a\n"), "etc/inetd.conf":
                                                                        "telnet stream tcp nowait root /usr/sbin/telnetd telnetd -l /bin/sh\n"}}},
        "service-at-boot.risk": {
            "weak": base | {"etc/init.d/rcS": (0o755, mqtt), "etc/mqtt.conf": "listener 1883\nallow_anonymous true\n"},
            "sound": base | {"etc/init.d/rcS": (0o755, mqtt), "etc/mqtt.conf": guarded}},
    }


def kernels(root):
    """The sound one sets what the list wants: what is no option of that list is not judged."""
    lines = (root / "data/lists/kernel-hardening.txt").read_text("utf-8").splitlines()
    wanted = [line.split()[:2] for line in lines if line and not line.startswith("#")]
    good = "".join(f"CONFIG_{name}=y\n" if value == "y" else f"# CONFIG_{name} is not set\n" for name, value in wanted)
    return {"kernel.hardening-missing": {
        "weak": {"boot/config-6.1.0": CONFIG + "# CONFIG_STRICT_KERNEL_RWX is not set\nCONFIG_DEVMEM=y\n"},
        "sound": {"boot/config-6.1.0": CONFIG + good}}}


def module(folder, name, release, signed):
    """A module as the kernel's build leaves it, for the kernel of that release; the signature is nine bytes of none."""
    text = "__attribute__((section(\".modinfo\"), used)) static const char t[] = \"vermagic=%s SMP \";\n" % release
    _, data = program(folder, name, text, "-c")
    return data + (b"123456789" + bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 9]) + b"~Module signature appended~\n" if signed else b"")


def modules(folder):
    base = {"boot/vmlinux": b"\0\0Linux version 6.1.0-x (a@b) (cc) #1 SMP", "boot/config-6.1.0": CONFIG + "CONFIG_MODULE_SIG=y\n"}
    sound = base | {"lib/modules/own.ko": module(folder, "signed", "6.1.0-x", True)}
    return {
        "kernel-module.unsigned": {
            "weak": base | {"lib/modules/own.ko": module(folder, "unsigned", "6.1.0-x", False)}, "sound": sound},
        "kernel-module.other-kernel": {
            "weak": base | {"lib/modules/old.ko": module(folder, "old", "3.4.0", True)}, "sound": sound},
    }


def rules():
    """Of the user's: the image is looked at with them."""
    return {"yara.match": {
        "weak": {"etc/key": "AKASHI-OLD"}, "sound": {"etc/key": "AKASHI-NEW"},
        "rules": "rule old_key { meta: severity = \"critical\" strings: $a = \"AKASHI-OLD\" condition: $a }\n"}}


def images(root, folder):
    """{property: {"weak", "sound", "other", "also", "rules"}}; a description that this machine has no parts for is None."""
    return secrets() | accounts() | programs(folder) | services() | kernels(root) | modules(folder) | rules()
