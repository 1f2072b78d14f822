import assert from "node:assert/strict";
import { changedKeys, changedSettings, isElsewhere, keysForRestart } from "../../../lib/config/config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { AWS, PATH } from "./_texts.ts";

Deno.test("changedKeys() names what differs, in the order of the table", async () => {
  const before = await parseConfig(`${AWS}packages: [numpy]\ntags: {a: b}\n`, PATH);
  const after = await parseConfig(`${AWS}packages: [numpy, dask]\nmax_workers: 3\ntags: {a: b}\n`, PATH);
  assert.deepEqual(changedKeys(before, after), ["max_workers", "packages"]);
  assert.deepEqual(changedKeys(before, before), []);
});

Deno.test("keysForRestart() names what the running scheduler does not have", async () => {
  const made = await parseConfig(AWS, PATH);
  const now = await parseConfig(`${AWS}packages: [numpy]\nmax_workers: 3\nscheduler_port: 9000\n`, PATH);
  assert.deepEqual(keysForRestart(made, now), ["scheduler_port", "packages"]);
  assert.deepEqual(keysForRestart(made, await parseConfig(`${AWS}max_workers: 3\n`, PATH)), []);
});

Deno.test("isElsewhere() is true for another region or network, and not for what only the scheduler is made with", async () => {
  const made = await parseConfig(AWS, PATH);
  for (
    const [text, elsewhere] of [
      ["region_name: eu-west-2", true],
      ["subnet_ids: [subnet-0a1b2c3d]", true],
      ["scheduler_type: t3.medium", false],
      ["packages: [numpy]", false],
      ["max_workers: 3", false],
    ] as const
  ) {
    assert.equal(isElsewhere(made, await parseConfig(`${AWS}${text}\n`, PATH)), elsewhere, text);
  }
});

Deno.test("changedSettings() tells what is no default, as it stands in the file, and no secret", async () => {
  const text = `provider: local
cluster_id: xcore-01234567
max_workers: 3
notify: "curl -H 'token: 1234' example.org"
env: {TOKEN: abcd}
market: spot
pools: [{name: gpu, accelerator_count: 1, resources: {GPU: 1}}]
`;
  const { pools, ...found } = changedSettings(await parseConfig(text, PATH));
  assert.deepEqual(found, {
    ...{ provider: "local", cluster_id: "xcore-01234567", max_workers: "3" },
    ...{ notify: "(set, and not recorded)", env: "(set, and not recorded)" },
  });
  const [pool] = JSON.parse(pools!);
  assert.deepEqual([pool.name, pool.accelerator_count, pool.resources], ["gpu", 1, { GPU: 1 }]);
});
