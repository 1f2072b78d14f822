"""Who calls, and what they may: tokens, Resource Manager's testIamPermissions, Service Usage.

https://cloud.google.com/resource-manager/reference/rest/v1/projects/testIamPermissions
https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get
https://developers.google.com/identity/protocols/oauth2/service-account
"""

import re

from .errors import ApiError, not_found, unauthenticated


class Access:
    def __init__(self, world):
        self.world = world
        #: The one token that is good; another one is expired.
        self.token = "ya29.emulated"

    def check(self, header):
        if header != "Bearer " + self.token:
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
            return {"permissions": [p for p in body["permissions"] if p not in self.world.denied_permissions]}
        found = re.fullmatch(r"/v1/projects/([^/]+)/services/compute\.googleapis\.com", path)
        if found:
            self._known(found[1])
            return {"name": path[4:], "state": "ENABLED" if self.world.api_enabled else "DISABLED"}
        return None

    def _token(self, form):
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer" and form.get("assertion", "").count(".") == 2:
            return {"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"}
        raise ApiError(400, "invalid_grant", "Invalid JWT Signature.")

    def _known(self, project):
        if project != self.world.project:
            raise not_found("projects/" + project)
