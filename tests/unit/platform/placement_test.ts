import assert from "node:assert/strict";
import {
  AuthError,
  CapacityError,
  QuotaError,
  TypeRefusedError,
  type XcoreError,
} from "../../../lib/errors.ts";
import { firstPlacement, nextPlacement, placesFor, typesFor } from "../../../lib/platform/placement.ts";
import { assertWording } from "../../support/wording.ts";

const SUCCESSORS = { "t2.small": "t3.small" };
const OFFERED = new Map([["t2.small", ["a", "b"]], ["t3.small", ["a"]]]);
const ALL = placesFor(typesFor("t2.small", SUCCESSORS), ["a", "b"], OFFERED);
const HINT = "Try later.";

const refusal = (type: string, zone: string, error: XcoreError) => ({ placement: { type, zone }, error });
const out = (type: string, zone: string) =>
  refusal(type, zone, new CapacityError("Cannot make it: none left", "Wait."));
const refused = (type: string, zone: string) =>
  refusal(type, zone, new TypeRefusedError("Cannot make it: not allowed", "Ask."));

Deno.test("placesFor() has each zone with the first type before any with its successor", () => {
  assert.deepEqual(ALL, [
    { type: "t2.small", zone: "a" },
    { type: "t2.small", zone: "b" },
    { type: "t3.small", zone: "a" },
  ]);
  assert.deepEqual(typesFor("c5.large", SUCCESSORS), ["c5.large"]);
});

Deno.test("firstPlacement() stays where the scheduler is, and says when its type is another than the config's", () => {
  assert.deepEqual(firstPlacement(ALL, null, "t2.small"), { placement: ALL[0], line: null });
  const before = { type: "t3.small", zone: "a" };
  assert.deepEqual(firstPlacement(ALL, before, "t2.small"), { placement: before, line: null });
  assert.deepEqual(firstPlacement(ALL, { type: "c5.large", zone: "a" }, "t2.small").placement, ALL[0]);
  const { placement, line } = firstPlacement([before], {}, "t2.small");
  assert.deepEqual(placement, before);
  assertWording("placement", "type not offered", line!);
});

Deno.test("nextPlacement() goes to the next zone for want of capacity, and to the next type where that is refused", () => {
  const next = nextPlacement(ALL, [out("t2.small", "a")], HINT)!;
  assert.deepEqual(next.placement, ALL[1]);
  assertWording("placement", "next zone", next.line);
  const other = nextPlacement(ALL, [out("t2.small", "a"), refused("t2.small", "b")], HINT)!;
  assert.deepEqual(other.placement, ALL[2]);
  assertWording("placement", "next type", other.line);
  assert.deepEqual(nextPlacement(ALL, [refused("t2.small", "a")], HINT)!.placement, ALL[2]);
});

Deno.test("nextPlacement() gives up where no place is left, and where none would help", () => {
  const all = ALL.map(({ type, zone }) => out(type, zone));
  assert.throws(
    () => nextPlacement(ALL, all, HINT),
    (error) => error instanceof CapacityError && error.hint === HINT,
  );
  const denied = refusal("t2.small", "a", new AuthError("Cannot make it: denied", "Log in."));
  assert.equal(nextPlacement(ALL, [denied], HINT), null);
  assert.equal(nextPlacement(ALL, [refused("t2.small", "a"), refused("t3.small", "a")], HINT), null);
});

Deno.test("nextPlacement() tries no other type for a quota: of networks, or of processors of both", () => {
  const quota = refusal("t2.small", "a", new QuotaError("Cannot make it: too many VPCs", "Ask."));
  assert.equal(nextPlacement(ALL, [quota], HINT), null);
});
