/** What Terraform has made for the workers to stand on, as it says itself. @module */

import type { Home } from "../../config/home.ts";
import type { Runtime } from "../../runtime.ts";
import { readOutputs } from "../terraform/outputs.ts";

/** The base of an AWS cluster; workers are launched on it. */
export interface AwsOutputs {
  readonly region: string;
  /** Subnet ids by zone: where an instance of that zone is launched. */
  readonly subnets: Readonly<Record<string, string>>;
  readonly securityGroupId: string;
  /** Key pair for SSH; null: nobody can log in. */
  readonly keyName: string | null;
  /** The image that `image_name` stood for when the scheduler was made. */
  readonly imageId: string;
  /** The image's root volume, `/dev/sda1`. */
  readonly rootDeviceName: string;
  readonly schedulerInstanceId: string;
  /** Where workers reach the scheduler. */
  readonly schedulerPrivateIp: string;
  /** Where this machine reaches it; null: by the private address. */
  readonly schedulerPublicIp: string | null;
}

/**
 * The base as it was last applied; null when there is none.
 *
 * @throws {XcoreError} what Terraform wrote down is damaged
 */
export async function readAwsOutputs(runtime: Runtime, home: Home): Promise<AwsOutputs | null> {
  return await readOutputs(runtime, home, (outputs) => ({
    region: outputs.text("region_name"),
    subnets: outputs.texts("subnet_ids"),
    securityGroupId: outputs.text("security_group_id"),
    keyName: outputs.textOrNull("key_name"),
    imageId: outputs.text("image_id"),
    rootDeviceName: outputs.text("root_device_name"),
    schedulerInstanceId: outputs.text("scheduler_instance_id"),
    schedulerPrivateIp: outputs.text("scheduler_private_ip"),
    schedulerPublicIp: outputs.textOrNull("scheduler_public_ip"),
  }));
}
