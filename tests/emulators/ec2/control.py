"""What a test asks of the emulated cloud beside AWS's API: JSON over HTTP below /_cloud/, see ec2.ts for the words."""

import collections
import datetime
import json
import time

from . import billing, credits, spot
from .admission import CALLS
from .buckets import BUCKETS
from .launching import LOCK
from .life import find, instances, powered_off
from .settings import PROFILES, SETTINGS

PREFIX = "/_cloud/"


def answer(path, body, machines):
    """The answer to a request, as JSON text.

    :raises ValueError: an unknown setting
    """
    if path == "settings":
        SETTINGS.update(body)
        BUCKETS.clear()
    elif path == "profile":
        SETTINGS.update(PROFILES[body["name"]])
    elif path == "reset":
        SETTINGS.reset()
        BUCKETS.clear()
        CALLS.clear()
    elif path == "interrupt":
        spot.interrupt(body["id"], body["in_s"])
    elif path == "power-off":
        powered_off(find(body["id"]))
    elif path == "cut":
        machines.cut(find(body["id"]))
    elif path == "print":
        machines.print(find(body["id"]), body["text"])
    elif path == "move-user":
        machines.move_user(body["address"])
    elif path == "calls":
        return json.dumps(list(CALLS))
    elif path == "counts":
        return json.dumps(collections.Counter(call["action"] for call in list(CALLS)))
    elif path == "age":
        instance = find(body["id"])
        instance.usage.aged(body["by_s"])
        launched = datetime.datetime.fromtimestamp(instance.usage.launched_at, datetime.timezone.utc)
        instance.launch_time = launched.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    elif path == "bill":
        with LOCK:
            return json.dumps([billing.line(i, time.time()) for i in instances()])
    elif path == "instances":
        with LOCK:
            return json.dumps([_reading(i, machines) for i in instances()])
    else:
        raise ValueError(f"no such request: {path}")
    return "null"


def _reading(instance, machines):
    return {
        "id": instance.id,
        "type": instance.instance_type,
        "zone": instance.availability_zone,
        "market": instance.lifecycle or "on-demand",
        "state": instance.state,
        "private_address": instance.private_ip,
        "public_address": instance.public_ip,
        "launch_index": instance.ami_launch_index,
        "client_token": instance.client_token,
        "tags": {tag["key"]: tag["value"] for tag in instance.get_tags()},
        "times": {
            "requested_at": instance.life.requested_at,
            "running_at": instance.life.running_at,
            **machines.times(instance),
        },
        "pids": machines.pids(instance),
        "credits": credits.reading(instance, time.time()),
    }


def application(aws, machines):
    """A WSGI application: /_cloud/ is answered here, the rest by AWS."""

    def respond(environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return aws(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            status, text = "200 OK", answer(path.removeprefix(PREFIX), json.loads(body or b"{}"), machines)
        except Exception as error:  # whatever it was, the test is to read it
            status, text = "400 Bad Request", json.dumps({"error": f"{type(error).__name__}: {error}"})
        start_response(status, [("Content-Type", "application/json")])
        return [text.encode()]

    return respond
