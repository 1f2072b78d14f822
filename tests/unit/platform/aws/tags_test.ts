import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  namesIn,
  namesTag,
  namesThatFit,
  readTags,
  tagsOf,
} from "../../../../lib/platform/aws/list_instances.ts";
import { attempt } from "../../../support/fakes/builders.ts";

Deno.test("namesTag() writes a row of numbers as its ends", () => {
  assert.equal(namesTag(["worker-0"]), "worker-0");
  assert.equal(namesTag(["worker-0", "worker-1"]), "worker-0..1");
  assert.equal(namesTag(["worker-7", "worker-9", "worker-10", "worker-11"]), "worker-7 worker-9..11");
  assert.equal(namesTag(["worker-2", "worker-1", "alone", "worker-3"]), "worker-2 worker-1 alone worker-3");
});

Deno.test("namesIn() gives back the names of namesTag() in their order, whatever the numbers", () => {
  const names = fc.uniqueArray(fc.nat(2000), { maxLength: 60 }).map((all) => all.map((i) => `worker-${i}`));
  fc.assert(fc.property(names, (names) => assert.deepEqual(namesIn(namesTag(names)), names)));
});

Deno.test("namesIn() of a tag that is none of ours gives its words, and nothing for an end before its beginning", () => {
  assert.deepEqual(namesIn(""), []);
  assert.deepEqual(namesIn("build host"), ["build", "host"]);
  assert.deepEqual(namesIn("worker-9..1"), []);
});

Deno.test("namesThatFit() has a thousand in a row, and as many of a torn list as one tag holds", () => {
  const row = Array.from({ length: 1000 }, (_, i) => `worker-${i}`);
  assert.deepEqual(namesThatFit(row), row);
  const torn = row.filter((_, i) => i % 2 === 0);
  const few = namesThatFit(torn);
  assert.deepEqual(few, torn.slice(0, few.length));
  assert.ok(namesTag(few).length <= 256);
  assert.ok(namesTag(torn.slice(0, few.length + 1)).length > 256);
});

Deno.test("tagsOf() adds ours to a person's, whose Name stays", () => {
  const made = attempt(["worker-3", "worker-4"], { id: "a1", pool: "gpu", accelerator: "T4" });
  assert.deepEqual(readTags(tagsOf("xcore-0a1b2c3d", made, { project: "thesis" })), {
    "project": "thesis",
    "Name": "xcore-0a1b2c3d-worker",
    "xcore-cluster": "xcore-0a1b2c3d",
    "xcore-role": "worker",
    "xcore-request": "a1",
    "xcore-names": "worker-3..4",
    "xcore-pool": "gpu",
    "xcore-accelerator": "T4",
  });
  assert.equal(readTags(tagsOf("xcore-0a1b2c3d", made, { Name: "mine" })).Name, "mine");
});
