import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { versionsCheck } from "../../../lib/cluster/doctor.ts";

const OURS = {
  python: "/env/bin/python",
  prefix: "/env",
  version: "3.11.7",
  packages: { dask: "2026.8.0", distributed: "2026.8.0", numpy: "2.3.0", pandas: null, bokeh: "3.8.0" },
};
const THEIRS = {
  python: "3.11.9",
  dask: "2026.8.0",
  distributed: "2026.8.0",
  numpy: "2.3.0",
  pandas: "2.2.0",
};

Deno.test("versionsCheck() passes what fits: a further package on one side, another patch of Python", () => {
  const { outcome, message } = versionsCheck(OURS, THEIRS);
  assert.equal(outcome, "passed");
  assertWording("doctor", "the same versions", message);
});

Deno.test("versionsCheck() warns of packages that differ, and names both sides' versions", () => {
  const { outcome, message, fix } = versionsCheck(OURS, { ...THEIRS, dask: "2026.7.1", numpy: "1.26.4" });
  assert.equal(outcome, "warning");
  assertWording("doctor", "other packages", message);
  assert.match(fix!, /`xcore restart`/);
});

Deno.test("versionsCheck() fails where Python's minor version is another: tasks are pickled code", () => {
  const { outcome, message } = versionsCheck(OURS, { ...THEIRS, python: "3.12.1" });
  assert.equal(outcome, "failed");
  assertWording("doctor", "another Python", message);
});
