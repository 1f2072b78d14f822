/** User data as a cloud takes it. @module */

import { gzipSync } from "node:zlib";
import { ConfigError } from "../../errors.ts";
import type { Node } from "./boot_facts.ts";

/**
 * The most bytes a cloud takes, before base64. AWS: "User data is limited to 16 KB, in raw form" (EC2 User Guide, Work
 * with instance user data). Google: 256 KB for one metadata value (Compute Engine, metadata limits).
 */
const LIMIT_BYTES: Readonly<Record<Node["cloud"], number>> = { aws: 16_384, gcp: 262_144 };

/**
 * A script as user data: compressed for AWS, where cloud-init decompresses it; as it is for Google, whose agent runs a
 * startup script as it finds it.
 *
 * @throws {ConfigError} it is longer than the cloud takes
 */
export function packed(script: string, cloud: Node["cloud"]): Uint8Array<ArrayBuffer> {
  const plain = new TextEncoder().encode(script);
  const bytes = cloud === "aws" ? Uint8Array.from(gzipSync(plain, { level: 9 })) : plain;
  const limit = LIMIT_BYTES[cloud];
  if (bytes.length <= limit) return bytes;
  throw new ConfigError(
    `Cannot start a machine: its start script has ${bytes.length} bytes, and ${cloud} takes ${limit}`,
    "Shorten `packages` in the configuration, or install them in an image of your own.",
  );
}
