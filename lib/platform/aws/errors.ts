/** What AWS's error codes mean here: the class says what is done about them. @module */

import {
  AuthError,
  CapacityError,
  NotFoundError,
  QuotaError,
  ThrottledError,
  TypeRefusedError,
  UsageError,
  XcoreError,
} from "../../errors.ts";
import { oneLine } from "../../util/one_line.ts";

type ErrorClass = new (message: string, hint: string, cause?: unknown) => XcoreError;

interface Meaning {
  readonly means: ErrorClass;
  readonly hint: string;
  /**
   * For credentials that were found in environment variables, which stay as they are while a
   * program runs.
   */
  readonly hintForVariables?: string;
  readonly codes: readonly string[];
}

/**
 * The codes are those of "Error codes for the Amazon EC2 API" (EC2 API Reference) and the names of
 * the SDK's own errors; which of them mean that capacity is missing is as Karpenter's AWS provider
 * has it.
 */
const MEANINGS: readonly Meaning[] = [
  {
    means: CapacityError,
    hint:
      "Another zone, type or market is tried by itself; `fallback_worker_types` and `zones` give it more to try.",
    codes: [
      "InsufficientCapacity",
      "InsufficientHostCapacity",
      "InsufficientInstanceCapacity",
      "InsufficientReservedInstanceCapacity",
      "ReservationCapacityExceeded",
      "SpotMaxPriceTooLow",
      "UnfulfillableCapacity",
      "Unsupported", // this type in this zone
    ],
  },
  {
    means: CapacityError,
    hint: "Free addresses in the subnet, or name another one in `subnet_ids`.",
    codes: ["InsufficientFreeAddressesInSubnet"],
  },
  {
    means: QuotaError,
    hint:
      "Ask AWS for more under Service Quotas, Amazon EC2 (vCPUs of this family and market), or lower max_workers.",
    codes: [
      "InstanceLimitExceeded",
      "MaxSpotInstanceCountExceeded",
      "SpotInstanceCountLimitExceeded",
      "VcpuLimitExceeded",
    ],
  },
  {
    means: QuotaError,
    hint: "Ask AWS for more under Service Quotas, Amazon EBS, or lower max_workers or disk_gb.",
    codes: ["MaxIOPSLimitExceeded", "VolumeLimitExceeded"],
  },
  {
    means: QuotaError,
    hint:
      "Name subnets that you have with `xcore config set subnet_ids '[subnet-…]'`, remove a VPC, or ask for more under Service Quotas, Amazon VPC.",
    codes: ["InternetGatewayLimitExceeded", "VpcLimitExceeded"],
  },
  {
    means: UsageError,
    hint:
      "These settings do not go together: check worker_type and scheduler_type, image_name, market and subnet_ids.",
    codes: ["InvalidParameterCombination"],
  },
  {
    means: QuotaError,
    hint: "Ask AWS for more under Service Quotas, or lower max_workers.",
    codes: ["AddressLimitExceeded", "NetworkInterfaceLimitExceeded", "ResourceLimitExceeded"],
  },
  {
    means: ThrottledError,
    hint: "Nothing to do: xcore retries, less often.",
    codes: [
      "EC2ThrottledException",
      "RequestLimitExceeded",
      "RequestThrottled",
      "RequestThrottledException",
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "TooManyRequestsException",
    ],
  },
  {
    means: AuthError,
    hint:
      "Log in again (`aws sso login`, or new keys in ~/.aws/credentials): the daemon finds them by itself.",
    hintForVariables:
      "Set new AWS_* variables; a daemon has them after `xcore daemon stop` and `xcore daemon start`.",
    codes: [
      "ExpiredToken",
      "ExpiredTokenException",
      "RequestExpired", // EC2's word for it
      "TokenProviderError",
      "TokenRefreshRequired",
    ],
  },
  {
    means: AuthError,
    hint: "Set this machine's clock: AWS takes nothing that is signed more than five minutes off.",
    codes: ["RequestInTheFuture", "RequestTimeTooSkewed"],
  },
  {
    means: AuthError,
    hint: "Give AWS's tools credentials: `aws configure`, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    codes: ["CredentialsProviderError", "MissingAuthenticationToken", "ProviderError"],
  },
  {
    means: AuthError,
    hint:
      "Check which credentials these are with `aws sts get-caller-identity`, and whether their key is active.",
    codes: [
      "AuthFailure",
      "IncompleteSignature",
      "InvalidClientTokenId",
      "InvalidSignatureException",
      "SignatureDoesNotMatch",
      "UnrecognizedClientException",
    ],
  },
  {
    means: AuthError,
    hint:
      "Have the policy that `xcore init aws --policy` prints, or AmazonEC2FullAccess, attached to this user or role.",
    codes: ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"],
  },
  {
    means: AuthError,
    hint:
      "Make the role for spot once: `aws iam create-service-linked-role --aws-service-name spot.amazonaws.com`.",
    codes: ["AuthFailure.ServiceLinkedRoleCreationNotPermitted"],
  },
  {
    means: AuthError,
    hint: "Open the AWS console: the account has to be completed or unblocked there.",
    codes: ["Blocked", "OptInRequired", "PendingVerification"],
  },
  {
    means: NotFoundError,
    hint: "It was removed: `xcore restart` makes the network, the key and the scheduler anew.",
    codes: [
      "InvalidAMIID.NotFound",
      "InvalidAMIID.Unavailable",
      "InvalidGroup.NotFound",
      "InvalidKeyPair.NotFound",
      "InvalidSecurityGroupID.NotFound",
      "InvalidSubnetID.NotFound",
    ],
  },
  {
    means: XcoreError,
    hint: "Wait a minute, then remove it with `xcore doctor --fix`.",
    codes: ["InvalidSnapshot.InUse"],
  },
  {
    means: UsageError,
    hint: "Choose another with `xcore config set worker_type TYPE`.",
    codes: ["InvalidInstanceType"],
  },
  {
    means: UsageError,
    hint: "Make the disk as large as the image: `xcore config set disk_gb NUMBER`.",
    codes: ["InvalidBlockDeviceMapping"],
  },
];

/** An account on AWS's Free plan may launch few types; the code is that of many other mistakes. */
const FREE_PLAN: Meaning = {
  means: TypeRefusedError,
  hint:
    "Choose a type of the Free plan (`xcore config set worker_type t3.small`), or upgrade the plan in the Billing console.",
  codes: ["InvalidParameterCombination"],
};

/** What a code means; of a code with several meanings the words decide. */
function meaningFor(code: string, words: string): Meaning | undefined {
  return FREE_PLAN.codes.includes(code) && /eligible for Free Tier/i.test(words)
    ? FREE_PLAN
    : BY_CODE.get(code);
}

const BY_CODE: ReadonlyMap<string, Meaning> = new Map(
  MEANINGS.flatMap((meaning) => meaning.codes.map((code) => [code, meaning])),
);

/** AWS's code for an error, or the SDK's name for it. */
export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/**
 * What an error of the SDK means, as an error of ours. One that says nothing of whether the call
 * was carried out (no answer came, or AWS itself failed) stays a plain Error.
 *
 * @param doing as in `Cannot <doing>: …`
 * @param fromEnvironment whether the credentials were found in environment variables
 */
export function meaningOf(error: unknown, doing: string, fromEnvironment = false): Error {
  if (error instanceof XcoreError) return error;
  const code = codeOf(error);
  const found = error instanceof Error ? error.message : String(error);
  const known = meaningFor(code, found);
  if (known !== undefined) {
    const hint = fromEnvironment ? known.hintForVariables ?? known.hint : known.hint;
    return new known.means(`Cannot ${doing}: ${said(found, code)}`, hint, error);
  }
  if (found === "Region is missing" || found.startsWith('Region not accepted: region=""')) {
    return new UsageError(
      `Cannot ${doing}: no AWS region is set`,
      "Name one: `xcore config set region_name eu-west-2`, or set AWS_REGION.",
      error,
    );
  }
  const status = statusOf(error);
  if (status === undefined) return new Error(`AWS does not answer (${legible(found)})`, { cause: error });
  if (status >= 500) return new Error(`AWS has a fault of its own: ${said(found, code)}`, { cause: error });
  return new XcoreError(
    `Cannot ${doing}: ${said(found, code)}`,
    "AWS refuses what was asked: the settings are in the file that `xcore config path` names.",
    error,
  );
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

function said(message: string, code: string): string {
  return `${legible(message)} (${code})`;
}

/** Longest part of AWS's sentence that is shown. */
const LONGEST = 300;

/** A refusal's encoded details fill a page and can be read by AWS alone. */
function legible(message: string): string {
  const text = message.replace(/ ?Encoded authorization failure message: \S+/, "");
  return oneLine(text, LONGEST).replace(/\.$/, "");
}

/**
 * Codes of a StateReason that tell of a launch which AWS accepted and could not carry out (EC2 API,
 * StateReason); others have ended what ran.
 */
const NEVER_RAN =
  /^(?:Server\.(?:InsufficientInstanceCapacity|InternalError)|Client\.(?:InternalError|InvalidSnapshot\.NotFound|VolumeLimitExceeded))$/;

/** What is most often behind it, by the code without its first word. */
const STATE_REASON_HINTS: Readonly<Record<string, string>> = {
  "InternalError":
    "Check that you may use the KMS key with which disks are encrypted: EC2 console, Settings, Data protection.",
  "InvalidSnapshot.NotFound": "Name an image whose snapshot exists: `xcore config set image_name NAME`.",
};

/**
 * Why an instance was terminated before it ran; null when that is not how it ended.
 *
 * @param doing as in `Cannot <doing>: …`
 */
export function meaningOfStateReason(
  reason: { readonly Code?: string | undefined; readonly Message?: string | undefined } | undefined,
  doing: string,
): XcoreError | null {
  const { Code = "", Message = "" } = reason ?? {};
  if (!NEVER_RAN.test(Code)) return null;
  const code = withoutSide(Code);
  const words = Message.replace(`${Code}: `, "") || "no reason is given";
  const found = `EC2 accepted it, and ended it before it ran: ${said(words, Code)}`;
  const known = BY_CODE.get(code);
  if (known !== undefined) return new known.means(`Cannot ${doing}: ${found}`, known.hint);
  const hint = STATE_REASON_HINTS[code] ?? "Nothing to do: xcore tries again.";
  return new XcoreError(`Cannot ${doing}: ${found}`, hint);
}

/** `Client.VolumeLimitExceeded` is what a call would say as `VolumeLimitExceeded`. */
function withoutSide(code: string): string {
  return code.replace(/^(?:Client|Server)\./, "");
}

/** Whether AWS says that what was named is not there, or no more. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && /NotFound$|InvalidInstanceID|InvalidAMIID/.test(error.name);
}

/**
 * The error in a text of Terraform's or Packer's that quotes AWS; null when it has no known code.
 */
export function meaningOfText(text: string, doing: string): XcoreError | null {
  for (const [, code = ""] of text.matchAll(/\b([A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*)\b(?=: )/g)) {
    const said = Object.assign(new Error(text), {
      name: withoutSide(code),
      $metadata: { httpStatusCode: 400 },
    });
    const meaning = meaningOf(said, doing);
    if (meaning instanceof XcoreError && meaning.constructor !== XcoreError) return meaning;
  }
  return null;
}
