/** A home on the emulated EC2: what a person with an AWS account has before the first command. */

import { join } from "node:path";
import { type Surroundings, type TestCluster, withHome } from "../e2e/harness.ts";
import { type Ec2, type Ec2Options, USER_ADDRESS, withEc2 } from "../cloud/ec2.ts";

/** A public key, as ssh-keygen writes it. */
export const PUBLIC_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINbxeAT11rvVjw2yJxiZvM0KHJPujR7WTCEGFY2O4d4D me@here\n";

/** The cloud, the person's home and what the person can do. */
export interface AwsHome {
  readonly ec2: Ec2;
  readonly cluster: TestCluster;
  /** `xcore init aws`, its Terraform led to the emulated cloud. */
  init(...options: string[]): Promise<void>;
  /** Leads the Terraform of this home to the emulated cloud, as a person bends the templates: by an override. */
  override(more?: Record<string, unknown>): Promise<void>;
  /** All that is tagged with any cluster's id and not gone: `kind id`, sorted. */
  tagged(): Promise<string[]>;
}

/** Runs `body` in a home with a public key, where a service tells this machine's address. */
export async function withAwsHome(
  options: Ec2Options,
  body: (home: AwsHome) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const service = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(`${USER_ADDRESS}\n`),
  );
  const keys = await Deno.makeTempDir({ prefix: "xcore-aws-" });
  try {
    await Deno.writeTextFile(join(keys, "id.pub"), PUBLIC_KEY);
    await withEc2(options, async (ec2) => {
      const surroundings: Surroundings = {
        env: {
          ...ec2.env,
          SSH_PUBLIC_KEY: join(keys, "id.pub"),
          XCORE_ADDRESS_URL: `http://127.0.0.1:${service.addr.port}/`,
          ...env,
        },
      };
      await withHome((cluster) => body(awsHome(ec2, cluster)), surroundings);
    });
  } finally {
    await service.shutdown();
    await Deno.remove(keys, { recursive: true });
  }
}

function awsHome(ec2: Ec2, cluster: TestCluster): AwsHome {
  const override = async (more: Record<string, unknown> = {}) => {
    const folder = join(cluster.home, "terraform");
    await Deno.mkdir(folder, { recursive: true });
    const skip = {
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: true,
    };
    const aws = { ...skip, endpoints: { ec2: ec2.endpoint, sts: ec2.endpoint } };
    const text = JSON.stringify({ provider: { aws }, ...more });
    await Deno.writeTextFile(join(folder, "test_override.tf.json"), text);
  };
  return {
    ec2,
    cluster,
    override,
    async init(...options) {
      await cluster.ok("init", "aws", "--python", Deno.env.get("XCORE_TEST_PYTHON") ?? "", ...options);
      await override();
    },
    tagged: () => Promise.reject(new Error("later")),
  };
}
