import assert from "node:assert/strict";
import { join } from "node:path";
import { PYTHON } from "../../emulators/person.ts";
import { type Account, ask, initAws, withAwsHome } from "./_aws_home.ts";
import type { Settings } from "../../emulators/control.ts";
import { refused } from "../../emulators/refused.ts";
import { leftByPlan } from "../../emulators/starting.ts";
import type { TestCluster } from "../local/harness.ts";

const INIT = ["init", "aws", "--python", PYTHON];

/** A test in an account where nothing boots. */
function test(
  name: string,
  body: (cluster: TestCluster, account: Account) => Promise<void>,
  settings: Partial<Settings> = {},
): void {
  Deno.test(name, () => withAwsHome({ boot: false, settings }, body));
}

/** The command that the line says to type, with the user's own words in place of those that stand for them. */
function advised(stdout: string, line: string, mine: Readonly<Record<string, string>>): string[] {
  const [, command = ""] = new RegExp(`^ {2}${line}[^\`]*\`xcore ([^\`]+)\``, "m").exec(stdout) ?? [];
  assert.notEqual(command, "", `${line}: ${stdout}`);
  return command.split(" ").map((word) =>
    Object.entries(mine).reduce((text, [from, to]) => text.replace(from, to), word)
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

test("init aws checks everything, writes config and templates, and gets Terraform's provider", async (cluster) => {
  const { code, stdout, stderr } = await cluster.xcore(...INIT);
  assert.equal(code, 0, stdout + stderr);
  const passed = stdout.split("\n").filter((line) => line.startsWith("✓")).map((line) => line.split(":")[0]);
  for (
    const name of ["Terraform", "SSH key", "Your address", "AWS region", "AWS credentials", "EC2 permissions"]
  ) {
    assert.ok(passed.includes(`✓ ${name}`), `${name}: ${stdout}`);
  }
  assert.match(stdout, /^✓ Your address: 198\.19\.0\.1\/32 may reach the cluster$/m);
  assert.match(stderr, /^Preparing Terraform …$/m);
  assert.equal((await cluster.ok("config", "get", "region_name")).trim(), "us-east-1");
  const terraform = join(cluster.home, "terraform");
  for (const path of ["network.tf", "scheduler.tf", ".terraform", ".terraform.lock.hcl"]) {
    assert.ok(await exists(join(terraform, path)), path);
  }
});

/** Without a way to a package index. */
const OFFLINE = { XCORE_UV: "", PIP_INDEX_URL: "http://127.0.0.1:9/", PIP_FIND_LINKS: "" };

test("init aws goes on without a package index; again it keeps the config, and checks again", async (cluster) => {
  const first = await cluster.xcoreBeside(INIT, OFFLINE).ended;
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /^Warning: Cannot ask the package index .*; `xcore start` tries again$/m);
  const before = await Deno.readTextFile(join(cluster.home, "config.yaml"));
  // Changed, as by `terraform init -upgrade`; what `init aws` then says is in tests/contract/terraform.
  const lock = join(cluster.home, "terraform/.terraform.lock.hcl");
  const recorded = await Deno.readTextFile(lock);
  await Deno.writeTextFile(lock, recorded.replace(/version( *)= "[\d.]+"/, 'version$1= "6.0.0"'));
  assert.match(await cluster.ok("init", "aws", "--upgrade"), /^Kept the existing configuration /m);
  assert.equal(await Deno.readTextFile(lock), recorded);
  assert.equal(await Deno.readTextFile(join(cluster.home, "config.yaml")), before);
  assert.match(
    await Deno.readTextFile(join(cluster.home, "packages/x86_64.txt")),
    /^dask==.* --hash=sha256:/m,
  );
  const { lines } = await refused(cluster, 2, ["init", "aws", "--region", "eu-west-2"]);
  assert.equal(lines[1], "Change it with `xcore config set region_name eu-west-2`.");
});

test("init aws shows all that is missing at once, each with its fix, and writes nothing", async (cluster) => {
  const { lines, stdout } = await refused(cluster, 4, INIT, { PATH: "/nonexistent", SSH_PUBLIC_KEY: "" });
  assert.deepEqual(lines, [
    "3 checks failed (see above)",
    "Fix what is marked ✗, then run the command again.",
  ]);
  assert.match(stdout, /^✗ Terraform: .*\n {2}Install Terraform/m);
  assert.match(
    stdout,
    /^✗ SSH key: SSH_PUBLIC_KEY is not set\n {2}ssh-keygen -t ed25519 && export SSH_PUBLIC_KEY=/m,
  );
  assert.match(
    stdout,
    /^✗ EC2 permissions: AWS refuses CreateVpc\n {2}Have the policy that `xcore init aws --policy` prints, or AmazonEC2FullAccess/m,
  );
  assert.equal(await exists(join(cluster.home, "config.yaml")), false);
  assert.equal(await exists(join(cluster.home, "terraform")), false);
}, { denied: ["CreateVpc"] });

test("init aws refuses a Terraform that is too old", async (cluster) => {
  const bin = join(cluster.folder, "bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(join(bin, "terraform"), `#!/bin/sh\necho '{"terraform_version": "0.12.31"}'\n`);
  await Deno.chmod(join(bin, "terraform"), 0o755);
  const { stdout } = await refused(cluster, 4, INIT, { PATH: `${bin}:${Deno.env.get("PATH")}` });
  assert.match(stdout, /Cannot use Terraform 0\.12\.31: it takes 1\.1\.0 or newer/);
});

test("init aws takes OpenTofu where there is no Terraform", async (cluster) => {
  const which = await new Deno.Command("which", { args: ["terraform"] }).output();
  const bin = join(cluster.folder, "bin");
  await Deno.mkdir(bin);
  await Deno.symlink(new TextDecoder().decode(which.stdout).trim(), join(bin, "tofu"));
  const { code, stdout, stderr } = await cluster.xcoreBeside(INIT, { PATH: bin }).ended;
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^✓ Terraform: OpenTofu \d/m);
});

test("init aws refuses a private key by its name", async (cluster) => {
  const key = join(cluster.folder, "id_rsa");
  await Deno.writeTextFile(key, "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n");
  const { stdout } = await refused(cluster, 4, INIT, { SSH_PUBLIC_KEY: key });
  assert.match(stdout, /id_rsa: that is a private key\n {2}Give its public half: "\S+id_rsa\.pub"/);
});

test("init aws without a way to learn this machine's address names --allowed-cidr, which then does", async (cluster) => {
  const nowhere = { XCORE_ADDRESS_URL: "http://127.0.0.1:9/" };
  const { stdout } = await refused(cluster, 4, INIT, nowhere);
  assert.match(
    stdout,
    /Cannot tell this machine's public address: http:\/\/127\.0\.0\.1:9\/ does not answer/,
  );
  const { code, stderr } = await cluster.xcoreBeside(
    advised(stdout, "Give the range", { RANGE: "192.0.2.0/24" }),
    nowhere,
  ).ended;
  assert.equal(code, 0, stderr);
  assert.equal((await cluster.ok("config", "get", "allowed_cidr")).trim(), '["192.0.2.0/24"]');
});

test("init aws with credentials that have expired says how to get new ones", async (cluster) => {
  const { lines, stdout } = await refused(cluster, 4, INIT);
  assert.match(lines[0]!, /1 check failed/);
  assert.match(stdout, /^✗ AWS credentials: .*\n {2}Set new AWS_\* variables/m);
}, { credentials: "expired" });

test("init aws without a region asks for one beside credentials, and what it says to type sets up the cluster", async (cluster) => {
  const none = { AWS_REGION: "", AWS_DEFAULT_REGION: "" };
  const keyless = { ...none, AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "" };
  const named = ["-c", "cloudy", ...INIT, "--set", "max_workers=3"];
  const without = await refused(cluster, 4, named, { ...keyless, AWS_EC2_METADATA_DISABLED: "true" });
  assert.match(without.stdout, /^✗ AWS region: .*no AWS region is set$/m);
  assert.match(without.stdout, /^✗ AWS credentials: Cannot find credentials: /m);
  assert.equal(await exists(join(cluster.home, "clusters")), false, "no empty folder stays");

  const { stdout } = await refused(cluster, 4, named, none);
  assert.match(stdout, /^✓ AWS credentials: found in environment variables, not tried without a region$/m);
  const first = advised(stdout, "Name one", { "eu-west-2": "us-east-1" });
  // Each hint is of the state that printed it, with all that was typed before.
  const wrong = await refused(cluster, 4, [...first, "--set", "worker_type=t3.smal"], none);
  const second = advised(wrong.stdout, "Choose another", { TYPE: "t3.small" });
  const { code, stderr } = await cluster.xcoreBeside(second, none).ended;
  assert.equal(code, 0, stderr);
  for (
    const [key, value] of [["region_name", "us-east-1"], ["worker_type", "t3.small"], ["max_workers", "3"]]
  ) {
    assert.equal((await cluster.ok("-c", "cloudy", "config", "get", key!)).trim(), value);
  }
});

test("init aws refuses what no config may say", async (cluster) => {
  const { lines } = await refused(cluster, 2, [...INIT, "--allowed-cidr", "0.0.0.0/0"]);
  assert.match(lines[0]!, /^Cannot write the configuration: allowed_cidr\.0: found 0\.0\.0\.0\/0/);
});

test(
  "start --plan says what would be made and what it costs, and makes nothing; start refuses packages without a hash",
  async (cluster, account) => {
    await initAws(cluster, account);
    const tools = "git+https://host/lab/tools";
    const prices = ["prices", "{t2.small: 0.023, t3.small: 0.0208}"];
    await cluster.ok("config", "set", ...prices, "packages", `[${tools}]`, "allow_unhashed_packages", "true");
    const plan = await cluster.ok("start", "--plan");
    assert.match(
      plan,
      /^To make in us-east-1, \d+ resources: a network, \d subnets, a firewall that lets in 198\.19\.0\.1\/32/,
    );
    assert.match(
      plan,
      /^Per hour: \$0\.030 for the scheduler \(t2\.small\), .*; \$0\.028 for each worker \(t3\.small\) .*; at most /m,
    );
    const calls = await account.ec2.control.counts();
    assert.deepEqual(
      Object.keys(calls).filter((action) => action === "CreateSubnet" || action === "CreateTags"),
      [],
    );
    assert.deepEqual(await leftByPlan(cluster), []);

    await cluster.ok("config", "set", "packages", `[${tools}, mdtraj]`, "allow_unhashed_packages", "false");
    const unanswered = await refused(cluster, 4, ["start"], OFFLINE);
    assert.match(unanswered.lines[0]!, /^Cannot ask the package index .*uv \S+ cannot be had from it/);
    assert.match(unanswered.lines[1]!, /HTTPS_PROXY.*`xcore config set allow_unhashed_packages true`/);
    const unhashed = await refused(cluster, 4, ["start"]);
    assert.ok(unhashed.lines[0]!.includes(` for ${tools}: there is no wheel`));
    assert.match(unhashed.lines[1]!, /`xcore config set allow_unhashed_packages true`/);
    assert.equal((await account.ec2.control.instances()).length, 0);
  },
);

test(
  "start --plan in existing subnets makes no network, and takes the first of two in a zone",
  async (cluster, account) => {
    const made = async (query: string, name: string) =>
      new RegExp(`<${name}>([^<]+)<`).exec(await ask(account.ec2, query))?.[1] ?? "";
    const vpc = await made("Action=CreateVpc&CidrBlock=10.9.0.0/16", "vpcId");
    const subnets = await Promise.all([1, 2].map((i) => {
      const where = `CidrBlock=10.9.${i}.0/24&AvailabilityZone=us-east-1b`;
      return made(`Action=CreateSubnet&VpcId=${vpc}&${where}`, "subnetId");
    }));
    await initAws(cluster, account);
    await cluster.ok("config", "set", "subnet_ids", `[${subnets.join(", ")}]`, "public_ip", "false");
    const plan = await cluster.ok("start", "--plan");
    assert.match(
      plan,
      /^To make in us-east-1, 3 resources: a firewall that lets in 198\.19\.0\.1\/32, your SSH key, the scheduler/,
    );
  },
);
