import assert from "node:assert/strict";
import {
  AuthError,
  CapacityError,
  NotFoundError,
  QuotaError,
  ThrottledError,
  TypeRefusedError,
  UsageError,
  XcoreError,
} from "../../../../lib/errors.ts";
import {
  codeOf,
  meaningOf,
  meaningOfStateReason,
  meaningOfText,
} from "../../../../lib/platform/aws/errors.ts";

/** An error as the SDK throws it: the code is its name, the status beside it. */
function awsError(code: string, message: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(message), {
    name: code,
    ...(httpStatusCode !== undefined && { $metadata: { httpStatusCode } }),
  });
}

const MEANINGS: readonly [code: string, status: number | undefined, means: typeof XcoreError][] = [
  ["InsufficientInstanceCapacity", 500, CapacityError],
  ["Unsupported", 400, CapacityError],
  ["InsufficientFreeAddressesInSubnet", 400, CapacityError],
  ["VcpuLimitExceeded", 400, QuotaError],
  ["MaxSpotInstanceCountExceeded", 400, QuotaError],
  ["VolumeLimitExceeded", 400, QuotaError],
  ["RequestLimitExceeded", 503, ThrottledError],
  ["UnauthorizedOperation", 403, AuthError],
  ["AuthFailure", 401, AuthError],
  ["RequestExpired", 400, AuthError],
  ["ExpiredTokenException", 400, AuthError],
  ["CredentialsProviderError", undefined, AuthError],
  ["InvalidSubnetID.NotFound", 400, NotFoundError],
  ["InvalidBlockDeviceMapping", 400, UsageError],
  ["VpcLimitExceeded", 400, QuotaError],
  ["InternetGatewayLimitExceeded", 400, QuotaError],
  ["InvalidParameterCombination", 400, UsageError],
  ["InvalidSnapshot.InUse", 400, XcoreError],
];

for (const [code, status, means] of MEANINGS) {
  Deno.test(`meaningOf() makes ${code} a ${means.name} that says what AWS said and what to do`, () => {
    const error = meaningOf(awsError(code, "Something is\nso.", status), "launch workers");
    assert.ok(error instanceof XcoreError);
    assert.equal(error.constructor, means);
    assert.equal(error.message, `Cannot launch workers: Something is so (${code})`);
    assert.match(error.hint, /^[A-Z].*[.)`]$/);
  });
}

Deno.test("meaningOf() leaves out what only AWS can decode", () => {
  const text =
    "You are not authorized to perform this operation. Encoded authorization failure message: Ab-3_x9==";
  const { message } = meaningOf(awsError("UnauthorizedOperation", text, 403), "launch workers");
  assert.equal(
    message,
    "Cannot launch workers: You are not authorized to perform this operation (UnauthorizedOperation)",
  );
});

Deno.test("meaningOf() takes any other refusal for an answer", () => {
  const error = meaningOf(awsError("InvalidParameterValue", "Bad value", 400), "launch workers");
  assert.equal(error.constructor, XcoreError);
  assert.equal(error.message, "Cannot launch workers: Bad value (InvalidParameterValue)");
});

Deno.test("meaningOf() leaves open what AWS's own faults and lost connections have done", () => {
  for (
    const error of [
      awsError("InternalError", "An internal error has occurred", 500),
      awsError("ServiceUnavailable", "Try later", 503),
      new TypeError("error sending request"),
      awsError("TimeoutError", "The operation was aborted due to timeout"),
    ]
  ) {
    const meaning = meaningOf(error, "launch workers");
    assert.ok(!(meaning instanceof XcoreError), meaning.message);
    assert.equal(meaning.cause, error);
  }
});

Deno.test("meaningOf() says how to name a region where there is none", () => {
  const error = meaningOf(new Error("Region is missing"), "list the workers");
  assert.ok(error instanceof UsageError);
  assert.match(error.hint, /region_name/);
});

Deno.test("meaningOf() leaves an error of ours as it is", () => {
  const ours = new AuthError("Cannot x: y", "Do z.");
  assert.equal(meaningOf(ours, "list"), ours);
  assert.equal(codeOf("no error"), "");
});

Deno.test("meaningOfText() reads why EC2 ended what Terraform waited for", () => {
  const meaning = (code: string) =>
    meaningOfText(
      `creating EC2 Instance: waiting for completion: Failed to reach target state. Reason: ${code}: No.`,
      "make the scheduler",
    )?.constructor;
  assert.equal(meaning("Server.InsufficientInstanceCapacity"), CapacityError);
  assert.equal(meaning("Client.VolumeLimitExceeded"), QuotaError);
  assert.equal(meaning("Client.Nonsense"), undefined);
});

Deno.test("meaningOfStateReason() is of launches that failed, and of nothing that has run", () => {
  const reason = (Code: string) => meaningOfStateReason({ Code, Message: `${Code}: So.` }, "launch worker-0");
  assert.equal(reason("Client.VolumeLimitExceeded")?.constructor, QuotaError);
  assert.equal(reason("Server.InternalError")?.constructor, XcoreError);
  for (
    const code of [
      "Client.UserInitiatedShutdown",
      "Client.InstanceInitiatedShutdown",
      "Server.SpotInstanceTermination",
    ]
  ) assert.equal(reason(code), null, code);
  assert.equal(meaningOfStateReason(undefined, "launch worker-0"), null);
});

Deno.test("meaningOf() tells a type that the Free plan does not allow from other settings that do not go together", () => {
  const words =
    "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, " +
    "run 'describe-instance-types' with the filter 'free-tier-eligible=true'.";
  const error = meaningOf(awsError("InvalidParameterCombination", words, 400), "launch workers (c5.large)");
  assert.ok(error instanceof QuotaError);
  assert.match(error.hint, /Free plan/);
  const told = `creating EC2 Instance: api error InvalidParameterCombination: ${words}`;
  assert.equal(meaningOfText(told, "make the scheduler")?.constructor, TypeRefusedError);
});
