"""Counts failed log-ins of all connections to a service, and locks it for a time."""
import pathlib
import threading
import time


class Lockout:
    """After `after` failures (0: never) locked for `seconds`; a new `reset` file forgets all."""

    def __init__(self, after, seconds, reset):
        self.after, self.seconds, self.reset = after, seconds, pathlib.Path(reset)
        self.failures, self.until, self.reset_at = 0, 0, self.reset_time()
        self.mutex = threading.Lock()

    def reset_time(self):
        return self.reset.stat().st_mtime_ns if self.reset.exists() else 0

    def note(self, failures):
        """Further failures, or 0 for a success."""
        with self.mutex:
            self.failures = self.failures + failures if failures else 0
            if self.after and self.failures >= self.after:
                self.failures, self.until = 0, time.monotonic() + self.seconds

    def locked(self):
        with self.mutex:
            if self.reset_time() != self.reset_at:
                self.failures, self.until, self.reset_at = 0, 0, self.reset_time()
            return time.monotonic() < self.until
