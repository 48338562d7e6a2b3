"""Clients that know nothing of akashi: what a device answers to Python and OpenSSL."""
import base64
import http.client
import re
import socket
import ssl
import subprocess
import urllib.parse
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
WAIT_S = 60  # for an answer: a test machine may be busy
VERSIONS = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2,
            ssl.TLSVersion.TLSv1_3]


def context(version=None, suites="ALL"):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.set_ciphers(f"{suites}:@SECLEVEL=0")
    made.minimum_version = version or ssl.TLSVersion.TLSv1
    if version:
        made.maximum_version = version
    return made


def accepted(address, port=443):
    out = []
    for version in VERSIONS:
        try:
            with socket.create_connection((address, port), WAIT_S) as plain:
                with context(version).wrap_socket(plain):
                    out.append(version.name)
        except (ssl.SSLError, ConnectionError):
            pass
    return out


def accepts_suite(address, suite):
    try:
        with socket.create_connection((address, 443), WAIT_S) as plain:
            with context(ssl.TLSVersion.TLSv1_2, suite).wrap_socket(plain):
                return True
    except (ssl.SSLError, ConnectionError):
        return False


def certificate_text(address):
    with socket.create_connection((address, 443), WAIT_S) as plain:
        with context().wrap_socket(plain) as secure:
            pem = ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))
    return subprocess.run(["openssl", "x509", "-noout", "-text", "-checkend", "0"], input=pem,
                          capture_output=True, text=True).stdout


def get(address, path, password=None):
    """(status, headers, body)"""
    link = http.client.HTTPSConnection(address, 443, timeout=WAIT_S, context=context())
    headers = {}
    if password is not None:
        token = base64.b64encode(f"admin:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    link.request("GET", path, headers=headers)
    answer = link.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read().decode()
    link.close()
    return found


def is_open(address, port):
    with socket.socket() as probe:
        probe.settimeout(WAIT_S)
        return probe.connect_ex((address, port)) == 0


class Form:
    """A browser with its cookie, at the administration of a device with a form."""

    def __init__(self, address):
        self.address, self.cookie, self.page = address, None, ""

    def ask(self, method, path, sent=None):
        """(status, where it sends to); keeps cookie and page."""
        link = http.client.HTTPSConnection(self.address, 443, timeout=WAIT_S, context=context())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        link.request(method, path, body=urllib.parse.urlencode(sent) if sent else None,
                     headers=headers)
        answer = link.getresponse()
        self.page = answer.read().decode()
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie or "").partition(";")[0]
        link.close()
        return answer.status, answer.getheader("Location")

    def token(self):
        found = re.search(r'name="token" value="([^"]+)"', self.page)
        return found.group(1) if found else ""

    def log_in(self, password, **more):
        """ "in", "wrong", "locked" or the status."""
        self.ask("GET", "/admin")
        status, target = self.ask("POST", "/login", {"username": "admin", "password": password,
                                                     "token": self.token(), **more})
        if (status, target) == (303, "/admin"):
            return "in"
        if status == 200 and "Wrong user name or password." in self.page:
            return "wrong"
        return "locked" if status == 429 else str(status)
