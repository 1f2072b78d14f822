"""The caller's policy: permissions/aws.json, which is what docs/aws.md gives a person to have attached.

It binds xcore, Terraform and Packer, by their User-Agent; a test's own calls may do anything. With XCORE_UPDATE_CALLS nothing is
refused, so that what is missing is recorded, too.
"""

import json
import os
import pathlib

FILE = pathlib.Path(__file__).resolve().parents[3] / "permissions" / "aws.json"


def _allowed():
    if os.environ.get("XCORE_UPDATE_CALLS") == "1":
        return None
    statements = json.loads(FILE.read_text())["Statement"]
    return {action for statement in statements for action in statement["Action"]}


ALLOWED = _allowed()

#: A call's own name is the action, but for these; https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
#: and https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html: to tag what a call makes takes
#: ec2:CreateTags, too.
TAGGING = "ec2:CreateTags"


def client_of(headers):
    """"terraform", "packer" or "xcore"; None: a test."""
    said = " ".join(headers.get(name, "") for name in ("User-Agent", "X-Amz-User-Agent"))
    if "a-test" in said:
        return None
    for mark, client in (("Terraform", "terraform"), ("Packer", "packer"), ("aws-sdk-js", "xcore"), ("aws-sdk-go", "packer")):
        if mark in said:
            return client
    return None


def actions_of(action, parameters):
    """What a caller has to be allowed for this call."""
    tags = any(name.startswith("TagSpecification") and parameters[name] for name in parameters)
    return ["ec2:" + action, *([TAGGING] if tags else [])]


def refuses(headers, action, parameters):
    if ALLOWED is None or client_of(headers) is None:
        return False
    return not ALLOWED.issuperset(actions_of(action, parameters))
