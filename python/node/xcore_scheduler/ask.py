"""What a caller asks, and how it is refused."""

import json

from tornado.web import HTTPError

from .settings import is_number


class Refusal(HTTPError):
    """An answer that is an error, with its text as the caller reads it."""

    def __init__(self, status_code, text):
        super().__init__(status_code)
        self.text = text


class Ask:
    """The JSON object of a request, read key by key."""

    def __init__(self, body):
        try:
            self.values = json.loads(body.decode("utf-8"))
        except ValueError:
            raise Refusal(400, "The body is no JSON") from None
        if not isinstance(self.values, dict):
            raise Refusal(400, "The body is no JSON object")

    def __contains__(self, key):
        return key in self.values

    def _get(self, key, default, fits, wanted):
        value = self.values.get(key, default)
        if not fits(value):
            raise Refusal(400, "%s must be %s" % (key, wanted))
        return value

    def text(self, key, default=None):
        return self._get(key, default, lambda v: isinstance(v, str) and v, "a text that is not empty")

    def flag(self, key, default):
        return self._get(key, default, lambda v: isinstance(v, bool), "true or false")

    def seconds(self, key, at_most, default=None):
        return self._get(key, default, lambda v: is_number(v) and 0 <= v <= at_most, "from 0 to %d seconds" % at_most)

    def names(self, key):
        """Without repetitions, in the order given."""
        fits = lambda v: isinstance(v, list) and all(isinstance(name, str) for name in v)  # noqa: E731
        return list(dict.fromkeys(self._get(key, None, fits, "a list of texts")))

    def keys(self, key):
        """Dask keys: texts, or lists of texts and whole numbers for Dask's tuples."""

        def is_part(part):
            return isinstance(part, (str, int)) and not isinstance(part, bool)

        def is_key(k):
            return isinstance(k, str) or isinstance(k, list) and k and all(map(is_part, k))

        found = self._get(key, None, lambda v: isinstance(v, list) and all(map(is_key, v)), "a list of keys")
        return [tuple(k) if isinstance(k, list) else k for k in found]
