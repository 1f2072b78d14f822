"""Who calls, and what they may: tokens, Resource Manager's testIamPermissions, Service Usage.

https://cloud.google.com/resource-manager/reference/rest/v1/projects/testIamPermissions
https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get
https://developers.google.com/identity/protocols/oauth2/service-account
"""

import base64
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from .errors import bad_grant, not_found, resource_manager_disabled, unauthenticated


class Access:
    def __init__(self, world):
        self.world = world
        #: The one token that is good; another one is expired.
        self.token = "ya29.emulated"
        #: Service accounts: e-mail address -> public key, PEM.
        self.accounts = {}
        #: Of people who have logged in, as `gcloud auth application-default login` writes them down.
        self.refresh_tokens = set()

    def check(self, header):
        """A token, or a claim that a service account has signed itself, which Google takes in place of one."""
        kind, _, token = (header or "").partition(" ")
        if kind != "Bearer" or token != self.token and self._signer_of(token) is None:
            raise unauthenticated()

    def answer(self, path, form, body):
        """What is not the Compute API, by path; None when nothing here is meant."""
        if path == "/token":
            return self._token(form)
        if path == "/tokeninfo":
            return {"email": "tester@example.com", "expires_in": "3599", "scope": "https://www.googleapis.com/auth/cloud-platform"}
        found = re.fullmatch(r"/v[13]/projects/([^/:]+):testIamPermissions", path)
        if found:
            self._known(found[1])
            if not self.world.resource_manager_enabled:
                raise resource_manager_disabled()
            return {"permissions": [p for p in body["permissions"] if p not in self.world.denied_permissions]}
        found = re.fullmatch(r"/v1/projects/([^/]+)/services/compute\.googleapis\.com", path)
        if found:
            self._known(found[1])
            return {"name": path[4:], "state": "ENABLED" if self.world.api_enabled else "DISABLED"}
        return None

    def _token(self, form):
        """https://developers.google.com/identity/protocols/oauth2: a signed claim, or a refresh token, for a token."""
        kind = form.get("grant_type")
        if kind == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                raise bad_grant("Token has been expired or revoked.")
        elif kind != "urn:ietf:params:oauth:grant-type:jwt-bearer" or self._signer_of(form.get("assertion", "")) is None:
            raise bad_grant("Invalid JWT Signature.")
        return {"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"}

    def _signer_of(self, token):
        """The account that signed a JWT (RS256); None when it is none, or none of an account's."""
        try:
            said, claims, signature = token.split(".")
            account = json.loads(decoded(claims))["iss"]
            key = load_pem_public_key(self.accounts[account].encode())
            key.verify(decoded(signature), ("%s.%s" % (said, claims)).encode(), PKCS1v15(), SHA256())
            return account
        except (ValueError, KeyError, InvalidSignature):
            return None

    def _known(self, project):
        if project != self.world.project:
            raise not_found("projects/" + project)


def decoded(part):
    """base64url, whose padding JWTs leave out."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
