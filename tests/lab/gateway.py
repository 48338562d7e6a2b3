"""The application of a lab gateway: start page, and an admin area behind HTTP Basic or a form.

lighttpd starts it with LAB_STATE naming the device's folder, and asks it by SCGI: a request a connection, on the
socket that it finds as its standard input. Its memory (failed attempts, a changed password, sessions) is one JSON
file, replaced as a whole; who removes it makes the gateway forget.
"""
import base64
import hmac
import html
import ipaddress
import json
import os
import pathlib
import secrets
import signal
import socket
import sys
import time
import urllib.parse

STATE = pathlib.Path(os.environ["LAB_STATE"])
WRONG = "Wrong user name or password."
MAX_SESSIONS = 100


class Request:
    """What was asked, and the answer to it."""

    def __init__(self, variables, body):
        self.variables, self.body, self.answer = variables, body, b""

    def get(self, name, otherwise=""):
        return self.variables.get(name, otherwise)

    def fields(self):
        """The fields of a form that was sent; each name once."""
        return dict(urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"),
                                           keep_blank_values=True, max_num_fields=16))


def answer(request, status, body, *headers):
    lines = (f"Status: {status}", "Content-Type: text/html; charset=utf-8", "Cache-Control: no-store",
             *headers)
    text = "".join(f"{line}\r\n" for line in lines) + f"\r\n<!doctype html>\n{body}\n"
    request.answer = text.encode()


def same(one, other):
    return hmac.compare_digest(one.encode(), other.encode())


def try_password(admin, memory, user, password):
    """ "in", "wrong" or "locked"."""
    if memory.get("locked_until", 0) > time.monotonic():
        return "locked"
    if same(user, admin["user"]) and same(password, memory.get("password") or admin["password"]):
        memory["failures"] = 0
        return "in"
    memory["failures"] = memory.get("failures", 0) + 1
    if admin["lockout_after"] and memory["failures"] >= admin["lockout_after"]:
        memory["locked_until"] = time.monotonic() + admin["lockout_s"]
        memory["failures"] = 0
    return "wrong"


def answer_locked(request, admin):
    answer(request, "429 Too Many Requests", "<p>Too many attempts. Please wait.</p>",
           f"Retry-After: {admin['lockout_s']}")


# what stands behind the log-in

def change_password(request, memory, password):
    if not password.isalnum() or len(password) < 12:
        return answer(request, "400 Bad Request", "<p>At least 12 letters and digits, please.</p>")
    memory["password"] = password
    return answer(request, "200 OK", "<p>The password is changed.</p>")


def administration(request, device, memory, token=""):
    if request.get("REQUEST_METHOD") == "POST":
        sent = request.fields()
        if not same(sent.get("token", ""), token):
            return answer(request, "403 Forbidden", "<p>Please load the page again.</p>")
        return change_password(request, memory, sent.get("password", ""))
    hidden = f'<input type="hidden" name="token" value="{token}">' if token else ""
    return answer(request, "200 OK", f"<title>Administration</title><h1>Administration</h1>"
                  f"<p>Firmware {html.escape(device['version'])}</p>"
                  f'<form method="post">{hidden}<input name="password"><button>Change</button></form>')


# HTTP Basic

def credentials(request):
    kind, _, value = request.get("HTTP_AUTHORIZATION").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[::2]
    except ValueError:
        return ("", "")


def admin_by_basic(request, device, memory):
    given = credentials(request)  # only attempts with credentials count
    state = try_password(device["admin"], memory, *given) if given else "ask"
    if state == "in":
        administration(request, device, memory)
    elif state == "locked":
        answer_locked(request, device["admin"])
    else:
        answer(request, "401 Unauthorized", "<p>Please log in.</p>",
               'WWW-Authenticate: Basic realm="gateway", charset="UTF-8"')


# the form: a session's cookie is renewed at log-in, its token stands in each form

def find_session(request, memory):
    for pair in request.get("HTTP_COOKIE").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == "session" and value in memory.get("sessions", {}):
            return memory["sessions"][value]
    return None


def new_session(memory, logged_in):
    """The session, and the header that hands it to the browser."""
    name, session = secrets.token_urlsafe(18), {"in": logged_in, "token": secrets.token_urlsafe(18)}
    kept = [*memory.get("sessions", {}).items(), (name, session)]
    memory["sessions"] = dict(kept[-MAX_SESSIONS:])
    return session, f"Set-Cookie: session={name}; Path=/; HttpOnly; Secure; SameSite=Strict"


def show_form(request, memory, message=""):
    session, cookie = new_session(memory, False)
    answer(request, "200 OK", f"<title>Log in</title><h1>Log in</h1><p>{message}</p>"
           '<form method="post" action="/login"><input name="username">'
           '<input type="password" name="password">'
           f'<input type="hidden" name="token" value="{session["token"]}">'
           "<button>Log in</button></form>", cookie)


def admin_by_form(request, device, memory):
    session = find_session(request, memory)
    if session and session["in"]:
        administration(request, device, memory, session["token"])
    else:
        show_form(request, memory)


def log_in(request, device, memory):
    sent, session = request.fields(), find_session(request, memory)
    if not session or not same(sent.get("token", ""), session["token"]):
        return answer(request, "403 Forbidden", "<p>Please load the page again.</p>")
    state = try_password(device["admin"], memory, sent.get("username", ""), sent.get("password", ""))
    if state == "locked":
        return answer_locked(request, device["admin"])
    if state == "wrong":
        return show_form(request, memory, WRONG)
    return answer(request, "303 See Other", "", "Location: /admin", new_session(memory, True)[1])


# requests

def start_page(request, device, _):
    name = device["model"] if device["shows_model"] else "Gateway"
    answer(request, "200 OK", f"<title>{html.escape(name)}</title><h1>{html.escape(name)}</h1>"
           '<p><a href="/admin">Administration</a></p>')


def not_found(request, *_):
    answer(request, "404 Not Found", "<p>Not found.</p>")


ADMIN = {"basic": admin_by_basic, "form": admin_by_form, "none": administration}


def listens(device):
    address = ipaddress.IPv4Address(device["address"]).packed
    local = f"{int.from_bytes(address, sys.byteorder):08X}:{device['ports']['https']:04X}"
    rows = map(str.split, pathlib.Path("/proc/net/tcp").read_text().splitlines())
    return any(row[1] == local and row[3] == "0A" for row in rows)


def die(device):
    """The fault of the device that dies in mid-run. Its ports close before its connections, so that
    whoever is cut off finds nobody."""
    server, until = os.getppid(), time.monotonic() + 60
    os.kill(server, signal.SIGINT)  # lighttpd takes no more connections, and goes on with those it has
    while listens(device) and time.monotonic() < until:
        time.sleep(0.01)
    while os.getppid() == server:
        os.kill(server, signal.SIGKILL)
        time.sleep(0.01)


def respond(request, device, memory):
    path = request.get("REQUEST_URI", "/").partition("?")[0]
    if path == device.get("dies_on"):
        return die(device)
    mechanism = device["admin"]["mechanism"]
    pages = {"/": start_page, "/admin": ADMIN[mechanism]}
    if mechanism == "form" and request.get("REQUEST_METHOD") == "POST":
        pages["/login"] = log_in
    return pages.get(path, not_found)(request, device, memory)


def remember(request):
    """Answers by what the device remembers, and keeps what it remembers then."""
    device, kept = json.loads((STATE / "device.json").read_text(encoding="utf-8")), STATE / "memory.json"
    try:
        memory = json.loads(kept.read_text(encoding="utf-8"))
    except FileNotFoundError:
        memory = {}
    before = json.dumps(memory)
    respond(request, device, memory)
    if json.dumps(memory) != before:
        partial = STATE / "memory.new"
        partial.write_text(json.dumps(memory), encoding="utf-8")
        partial.replace(kept)


def read_request(stream):
    """SCGI: the variables as a netstring of names and values that zeros end, and the body."""
    length = b""
    while (byte := stream.read(1)) not in (b":", b""):
        length += byte
    words = stream.read(int(length) + 1)[:-1].decode("utf-8", "replace").split("\0")
    variables = dict(zip(words[::2], words[1::2]))
    return Request(variables, stream.read(min(int(variables.get("CONTENT_LENGTH") or 0), 4096)))


def main():
    server = os.getppid()
    with socket.socket(fileno=0) as door:
        while os.getppid() == server:
            link, _ = door.accept()
            with link, link.makefile("rb") as stream:
                try:
                    request = read_request(stream)
                    remember(request)
                    link.sendall(request.answer)
                except (OSError, ValueError) as error:  # who asked is gone
                    print(f"gateway: {error}", file=sys.stderr)


main()
