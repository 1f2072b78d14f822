import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { buildImage, listImages, removeImage } from "../../../lib/cluster/cluster_image.ts";
import { UsageError } from "../../../lib/errors.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";

Deno.test("on local, building, listing and removing images is refused alike, with what to do in place of it", async () => {
  await using place = await placeWith(LOCAL);
  const refused = (doing: string, promise: Promise<unknown>) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof UsageError);
      assertWording("image", `${doing} on local`, `${error.message}\n${error.hint}`);
      return true;
    });
  await refused("build a machine image", buildImage(place, { gpu: false }, () => {}));
  await refused("list machine images", listImages(place));
  await refused("remove xcore-image-1", removeImage(place, "xcore-image-1"));
});

Deno.test("buildImage() without a config says that there is none", async () => {
  await using place = await placeWith(null);
  await assert.rejects(buildImage(place, { gpu: false }, () => {}), { name: "NotRunningError" });
});
