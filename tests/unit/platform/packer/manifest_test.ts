import assert from "node:assert/strict";
import { XcoreError } from "../../../../lib/errors.ts";
import { imageIn } from "../../../../lib/platform/packer/packer_build.ts";

const build = (run: string, artifact: string) => ({
  name: "this",
  artifact_id: artifact,
  packer_run_uuid: run,
  custom_data: { image_name: `name-of-${run}` },
});

Deno.test("imageIn() is the image of the last run, its id without a region", () => {
  const builds = [build("first", "us-east-1:ami-1"), build("second", "us-east-1:ami-2")];
  assert.deepEqual(imageIn(JSON.stringify({ builds, last_run_uuid: "second" })), {
    name: "name-of-second",
    id: "ami-2",
  });
  const google = { builds: [build("only", "lab-image-1")], last_run_uuid: "only" };
  assert.equal(imageIn(JSON.stringify(google)).id, "lab-image-1");
});

Deno.test("imageIn() says so where the manifest names none", () => {
  const texts = [null, "", "{}", JSON.stringify({ builds: [build("old", "ami-1")], last_run_uuid: "new" })];
  for (const text of texts) {
    assert.throws(
      () => imageIn(text),
      (error) => error instanceof XcoreError && /image list/.test(error.hint),
    );
  }
});
