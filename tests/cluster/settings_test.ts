import assert from "node:assert/strict";
import { setSettings } from "../../lib/cluster/settings.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";

Deno.test("setSettings() says what waits for a restart, and nothing of what is taken back or runs already", async () => {
  await using place = await placeWith(LOCAL);
  assert.deepEqual(await setSettings(place, [["scheduler_port", "9000"]]), [], "no scheduler was made yet");
  await place.runtime.files.mkdir(place.home.run);
  await place.runtime.files.writeText(place.home.madeConfig, await Deno.readTextFile(place.home.config));
  assert.deepEqual(await setSettings(place, [["scheduler_port", "9100"], ["max_workers", "3"]]), [
    "scheduler_port takes effect at the next `xcore restart`.",
  ]);
  assert.deepEqual(await setSettings(place, [["scheduler_port", "9000"]]), []);
});

Deno.test("setSettings() says what has no effect with the provider", async () => {
  await using place = await placeWith(LOCAL);
  assert.deepEqual(await setSettings(place, [["worker_type", "c5.xlarge"], ["tags.project", "thesis"]]), [
    "worker_type is recorded; it has no effect with provider local.",
    "tags.project is recorded; it has no effect with provider local.",
  ]);
});
