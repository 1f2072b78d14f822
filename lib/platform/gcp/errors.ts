/** Google's error codes as errors of this project. @module */

import { AuthError, CapacityError, QuotaError, ThrottledError, XcoreError } from "../../errors.ts";
import { oneLine } from "../../util/one_line.ts";
import { type GceOperation, GoogleRefusal } from "./compute.ts";

type Make = (doing: string, found: string, cause?: unknown) => XcoreError;

const capacity: Make = (doing, found, cause) =>
  new CapacityError(
    `Cannot ${doing}: ${found}`,
    "Wait, name more `zones`, or allow other machines with `fallback_worker_types`.",
    cause,
  );

const quota: Make = (doing, found, cause) =>
  new QuotaError(
    `Cannot ${doing}: ${found}`,
    "Ask Google for more under IAM & Admin → Quotas, or lower max_workers.",
    cause,
  );

const throttled: Make = (doing, found, cause) =>
  new ThrottledError(
    `Cannot ${doing}: Google asks to slow down (${found})`,
    "Wait a minute; xcore tries again by itself.",
    cause,
  );

const FIND_CREDENTIALS =
  "Set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file, or run `gcloud auth application-default login`.";

const noCredentials: Make = (doing, found, cause) =>
  new AuthError(`Cannot ${doing}: Google refuses the credentials (${found})`, FIND_CREDENTIALS, cause);

const noPermission: Make = (doing, found, cause) =>
  new AuthError(
    `Cannot ${doing}: ${found}`,
    "Give the account the role Compute Admin (roles/compute.admin).",
    cause,
  );

const noActAs: Make = (doing, found, cause) =>
  new AuthError(
    `Cannot ${doing}: ${found}`,
    "Give yourself the role Service Account User (roles/iam.serviceAccountUser) on it, or remove `service_account`.",
    cause,
  );

const apiDisabled: Make = (doing, found, cause) =>
  new AuthError(
    `Cannot ${doing}: ${found}`,
    "Enable it: `gcloud services enable compute.googleapis.com`.",
    cause,
  );

const other: Make = (doing, found, cause) =>
  new XcoreError(`Cannot ${doing}: ${found}`, "Fix that; `xcore doctor` finds the usual causes.", cause);

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
 * Reasons of refused calls. https://cloud.google.com/compute/api-quota for the 403 that is a rate
 * limit,
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2 for those of a call for a token.
 */
const BY_REASON: Readonly<Record<string, Make>> = {
  rateLimitExceeded: throttled,
  userRateLimitExceeded: throttled,
  quotaExceeded: quota,
  accessNotConfigured: apiDisabled,
  SERVICE_DISABLED: apiDisabled,
  authError: noCredentials,
  invalid_grant: noCredentials,
  invalid_client: noCredentials,
  unauthorized_client: noCredentials,
  forbidden: noPermission,
  insufficientPermissions: noPermission,
};

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
  const make = BY_REASON[error.reason] ?? BY_STATUS[error.status];
  if (make !== undefined) return make(doing, oneLine(error.message), error);
  return error.status >= 500 ? error : other(doing, oneLine(error.message), error);
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
    .map(({ code, message }) => (BY_CODE[code] ?? other)(doing, oneLine(message || code)));
  return made.find((error) => !(error instanceof CapacityError)) ?? made[0] ?? null;
}

/**
 * The error in a text of Terraform's or Packer's that quotes Google; null when it is not a known
 * one.
 */
export function meaningOfText(text: string, doing: string): XcoreError | null {
  const [, status, reason] = /\bError (\d{3}): .*?, (\w+)$/m.exec(text) ?? [];
  if (status === undefined || reason === undefined) return null;
  const meaning = meaningOf(new GoogleRefusal(Number(status), reason, text), doing);
  return meaning instanceof XcoreError && meaning.constructor !== XcoreError ? meaning : null;
}
