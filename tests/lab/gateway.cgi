"""The application of a lab gateway: start page, and an admin area behind HTTP Basic.

lighttpd runs it for each request, with LAB_STATE naming the device's folder. Its memory (failed
attempts, a changed password) is one JSON file under a lock.
"""
import base64
import fcntl
import hmac
import html
import json
import os
import pathlib
import signal
import sys
import time

STATE = pathlib.Path(os.environ["LAB_STATE"])


def answer(status, body, *headers):
    sys.stdout.write("".join(f"{line}\r\n" for line in (
        f"Status: {status}", "Content-Type: text/html; charset=utf-8", "Cache-Control: no-store",
        *headers)))
    sys.stdout.write(f"\r\n<!doctype html>\n{body}\n")


def credentials():
    kind, _, value = os.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[::2]
    except ValueError:
        return ("", "")


def same(one, other):
    return hmac.compare_digest(one.encode(), other.encode())


def check(admin, memory):
    """ "in", "ask", "wrong" or "locked". Only attempts with credentials count."""
    given = credentials()
    if admin["mechanism"] == "none":
        return "in"
    if given is None:
        return "ask"
    if memory.get("locked_until", 0) > time.time():
        return "locked"
    password = memory.get("password") or admin["password"]
    if same(given[0], admin["user"]) and same(given[1], password):
        memory["failures"] = 0
        return "in"
    memory["failures"] = memory.get("failures", 0) + 1
    if admin["lockout_after"] and memory["failures"] >= admin["lockout_after"]:
        memory["locked_until"] = time.time() + admin["lockout_s"]
        memory["failures"] = 0
    return "wrong"


def new_password(memory):
    body = sys.stdin.buffer.read(min(int(os.environ.get("CONTENT_LENGTH") or 0), 4096))
    password = body.decode("utf-8", "replace").removeprefix("password=")
    if not password.isalnum() or len(password) < 12:
        return answer("400 Bad Request", "<p>At least 12 letters and digits, please.</p>")
    memory["password"] = password
    return answer("200 OK", "<p>The password is changed.</p>")


def admin_area(device, memory):
    state = check(device["admin"], memory)
    if state == "locked":
        answer("429 Too Many Requests", "<p>Too many attempts. Please wait.</p>",
               f"Retry-After: {device['admin']['lockout_s']}")
    elif state != "in":
        answer("401 Unauthorized", "<p>Please log in.</p>",
               'WWW-Authenticate: Basic realm="gateway", charset="UTF-8"')
    elif os.environ.get("REQUEST_METHOD") == "POST":
        new_password(memory)
    else:
        answer("200 OK", f"<title>Administration</title><h1>Administration</h1>"
               f"<p>Firmware {html.escape(device['version'])}</p>"
               '<form method="post"><input name="password"><button>Change</button></form>')


def start_page(device):
    name = device["model"] if device["shows_model"] else "Gateway"
    answer("200 OK", f"<title>{html.escape(name)}</title><h1>{html.escape(name)}</h1>"
           '<p><a href="/admin">Administration</a></p>')


def respond(device, memory):
    memory["requests"] = memory.get("requests", 0) + 1
    if memory["requests"] > device.get("dies_after_requests", sys.maxsize):
        os.kill(os.getppid(), signal.SIGKILL)  # the fault of the device that dies in mid-run
        return
    path = os.environ.get("REQUEST_URI", "/").partition("?")[0]
    if path == "/":
        start_page(device)
    elif path == "/admin":
        admin_area(device, memory)
    else:
        answer("404 Not Found", "<p>Not found.</p>")


def main():
    device = json.loads((STATE / "device.json").read_text())
    with open(STATE / "memory.json", "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        memory = json.loads(file.read() or "{}")
        respond(device, memory)
        file.seek(0)
        file.truncate()
        json.dump(memory, file)


main()
