import assert from "node:assert/strict";
import {
  AuthError,
  CapacityError,
  QuotaError,
  ThrottledError,
  TypeRefusedError,
  XcoreError,
} from "../../../../lib/errors.ts";
import { answerOf, GoogleRefusal } from "../../../../lib/platform/gcp/compute.ts";
import { meaningOf, meaningOfText, operationFailure } from "../../../../lib/platform/gcp/errors.ts";
import { assertWording } from "../../../support/wording.ts";

const DISABLED = {
  code: 403,
  message:
    "Cloud Resource Manager API has not been used in project 123 before or it is disabled. Enable it by " +
    "visiting https://console.developers.google.com/apis/api/cloudresourcemanager.googleapis.com/overview?project=123 " +
    "then retry.",
  status: "PERMISSION_DENIED",
  details: [
    { "@type": "type.googleapis.com/google.rpc.Help", links: [] },
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "SERVICE_DISABLED",
      domain: "googleapis.com",
      metadata: { service: "cloudresourcemanager.googleapis.com", consumer: "projects/123" },
    },
  ],
};

/** What a library throws, as the error of this project. */
async function meaningFor(thrown: unknown): Promise<unknown> {
  const refusal = await answerOf(Promise.reject(thrown)).then(() => null, (error) => error);
  return meaningOf(refusal, "ask");
}

const thrownBy = (message: string, status: number, data?: unknown) =>
  Object.assign(new Error(message), { status, ...(data !== undefined && { response: { data } }) });

Deno.test("answerOf() reads the reason of a refusal whose sentence the library took for its message", async () => {
  const error = thrownBy(DISABLED.message, 403, { error: DISABLED });
  const refusal = await answerOf(Promise.reject(error)).then(() => null, (error) => error);
  assert.ok(refusal instanceof GoogleRefusal);
  assert.deepEqual(refusal.details, {
    reasons: ["SERVICE_DISABLED"],
    service: "cloudresourcemanager.googleapis.com",
    consumer: "projects/123",
  });
});

Deno.test("answerOf() puts an ErrorInfo's reason before those that older APIs give", async () => {
  const answer = { ...DISABLED, errors: [{ reason: "accessNotConfigured" }] };
  const refusal = await answerOf(Promise.reject(thrownBy(JSON.stringify({ error: answer }), 403)))
    .then(() => null, (error) => error);
  assert.deepEqual(refusal.details.reasons, ["SERVICE_DISABLED", "accessNotConfigured"]);
});

/** A refusal of Compute Engine. */
const refused = (status: number, reason: string, message: string, info?: string) =>
  thrownBy(
    JSON.stringify({
      error: {
        code: status,
        message,
        errors: [{ message, domain: "global", reason }],
        ...(info !== undefined && { details: [{ reason: info, metadata: { consumer: "projects/123" } }] }),
      },
    }),
    status,
  );

const CASES: readonly [what: string, thrown: unknown, means: typeof XcoreError][] = [
  ["a disabled API that an ErrorInfo names", thrownBy(DISABLED.message, 403, { error: DISABLED }), AuthError],
  [
    "a disabled API that the sentence names",
    refused(403, "accessNotConfigured", "Compute Engine API has not been used in project 123 before."),
    AuthError,
  ],
  [
    "a project without billing",
    refused(403, "forbidden", "This API method requires billing to be enabled.", "BILLING_DISABLED"),
    AuthError,
  ],
  [
    "a project without billing, by its sentence",
    refused(403, "accessNotConfigured", "Billing must be enabled for activation of service."),
    AuthError,
  ],
  [
    "credentials without a quota project",
    refused(
      403,
      "forbidden",
      "Caller does not have required permission to use project x.",
      "USER_PROJECT_DENIED",
    ),
    AuthError,
  ],
  [
    "a token for less than all of Google Cloud",
    refused(403, "insufficientPermissions", "Insufficient scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    AuthError,
  ],
  [
    "a policy against public addresses",
    refused(
      412,
      "conditionNotMet",
      "Constraint constraints/compute.vmExternalIpAccess violated for project 123.",
    ),
    AuthError,
  ],
  [
    "a policy that requires OS Login",
    refused(
      412,
      "conditionNotMet",
      "Constraint constraints/compute.requireOsLogin violated for project 123.",
    ),
    AuthError,
  ],
  [
    "any other policy",
    refused(412, "conditionNotMet", "Constraint constraints/compute.foo violated for project 123."),
    AuthError,
  ],
  [
    "a policy of their own on machine types",
    refused(
      412,
      "conditionNotMet",
      'Operation denied by custom org policies: ["customConstraints/custom.small": "Only E2 machine types."].',
    ),
    TypeRefusedError,
  ],
  [
    "a policy of their own on anything else",
    refused(
      412,
      "conditionNotMet",
      'Operation denied by custom org policies: ["customConstraints/custom.named": "Names begin with lab-."].',
    ),
    AuthError,
  ],
  [
    "a zone without the type",
    refused(
      400,
      "invalid",
      "Invalid value for field 'resource.machineType': 'zones/europe-west8-a/machineTypes/f1-micro'. " +
        "Machine type with name 'f1-micro' does not exist in zone 'europe-west8-a'.",
    ),
    CapacityError,
  ],
  ["a missing permission", refused(403, "forbidden", "Required 'x' permission for 'y'"), AuthError],
  ["too many calls", refused(403, "rateLimitExceeded", "Quota exceeded for quota group."), ThrottledError],
  ["a quota", refused(403, "quotaExceeded", "Quota 'CPUS' exceeded."), QuotaError],
  ["anything else", refused(400, "invalid", "Invalid value."), XcoreError],
];

for (const [what, thrown, means] of CASES) {
  Deno.test(`meaningOf() knows ${what}`, async () => {
    const error = await meaningFor(thrown);
    assert.ok(error instanceof XcoreError);
    assert.equal(error.constructor, means);
    assertWording("google", what, error.hint);
  });
}

Deno.test("meaningOf() leaves a server's error open", async () => {
  assert.ok(!(await meaningFor(refused(503, "backendError", "Internal error.")) instanceof XcoreError));
});

Deno.test("meaningOf() shortens a page, and knows what it is first", async () => {
  const page = `${"x".repeat(400)} Constraint constraints/compute.vmExternalIpAccess violated`;
  const error = await meaningFor(refused(412, "conditionNotMet", page));
  assert.ok(error instanceof AuthError);
  assert.ok(error.message.length < 350);
  assert.match(error.hint, /public_ip false/);
});

/** As google.golang.org/api/googleapi words a refusal, with and without its details. */
const DETAILED =
  `Error creating Network: googleapi: Error 403: Compute Engine API has not been used in project ` +
  `123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/` +
  `compute.googleapis.com/overview?project=123 then retry. If you enabled this API recently, wait a few minutes ` +
  `for the action to propagate to our systems and retry.\nDetails:\n[\n  {\n    "@type": ` +
  `"type.googleapis.com/google.rpc.ErrorInfo",\n    "domain": "googleapis.com",\n    "metadata": {\n      ` +
  `"consumer": "projects/123",\n      "service": "compute.googleapis.com"\n    },\n    "reason": ` +
  `"SERVICE_DISABLED"\n  }\n]\n, accessNotConfigured`;

const SEVERAL =
  `Error creating instance: googleapi: Error 412: Constraint constraints/compute.requireShieldedVm ` +
  `violated for project projects/p. The boot disk specifies a non-Shielded image.\nMore details:\nReason: ` +
  `conditionNotMet, Message: Constraint constraints/compute.requireShieldedVm violated.\nReason: conditionNotMet, ` +
  `Message: Constraint constraints/compute.vmExternalIpAccess violated for project 123.\n`;

const TEXTS: readonly [what: string, text: string, means: typeof XcoreError | null][] = [
  ["a long refusal of Terraform's with its details", DETAILED, AuthError],
  ["several refusals of Terraform's", SEVERAL, AuthError],
  [
    "a refusal of Packer's",
    "Error creating instance: googleapi: Error 403: Required 'compute.instances.create' permission for 'p', forbidden",
    AuthError,
  ],
  [
    "the scheduler's zone out of stock",
    "Error waiting for instance to create: The zone 'projects/p/zones/us-central1-a' does not have enough resources " +
    "available to fulfill the request.  Try a different zone, or try again later.",
    CapacityError,
  ],
  [
    "the scheduler's quota",
    "Error waiting for instance to create: Quota 'CPUS' exceeded.  Limit: 8.0 in region us-central1.\n" +
    "\tmetric name = compute.googleapis.com/cpus",
    QuotaError,
  ],
  [
    "a zone without the scheduler's type",
    "Error loading machine type: googleapi: Error 404: The resource 'projects/p/zones/europe-west8-a/machineTypes/" +
    "f1-micro' was not found, notFound",
    CapacityError,
  ],
  [
    "a policy of their own on the scheduler's type",
    "Error creating instance: googleapi: Error 412: Operation denied by custom org policies: " +
    '["customConstraints/custom.machineTypes": "The machine type f1-micro is not allowed."]., conditionNotMet',
    TypeRefusedError,
  ],
  [
    "a service account that the scheduler may not have",
    "Error waiting for instance to create: The user does not have access to service account 'me@p.iam'.  Ask a project owner.",
    AuthError,
  ],
  ["what Google refuses as wrong", "googleapi: Error 400: Invalid value for field 'x'., invalid", null],
  ["what is not Google's", "Error: Failed to install provider", null],
];

for (const [what, text, means] of TEXTS) {
  Deno.test(`meaningOfText() knows ${what}`, () => {
    const error = meaningOfText(text, "make it");
    assert.equal(error?.constructor ?? null, means);
    if (error !== null) assertWording("google", what, `${error.message}\n${error.hint}`);
  });
}

Deno.test("operationFailure() knows a policy in an operation's error", () => {
  const message = "Constraint constraints/compute.vmExternalIpAccess violated for project 123.";
  const errors = [{ code: "CONDITION_NOT_MET", message }];
  assert.ok(operationFailure({ name: "o", done: true, errors }, "launch workers") instanceof AuthError);
});
