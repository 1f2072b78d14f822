"""What the Compute API answers when it refuses: the JSON error model of Google's REST APIs.

https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses#error-responses
"""


class ApiError(Exception):
    """One refusal: an HTTP status, a reason in camelCase and a sentence.

    :param info: the reason and metadata of its ErrorInfo, where it has one: https://google.aip.dev/193
    """

    def __init__(self, status, reason, message, domain="global", info=None):
        super().__init__(message)
        self.status, self.reason, self.message, self.domain, self.info = status, reason, message, domain, info

    def details(self):
        if self.info is None:
            return {}
        reason, metadata = self.info
        return {"details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
             "metadata": metadata}]}

    def body(self):
        inner = {"message": self.message, "domain": self.domain, "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [inner], **self.details()}}


class OnePlatformError(ApiError):
    """A refusal of an API that came after Compute Engine: a `status` and details, and no `errors`."""

    def body(self):
        return {"error": {"code": self.status, "message": self.message, "status": self.reason, **self.details()}}


class TokenError(ApiError):
    """A refusal of the token endpoint, which has words of its own: https://www.rfc-editor.org/rfc/rfc6749#section-5.2"""

    def body(self):
        return {"error": self.reason, "error_description": self.message}


def bad_grant(message):
    return TokenError(400, "invalid_grant", message)


def not_found(path):
    return ApiError(404, "notFound", "The resource '%s' was not found" % path)


def already_exists(path):
    return ApiError(409, "alreadyExists", "The resource '%s' already exists" % path)


def invalid(message):
    return ApiError(400, "invalid", message)


def required(message):
    return ApiError(400, "required", message)


def in_use(path, user):
    return ApiError(
        400, "resourceInUseByAnotherResource", "The %s resource '%s' is already being used by '%s'" % (
            path.split("/")[-2].rstrip("s"), path, user))


def stale_fingerprint(what):
    return ApiError(412, "conditionNotMet", "%s fingerprint either invalid or resource labels have changed" % what)


def unauthenticated():
    return ApiError(401, "authError", "Request had invalid authentication credentials.")


def rate_limited(group):
    """https://cloud.google.com/compute/api-quota: 403 with the reason rateLimitExceeded."""
    return ApiError(
        403, "rateLimitExceeded", "Quota exceeded for quota group '%s' and limit 'per minute per user'." % group,
        "usageLimits")


#: The project's number, which refusals name in place of its id.
NUMBER = "100200300"


def service_disabled(title, service, make):
    """https://cloud.google.com/service-usage/docs/enabled-service: a call to a service that is not enabled."""
    return make(
        "%s has not been used in project %s before or it is disabled. Enable it by visiting "
        "https://console.developers.google.com/apis/api/%s/overview?project=%s then retry. If you enabled this API "
        "recently, wait a few minutes for the action to propagate to our systems and retry." % (
            title, NUMBER, service, NUMBER),
        ("SERVICE_DISABLED", {"service": service, "consumer": "projects/" + NUMBER}))


def api_disabled():
    return service_disabled(
        "Compute Engine API", "compute.googleapis.com",
        lambda message, info: ApiError(403, "accessNotConfigured", message, "usageLimits", info))


def resource_manager_disabled():
    return service_disabled(
        "Cloud Resource Manager API", "cloudresourcemanager.googleapis.com",
        lambda message, info: OnePlatformError(403, "PERMISSION_DENIED", message, info=info))


def billing_disabled():
    """https://cloud.google.com/billing/docs/how-to/modify-project; the reason BILLING_DISABLED is of
    https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"""
    return ApiError(
        403, "forbidden",
        "This API method requires billing to be enabled. Please enable billing on project #%s by visiting "
        "https://console.developers.google.com/billing/enable?project=%s then retry. If you enabled billing for this "
        "project recently, wait a few minutes for the action to propagate to our systems and retry." % (NUMBER, NUMBER),
        info=("BILLING_DISABLED", {"service": "compute.googleapis.com", "consumer": "projects/" + NUMBER}))


def policy_violated(constraint, rest):
    """A constraint of the organisation: a 412, as the reports of terraform-provider-google and kubeflow quote it.

    https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
    """
    return ApiError(
        412, "conditionNotMet", "Constraint constraints/%s violated for project %s. %s" % (constraint, NUMBER, rest))


def custom_policy_violated(constraint, description):
    """A constraint that the organisation's administrator wrote, with the description that it was given.

    https://cloud.google.com/compute/docs/access/custom-constraints; the status is as that of other policies.
    """
    return ApiError(
        412, "conditionNotMet",
        'Operation denied by custom org policies: ["customConstraints/%s": "%s"].' % (constraint, description))


def forbidden(permission, path):
    return ApiError(403, "forbidden", "Required '%s' permission for '%s'" % (permission, path))


class LateError(Exception):
    """What an operation ends with when it fails after it was accepted.

    Codes: https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation
    """

    def __init__(self, code, message, status, causes=()):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.all = [self, *causes]


def out_of_stock(project, zone):
    return LateError(
        "ZONE_RESOURCE_POOL_EXHAUSTED",
        "The zone 'projects/%s/zones/%s' does not have enough resources available to fulfill the request. "
        "Try a different zone, or try again later." % (project, zone), 503)


def min_count_not_reached(least, made, status, causes):
    """The first error of a bulkInsert that makes fewer than `minCount`; the causes come after it, or not at all.

    SkyPilot's documentation quotes "Got return codes 'VM_MIN_COUNT_NOT_REACHED',
    'ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS'" (skypilot.readthedocs.io, GCP managed instance groups and DWS);
    slurm-gcp's resume.py tests for this code alone.
    """
    return LateError(
        "VM_MIN_COUNT_NOT_REACHED",
        "Requested minimum count of %d VMs could not be created, %d were." % (least, made), status, causes)


def unsupported_operation():
    """An instance that is preempted while it is made: SkyPilot and slurm-gcp retry elsewhere."""
    return LateError(
        "UNSUPPORTED_OPERATION", "Instance preempted during creation; the operation is not supported.", 400)


def no_act_as(email):
    """https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation#service_account"""
    return LateError(
        "SERVICE_ACCOUNT_ACCESS_DENIED",
        "The user does not have access to service account '%s'.  Ask a project owner to grant you the "
        "iam.serviceAccountUser role on the service account" % email, 403)


def quota_exceeded(metric, limit, region):
    return LateError(
        "QUOTA_EXCEEDED", "Quota '%s' exceeded.  Limit: %.1f in region %s." % (metric, limit, region), 403)
