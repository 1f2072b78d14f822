"""Submits tasks and checks each result, until a file named `stop` is there: `work.py [RESOURCE]`.

Prints a line of JSON every few seconds: tasks submitted, results that came and were right, wrong ones, and how often a task was
submitted again because its result had got lost with the scheduler, or its worker had died several times in a row.
"""

import json
import os
import random
import sys
import time

from distributed import Client, KilledWorker, wait

from crosscore import cluster

AT_ONCE = 24
LONGEST_S = 4
SHOWN_EVERY_S = 5


def square(number, seconds):
    time.sleep(seconds)
    return number * number


class Work:
    def __init__(self, resource):
        self.resource = resource
        self.client = None
        self.open = {}  # future -> number
        self.lost = []  # numbers to submit again
        self.counts = dict(submitted=0, right=0, wrong=0, again=0)

    def submit(self, number, again=False):
        # Every other task can run on xcore's own workers alone.
        wanted = {"resources": {self.resource: 1}} if self.resource and number % 2 else {}
        seconds = random.random() * LONGEST_S
        self.open[self.client.submit(square, number, seconds, pure=False, **wanted)] = number
        self.counts["again" if again else "submitted"] += 1

    def collect(self, future, number):
        del self.open[future]
        if future.status == "finished":
            try:
                right = future.result(60) == number * number
            except Exception as error:  # lost between the word that it is there and its transfer
                return self.failed(number, error)
            self.counts["right" if right else "wrong"] += 1
        elif future.status == "error":
            self.failed(number, future.exception(60))
        else:  # cancelled, lost
            self.lost.append(number)

    def failed(self, number, error):
        if not isinstance(error, KilledWorker):
            print("%s: %s" % (type(error).__name__, error), file=sys.stderr, flush=True)
        self.lost.append(number)

    def has_client(self):
        return self.client is not None and self.client.status in ("running", "connecting")

    def submit_all(self):
        while self.lost:
            self.submit(self.lost[-1], True)
            self.lost.pop()
        while len(self.open) < AT_ONCE and not os.path.exists("stop"):
            self.submit(self.counts["submitted"])

    def run(self):
        shown = 0.0
        while self.open or self.lost or not os.path.exists("stop"):
            if not self.has_client():
                self.reconnect()
            try:
                self.submit_all()
            except Exception:
                if self.has_client():
                    raise
                continue  # it was closed this moment: its way to the scheduler was lost for too long
            try:
                wait(list(self.open), timeout=1, return_when="FIRST_COMPLETED")
            except Exception:  # the time is up, or some are cancelled
                pass
            for future, number in list(self.open.items()):
                if future.status != "pending":
                    self.collect(future, number)
            if time.monotonic() > shown + SHOWN_EVERY_S:
                shown = time.monotonic()
                print(json.dumps(self.counts), flush=True)
        print(json.dumps(self.counts), flush=True)

    def reconnect(self):
        self.lost.extend(self.open.values())
        self.open.clear()
        while True:
            try:
                self.client = Client(cluster.get_url(), timeout=30)
                break
            except Exception as error:
                print("no client: %s" % error, file=sys.stderr, flush=True)
                time.sleep(2)


if __name__ == "__main__":
    Work(sys.argv[1] if len(sys.argv) > 1 else None).run()
