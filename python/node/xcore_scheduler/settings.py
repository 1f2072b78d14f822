"""What the file that XCORE_PRELOAD names says."""

import json
import math
import os

CONFIG_VARIABLE = "XCORE_PRELOAD"


class SettingsError(Exception):
    """The file that XCORE_PRELOAD names cannot be used; the message is one line."""


class Settings:
    """The preload's settings, checked: an attribute a key."""

    TEXTS = ("cluster_id", "host", "ca_file", "cert_file", "key_file")
    SECONDS = ("scatter_timeout_s", "daemon_grace_s", "orphan_timeout_s")

    def __init__(self, values):
        if not isinstance(values, dict):
            raise SettingsError("found no JSON object")
        for key in self.TEXTS:
            if not isinstance(values.get(key), str) or not values[key]:
                raise SettingsError("%s must be a text, found %r" % (key, values.get(key)))
        for key in self.SECONDS:
            if not is_number(values.get(key)) or values[key] < 0:
                raise SettingsError("%s must be a number of seconds, found %r" % (key, values.get(key)))
        port = values.get("port")
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise SettingsError("port must be from 1 to 65535, found %r" % (port,))
        for key in self.TEXTS + self.SECONDS + ("port",):
            setattr(self, key, values[key])

    @classmethod
    def from_environment(cls):
        path = os.environ.get(CONFIG_VARIABLE)
        if not path:
            raise SettingsError("the environment variable %s names no file" % CONFIG_VARIABLE)
        try:
            with open(path, encoding="utf-8") as file:
                return cls(json.load(file))
        except (OSError, ValueError, SettingsError) as error:
            raise SettingsError("%s=%s: %s" % (CONFIG_VARIABLE, path, error)) from error


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
