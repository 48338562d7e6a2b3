"""A server of a data folder, and requests to it: well-formed ones by http.client, others as bytes."""
import errno
import http.client
import os
import signal
import socket
import subprocess

PROGRAM = os.environ["AKASHI_PROGRAM"]
WAIT_S = 300  # generous: it takes milliseconds where the machine is not busy

CLOSED = (errno.ENOTCONN, errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED)


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    @property
    def media(self):
        return self.headers.get("content-type", "").split(";")[0]


class Server:
    """akashi serve on any free port; ends with the block."""

    def __init__(self, data, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", str(data), "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
            env={**os.environ, "AKASHI_LANG": "en"})
        self.port = int(self.process.stdout.readline().rstrip("/\n").rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, number=signal.SIGINT):
        """The exit status after the signal; None where it had ended before."""
        if self.process.poll() is not None:
            return None
        self.process.send_signal(number)
        status = self.process.wait(WAIT_S)
        self.process.stdout.close()
        return status

    def ask(self, path, method="GET", **headers):
        """Header names have _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            connection.request(method, path, headers={
                name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def raw(self, request):
        """The status of the answer to any bytes, and the answer; 0 where it closes without a word."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            said = b""
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
            except OSError as failure:  # closed in mid-request: what it said before counts
                if failure.errno not in CLOSED:
                    raise
            try:
                while block := connection.recv(65536):
                    said += block
            except ConnectionError:
                pass
        words = said.split(b" ", 2)
        return int(words[1]) if said.startswith(b"HTTP/1.") and len(words) > 1 else 0, said


class Events:
    """A stream of events, read line by line."""

    def __init__(self, server, path):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
        self.connection.request("GET", path)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.media = self.response.getheader("Content-Type")

    def next(self):
        """{"event", "data", "id"} of the next one; None at the end of the stream."""
        fields = {}
        try:
            while line := self.response.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if not name and "event" in fields:
                    return fields
                if name:
                    fields[name] = value
        except (ConnectionError, http.client.HTTPException):
            pass
        return None

    def close(self):
        self.connection.close()
