/** `deno task cloud:ec2`: an EC2 of one's own to play with, in a shell that reaches it and nothing else. @module */

import { delimiter, dirname, join } from "node:path";
import { compileIfStale } from "../../tools/compile.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { type Ec2, terraformProvider, withEc2 } from "./ec2.ts";
import { USER_ADDRESS, withPerson } from "./person.ts";
import { enclosed, lackToEnclose } from "./enclosed.ts";

const INSIDE = "XCORE_CLOUD_INSIDE";

/** What to type first, one after the other. */
const TOUR = [
  "xcore init aws",
  "xcore start --plan",
  "xcore start",
  'PYTHONPATH="$(xcore python)" python examples/fan_out.py --size-mb 1 --parts 4 --workers 2',
  "xcore status",
  "xcore shutdown",
];

function guide({ endpoint, region }: Ec2): string {
  return `
An EC2 in ${region} answers at ${endpoint}; it and its instances are gone when you leave this shell.

  It boots what you launch (seven at a time): real systemd, your user data, a metadata service, public addresses.
  You are at ${USER_ADDRESS}; nothing can reach, or be reached from, the world outside.
  AWS_ENDPOINT_URL, credentials, a key and $XCORE_HOME are set, and xcore's Terraform is led here, so a first cluster is

${TOUR.map((line) => `    ${line}`).join("\n")}

  and what the cloud is told to do, and does:

    cloud instances            what there is, with times and process ids; also: calls, counts
    cloud settings '{"capacity": [{"type": "t3.*", "zone": "us-east-1a", "left": 2}], "listing_lag_s": 5}'
    cloud settings '{"faults": [{"action": "RunInstances", "code": "InternalError", "status": 500, "after": true}]}'
    cloud interrupt '{"id": "i-…", "in_s": 120}'     a spot notice;  cut '{"id": "i-…"}': its host fails
    cloud reset                all settings as they were

  The settings are explained in tests/emulators/ec2/settings.py.
`;
}

/**
 * Shell words for the levers of ec2/control.py; and xcore, whose homes get an override: an old AWS
 * provider of Terraform's goes by no variable.
 */
const COMMANDS = `
xcore() {
  command xcore "$@"
  local code=$? folder
  for folder in "$XCORE_HOME"/terraform "$XCORE_HOME"/clusters/*/terraform; do
    [[ -d $folder ]] && cp "$XCORE_PLAY/cloud_override.tf.json" "$folder"
  done
  return $code
}
cloud() { curl -sS "$AWS_ENDPOINT_URL/_cloud/$1" --data "\${2:-{\\}}" | python -m json.tool; }
PS1='(ec2) \\w \\$ '
`;

async function play(boot: boolean): Promise<number> {
  let code = 0;
  const python = Deno.env.get("XCORE_TEST_PYTHON")!;
  const xcore = Deno.env.get("XCORE_BIN")!;
  await withPerson((person) =>
    withEc2({ boot }, async (ec2) => {
      console.error(guide(ec2));
      const folder = await Deno.makeTempDir({ prefix: "xcore-cloud-" });
      try {
        const profile = join(folder, "profile.sh");
        await Deno.writeTextFile(profile, COMMANDS);
        const override = JSON.stringify({ provider: terraformProvider(ec2) });
        await Deno.writeTextFile(join(folder, "cloud_override.tf.json"), override);
        const env = {
          ...ec2.env,
          ...person.env,
          AWS_DEFAULT_REGION: ec2.region,
          PATH: [dirname(xcore), dirname(python), Deno.env.get("PATH")].join(delimiter),
          VIRTUAL_ENV: dirname(dirname(python)),
          PYTHONWARNINGS: "ignore",
          XCORE_HOME: join(folder, ".xcore"),
          XCORE_SERVICE: "none",
          XCORE_PLAY: folder,
        };
        const args = ["--rcfile", profile, "-i"];
        code = (await new Deno.Command("bash", { args, env }).spawn().status).code;
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    })
  );
  return code;
}

if (Deno.env.has(INSIDE)) Deno.exit(await play(!Deno.args.includes("--no-boot")));
const lack = lackToEnclose();
if (lack !== null) {
  console.error(`Cannot start an EC2 here: ${lack}.`);
  Deno.exit(4);
}
const [program = "", ...args] = enclosed([Deno.execPath(), "run", "-A", import.meta.filename!, ...Deno.args]);
const env = {
  [INSIDE]: "1",
  XCORE_TEST_PYTHON: await pythonEnvironment(),
  XCORE_BIN: await compileIfStale(),
};
Deno.exit((await new Deno.Command(program, { args, env }).spawn().status).code);
