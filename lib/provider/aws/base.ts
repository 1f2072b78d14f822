/** What Terraform has made for the workers to stand on, as it says itself. @module */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import { XcoreError } from "../../errors.ts";
import { ObjectReader, ShapeError } from "../../object_reader.ts";
import type { Runtime } from "../../runtime.ts";

/** The base of an AWS cluster; workers are launched on it. */
export interface AwsBase {
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

/** Where the base is written down: what `terraform output -json` prints, word for word, after each apply. */
export function awsBaseFile(home: Home): string {
  return join(home.terraform, "outputs.json");
}

/**
 * The base as it was last applied; null when there is none.
 *
 * @throws {XcoreError} the file is damaged
 */
export async function readAwsBase(runtime: Runtime, home: Home): Promise<AwsBase | null> {
  const file = awsBaseFile(home);
  const text = await runtime.files.readTextIfExists(file);
  if (text === null) return null;
  try {
    return parseAwsBase(text);
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error;
    throw new XcoreError(
      `Cannot read ${JSON.stringify(file)}: ${error.message.split("\n")[0]}`,
      "Run `xcore start`: it has Terraform write the file again.",
      error,
    );
  }
}

/**
 * The base in what `terraform output -json` printed; null when nothing has been applied, or all of it destroyed.
 *
 * @throws {ShapeError} an output is missing, or not what it should be
 * @throws {SyntaxError} it is no JSON
 */
export function parseAwsBase(text: string): AwsBase | null {
  const outputs = new ObjectReader(JSON.parse(text), "the outputs");
  if (outputs.keys().length === 0) return null;
  const value = (name: string) => outputs.object(name).text("value");
  // Terraform leaves an output out when it is null.
  const valueOrNull = (name: string) => outputs.raw(name) === undefined ? null : value(name);
  const subnets = outputs.object("subnet_ids").object("value");
  return {
    region: value("region_name"),
    subnets: Object.fromEntries(subnets.keys().map((zone) => [zone, subnets.text(zone)])),
    securityGroupId: value("security_group_id"),
    keyName: valueOrNull("key_name"),
    imageId: value("image_id"),
    rootDeviceName: value("root_device_name"),
    schedulerInstanceId: value("scheduler_instance_id"),
    schedulerPrivateIp: value("scheduler_private_ip"),
    schedulerPublicIp: valueOrNull("scheduler_public_ip"),
  };
}
