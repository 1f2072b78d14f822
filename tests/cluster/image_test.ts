import assert from "node:assert/strict";
import { buildImage, listImages, removeImage } from "../../lib/cluster/image.ts";
import { NotFoundError, UsageError } from "../../lib/errors.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";

Deno.test("buildImage() on local says what to do in place of it, and there are no images to list or remove", async () => {
  await using place = await placeWith(LOCAL);
  await assert.rejects(
    buildImage(place, { gpu: false }, () => {}),
    (error) =>
      error instanceof UsageError &&
      /^Cannot build a machine image: the workers of a local cluster/.test(error.message) &&
      /`xcore -c NAME init aws`/.test(error.hint),
  );
  assert.deepEqual(await listImages(place), []);
  await assert.rejects(removeImage(place, "xcore-image-1"), NotFoundError);
});

Deno.test("buildImage() without a config says that there is none", async () => {
  await using place = await placeWith(null);
  await assert.rejects(buildImage(place, { gpu: false }, () => {}), { name: "NotRunningError" });
});
