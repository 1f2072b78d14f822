"""Reads bodies of requests, one a line in hexadecimal, as each route of the preload does, and prints what came of it."""

import json
import sys
import traceback
from types import SimpleNamespace

from xcore_scheduler.protocol import REQUESTS
from xcore_scheduler.routes import Refusal, Route, unique


def read(name, body):
    """What the route does with its request before it acts on it."""
    route = SimpleNamespace(request=SimpleNamespace(body=body))
    asked = Route.message(route, name)
    # What it says back, and counts by, has to be JSON and hashable.
    json.dumps({"protocol": 1, "asked": asked}, allow_nan=False).encode("utf-8")
    unique(asked.get("names", ()))
    for key in asked.get("keys", ()):
        hash(tuple(key) if isinstance(key, list) else key)


def answer_of(name, body):
    try:
        read(name, body)
    except Refusal as refusal:
        json.dumps({"error": refusal.text}).encode("utf-8")
        return {"refused": refusal.text, "broke": None if refusal.status_code == 400 else str(refusal)}
    except Exception:
        return {"refused": None, "broke": traceback.format_exc()}
    return {"refused": None, "broke": None}


for line in sys.stdin:
    body = bytes.fromhex(line.strip())
    print(json.dumps([answer_of(name, body) for name in REQUESTS]), flush=True)
