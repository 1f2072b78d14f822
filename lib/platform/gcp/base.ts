/** The base infrastructure on Google's cloud. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { InitialValues } from "../../config/initial_config.ts";
import { NotFoundError } from "../../errors.ts";
import type { Base } from "../base.ts";
import { schedulerUserDataOf } from "../boot/scheduler_user_data.ts";
import { allowedRanges } from "../own_address.ts";
import type { PlatformOptions } from "../platform.ts";
import { configuredKey } from "../public_key.ts";
import { terraformBase } from "../terraform/base.ts";
import { type GcpCloud, gcpCloud, instanceId, meaningOfText } from "./cloud.ts";
import { gcpImageVariables } from "./image_variables.ts";
import { readGcpBase } from "./outputs.ts";
import { type GcpVariables, gcpVariables } from "./variables.ts";
import { regionOf } from "./zones.ts";

/** Compute Engine's guests take what their OpenSSH takes (Create SSH keys). */
const KEY_KINDS: readonly string[] = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"];

/** The base on Google's cloud. Nothing is asked before a method is called. */
export function gcpBase(options: PlatformOptions<GcpConfig>): Base {
  const { runtime, home, config } = options;
  const cloud = gcpCloud(options);
  return terraformBase<GcpVariables>(options, {
    templates: "gcp",
    scheduler: "google_compute_instance.scheduler",
    firewalls: ["google_compute_firewall.outside"],
    types: {
      network: "google_compute_network",
      subnet: "google_compute_subnetwork",
      firewall: "google_compute_firewall",
      key: null,
      instance: "google_compute_instance",
    },
    keyKinds: KEY_KINDS,
    cloud,
    // "unable to finish polling, context has been cancelled": then it drops the resource that the operation makes.
    forgetsWhenStopped: true,
    classify: meaningOfText,
    settle: () => settle(options, cloud),
    variables: () => variablesOf(options, cloud),
    async imageVariables({ name, machine, origin: { imageName, imageOwner } }) {
      const link = await cloud.image(imageOwner, imageName);
      if (link === null) return null;
      return gcpImageVariables(config, {
        name,
        machine,
        project: await cloud.project(),
        source: link.slice(link.lastIndexOf("/") + 1),
        sourceProject: imageOwner,
      });
    },
    isOutdated: (values, { startup_script }) => scriptIn(values) !== startup_script,
    async made() {
      const base = await readGcpBase(runtime, home);
      if (base === null) return null;
      return {
        id: instanceId(base.project, base.zone, base.schedulerName),
        uniqueId: base.schedulerId,
        host: base.schedulerPublicIp ?? base.schedulerPrivateIp,
      };
    },
  });
}

/** The project that the credentials name, and the zone that the environment does, with its region. */
async function settle(
  { runtime, config }: PlatformOptions<GcpConfig>,
  cloud: GcpCloud,
): Promise<InitialValues> {
  const zone = config.zoneName ?? runtime.env("GOOGLE_DEFAULT_AVAILABILITY_ZONE");
  const project = await cloud.project().catch(() => null); // that nobody names one is the checks' to say
  return {
    ...(project !== null && { project_name: project }),
    ...(zone !== undefined && { zone_name: zone, region_name: regionOf(zone) }),
  };
}

async function variablesOf(options: PlatformOptions<GcpConfig>, cloud: GcpCloud): Promise<GcpVariables> {
  const { runtime, home, config } = options;
  const [project, image, ranges, userData] = await Promise.all([
    cloud.project(),
    cloud.image(config.imageOwner, config.imageName),
    allowedRanges(config),
    schedulerUserDataOf(runtime, home, config, "gcp"),
  ]);
  if (image === null) {
    throw new NotFoundError(
      `Cannot find the image: ${config.imageOwner} has neither an image nor a family ${config.imageName}`,
      "Name another with `xcore config set image_name NAME image_owner PROJECT`.",
    );
  }
  const publicKey = await configuredKey(runtime, config, KEY_KINDS);
  const startupScript = new TextDecoder().decode(userData);
  return gcpVariables(config, { project, image, allowedRanges: ranges, publicKey, startupScript });
}

function scriptIn({ metadata }: Readonly<Record<string, unknown>>): unknown {
  return (metadata as Readonly<Record<string, unknown>> | undefined)?.["startup-script"];
}
