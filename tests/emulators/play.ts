/** `deno task cloud:ec2`: an EC2 of one's own to play with, in a shell that reaches it and nothing else. @module */

import { delimiter, dirname, join } from "node:path";
import { PrerequisiteError } from "../../lib/errors.ts";
import { compileIfStale } from "../../tools/compile.ts";
import { endWith } from "../../tools/failure.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { ROOT } from "../../tools/run_deno.ts";
import { providers } from "../runner/providers.ts";
import { HEADER } from "../support/price_lists.ts";
import { type Ec2, terraformProvider, withEc2 } from "./ec2.ts";
import { USER_ADDRESS, withPerson } from "./person.ts";
import { enclosed, lackToEnclose } from "./enclosed.ts";

const INSIDE = "XCORE_CLOUD_INSIDE";

/** What to type first, one after the other. */
const TOUR = [
  "xcore init aws",
  "xcore start --plan",
  "xcore start",
  "xcore run examples/fan_out.py --size-mb 1 --parts 4 --workers 2",
  "xcore status",
  "xcore shutdown",
];

/**
 * US dollars an hour of machine types, rounded from AWS's price list for us-east-1 in 2026: no list
 * can be reached from here.
 */
const PRICES: Readonly<Record<string, number>> = {
  "t2.small": 0.023,
  "t3.small": 0.021,
  "t3.medium": 0.042,
  "c5.large": 0.085,
  "c5.xlarge": 0.17,
  "m5.large": 0.096,
  "g4dn.xlarge": 0.526,
};

/** Runs `body` with the address of a price list of one region. */
async function withPrices(region: string, body: (address: string) => Promise<void>): Promise<void> {
  const rows = Object.entries(PRICES).map(([type, usd]) => `${type},,,,,,${usd},,${region},`);
  const list = `${[HEADER, ...rows].join("\n")}\n`;
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, () => new Response(list));
  try {
    await body(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

function guide({ endpoint, region }: Ec2, log: string): string {
  return `
An EC2 in ${region} answers at ${endpoint}; it and its instances are gone when you leave this shell.

  It boots what you launch (seven at a time): real systemd, your user data, a metadata service, public addresses.
  You are at ${USER_ADDRESS}; nothing can reach, or be reached from, the world outside.
  AWS_ENDPOINT_URL, credentials, SSH_PUBLIC_KEY and $XCORE_HOME are set, and xcore's Terraform is led here. Of
  docs/tutorials/aws.md leave out what makes a key and exports SSH_PUBLIC_KEY. A first cluster is

${TOUR.map((line) => `    ${line}`).join("\n")}

  and what the cloud is told to do, and does:

    cloud instances            what there is, with times and process ids; also: calls, counts
    cloud settings '{"capacity": [{"type": "t3.*", "zone": "us-east-1a", "left": 2}], "listing_lag_s": 5}'
    cloud settings '{"faults": [{"action": "RunInstances", "code": "InternalError", "status": 500, "after": true}]}'
    cloud interrupt '{"id": "i-…", "in_s": 120}'     a spot notice;  cut '{"id": "i-…"}': its host fails
    cloud reset                all settings as they were

  The settings are explained in tests/emulators/ec2/settings.py.
  What the emulator itself fails at is in ${log}, until you leave.
  Prices are known of ${Object.keys(PRICES).join(", ")};
  of another type name one: xcore config set prices.r5.large 0.126
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
  const folder = await Deno.makeTempDir({ prefix: "xcore-cloud-" });
  let code = 0;
  try {
    const log = join(folder, "emulator.log");
    await withPerson((person) =>
      withEc2({ boot, log }, (ec2) =>
        withPrices(ec2.region, async (prices) => {
          console.error(guide(ec2, log));
          code = await shell(folder, ec2, { ...ec2.env, ...person.env, XCORE_PRICE_LIST_URL: prices });
        }))
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return code;
}

/** A shell for the account, whose files are in the folder; returns its exit code. */
async function shell(folder: string, ec2: Ec2, account: Readonly<Record<string, string>>): Promise<number> {
  const python = Deno.env.get("XCORE_TEST_PYTHON")!;
  const xcore = Deno.env.get("XCORE_BIN")!;
  const profile = join(folder, "profile.sh");
  await Deno.writeTextFile(profile, COMMANDS);
  const override = JSON.stringify({ provider: terraformProvider(ec2) });
  await Deno.writeTextFile(join(folder, "cloud_override.tf.json"), override);
  const env = {
    ...account,
    AWS_DEFAULT_REGION: ec2.region,
    PATH: [dirname(xcore), dirname(python), Deno.env.get("PATH")].join(delimiter),
    VIRTUAL_ENV: dirname(dirname(python)),
    PYTHONWARNINGS: "ignore",
    XCORE_HOME: join(folder, ".xcore"),
    XCORE_SERVICE: "none",
    XCORE_PLAY: folder,
  };
  const args = ["--rcfile", profile, "-i"];
  return (await new Deno.Command("bash", { args, env }).spawn().status).code;
}

/** An xcore of the shell's own: a daemon that runs may have been started from `dist/xcore`. */
const OWN_XCORE = `${ROOT}dist/cloud`;

async function main(): Promise<number> {
  if (Deno.env.has(INSIDE)) return await play(!Deno.args.includes("--no-boot"));
  const lack = lackToEnclose();
  if (lack !== null) {
    throw new PrerequisiteError(lack, "`deno task demo` shows a cluster on this machine alone.");
  }
  const { env: terraform, lack: missing } = await providers();
  if (missing !== null) {
    throw new PrerequisiteError(missing, "`deno task demo` shows a cluster without Terraform.");
  }
  console.error("The shell has an xcore of its own, made of these sources: dist/xcore stays as it is.");
  const [program = "", ...args] = enclosed([
    ...[Deno.execPath(), "run", "-A", import.meta.filename!],
    ...Deno.args,
  ]);
  const env = {
    ...terraform,
    [INSIDE]: "1",
    XCORE_TEST_PYTHON: await pythonEnvironment(),
    XCORE_TEST_PROVIDERS: "demo",
    XCORE_BIN: await compileIfStale({ folder: OWN_XCORE }),
  };
  return (await new Deno.Command(program, { args, env }).spawn().status).code;
}

try {
  Deno.exit(await main());
} catch (error) {
  endWith("start an EC2 here", error);
}
