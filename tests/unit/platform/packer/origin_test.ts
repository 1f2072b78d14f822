import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { newImageName, originOf } from "../../../../lib/platform/packer/packer_images.ts";
import { placeWith } from "../../config/_home.ts";
import { on } from "../../config/_on.ts";

const configOf = async (image: string) =>
  on(
    "aws",
    await parseConfig(
      `provider: aws\ncluster_id: xcore-0a1b2c3d\nimage_name: ${image}\nimage_owner: "1234"\n`,
      "config.yaml",
    ),
  );

Deno.test("originOf() is the config's image, and once that is one of the cluster's own the one before it", async () => {
  await using place = await placeWith(null);
  const { runtime: { files }, home } = place;
  const mine = { imageName: "my-lab-*", imageOwner: "1234" };
  assert.deepEqual(await originOf(files, home.packer, await configOf("my-lab-*")), mine);
  const built = newImageName(await configOf("my-lab-*"), 0);
  assert.deepEqual(await originOf(files, home.packer, await configOf(built)), mine);
  const other = await configOf("xcore-ffffffff-image-19700101-000000");
  assert.equal((await originOf(files, home.packer, other)).imageName, other.imageName);
});

Deno.test("originOf() is the provider's own image where the earlier one is unknown", async () => {
  await using place = await placeWith(null);
  const config = await configOf("xcore-0a1b2c3d-image-19700101-000000");
  const { imageName, imageOwner } = await originOf(place.runtime.files, place.home.packer, config);
  assert.match(imageName, /ubuntu-noble-24\.04/);
  assert.equal(imageOwner, "099720109477");
});

Deno.test("newImageName() is a name that GCE takes, of the longest cluster too", async () => {
  const config = await configOf("x");
  assert.equal(newImageName(config, Date.UTC(2026, 10, 24, 9, 8, 7)), "xcore-0a1b2c3d-image-20261124-090807");
  const longest = newImageName({ ...config, clusterId: `${"a".repeat(30)}-0a1b2c3d` }, 0);
  assert.match(longest, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
});
