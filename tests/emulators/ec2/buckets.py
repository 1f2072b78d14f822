"""AWS's published token buckets: how often an action may be called, and for how many instances.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""

import fnmatch
import re
import threading
import time

# [tokens at most, tokens added a second], from the page above. Its table of single actions is long: those we call are here.
READING = [100, 20]
READING_EVERYTHING = [50, 10]
CHANGING = [50, 5]
OF_ACTION = {
    "RunInstances": [5, 2],
    "StartInstances": [5, 2],
    "TerminateInstances": [100, 5],
    "CreateTags": [100, 10],
    "DeleteTags": [100, 10],
}
OF_INSTANCES = {
    "RunInstances": [1000, 2],
    "StartInstances": [1000, 2],
    "StopInstances": [1000, 20],
    "TerminateInstances": [1000, 20],
}
# Read without a filter and without a page size these use the smaller bucket.
BIG_READINGS = {
    "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSecurityGroups",
    "DescribeSnapshots", "DescribeSpotInstanceRequests", "DescribeVolumes",
}  # fmt: skip


class Buckets:
    """Token buckets by name, each full at first."""

    def __init__(self, now=time.monotonic):
        self._now, self._levels, self._lock = now, {}, threading.Lock()

    def take(self, name, size, per_s, tokens=1):
        """Takes the tokens, or none if there are not enough; says which."""
        with self._lock:
            level, at = self._levels.get(name, (size, self._now()))
            level = min(size, level + (self._now() - at) * per_s)
            enough = level >= tokens
            self._levels[name] = (level - tokens if enough else level, self._now())
            return enough

    def clear(self):
        with self._lock:
            self._levels.clear()


BUCKETS = Buckets()


def of_request(action, bounded, overrides):
    """The bucket of a call: (name, size, tokens a second). bounded: it has a filter, a page size or names what it wants."""
    for pattern, (size, per_s) in overrides.items():
        if fnmatch.fnmatchcase(action, pattern):
            return pattern, size, per_s
    if action in BIG_READINGS and not bounded:
        return f"{action} of everything", *READING_EVERYTHING
    reading = re.match("Describe|Get|List|Search", action)
    return action, *OF_ACTION.get(action, READING if reading else CHANGING)
