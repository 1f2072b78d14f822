/**
 * An Amazon EC2 on this machine for one test: moto behaving as AWS does where it matters, and, asked for, instances that
 * boot. README.md here says how.
 * @module
 */

import { Control, type Settings } from "./control.ts";
import { recordCalls } from "./recorded_calls.ts";
import { startServer } from "./_server.ts";

/** What kind of cloud it is. */
export interface Ec2Options {
  /** Whether instances boot, at most seven at a time; else they exist in the API alone, in any number. */
  readonly boot: boolean;
  /** Whether booted instances have the tests' Python environment at /opt/xcore, as a prepared image would (true). */
  readonly prepared?: boolean;
  /** Names that booted instances know, and their addresses; there is no DNS. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** A file with a certificate, PEM, of an authority that booted instances trust. */
  readonly authorityFile?: string;
  /** A file for what the cloud itself complains of; this process's stderr when not given. */
  readonly log?: string;
  /** What is set from the first call on. */
  readonly settings?: Partial<Settings>;
}

/** The cloud of a test. */
export interface Ec2 {
  /** EC2 and STS. */
  readonly endpoint: string;
  readonly region: string;
  /** What AWS's SDKs and Terraform read to find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly control: Control;
}

/** Runs `body` with a cloud of its own, which is gone afterwards with everything in it. */
export async function withEc2(options: Ec2Options, body: (ec2: Ec2) => Promise<void>): Promise<void> {
  const server = await startServer("ec2", flags(options));
  try {
    const endpoint = `http://127.0.0.1:${server.port}`;
    const control = new Control(endpoint);
    await control.set(options.settings ?? {});
    await body({ endpoint, region: REGION, env: environment(endpoint), control });
    await recordCalls("ec2", (await control.calls()).map(({ client, action }) => ({ client, call: action })));
  } finally {
    await server.stop();
  }
}

function flags({ boot, prepared = true, hosts = {}, authorityFile, log }: Ec2Options): string[] {
  return [
    ...(boot ? ["--boot"] : []),
    ...(prepared ? [] : ["--bare"]),
    ...Object.entries(hosts).map(([name, address]) => `--host=${name}=${address}`),
    ...(authorityFile === undefined ? [] : [`--authority=${authorityFile}`]),
    ...(log === undefined ? [] : [`--log=${log}`]),
  ];
}

const REGION = "us-east-1";

function environment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    AWS_REGION: REGION,
    // No SDK may go and look for others.
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}

/** The `provider` of a template that is to find the emulated cloud. */
export function terraformProvider({ endpoint }: Ec2) {
  const skip = {
    skip_credentials_validation: true,
    skip_requesting_account_id: true,
    skip_metadata_api_check: true,
  };
  return { aws: { ...skip, endpoints: { ec2: endpoint, sts: endpoint } } };
}
