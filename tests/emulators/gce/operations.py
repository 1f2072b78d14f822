"""Long-running operations: accepted at once, done after a while, and able to fail at the end.

https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses#handling_api_responses
https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations
"""

import random
from datetime import datetime, timezone

from .errors import LateError, not_found


def timestamp():
    """RFC 3339, as in every resource."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def numeric_id():
    """Ids are uint64, sent as strings."""
    return str(random.getrandbits(62) + 1)


class Operations:
    """All operations of the project, and those that a requestId named."""

    def __init__(self, agenda, base_url):
        self._agenda, self._base_url = agenda, base_url
        self._operations = {}
        self._by_request_id = {}

    def once(self, request_id, accept):
        """What `accept` makes of a call, or the operation that the same requestId made before, and nothing new."""
        if request_id is None:
            return accept()
        if request_id not in self._by_request_id:
            self._by_request_id[request_id] = accept()
        return self._by_request_id[request_id]

    def start(self, kind, scope, target, work, seconds):
        """Accepts an operation. `work` is called when it is due and may raise LateError; what it returns is added."""
        name = "operation-%s-%s" % (numeric_id()[:13], numeric_id()[:8])
        operation = {
            "kind": "compute#operation", "id": numeric_id(), "name": name, "operationType": kind,
            "targetLink": self._base_url + target, "targetId": numeric_id(), "status": "RUNNING", "progress": 0,
            "user": "tester@example.com", "insertTime": timestamp(), "startTime": timestamp(),
            "selfLink": "%s%s/operations/%s" % (self._base_url, scope, name),
        }
        level, _, place = scope.partition("/")[2].partition("/")[2].partition("/")
        if level in ("zones", "regions"):
            operation[level[:-1]] = self._base_url + scope
        self._operations[scope, name] = operation
        self._agenda.after(seconds, lambda: self._finish(operation, work))
        return operation

    def _finish(self, operation, work):
        try:
            operation.update(work() or {})
        except LateError as error:
            operation["error"] = {"errors": [{"code": each.code, "message": each.message} for each in error.all]}
            operation["httpErrorStatusCode"] = error.status
            operation["httpErrorMessage"] = {403: "FORBIDDEN", 503: "SERVICE UNAVAILABLE"}.get(error.status, "BAD REQUEST")
        operation.update(status="DONE", progress=100, endTime=timestamp())

    def get(self, scope, name):
        try:
            return self._operations[scope, name]
        except KeyError:
            raise not_found("%s/operations/%s" % (scope, name)) from None
