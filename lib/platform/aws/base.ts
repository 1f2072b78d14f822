/** The base infrastructure on AWS. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { InitialValues } from "../../config/initial_config.ts";
import type { Base } from "../base.ts";
import { schedulerUserDataOf } from "../boot/scheduler_user_data.ts";
import { allowedRanges } from "../own_address.ts";
import type { PlatformOptions } from "../platform.ts";
import { configuredKey } from "../public_key.ts";
import { terraformBase } from "../terraform/base.ts";
import { type AwsCloud, awsCloud, meaningOfText } from "./cloud.ts";
import { awsImageVariables } from "./image_variables.ts";
import { readAwsBase } from "./outputs.ts";
import { type AwsVariables, awsVariables } from "./variables.ts";

/** What AWS offers everywhere. */
const NEWER_TYPE = "t3.small";

/** What EC2 takes (EC2 User Guide, Create a key pair). */
const KEY_KINDS: readonly string[] = ["ssh-ed25519", "ssh-rsa"];

/** The base on AWS. Nothing is asked before a method is called. */
export function awsBase(options: PlatformOptions<AwsConfig>): Base {
  const { runtime, home, config } = options;
  const cloud = awsCloud(options);
  return terraformBase<AwsVariables>(options, {
    templates: "aws",
    scheduler: "aws_instance.scheduler",
    firewalls: ["aws_security_group.this"],
    types: {
      network: "aws_vpc",
      subnet: "aws_subnet",
      firewall: "aws_security_group",
      key: "aws_key_pair",
      instance: "aws_instance",
    },
    keyKinds: KEY_KINDS,
    cloud,
    forgetsWhenStopped: false,
    classify: meaningOfText,
    settle: () => settle(cloud, config.schedulerType),
    variables: () => variablesOf(options, cloud),
    async imageVariables({ name, machine, origin }) {
      const source = await cloud.image(origin);
      if (source === null) return null;
      return awsImageVariables(config, {
        name,
        machine,
        source,
        region: await cloud.region(),
        allowedRanges: await allowedRanges(config),
        // Today's SDKs read these by themselves, Packer's does not.
        endpoint: runtime.env("AWS_ENDPOINT_URL_EC2") ?? runtime.env("AWS_ENDPOINT_URL"),
      });
    },
    isOutdated: (values, { user_data }) => values.user_data_base64 !== user_data,
    async made() {
      const base = await readAwsBase(runtime, home);
      if (base === null) return null;
      const { schedulerInstanceId: id, schedulerPublicIp, schedulerPrivateIp } = base;
      return { id, uniqueId: id, host: schedulerPublicIp ?? schedulerPrivateIp };
    },
  });
}

/** The region; and types of the next line where it does not have those that are the default. */
async function settle(cloud: AwsCloud, type: string): Promise<InitialValues> {
  const region = await cloud.region().catch(() => null);
  if (region === null) return {};
  const zones = await cloud.zonesWith(type).catch(() => null); // that AWS refuses is the checks' to say
  const newer = zones !== null && zones.length === 0
    ? { scheduler_type: NEWER_TYPE, worker_type: NEWER_TYPE }
    : {};
  return { region_name: region, ...newer };
}

async function variablesOf(options: PlatformOptions<AwsConfig>, cloud: AwsCloud): Promise<AwsVariables> {
  const { runtime, home, config } = options;
  const [region, zones, ranges, userData] = await Promise.all([
    cloud.region(),
    cloud.zonesWith(config.schedulerType),
    allowedRanges(config),
    schedulerUserDataOf(runtime, home, config, "aws"),
  ]);
  const publicKey = await configuredKey(runtime, config, KEY_KINDS);
  return awsVariables(config, {
    region,
    schedulerZones: zones,
    allowedRanges: ranges,
    publicKey,
    userData: userData.toBase64(),
  });
}
