"""A test's output in the Test Anything Protocol."""


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, name, holds, *details):
        self.count += 1
        self.failed += not holds
        words = " ".join(name.split())  # a name of several lines would be no TAP
        print(f"{'ok' if holds else 'not ok'} {self.count} - {words}", flush=True)
        if not holds:
            for line in "\n".join(map(str, details)).splitlines():
                print(f"# {line}", flush=True)
        return holds

    def equal(self, name, found, wanted):
        return self.ok(name, found == wanted, f"found  {found}", f"wanted {wanted}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def done(self):
        """Prints the plan; returns the exit status."""
        print(f"1..{self.count}")
        return 1 if self.failed else 0
