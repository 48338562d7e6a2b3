"""A Telnet service of a lab gateway: a log-in as its description says, then a maintenance prompt that
shows the version and changes nothing. Real Telnet (RFC 854, 857, 858), no shell behind it.

usage: telnet.py ADDRESS PORT FOLDER
"""
import json
import pathlib
import socketserver
import sys

from lockout import Lockout

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
ECHO, SUPPRESS_GO_AHEAD = 1, 3
OURS = {ECHO, SUPPRESS_GO_AHEAD}
IDLE_S = 120
TRIES = 3
MAX_LINE = 200


class Session(socketserver.StreamRequestHandler):
    timeout = IDLE_S

    def handle(self):
        try:
            self.talk(self.server.described)
        except (OSError, EOFError):
            pass

    def talk(self, described):
        wanted = described["services"]["telnet"]
        self.wfile.write(bytes([IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD]))
        if self.server.lock.locked():
            return self.say("Too many attempts. Please wait.\r\n")
        version = f" (firmware {described['version']})" if wanted["version"] else ""
        self.say(f"{described['model']}{version}\r\n")
        if wanted["log_in"] == "password" and not self.log_in(wanted):
            return None
        self.prompt(described)
        return None

    def say(self, text):
        self.wfile.write(text.encode())

    def byte(self):
        one = self.rfile.read(1)
        if not one:
            raise EOFError
        return one[0]

    def negotiate(self):
        """After IAC: refuses all that was not offered. Returns a byte of data, or None."""
        command = self.byte()
        if command == IAC:
            return IAC
        if command == SB:
            while not (self.byte() == IAC and self.byte() == SE):
                pass
        elif command in (WILL, WONT, DO, DONT):
            option = self.byte()
            if command == WILL:
                self.wfile.write(bytes([IAC, DONT, option]))
            elif command == DO and option not in OURS:
                self.wfile.write(bytes([IAC, WONT, option]))
        return None

    def line(self, echo):
        typed = bytearray()
        while len(typed) < MAX_LINE:
            one = self.byte()
            if one == IAC:
                one = self.negotiate()
            if one in (None, 0, 10):
                continue
            if one == 13:
                break
            typed.append(one)
            if echo:
                self.wfile.write(bytes([one]))
        self.say("\r\n")
        return typed.decode("utf-8", "replace")

    def log_in(self, wanted):
        for _ in range(TRIES):
            self.say("login: ")
            user = self.line(True)
            self.say("Password: ")
            password = self.line(False)
            if self.server.lock.locked():
                self.say("Too many attempts. Please wait.\r\n")
                return False
            succeeded = (user, password) == (wanted["user"], wanted["password"])
            self.server.lock.note(0 if succeeded else 1)
            if succeeded:
                return True
            self.say("Login incorrect\r\n")
        return False

    def prompt(self, described):
        answers = {"help": "version, exit", "version": f"firmware {described['version']}"}
        self.say("Type help for a list of commands.\r\n")
        while True:
            self.say("gateway> ")
            word = self.line(True).strip()
            if word == "exit":
                return
            if word:
                self.say(answers.get(word, "unknown command") + "\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 32


def main(address, port, folder):
    described = json.loads(pathlib.Path(folder, "device.json").read_text(encoding="utf-8"))
    wanted = described["services"]["telnet"]
    with Server((address, int(port)), Session) as server:
        server.described = described
        server.lock = Lockout(wanted["lockout_after"], wanted["lockout_s"],
                              pathlib.Path(folder, "reset"))
        server.serve_forever()


main(*sys.argv[1:])
