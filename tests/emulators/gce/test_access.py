"""What stands for who calls: the token, a service account's signature, a person's refresh token."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gce.access import Access
from gce.errors import ApiError
from gce.machines import NoMachines
from gce.world import World

ROBOT = "robot@p.iam.gserviceaccount.com"
KEY, OTHER = (generate_private_key(65537, 2048) for _ in range(2))


@pytest.fixture
def access():
    made = Access(world=None)
    made.accounts[ROBOT] = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made.refresh_tokens.add("mine")
    return made


def signed(key, account=ROBOT):
    said = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "RS256"}, {"iss": account}))
    return said + "." + encoded(key.sign(said.encode(), PKCS1v15(), SHA256()))


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def refused(call, *args):
    with pytest.raises(ApiError) as caught:
        call(*args)
    return caught.value.status, caught.value.reason


def token(access, **form):
    return access.answer("/token", form, None)["access_token"]


def test_calls_need_the_token_or_the_signature_of_an_account(access):
    access.check("Bearer " + access.token)
    access.check("Bearer " + signed(KEY))
    for header in (None, access.token, "Bearer old", "Bearer " + signed(OTHER), "Bearer " + signed(KEY, "stranger@p")):
        assert refused(access.check, header) == (401, "authError")


def test_permissions_are_told_where_the_resource_manager_api_is_enabled_and_new_projects_lack_it(access):
    access.world = World("p", NoMachines(), "http://127.0.0.1:1/compute/v1/")
    access.world.denied_permissions = {"b"}
    ask = lambda: access.answer("/v1/projects/p:testIamPermissions", {}, {"permissions": ["a", "b"]})  # noqa: E731
    with pytest.raises(ApiError) as caught:
        ask()
    said = caught.value.body()["error"]
    assert ("errors" in said, said["details"][0]["reason"], said["details"][0]["metadata"]["service"]) == (
        False, "SERVICE_DISABLED", "cloudresourcemanager.googleapis.com")
    access.world.resource_manager_enabled = True
    assert ask() == {"permissions": ["a"]}


def test_a_token_is_had_for_a_signature_or_a_refresh_token_that_is_known(access):
    jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert token(access, grant_type=jwt, assertion=signed(KEY)) == access.token
    assert token(access, grant_type="refresh_token", refresh_token="mine") == access.token
    for form in ({"grant_type": jwt, "assertion": signed(OTHER)}, {"grant_type": jwt}, {},
                 {"grant_type": "refresh_token", "refresh_token": "another's"}):
        assert refused(lambda: token(access, **form)) == (400, "invalid_grant")
