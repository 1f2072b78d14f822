"""
Run a shell in each of some pseudo-terminals, and write down what they print.

    terminals.py '[{"columns": 80, "rows": 24}, …]' COMMAND …

Reads lines of JSON, [pane, "text to type"], and writes lines of JSON,
[seconds since the start, pane, "what was printed"]; ends with its input.
"""

import codecs
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


def main():
    """Start the shells, carry texts to and fro, end the shells."""
    sizes, command = json.loads(sys.argv[1]), sys.argv[2:]
    panes = []
    for size in sizes:
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvp(command[0], command)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size["rows"], size["columns"], 0, 0))
        panes.append((pid, terminal, codecs.getincrementaldecoder("utf-8")("replace")))
    started = time.monotonic()
    typed = b""
    while True:
        ready, _, _ = select.select([0, *(terminal for _, terminal, _ in panes)], [], [])
        now = round(time.monotonic() - started, 3)
        for i, (_, terminal, decoder) in enumerate(panes):
            if terminal in ready:
                text = decoder.decode(os.read(terminal, 65536))
                print(json.dumps([now, i, text]), flush=True)
        if 0 in ready:
            part = os.read(0, 65536)
            if not part:
                break
            *lines, typed = (typed + part).split(b"\n")
            for line in lines:
                i, text = json.loads(line)
                os.write(panes[i][1], text.encode())
    for pid, _, _ in panes:
        os.kill(pid, signal.SIGHUP)


main()
