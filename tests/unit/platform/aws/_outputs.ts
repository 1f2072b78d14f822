/** Terraform's outputs of an AWS cluster. */

import type { AwsOutputs } from "../../../../lib/platform/aws/base.ts";

/** What `terraform output -json` prints for this base. */
export function outputsText(base: AwsOutputs): string {
  const texts: Record<string, string | null> = {
    region_name: base.region,
    security_group_id: base.securityGroupId,
    key_name: base.keyName,
    image_id: base.imageId,
    root_device_name: base.rootDeviceName,
    scheduler_instance_id: base.schedulerInstanceId,
    scheduler_private_ip: base.schedulerPrivateIp,
    scheduler_public_ip: base.schedulerPublicIp,
  };
  const outputs: Record<string, unknown> = {
    subnet_ids: { sensitive: false, type: ["map", "string"], value: base.subnets },
  };
  for (const [name, value] of Object.entries(texts)) {
    if (value !== null) outputs[name] = { sensitive: false, type: "string", value };
  }
  return JSON.stringify(outputs, null, 2);
}
