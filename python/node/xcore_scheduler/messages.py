"""Messages of lib/protocol, checked: what a caller sends, and the file that XCORE_PRELOAD names."""

import json
import logging
import math
import os

from .protocol import SETTINGS

CONFIG_VARIABLE = "XCORE_PRELOAD"
SHOWN = 40  # characters of a value that is wrong

logger = logging.getLogger("distributed.xcore")


class MessageError(Exception):
    """A message, or the whole setup of the scheduler, is not as it must be; one line says where,
    and what was found."""


class Settings:
    """The settings of the preload: an attribute a key of settings.schema.json. A lease changes some
    of them."""

    def __init__(self, values):
        self.update(read(SETTINGS, values))

    def update(self, values):
        vars(self).update(values)

    @classmethod
    def from_environment(cls):
        """Raises MessageError: no file, or not of its schema."""
        path = os.environ.get(CONFIG_VARIABLE)
        if not path:
            raise MessageError("the environment variable %s names no file" % CONFIG_VARIABLE)
        try:
            with open(path, encoding="utf-8") as file:
                return cls(json.load(file))
        except (OSError, ValueError, MessageError) as error:
            raise MessageError("%s=%s: %s" % (CONFIG_VARIABLE, path, error)) from error


def read(schema, value, path=""):
    """The value with defaults filled in, without the keys that its schema does not know.

    The keywords are those of tools/protocol.ts; lib/protocol/read_message.ts says the same of the
    same fault. Raises MessageError.
    """
    if not any(_fits(kind, schema, value) for kind in schema["type"]):
        shown = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
        raise MessageError("%s is %s, not %s" % (path or "the message", shown, schema["wanted"]))
    prefix = path + "." if path else ""
    if isinstance(value, list):
        return [read(schema["items"], item, prefix + str(i)) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "additionalProperties" in schema:
        return {key: read(schema["additionalProperties"], inner, prefix + key) for key, inner in value.items()}
    found = {}
    for key, inner in schema["properties"].items():
        if key in value or "default" in inner:
            found[key] = read(inner, value.get(key, inner.get("default")), prefix + key)
        elif key in schema.get("required", ()):
            raise MessageError("%s is missing" % (prefix + key))
    choices = [choice["required"][0] for choice in schema.get("oneOf", ())]
    if choices and sum(key in value for key in choices) != 1:
        raise MessageError("one of %s is wanted" % " and ".join(choices))
    return found


def json_text(values):
    """JSON that any reader takes: what it has no number for is null, and what it has no type for a
    text, so that one odd value costs no more than itself."""
    try:
        text = json.dumps(values, allow_nan=False)
    except (TypeError, ValueError):
        logger.exception("A fault in an answer")
        text = json.dumps(_plain(values), allow_nan=False)
    return text


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def _fits(kind, schema, value):
    if kind == "null":
        return value is None
    if kind == "string":
        return isinstance(value, str) and len(value) >= schema.get("minLength", 0)
    if kind == "array":
        return isinstance(value, list) and len(value) >= schema.get("minItems", 0)
    if kind in ("object", "boolean"):
        return isinstance(value, dict if kind == "object" else bool)
    is_number = isinstance(value, int if kind == "integer" else (int, float)) and not isinstance(value, bool)
    return is_number and schema.get("minimum", value) <= value <= schema.get("maximum", value)
