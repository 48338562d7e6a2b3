"""A test's output in the Test Anything Protocol."""


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, name, holds, *details):
        self.count += 1
        self.failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self.count} - {name}", flush=True)
        if not holds:
            for detail in details:
                print(f"# {detail}", flush=True)
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
