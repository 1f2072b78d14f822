"""The `filter` of list calls: comparisons of fields, joined by AND, with parentheses around each if one likes.

https://cloud.google.com/compute/docs/reference/rest/v1/instances/list (query parameter `filter`). Of the grammar this has
what clients of this project may send: =, !=, eq, ne on strings (`eq` takes a regular expression), `:` for "has it", AND by
word or by standing side by side; anything else is refused, as a filter that is half understood would list strangers.
"""

import re

from .errors import invalid

_COMPARISON = re.compile(
    r"\(?\s*(?P<field>[A-Za-z_][\w.-]*)\s*(?P<op>!=|=|:|\beq\b|\bne\b)\s*"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s()]+)\s*\)?")


def compiled(text):
    """A function from a resource to whether the filter takes it."""
    if not text:
        return lambda resource: True
    tests, rest = [], text.strip()
    while rest:
        found = _COMPARISON.match(rest)
        if found is None:
            raise invalid("Invalid value for field 'filter': '%s'." % text)
        tests.append(_test(found["field"], found["op"], found["value"].strip("\"'")))
        rest = re.sub(r"^\s*AND\b", "", rest[found.end():]).strip()
    return lambda resource: all(test(resource) for test in tests)


def _test(field, op, value):
    def read(resource):
        head, _, tail = field.partition(".")
        found = resource.get(head)
        return found.get(tail) if tail and isinstance(found, dict) else found

    if op == ":":
        return lambda resource: read(resource) is not None and (value == "*" or value in str(read(resource)))
    if op in ("=", "!="):
        return lambda resource: (_said(read(resource)) == value) == (op == "=")
    return lambda resource: (re.fullmatch(value, _said(read(resource))) is not None) == (op == "eq")


def _said(value):
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
