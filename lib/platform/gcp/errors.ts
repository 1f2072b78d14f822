/** Google's error codes as errors of this project. @module */

import {
  AuthError,
  CapacityError,
  QuotaError,
  ThrottledError,
  TypeRefusedError,
  XcoreError,
} from "../../errors.ts";
import { oneLine } from "../../util/one_line.ts";
import { type GceOperation, GoogleRefusal, type RefusalDetails } from "./compute.ts";

type Make = (doing: string, found: string, cause?: unknown, details?: RefusalDetails) => XcoreError;

/** Longest part of Google's sentence that is shown; what it means is decided by all of it. */
const LONGEST = 300;

function cannot(doing: string, found: string): string {
  return `Cannot ${doing}: ${oneLine(found, LONGEST)}`;
}

const capacity: Make = (doing, found, cause) =>
  new CapacityError(
    cannot(doing, found),
    "Wait, name more `zones`, or allow other machines with `fallback_worker_types`.",
    cause,
  );

const quota: Make = (doing, found, cause) =>
  new QuotaError(
    cannot(doing, found),
    "Ask Google for more under IAM & Admin → Quotas, or lower max_workers.",
    cause,
  );

const throttled: Make = (doing, found, cause) =>
  new ThrottledError(
    cannot(doing, `Google asks to slow down (${found})`),
    "Wait a minute; xcore tries again by itself.",
    cause,
  );

const FIND_CREDENTIALS =
  "Set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file, or run `gcloud auth application-default login`.";

const noCredentials: Make = (doing, found, cause) =>
  new AuthError(cannot(doing, `Google refuses the credentials (${found})`), FIND_CREDENTIALS, cause);

const noPermission: Make = (doing, found, cause) => {
  // A shared VPC's is another than the cluster's.
  const [, project] = /'projects\/([^\/']+)/.exec(found) ?? [];
  const where = project === undefined ? "" : ` in the project ${project}`;
  return new AuthError(
    cannot(doing, found),
    `Give the account the role that \`xcore init gcp --policy\` prints, or Compute Admin (roles/compute.admin)${where}.`,
    cause,
  );
};

const noActAs: Make = (doing, found, cause) =>
  new AuthError(
    cannot(doing, found),
    "Give yourself the role Service Account User (roles/iam.serviceAccountUser) on it, or remove `service_account`.",
    cause,
  );

const apiDisabled: Make = (doing, found, cause, details) => {
  const [, named = "compute.googleapis.com"] = /\/apis\/api\/([\w.-]+)\//.exec(found) ?? [];
  const project = projectOption(details);
  return new AuthError(
    cannot(doing, found),
    `Enable it: \`gcloud services enable ${details?.service ?? named}${project}\`, and wait a few minutes.`,
    cause,
  );
};

const noBilling: Make = (doing, found, cause, details) => {
  const project = details?.consumer?.replace("projects/", "") ?? "PROJECT";
  return new AuthError(
    cannot(doing, found),
    `Link a billing account: \`gcloud billing projects link ${project} --billing-account=ACCOUNT\`.`,
    cause,
  );
};

const noQuotaProject: Make = (doing, found, cause) =>
  new AuthError(
    cannot(doing, found),
    "Name a project of yours for your own credentials: `gcloud auth application-default set-quota-project PROJECT`.",
    cause,
  );

const noScope: Make = (doing, found, cause) =>
  new AuthError(
    cannot(doing, found),
    "Use credentials that are good for all of Google Cloud (scope cloud-platform): `gcloud auth application-default login`.",
    cause,
  );

/**
 * What to do about a constraint of the organisation.
 * https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
 */
const BY_CONSTRAINT: Readonly<Record<string, string>> = {
  "compute.vmExternalIpAccess":
    "Do without public addresses: `xcore config set network NETWORK public_ip false`, " +
    "with a network that has a way out (Cloud NAT) and that this machine reaches.",
  "compute.requireOsLogin": "Do without a key: `xcore config set public_key_path null`; " +
    "log in with `gcloud compute ssh` in place of `xcore ssh`.",
  "compute.trustedImageProjects":
    "Name an image that is allowed: `xcore config set image_name NAME image_owner PROJECT`.",
  "compute.restrictSharedVpcSubnetworks":
    "Name a subnetwork that is allowed: `xcore config set subnetwork PATH`.",
  "gcp.resourceLocations":
    "Name a zone that is allowed: `xcore config set zone_name ZONE region_name REGION`.",
};

/** `constraints/compute.vmExternalIpAccess` → `compute.vmExternalIpAccess` */
const CONSTRAINT = /\bconstraints\/([\w.]+\w)/;

/** A policy of the organisation forbids it: only its administrator can allow it. */
const forbidden: Make = (doing, found, cause) => {
  const [, constraint = ""] = CONSTRAINT.exec(found) ?? [];
  return new AuthError(
    cannot(doing, found),
    BY_CONSTRAINT[constraint] ?? "Ask the administrator of your organisation to allow it for this project.",
    cause,
  );
};

/** A constraint that the organisation wrote itself says what it is for in the words it was given. */
const CUSTOM_CONSTRAINT = /denied by custom org polic/i;

/** Whether such a constraint is about types of machines, and another type may be allowed. */
const ABOUT_TYPES = /machine.?(type|famil|series)/i;

const forbiddenByOwnRule: Make = (doing, found, cause) => {
  const means = ABOUT_TYPES.test(found) ? TypeRefusedError : AuthError;
  return new means(
    cannot(doing, found),
    "Choose what that policy allows, or ask the administrator of your organisation to allow it for this project.",
    cause,
  );
};

/** A zone without a type; others may have it. */
const noSuchType: Make = (doing, found, cause) =>
  new CapacityError(
    cannot(doing, found),
    "Name another type (`worker_type`, `scheduler_type`), or zones that have this one.",
    cause,
  );

/** `projects/1234` → ` --project=1234`: gcloud may have another for its default. */
function projectOption(details: RefusalDetails | undefined): string {
  return details?.consumer ? ` --project=${details.consumer.replace("projects/", "")}` : "";
}

const other: Make = (doing, found, cause) =>
  new XcoreError(cannot(doing, found), "Fix that; `xcore doctor` finds the usual causes.", cause);

/** A bulkInsert's first error when it fails; the causes come after it, where Google tells them. */
const TOO_FEW = "VM_MIN_COUNT_NOT_REACHED";

/**
 * Operation errors.
 * https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation
 * https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-resource-availability
 */
const BY_CODE: Readonly<Record<string, Make>> = {
  ZONE_RESOURCE_POOL_EXHAUSTED: capacity,
  ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: capacity,
  STOCKOUT: capacity,
  RESOURCE_POOL_EXHAUSTED: capacity,
  // A spot instance that is preempted while it is made.
  UNSUPPORTED_OPERATION: capacity,
  // Alone: what kept it from making more is not told, and is capacity as a rule.
  [TOO_FEW]: capacity,
  QUOTA_EXCEEDED: quota,
  RESOURCE_QUOTA_EXCEEDED: quota,
  RATE_LIMIT_EXCEEDED: throttled,
  PERMISSIONS_ERROR: noPermission,
  SERVICE_ACCOUNT_ACCESS_DENIED: noActAs,
};

/**
 * Reasons of refused calls.
 * https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto for those of
 * an ErrorInfo, https://cloud.google.com/compute/api-quota for the 403 that is a rate limit,
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2 for those of a call for a token.
 */
const BY_REASON: Readonly<Record<string, Make>> = {
  SERVICE_DISABLED: apiDisabled,
  BILLING_DISABLED: noBilling,
  USER_PROJECT_DENIED: noQuotaProject,
  CONSUMER_INVALID: noQuotaProject,
  ACCESS_TOKEN_EXPIRED: noCredentials,
  CREDENTIALS_MISSING: noCredentials,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: noScope,
  RATE_LIMIT_EXCEEDED: throttled,
  rateLimitExceeded: throttled,
  userRateLimitExceeded: throttled,
  quotaExceeded: quota,
  accessNotConfigured: apiDisabled,
  authError: noCredentials,
  invalid_grant: noCredentials,
  invalid_client: noCredentials,
  unauthorized_client: noCredentials,
  forbidden: noPermission,
  insufficientPermissions: noPermission,
};

/**
 * Sentences that say more than their reasons, and those of operations that failed, of which
 * Terraform's provider prints nothing else.
 */
const BY_SENTENCE: readonly (readonly [sentence: RegExp, make: Make])[] = [
  [CONSTRAINT, forbidden],
  [CUSTOM_CONSTRAINT, forbiddenByOwnRule],
  [/Machine type with name '[^']+' does not exist|\/machineTypes\/[^'/]+' was not found/, noSuchType],
  [/billing (must|to) be enabled|billing account .* (closed|disabled|not active)/i, noBilling],
  [/requires a quota project/i, noQuotaProject],
  [/does not have access to service account|iam\.serviceAccounts\.actAs/i, noActAs],
];

/** The same for what Terraform makes: the scheduler, which is in one zone. */
const OF_THE_BASE: readonly (readonly [sentence: RegExp, make: Make])[] = [
  [
    /does not have enough resources|(RESOURCE_POOL_EXHAUSTED|STOCKOUT)/,
    (doing, found, cause) =>
      new CapacityError(
        cannot(doing, found),
        "Wait, or choose another zone of the region: `xcore config set zone_name ZONE`.",
        cause,
      ),
  ],
  [/\bQuota '?\w+'? exceeded/, quota],
];

function bySentence(text: string, sentences: typeof BY_SENTENCE): Make | undefined {
  return sentences.find(([sentence]) => sentence.test(text))?.[1];
}

const BY_STATUS: Readonly<Record<number, Make>> = {
  401: noCredentials,
  403: noPermission,
  429: throttled,
};

/**
 * A failed call as an error of this project; what is no answer (a broken connection, a server
 * error) stays what it is.
 *
 * @param doing `launch workers`
 */
export function meaningOf(error: unknown, doing: string): unknown {
  if (!(error instanceof GoogleRefusal)) {
    if (!isMissing(error)) return error;
    return new AuthError(`Cannot ${doing}: there are no credentials for Google`, FIND_CREDENTIALS, error);
  }
  const { details, status, message } = error;
  const reason = details.reasons.find((reason) => Object.hasOwn(BY_REASON, reason));
  const make = bySentence(message, BY_SENTENCE) ?? BY_REASON[reason ?? ""] ?? BY_STATUS[status];
  if (make === undefined && status >= 500) return error;
  return (make ?? other)(doing, message, error, details);
}

/** What google-auth-library says when it finds no credentials; it has no code. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Could not load the default credentials");
}

/**
 * Why an operation failed; null when it did not. The gravest first: what another zone may have
 * comes last.
 */
export function operationFailure({ errors }: GceOperation, doing: string): XcoreError | null {
  const causes = errors.filter(({ code }) => code !== TOO_FEW);
  const made = (causes.length > 0 ? causes : errors)
    .map(({ code, message }) => {
      const make = BY_CODE[code] ?? bySentence(message, BY_SENTENCE) ?? other;
      return make(doing, message || code);
    });
  return made.find((error) => !(error instanceof CapacityError)) ?? made[0] ?? null;
}

/**
 * The error in a text of Terraform's or Packer's that quotes Google; null when it is not a known
 * one.
 *
 * @param text all of it: what it ends with decides
 */
export function meaningOfText(text: string, doing: string): XcoreError | null {
  const quoted = refusalIn(text);
  if (quoted !== null) {
    const meaning = meaningOf(quoted, doing);
    return meaning instanceof XcoreError && meaning.constructor !== XcoreError ? meaning : null;
  }
  const make = bySentence(text, [...BY_SENTENCE, ...OF_THE_BASE]);
  return make?.(doing, text, text) ?? null;
}

/**
 * A refusal as Google's client for Go words it (google.golang.org/api/googleapi, Error): `googleapi:
 * Error 403: SENTENCE`, then its details as JSON, then `, REASON` or a line `Reason: REASON, Message:
 * SENTENCE` for each of several; null: there is none.
 */
function refusalIn(text: string): GoogleRefusal | null {
  const [, status, said = ""] = /\bError (\d{3}): ([^]*)$/.exec(text) ?? [];
  if (status === undefined) return null;
  const valueOf = (key: string) => new RegExp(`"${key}":\\s*"([^"]+)"`).exec(said)?.[1] ?? null;
  const reasons = [
    ...said.matchAll(/"reason":\s*"(\w+)"/g),
    ...said.matchAll(/^\s*Reason: (\w+), Message: /gm),
    ...said.matchAll(/, (\w+)$/gm),
  ].map(([, reason]) => reason!);
  const sentence = said.replace(/\s*\b(More details|Details):\s[^]*$/, "").replace(/, (\w+)\s*$/, "");
  const details = { reasons, service: valueOf("service"), consumer: valueOf("consumer") };
  // A further reason may name the constraint that the first sentence does not.
  const [constraint = ""] = CONSTRAINT.exec(said) ?? [];
  const whole = sentence.includes(constraint) ? sentence : `${sentence} (${constraint})`;
  return new GoogleRefusal(Number(status), details, whole, text);
}
