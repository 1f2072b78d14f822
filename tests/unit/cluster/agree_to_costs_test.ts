import assert from "node:assert/strict";
import { agreeToBuild, agreeToCosts } from "../../../lib/cluster/agree_to_costs.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { assertWording } from "../../support/wording.ts";
import { type Place, placeWith } from "../config/_home.ts";

const CLUSTER = "cluster_name: lab\ncluster_id: lab-0a1b2c3d\nprice_list_url: none\n";
const AWS = `provider: aws\nregion_name: eu-west-2\n${CLUSTER}`;
const PRICED = `${AWS}prices: {t2.small: 0.02, t3.small: 0.0175}\n`;

/** Starts with this configuration where a person answers so; whether it goes on, and what was asked. */
async function starting({ runtime, home }: Place, text: string, answer: boolean) {
  const config = await parseConfig(text, "config.yaml");
  const asked: string[] = [];
  const agreed = await agreeToCosts(
    { runtime, home, config },
    (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
    () => {},
  );
  return { agreed, asked };
}

Deno.test("agreeToCosts() shows the price in its question, and no is no", async () => {
  await using place = await placeWith(null);
  const { agreed, asked: [question = ""] } = await starting(place, PRICED, false);
  assert.equal(agreed, false);
  assert.match(question, /\$[\d.]+ for the scheduler.*\$[\d.]+ for each worker/);
});

Deno.test("agreeToCosts() asks again after a no, and never after a yes", async () => {
  await using place = await placeWith(null);
  const asked = [];
  for (const answer of [false, true, true]) asked.push((await starting(place, PRICED, answer)).asked.length);
  assert.deepEqual(asked, [1, 1, 0]);
});

Deno.test("agreeToCosts() asks anew for a configuration that costs something else, and for no other", async () => {
  await using place = await placeWith(null);
  await starting(place, PRICED, true);
  const asked = async (line: string) => (await starting(place, `${PRICED}${line}\n`, true)).asked.length;
  assert.equal(await asked("max_idle_time_s: 7"), 0);
  for (const line of ["max_workers: 9", "worker_type: c5.xlarge", "market: spot"]) {
    assert.equal(await asked(line), 1, line);
  }
});

Deno.test("agreeToCosts() asks where no price is known, too, and says so", async () => {
  await using place = await placeWith(null);
  assert.match((await starting(place, AWS, true)).asked[0]!, /not known/);
});

Deno.test("agreeToCosts() asks nothing where nothing costs", async () => {
  await using place = await placeWith(null);
  const { agreed, asked } = await starting(place, "provider: local\ncluster_id: xcore-0a1b2c3d\n", false);
  assert.deepEqual([agreed, asked], [true, []]);
});

Deno.test("agreeToBuild() shows each time what machine and image cost, or how to set a price that is not known", async () => {
  await using place = await placeWith(null);
  const asked: string[] = [];
  const building = async (text: string, answer: boolean) => {
    const cluster = { ...place, config: await parseConfig(text, "config.yaml") };
    const confirm = (question: string) => {
      asked.push(question);
      return Promise.resolve(answer);
    };
    return await agreeToBuild(cluster, "default", "t3.small", confirm, () => {});
  };
  const answers = [await building(PRICED, true), await building(AWS, true), await building(PRICED, false)];
  assert.deepEqual(answers, [true, true, false]);
  assertWording("image", "what a build costs", asked[0]!);
  assertWording("image", "a build whose price is not known", asked[1]!);
  assert.equal(asked[2], asked[0]);
});
