import assert from "node:assert/strict";
import { conversionOf, noteOn, oldFile, oldFileWith } from "./_old_files.ts";
import { isV0Config } from "../../../lib/config/parse_config.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { LOCAL } from "./_texts.ts";

const FIXTURES = ["aws", "gcp", "gcp_gpu", "aws_running", "aws_running_pyyaml3"];

Deno.test("convertConfig() takes over what the Python tool wrote for AWS", async () => {
  const { config } = await conversionOf(oldFile("aws_running"));
  assert.deepEqual(
    {
      provider: config.provider,
      clusterName: config.clusterName,
      clusterId: config.clusterId,
      regionName: config.regionName,
      imageName: config.imageName,
      imageOwner: config.imageOwner,
      schedulerType: config.schedulerType,
      workerType: config.workerType,
      maxWorkers: config.maxWorkers,
      maxIdleTimeS: config.maxIdleTimeS,
      pollIntervalS: config.pollIntervalS,
      schedulerPort: config.schedulerPort,
      dashboardPort: config.dashboardPort,
      publicKeyPath: config.publicKeyPath,
    },
    {
      provider: "aws",
      clusterName: "xcore",
      clusterId: "xcore-0a1b2c3d",
      regionName: "eu-west-2",
      imageName: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
      imageOwner: "099720109477",
      schedulerType: "t2.small",
      workerType: "c5.xlarge",
      maxWorkers: 10,
      maxIdleTimeS: 300,
      pollIntervalS: 10,
      schedulerPort: 8786,
      dashboardPort: 8787,
      publicKeyPath: "/home/alice/.ssh/id_ed25519.pub",
    },
  );
});

Deno.test("convertConfig() takes over what the Python tool wrote for GCP, accelerators included", async () => {
  const { config } = await conversionOf(oldFile("gcp_gpu"));
  assert.deepEqual(
    {
      provider: config.provider,
      projectName: config.projectName,
      regionName: config.regionName,
      zoneName: config.zoneName,
      imageName: config.imageName,
      imageOwner: config.imageOwner,
      workerType: config.workerType,
      acceleratorType: config.acceleratorType,
      acceleratorCount: config.acceleratorCount,
      maxWorkers: config.maxWorkers,
      userName: config.userName,
    },
    {
      provider: "gcp",
      projectName: "my-lab-123456",
      regionName: "europe-west2",
      zoneName: "europe-west2-b",
      imageName: "ubuntu-2404-lts-amd64",
      imageOwner: "ubuntu-os-cloud",
      workerType: "n1-standard-4",
      acceleratorType: "nvidia-tesla-v100",
      acceleratorCount: 1,
      maxWorkers: 5,
      userName: "alice",
    },
  );
  assert.equal((await conversionOf(oldFile("gcp"))).config.acceleratorCount, 0);
});

Deno.test("convertConfig() reads what an older PyYAML wrote as it reads what a newer one did", async () => {
  const [older, newer] = [oldFile("aws_running_pyyaml3"), oldFile("aws_running")];
  assert.deepEqual((await conversionOf(older)).config, (await conversionOf(newer)).config);
});

for (const name of FIXTURES) {
  Deno.test(`convertConfig() says of every key in ${name} where it went`, async () => {
    const { notes } = await conversionOf(oldFile(name));
    const keys = [...oldFile(name).matchAll(/(?<=[ {])(\w+): /g)].map(([, key]) => key!);
    assert.ok(keys.length >= 17, keys.join());
    const unsaid = keys.filter((key) => !notes.some((note) => new RegExp(`(?<!\\w)${key}: `).test(note)));
    assert.deepEqual(unsaid, []);
  });
}

Deno.test("convertConfig() says old and new name and value of what changed, and why", async () => {
  const aws = await conversionOf(oldFile("aws"));
  assert.equal(noteOn("max_idle_time", aws), "max_idle_time: 300 → max_idle_time_s: 300");
  assert.equal(noteOn("scheduler_port", aws), 'scheduler_port: "8786" → scheduler_port: 8786');
  assert.match(
    noteOn("image_name", aws),
    /bionic-18\.04.* → image_name: .*noble-24\.04.* \(.*18\.04 is too old/,
  );
  assert.match(noteOn("sg_name", aws), /^sg_name: xcore-sg-\w{8} is no longer used: /);
  assert.match(noteOn("market", aws), /^market: spot is new: /);
  assert.match(noteOn("As they were", aws), /max_workers: 1, .*region_name: eu-west-2/);
});

Deno.test("convertConfig() writes the notes at the head of the file", async () => {
  const { text, notes } = await conversionOf(oldFile("gcp"));
  assert.equal(
    notes[0],
    "Converted /home/ann/.xcore/config.yaml from the Python tool's form; " +
      "the old file is kept as config.yaml.0.0.1.",
  );
  assert.ok(text.startsWith(notes.map((note) => `# ${note}\n`).join("")), text);
  assert.ok(text.includes("\n# Maximum number of workers at a time.\nmax_workers: 1\n"), text);
});

Deno.test("convertConfig() goes on with spot workers on AWS, which the Python tool always took", async () => {
  assert.equal((await conversionOf(oldFile("aws"))).config.market, "spot");
  assert.equal((await conversionOf(oldFile("gcp"))).config.market, "on-demand");
});

Deno.test("convertConfig() does not log in on AWS as the user of this machine", async () => {
  const aws = await conversionOf(oldFile("aws"));
  assert.equal(aws.config.userName, "ubuntu");
  assert.match(noteOn("user_name", aws), /^user_name: alice → user_name: ubuntu \(on AWS it had no effect/);
});

Deno.test("convertConfig() takes a path as Terraform took it", async () => {
  const withKey = (path: string) => oldFileWith("aws", /public_key_path: .*/, `public_key_path: ${path}`);
  const pathOf = async (path: string) => (await conversionOf(withKey(path))).config.publicKeyPath;
  assert.equal(await pathOf("~/.ssh/id.pub"), "/home/ann/.ssh/id.pub");
  assert.equal(await pathOf("../id.pub"), "/home/ann/.xcore/id.pub");
  assert.equal(await pathOf("/keys/my id.pub"), "/keys/my id.pub");
  assert.equal(await pathOf("null"), null);
});

Deno.test("convertConfig() warns of a cluster that may still run, and says how to end it", async () => {
  const warning = (terraform: string) =>
    conversionOf(oldFile("aws_running"), { terraform }).then(({ notes }) => notes.at(-1)!);
  assert.match(
    await warning("/home/ann/.xcore/terraform"),
    /^Warning: .* at 203\.0\.113\.7:8786.*`terraform -chdir=\/home\/ann\/\.xcore\/terraform destroy`\.$/,
  );
  assert.match(await warning("/home/ann's own/t"), /-chdir='\/home\/ann'\\''s own\/t' destroy/);
  assert.ok(!(await warning("/home/a\nb/t")).includes("\n"));
  const { notes } = await conversionOf(oldFile("aws"));
  assert.ok(!notes.some((note) => note.startsWith("Warning")), notes.join("\n"));
});

Deno.test("convertConfig() says of unknown keys that they have no use, wherever they stand", async () => {
  const text =
    `${oldFileWith("aws", "  key_name:", '  spot_price: "0.10"\n  zone_name: eu-west-2a\n  key_name:')}` +
    "colour: blue\n";
  const conversion = await conversionOf(text);
  assert.equal(
    noteOn("spot_price", conversion),
    'spot_price: "0.10" is no longer used: xcore knows no such key',
  );
  assert.equal(
    noteOn("zone_name", conversion),
    "zone_name: eu-west-2a is no longer used: it means nothing on aws",
  );
  assert.equal(noteOn("colour", conversion), "colour: blue is no longer used: xcore knows no such key");
});

Deno.test("convertConfig() says where comments are", async () => {
  const commented = await conversionOf(`# mine\n${oldFile("aws")}`);
  assert.ok(commented.notes.includes("  Comments were not taken over; they are in config.yaml.0.0.1."));
  assert.ok(!(await conversionOf(oldFile("aws"))).notes.some((note) => note.includes("Comments")));
});

Deno.test("convertConfig() keeps every note on one line", async () => {
  const odd = 'odd: "a\\nb: c"\n? "x\\ny"\n: - 1\n  - "\\u2028"\n';
  const { text, notes } = await conversionOf(oldFile("aws") + odd, { path: "/home/a\nb/config.yaml" });
  assert.deepEqual(notes.filter((note) => note.includes("\n")), []);
  assert.ok(text.includes("\n# ---- The cluster ----\n"));
});

Deno.test("isV0Config() knows the Python tool's files from today's", () => {
  for (const name of FIXTURES) assert.ok(isV0Config(oldFile(name)), name);
  assert.ok(isV0Config("adaptive_config:\r\n  max_workers: 1\r\n"));
  assert.ok(!isV0Config(LOCAL));
  assert.ok(!isV0Config(`${LOCAL}dask_config:\n`), "a mistake in one of today's");
  assert.ok(!isV0Config("# terraform_config: none\nmax_workers: 1\n"));
  const today = initialConfig({ provider: "aws", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
  assert.ok(!isV0Config(today));
});

Deno.test("isV0Config() takes a converted file for what it is", async () => {
  for (const name of FIXTURES) assert.ok(!isV0Config((await conversionOf(oldFile(name))).text), name);
});
