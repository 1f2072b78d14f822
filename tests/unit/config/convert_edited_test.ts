import assert from "node:assert/strict";
import { conversionOf, mistakesIn, noteOn, oldFile, oldFileWith } from "./_old_files.ts";

Deno.test("convertConfig() keeps values that a person had changed", async () => {
  const text = oldFileWith("aws", "max_idle_time: 300", "max_idle_time: 900")
    .replace("poll_interval: 10", "poll_interval: 2.5")
    .replace("'8786'", "9786")
    .replace("t2.small", "m5.large");
  const { config } = await conversionOf(text);
  assert.deepEqual(
    [
      config.maxIdleTimeS,
      config.pollIntervalS,
      config.schedulerPort,
      config.schedulerType,
      config.workerType,
    ],
    [900, 2.5, 9786, "m5.large", "t2.small"],
  );
});

Deno.test("convertConfig() keeps an image on AWS that a person had chosen, by name or by owner", async () => {
  const chosen = await conversionOf(oldFileWith("aws", /image_name: .*/, "image_name: my-md-image-*"));
  assert.deepEqual([chosen.config.imageName, chosen.config.imageOwner], ["my-md-image-*", "099720109477"]);
  assert.match(noteOn("As they were", chosen), /image_name: "?my-md-image-\*/);
  const mine = await conversionOf(oldFileWith("aws", "099720109477", "'012345678901'"));
  assert.match(mine.config.imageName!, /bionic/);
  assert.equal(mine.config.imageOwner, "012345678901");
});

for (
  const [image, name, owner] of [
    ["my-image", "my-image", "my-lab-123456"],
    ["ubuntu-2204-lts", "ubuntu-2204-lts", "ubuntu-os-cloud"],
    ["debian-12", "debian-12", "debian-cloud"],
    ["other-lab/my-image", "my-image", "other-lab"],
    ["family/my-family", "my-family", "my-lab-123456"],
    ["other-lab/family/my-family", "my-family", "other-lab"],
    ["global/images/my-image", "my-image", "my-lab-123456"],
    ["projects/other-lab/global/images/my-image", "my-image", "other-lab"],
    ["projects/other-lab/global/images/family/my-family", "my-family", "other-lab"],
    [
      "https://www.googleapis.com/compute/v1/projects/other-lab/global/images/my-image",
      "my-image",
      "other-lab",
    ],
  ] as const
) {
  Deno.test(`convertConfig() takes the image ${image} on GCP as Terraform took it`, async () => {
    const conversion = await conversionOf(oldFileWith("gcp", "ubuntu-1804-lts", image));
    const { config } = conversion;
    assert.deepEqual([config.imageName, config.imageOwner], [name, owner]);
    assert.match(noteOn("image_id", conversion), new RegExp(` → image_name: ${name}`));
  });
}

Deno.test("convertConfig() takes keys over that are missing or outside their part", async () => {
  const text = "terraform_config:\n  cloud_provider: gcp\ndask_config:\nmax_workers: 7\n";
  const { config } = await conversionOf(text);
  assert.deepEqual([config.maxWorkers, config.maxIdleTimeS, config.workerType], [7, "auto", "e2-medium"]);
});

Deno.test("convertConfig() names each mistake by its line and key in the old file", async () => {
  const text = oldFileWith("aws", "max_workers: 1", "max_workers: five")
    .replace("poll_interval: 10", "poll_interval: 120")
    .replace("worker_type: t2.small", "worker_type: n1-standard-4");
  assert.deepEqual(await mistakesIn(text), [
    'line 3, adaptive_config.max_workers: found the text "five", allowed a whole number from 0 to 10000',
    "line 4, adaptive_config.poll_interval: found 120, allowed a number of seconds from 0.1 to 60",
    "line 21, terraform_config.worker_type: found n1-standard-4, allowed an EC2 type such as c5.xlarge",
  ]);
});

Deno.test("convertConfig() places a mistake in what it drew from a key at that key", async () => {
  const text = oldFileWith("gcp", "ubuntu-1804-lts", "Other_Lab/my-image");
  assert.match(
    (await mistakesIn(text)).join(),
    /^line 12, terraform_config\.image_id: found Other_Lab, allowed/,
  );
});

Deno.test("convertConfig() asks for what a file that was not filled in lacks", async () => {
  assert.match(
    (await mistakesIn(oldFileWith("gcp", "user_name: alice", "user_name: null"))).join(),
    /^line 19, terraform_config\.user_name: found nothing, allowed a user's name/,
  );
  assert.match(
    (await mistakesIn(oldFileWith("aws", "max_workers: 1", "max_workers:"))).join(),
    /^line 3, adaptive_config\.max_workers: found nothing, allowed a whole number/,
  );
});

Deno.test("convertConfig() refuses a file that does not say which cloud it is for", async () => {
  assert.deepEqual(await mistakesIn("adaptive_config:\n  max_workers: 1\n"), [
    "line null, terraform_config.cloud_provider: missing; write aws or gcp",
  ]);
  assert.deepEqual(await mistakesIn(oldFileWith("aws", "cloud_provider: aws", "cloud_provider: azure")), [
    "line 8, terraform_config.cloud_provider: found azure, allowed aws or gcp",
  ]);
});

Deno.test("convertConfig() refuses a key that stands twice", async () => {
  assert.match(
    (await mistakesIn(oldFileWith("aws", "max_workers: 1", "max_workers: 1\n  max_workers: 4"))).join(),
    /^line 4, adaptive_config\.max_workers: found it a second time \(first in line 3\)/,
  );
  assert.match(
    (await mistakesIn(`${oldFile("aws")}max_workers: 4\n`)).join(),
    /^line 22, max_workers: found a second value for max_workers \(first in line 3\)/,
  );
});

Deno.test("convertConfig() refuses a part that is no part", async () => {
  assert.deepEqual(await mistakesIn("adaptive_config: 5\nterraform_config:\n  cloud_provider: aws\n"), [
    "line 1, adaptive_config: found a text, allowed keys and values, each indented",
  ]);
});

Deno.test("convertConfig() refuses what is no YAML, with the line", async () => {
  const [mistake = "", ...more] = await mistakesIn(oldFileWith("aws", "max_workers: 1", "max_workers 1"));
  assert.match(mistake, /^line 3, : found no colon, allowed a colon and a space: max_workers: 1/);
  assert.deepEqual(more, []);
  assert.match(
    (await mistakesIn(`${oldFile("aws")}  - x\n`)).join(),
    /^line 22, : found a line that begins further right/,
  );
});
