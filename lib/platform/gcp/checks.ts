/**
 * Whether this account and project can run the cluster; reports all that is wrong at once.
 * @module
 */

import { type CheckResult, failed, guarded, passed } from "../check_result.ts";
import type { GceImage } from "./catalog.ts";
import { type CheckContext, machineChecks, zoneCheck, zonesOf } from "./machine_checks.ts";

/**
 * What xcore and its Terraform templates ask for; all of it is in Compute Admin.
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

/** See `Provider.check`. */
export async function* checks(checked: CheckContext): AsyncIterable<CheckResult> {
  const account = await guarded("Google credentials", () => accountCheck(checked));
  yield account;
  if (account.outcome === "failed") return; // no call would be answered
  const project = await guarded("Project", () => projectCheck(checked));
  yield project;
  if (project.outcome === "failed") return;
  yield await guarded("Permissions", () => permissionCheck(checked));
  const zones = zonesOf(checked.config);
  const found = await guarded("Zones", () => zoneCheck(checked, zones));
  yield found;
  if (found.outcome === "failed") return;
  const image = await imageCheck(checked);
  yield image.result;
  yield* machineChecks(checked, zones, image.found);
}

async function accountCheck(checked: CheckContext): Promise<CheckResult> {
  const name = "Google credentials";
  const { env } = checked.runtime;
  if (env("GOOGLE_OAUTH_ACCESS_TOKEN") !== undefined) {
    return passed(name, "an access token, from GOOGLE_OAUTH_ACCESS_TOKEN");
  }
  const account = await checked.session.ask("find credentials", ({ access }) => access.account());
  const from = env("GOOGLE_APPLICATION_CREDENTIALS") === undefined
    ? "application-default credentials"
    : "GOOGLE_APPLICATION_CREDENTIALS";
  return passed(name, `${account ?? "your own account"}, from ${from}`);
}

/** The first call that needs the API and the project. */
async function projectCheck(checked: CheckContext): Promise<CheckResult> {
  const name = "Project";
  const [project, quotas] = await checked.session.ask(
    "ask for the project",
    async (google) => [google.project, await google.catalog.projectQuotas()] as const,
  );
  if (quotas !== null) return passed(name, `${project}, Compute Engine is enabled`);
  return failed(
    name,
    `there is no project ${project}, or this account may not see it`,
    "Name another with `--project ID`; `gcloud projects list` shows yours.",
  );
}

async function permissionCheck(checked: CheckContext): Promise<CheckResult> {
  const name = "Permissions";
  const granted = await checked.session.ask(
    "ask for permissions",
    ({ access }) => access.permissions(PERMISSIONS),
  );
  const lacking = PERMISSIONS.filter((permission) => !granted.includes(permission));
  if (lacking.length === 0) return passed(name, "machines, network and firewall may be made");
  const project = await checked.session.ask(
    "ask for the project",
    (google) => Promise.resolve(google.project),
  );
  return failed(
    name,
    `missing: ${lacking.join(", ")}`,
    `Have it granted: \`gcloud projects add-iam-policy-binding ${project} --member=ACCOUNT --role=roles/compute.admin\`.`,
  );
}

async function imageCheck(checked: CheckContext): Promise<{ result: CheckResult; found: GceImage | null }> {
  const name = "Image";
  const { imageName, imageOwner } = checked.config;
  let found: GceImage | null = null;
  const result = await guarded(name, async () => {
    found = await checked.session.ask(
      "find the image",
      ({ catalog }) => catalog.image(imageOwner, imageName),
    );
    if (found !== null) {
      return passed(name, `${found.name}${found.architecture && ` (${found.architecture})`}`);
    }
    return failed(
      name,
      `${imageOwner} has neither an image nor a family ${imageName}`,
      "Name another with `xcore config set image_name NAME image_owner PROJECT`.",
    );
  });
  return { result, found };
}
