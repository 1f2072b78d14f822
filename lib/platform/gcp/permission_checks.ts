/**
 * Whether the account may do what xcore does, as far as Google tells.
 * @module
 */

import { XcoreError } from "../../errors.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../check_result.ts";
import { GoogleRefusal } from "./compute.ts";
import type { Session } from "./session.ts";

/**
 * What xcore and its Terraform templates cannot do without; all of it is in permissions/gcp.yaml.
 * https://cloud.google.com/compute/docs/access/iam
 */
const PERMISSIONS = [
  "compute.instances.create",
  "compute.instances.delete",
  "compute.instances.get",
  "compute.instances.list",
  "compute.instances.setLabels",
  "compute.instances.setMetadata",
  "compute.instances.setTags",
  "compute.instances.getSerialPortOutput",
  "compute.disks.create",
  "compute.networks.create",
  "compute.networks.delete",
  "compute.networks.updatePolicy",
  "compute.subnetworks.create",
  "compute.subnetworks.delete",
  "compute.subnetworks.use",
  "compute.subnetworks.useExternalIp",
  "compute.firewalls.create",
  "compute.firewalls.update",
  "compute.firewalls.delete",
];

/** To use a service account for a machine; at the project it is for all accounts there. */
const ACT_AS = "iam.serviceAccounts.actAs";

/** Permissions, and whether machines may have the service account. */
export async function* permissionChecks(
  session: Session,
  serviceAccount: string | null,
): AsyncIterable<CheckResult> {
  const { result, granted } = await permissionsOf(session, serviceAccount === null ? [] : [ACT_AS]);
  yield result;
  if (serviceAccount !== null) yield actAsCheck(serviceAccount, granted?.includes(ACT_AS) ?? null);
}

/** The result, and those that are granted; null: not told. */
async function permissionsOf(
  session: Session,
  further: readonly string[],
): Promise<{ result: CheckResult; granted: readonly string[] | null }> {
  let granted: readonly string[] | null = null;
  const result = await guarded("Permissions", async () => {
    try {
      granted = await session.ask(
        "ask for permissions",
        ({ access }) => access.permissions([...PERMISSIONS, ...further]),
      );
    } catch (error) {
      const untold = notTold(error);
      if (untold === null) throw error;
      return untold;
    }
    return await permissionCheck(session, granted);
  });
  return { result, granted };
}

/**
 * Google's Resource Manager API tells permissions, to every caller; where it refuses the call, the
 * project or the credentials lack something that launches may not need.
 * https://cloud.google.com/service-usage/docs/enabled-service: new projects have not enabled it
 */
function notTold(error: unknown): CheckResult | null {
  if (!(error instanceof XcoreError && error.cause instanceof GoogleRefusal)) return null;
  const { cause } = error;
  if (cause.status !== 403) return null;
  const found = cause.gives("SERVICE_DISABLED") || cause.gives("accessNotConfigured")
    ? "Google's Resource Manager API is not enabled, as in every new project"
    : error.message;
  return warning(
    "Permissions",
    `not checked: ${found}`,
    `The role that \`xcore init gcp --policy\` prints has them all, and so has Compute Admin. To have them checked, ${
      error.hint.charAt(0).toLowerCase() + error.hint.slice(1)
    }`,
  );
}

async function permissionCheck(session: Session, granted: readonly string[]): Promise<CheckResult> {
  const name = "Permissions";
  const lacking = PERMISSIONS.filter((permission) => !granted.includes(permission));
  if (lacking.length === 0) return passed(name, "machines, network and firewall may be made");
  const project = await session.ask(
    "ask for the project",
    (google) => Promise.resolve(google.project),
  );
  return failed(
    name,
    `missing: ${lacking.join(", ")}`,
    `Have it granted: \`gcloud projects add-iam-policy-binding ${project} --member=ACCOUNT --role=ROLE\`, ROLE being the one that \`xcore init gcp --policy\` prints, or roles/compute.admin.`,
  );
}

/**
 * Whether machines may have the service account. It may be granted for this account alone, which
 * the project does not tell: a warning, and no failure.
 *
 * @param everywhere whether it is granted for all of the project; null: not told
 */
function actAsCheck(serviceAccount: string, everywhere: boolean | null): CheckResult {
  const name = "Service account";
  if (everywhere === true) return passed(name, `machines may have ${serviceAccount}`);
  const told = everywhere === null ? "not checked" : "not granted for all of the project's accounts";
  return warning(
    name,
    `${ACT_AS} is ${told}: machines may be refused ${serviceAccount}`,
    `Grant it: \`gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --member=ACCOUNT --role=roles/iam.serviceAccountUser\`.`,
  );
}
