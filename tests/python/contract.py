"""The schemas of lib/protocol, and what an answer must be by them."""

import functools
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lib" / "protocol"

sys.path.insert(0, str(ROOT / "python" / "node"))

TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip


@functools.lru_cache(maxsize=None)
def schema_file(name):
    return json.loads((FOLDER / (name + ".schema.json")).read_text(encoding="utf-8"))


def fixtures(name):
    return json.loads((FOLDER / "fixtures" / (name + ".json")).read_text(encoding="utf-8"))


def check_answer(route, answer):
    """An answer must have every required key of its schema, each of its type, and no key beside the schema's."""
    envelope = schema_file("envelope")["properties"]
    assert answer["protocol"] == envelope["protocol"]["const"]
    own = {key: value for key, value in answer.items() if key not in envelope}
    check(schema_file(route)["properties"]["answer"], own, route, route)


def check(schema, value, file, where):
    if "$ref" in schema:
        other, _, name = schema["$ref"].partition("#/$defs/")
        file = other.replace(".schema.json", "") or file
        return check(schema_file(file)["$defs"][name], value, file, where)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    fits = any(isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in kinds)
    assert fits, "%s is %r, not %s" % (where, value, kinds)
    if "minimum" in schema and value is not None:
        assert value >= schema["minimum"], "%s is %r" % (where, value)
    if isinstance(value, list):
        for i, item in enumerate(value):
            check(schema["items"], item, file, "%s.%d" % (where, i))
    elif isinstance(value, dict) and "additionalProperties" in schema:
        for key, each in value.items():
            check(schema["additionalProperties"], each, file, "%s.%s" % (where, key))
    elif isinstance(value, dict):
        properties = {key: (file, inner) for key, inner in schema.get("properties", {}).items()}
        required = list(schema.get("required", ()))
        for base in schema.get("allOf", ()):
            other, _, name = base["$ref"].partition("#/$defs/")
            other = other.replace(".schema.json", "") or file
            inherited = schema_file(other)["$defs"][name]
            properties.update((key, (other, inner)) for key, inner in inherited["properties"].items())
            required += inherited.get("required", ())
        assert set(required) <= set(value), "%s lacks %s" % (where, set(required) - set(value))
        for key, each in value.items():
            assert key in properties, "%s.%s is not in the schema" % (where, key)
            check(properties[key][1], each, properties[key][0], "%s.%s" % (where, key))
