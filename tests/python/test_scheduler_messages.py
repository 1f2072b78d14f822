"""What the scheduler's preload reads, by the golden messages that Deno's tests read, too."""

import contract
import pytest
from xcore_scheduler.messages import MessageError, Settings, read
from xcore_scheduler.protocol import LEASE_TERMS, REQUESTS, SETTINGS

READ = dict({"settings": (SETTINGS, contract.fixtures("settings"))}, **{
    name: (schema, contract.fixtures(name)["request"]) for name, schema in REQUESTS.items()
})  # fmt: skip


@pytest.mark.parametrize("name, value", [(n, v) for n, (_, f) in READ.items() for v in f["valid"]])
def test_valid_messages_are_taken_as_they_are(name, value):
    found = read(READ[name][0], value)
    assert {key: found[key] for key in value} == value


@pytest.mark.parametrize("name, fault", [(n, f) for n, (_, fixture) in READ.items() for f in fixture["invalid"]])
def test_invalid_messages_are_refused_with_one_line(name, fault):
    with pytest.raises(MessageError) as error:
        read(READ[name][0], fault["value"])
    assert str(error.value) == fault["error"]


def test_every_route_with_a_request_is_read_by_its_schema():
    requests = {path.name.split(".")[0] for path in contract.FOLDER.glob("*.schema.json")}
    with_request = {name for name in requests if "request" in contract.schema_file(name).get("properties", {})}
    assert set(REQUESTS) == with_request


def test_settings_have_a_default_for_what_a_lease_brings_and_change_with_it():
    value = contract.fixtures("settings")["valid"][0]
    settings = Settings(value)
    terms = contract.schema_file("settings")["$defs"]["terms"]["properties"]
    assert {key: getattr(settings, key) for key in LEASE_TERMS} == {key: terms[key]["default"] for key in terms}
    settings.update({LEASE_TERMS[0]: 1.5})
    assert getattr(settings, LEASE_TERMS[0]) == 1.5


def test_numbers_that_are_none_are_refused():
    for value in (float("nan"), float("inf")):
        with pytest.raises(MessageError):
            read(REQUESTS["lease"], {"daemon_id": "me", "ttl_s": value})
