import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { buildImage, listImages, removeImage, removeImageOf } from "../../../lib/cluster/cluster_image.ts";
import { clusterOf } from "../../../lib/cluster/cluster.ts";
import { loadConfig } from "../../../lib/config/load_config.ts";
import { ConflictError, UsageError } from "../../../lib/errors.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";

const yes = () => Promise.resolve(true);

Deno.test("on local, building, listing and removing images is refused alike, with what to do in place of it", async () => {
  await using place = await placeWith(LOCAL);
  const refused = (doing: string, promise: Promise<unknown>) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof UsageError);
      assertWording("image", `${doing} on local`, `${error.message}\n${error.hint}`);
      return true;
    });
  await refused("build a machine image", buildImage(place, { gpu: false }, yes, () => {}));
  await refused("list machine images", listImages(place));
  await refused("remove xcore-image-1", removeImage(place, "xcore-image-1"));
});

Deno.test("removing the image that the config names gives image_name back what it was, but not while the cluster exists", async () => {
  const name = "xcore-0a1b2c3d-image-20261130-120000";
  const text =
    `provider: aws\ncluster_id: xcore-0a1b2c3d\nimage_name: ${name}\nimage_owner: "123456789012"\n`;
  await using place = await placeWith(text);
  const { runtime, home } = place;
  const cluster = await clusterOf(place, await loadConfig(runtime, home));
  const removed: string[] = [];
  const images = {
    ...cluster.base.images!,
    list: () =>
      Promise.resolve([{
        name,
        id: "ami-1",
        createdAt: "2026-11-30T12:00:00Z",
        sizeGb: 8,
        removeCommand: "",
      }]),
    remove: (image: { name: string }) => Promise.resolve(void removed.push(image.name)),
  };
  const opened = { ...cluster, base: { ...cluster.base, images } };

  await Deno.mkdir(home.run, { recursive: true });
  await Deno.writeTextFile(home.madeConfig, text);
  await assert.rejects(removeImageOf(opened, name), (error) => {
    assert.ok(error instanceof ConflictError);
    assertWording("image", "remove the image of a cluster that exists", `${error.message}\n${error.hint}`);
    return true;
  });
  assert.deepEqual(removed, []);

  await Deno.remove(home.madeConfig);
  const origin = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*";
  assert.equal(await removeImageOf(opened, name), origin);
  assert.deepEqual(removed, [name]);
  const { imageName, imageOwner } = await loadConfig(runtime, home) as {
    imageName?: string;
    imageOwner?: string;
  };
  assert.deepEqual({ imageName, imageOwner }, { imageName: origin, imageOwner: "099720109477" });
});

Deno.test("buildImage() without a config says that there is none", async () => {
  await using place = await placeWith(null);
  await assert.rejects(buildImage(place, { gpu: false }, yes, () => {}), { name: "NotRunningError" });
});
