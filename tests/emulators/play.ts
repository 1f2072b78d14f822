/** `deno task cloud:ec2`: an EC2 of one's own to play with, in a shell that reaches it and nothing else. @module */

import { pythonEnvironment } from "../../tools/python_env.ts";
import { type Ec2, withEc2 } from "./ec2.ts";
import { USER_ADDRESS, UV } from "./person.ts";
import { enclosed, lackToEnclose } from "./enclosed.ts";

const INSIDE = "XCORE_CLOUD_INSIDE";

function guide({ endpoint, region }: Ec2): string {
  return `
An EC2 in ${region} answers at ${endpoint}; it and its instances are gone when you leave this shell.

  It boots what you launch (seven at a time): real systemd, your user data, a metadata service, public addresses.
  You are at ${USER_ADDRESS}; nothing can reach, or be reached from, the world outside.
  AWS_ENDPOINT_URL and credentials are set, so AWS's SDKs find it; Terraform's old AWS provider has to be told in an
  override file ("endpoints", see tests/e2e/aws).

    python -c 'import boto3; print(boto3.client("ec2").describe_availability_zones())'
    cloud instances            what there is, with times and process ids; also: calls, counts
    cloud settings '{"capacity": [{"type": "t3.*", "zone": "us-east-1a", "left": 2}], "listing_lag_s": 5}'
    cloud settings '{"faults": [{"action": "RunInstances", "code": "InternalError", "status": 500, "after": true}]}'
    cloud interrupt '{"id": "i-…", "in_s": 120}'     a spot notice;  cut '{"id": "i-…"}': its host fails
    cloud reset                all settings as they were

  The settings are explained in tests/emulators/ec2/settings.py.
`;
}

/** Shell words for the levers of ec2/control.py. */
const COMMANDS = `
cloud() { curl -sS "$AWS_ENDPOINT_URL/_cloud/$1" --data "\${2:-{\\}}" | python -m json.tool; }
PS1='(ec2) \\w \\$ '
`;

async function play(boot: boolean): Promise<number> {
  let code = 0;
  await withEc2({ boot }, async (ec2) => {
    console.error(guide(ec2));
    const profile = await Deno.makeTempFile({ prefix: "xcore-cloud-", suffix: ".sh" });
    try {
      await Deno.writeTextFile(profile, COMMANDS);
      const python = Deno.env.get("XCORE_TEST_PYTHON")!.replace(/\/[^/]*$/, "");
      const env = {
        ...ec2.env,
        AWS_DEFAULT_REGION: ec2.region,
        XCORE_UV: UV,
        PATH: `${python}:${Deno.env.get("PATH")}`,
        PYTHONWARNINGS: "ignore",
      };
      code = (await new Deno.Command("bash", { args: ["--rcfile", profile, "-i"], env }).spawn().status).code;
    } finally {
      await Deno.remove(profile);
    }
  });
  return code;
}

if (Deno.env.has(INSIDE)) Deno.exit(await play(!Deno.args.includes("--no-boot")));
const lack = lackToEnclose();
if (lack !== null) {
  console.error(`Cannot start an EC2 here: ${lack}.`);
  Deno.exit(4);
}
const [program = "", ...args] = enclosed([Deno.execPath(), "run", "-A", import.meta.filename!, ...Deno.args]);
const env = { [INSIDE]: "1", XCORE_TEST_PYTHON: await pythonEnvironment() };
Deno.exit((await new Deno.Command(program, { args, env }).spawn().status).code);
