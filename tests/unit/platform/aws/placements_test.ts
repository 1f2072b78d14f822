import assert from "node:assert/strict";
import { UsageError } from "../../../../lib/errors.ts";
import { placements, type ZoneFacts } from "../../../../lib/platform/aws/placements.ts";
import { assertWording } from "../../../support/wording.ts";

const REGIONAL = ["us-west-2a", "us-west-2b", "us-west-2c"];

/** The places, as `type zone`, under these settings. */
function places(
  over: { readonly schedulerType?: string; readonly zones?: readonly string[] } & Partial<ZoneFacts>,
): string[] {
  const { schedulerType = "c5.large", zones = [], ...facts } = over;
  const offered = new Map([["c5.large", ["us-west-2-lax-1a", "us-west-2b", "us-west-2c"]]]);
  return placements({ schedulerType, zones }, { offered, regional: REGIONAL, subnets: null, ...facts })
    .map(({ type, zone }) => `${type} ${zone}`);
}

Deno.test("placements() puts the scheduler into a worker's zone where that has its type, else into another", () => {
  assert.deepEqual(places({ zones: ["us-west-2a", "us-west-2c"] }), [
    "c5.large us-west-2c",
    "c5.large us-west-2b",
  ]);
  assert.deepEqual(places({ zones: ["us-west-2a"] }), ["c5.large us-west-2b", "c5.large us-west-2c"]);
});

Deno.test("placements() takes a Local Zone that is opted in for none of the region's own, unless it is named", () => {
  assert.deepEqual(places({}), ["c5.large us-west-2b", "c5.large us-west-2c"]);
  assert.equal(places({ zones: ["us-west-2-lax-1a"] })[0], "c5.large us-west-2-lax-1a");
});

Deno.test("placements() takes, of the zones of given subnets, those that have the type", () => {
  assert.deepEqual(places({ subnets: ["us-west-2a", "us-west-2c"] }), ["c5.large us-west-2c"]);
  assert.deepEqual(places({ subnets: ["us-west-2b", "us-west-2c"], zones: ["us-west-2c"] }), [
    "c5.large us-west-2c",
    "c5.large us-west-2b",
  ]);
});

Deno.test("placements() tries the default's successor after it, in every zone", () => {
  const offered = new Map([["t2.small", ["us-west-2a"]], ["t3.small", REGIONAL]]);
  assert.deepEqual(places({ schedulerType: "t2.small", offered }), [
    "t2.small us-west-2a",
    "t3.small us-west-2a",
    "t3.small us-west-2b",
    "t3.small us-west-2c",
  ]);
});

Deno.test("placements() says what to change where no zone will do", () => {
  const message = (over: Parameters<typeof places>[0]) => {
    try {
      places(over);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return `${error.message}\n${error.hint}`;
    }
    throw new Error("it found a place");
  };
  assertWording("aws", "scheduler in given subnets", message({ subnets: ["us-west-2a"] }));
  assertWording("aws", "scheduler in no zone", message({ schedulerType: "c1.large" }));
});
