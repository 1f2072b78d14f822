"""An `xcore` that answers what it was told to, and records what it is asked."""

import json
import sys

FAKE = """
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
command = " ".join(sys.argv[1:])
with open(folder / "calls", "a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
before = [" ".join(json.loads(line)) for line in (folder / "calls").read_text().splitlines()].count(command) - 1
answers = json.loads((folder / "answers").read_text()).get(command, [["", "not expected: " + repr(sys.argv[1:]), 99]])
stdout, stderr, code = answers[min(before, len(answers) - 1)]
sys.stdout.write(stdout)
sys.stderr.write(stderr)
sys.exit(code)
"""


class FakeXcore:
    """An executable that answers what it was told to, fails on all else, and records each call."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "fake.py").write_text(FAKE)
        (folder / "answers").write_text("{}")
        self.path = folder / "xcore"
        self.path.write_text('#!/bin/sh\nexec "%s" "%s" "$@"\n' % (sys.executable, folder / "fake.py"))
        self.path.chmod(0o755)

    def expect(self, command, stdout="", stderr="", code=0):
        """This answer to a command, each time."""
        self.expect_each(command, (stdout, stderr, code))

    def expect_each(self, command, *answers):
        """These answers to a command, one after the other; the last one from then on."""
        known = json.loads((self.folder / "answers").read_text())
        known[command] = answers
        (self.folder / "answers").write_text(json.dumps(known))

    @property
    def calls(self):
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def count(self, command):
        return [" ".join(call) for call in self.calls].count(command)
