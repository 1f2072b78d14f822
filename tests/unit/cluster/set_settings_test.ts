import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { concerns, KEYS, PROVIDERS, SETTINGS } from "../../../lib/config/settings.ts";
import { getSetting, listSettings, setSettings, setWorkerType } from "../../../lib/cluster/set_settings.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";

Deno.test("setSettings() says what waits for a restart, and nothing of what is taken back or runs already", async () => {
  await using place = await placeWith(LOCAL);
  assert.deepEqual(await setSettings(place, [["scheduler_port", "9000"]]), [], "no scheduler was made yet");
  await place.runtime.files.mkdir(place.home.run);
  await place.runtime.files.writeText(place.home.madeConfig, await Deno.readTextFile(place.home.config));
  const [note, ...others] = await setSettings(place, [["scheduler_port", "9100"], ["max_workers", "3"]]);
  assertWording("settings", "waits for a restart", note!);
  assert.deepEqual(others, []);
  assert.deepEqual(await setSettings(place, [["scheduler_port", "9000"]]), []);
});

Deno.test("setSettings() says what has no effect with the provider", async () => {
  await using place = await placeWith(LOCAL);
  const notes = await setSettings(place, [["worker_type", "c5.xlarge"], ["tags.project", "thesis"]]);
  assert.equal(notes.length, 2);
  assertWording("settings", "has no effect", notes.join("\n"));
});

Deno.test("listSettings() gives each key of the cluster's provider as getSetting() does, in the order of the file", async () => {
  for (const provider of PROVIDERS) {
    await using place = await placeWith(
      `provider: ${provider}\ncluster_id: xcore-0a1b2c3d\nmax_workers: 7\n`,
    );
    const settings = await listSettings(place);
    assert.deepEqual(Object.keys(settings), KEYS.filter((key) => concerns(SETTINGS[key], provider)));
    assert.equal(settings["max_workers"], 7);
    assert.equal(settings["hold_results_s"], "unlimited");
    for (const [key, value] of Object.entries(settings)) {
      assert.deepEqual(value, await getSetting(place, key));
    }
  }
});

Deno.test("setWorkerType() sets type and accelerator together, and none where none is given", async () => {
  await using place = await placeWith(LOCAL);
  const accelerator = async () =>
    await Promise.all(["accelerator_type", "accelerator_count"].map((key) => getSetting(place, key)));
  await setWorkerType(place, "n1-standard-4", { acceleratorType: "nvidia-tesla-t4" });
  assert.deepEqual(await accelerator(), ["nvidia-tesla-t4", 1]);
  await setWorkerType(place, "n1-standard-8");
  assert.equal(await getSetting(place, "worker_type"), "n1-standard-8");
  assert.deepEqual((await accelerator())[1], 0);
});
