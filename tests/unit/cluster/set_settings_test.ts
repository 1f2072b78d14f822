import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { concerns, KEYS, PROVIDERS, SETTINGS } from "../../../lib/config/settings.ts";
import { allow } from "../../../lib/cluster/allow.ts";
import {
  editSettings,
  getSetting,
  listSettings,
  setSettings,
  setWorkerType,
} from "../../../lib/cluster/set_settings.ts";
import { failure, placeWith } from "../config/_home.ts";
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

Deno.test("setSettings() says of a region that the restart makes another cluster there", async () => {
  const text = "provider: aws\ncluster_id: xcore-0a1b2c3d\nregion_name: eu-west-2\n";
  await using place = await placeWith(text);
  await place.runtime.files.mkdir(place.home.run);
  await place.runtime.files.writeText(place.home.madeConfig, text);
  const notes = await setSettings(place, [["region_name", "eu-west-1"], ["scheduler_port", "9100"]]);
  assertWording("settings", "moves with a restart", notes.join("\n"));
});

Deno.test("setSettings() says what has no effect with the provider", async () => {
  await using place = await placeWith(LOCAL);
  const notes = await setSettings(place, [["worker_type", "c5.xlarge"], ["tags.project", "thesis"]]);
  assert.equal(notes.length, 2);
  assertWording("settings", "has no effect", notes.join("\n"));
});

Deno.test("setSettings() takes a region that it does not know, as it may be new, and says so with what may be meant", async () => {
  const noted = async (provider: string, region: string) => {
    await using place = await placeWith(`provider: ${provider}\ncluster_id: xcore-0a1b2c3d\n`);
    const notes = await setSettings(place, [["region_name", region]]);
    assert.equal(await getSetting(place, "region_name"), region);
    return notes;
  };
  assert.deepEqual(await noted("aws", "eu-north-1"), []);
  assert.deepEqual(await noted("gcp", "europe-west2"), []);
  assertWording("settings", "a region nearly right", (await noted("aws", "eu-nort-1")).join("\n"));
  assertWording("settings", "a region that is not known", (await noted("aws", "eu-nowhere-9")).join("\n"));
  assertWording(
    "settings",
    "Google's region that is not known",
    (await noted("gcp", "pluto-west9")).join("\n"),
  );
});

Deno.test("allow() of what is no range, or of the internet, says what to type for it, and changes nothing", async () => {
  await using place = await placeWith("provider: aws\ncluster_id: xcore-0a1b2c3d\n");
  const before = await Deno.readTextFile(place.home.config);
  for (
    const [which, ranges] of [["a name", ["foo"]], ["an address", ["192.0.2.7"]], ["all", [
      "0.0.0.0/0",
    ]]] as const
  ) {
    const error = await failure(allow(place, ranges, () => {}));
    assertWording("settings", `allow ${which}`, `${error.message}\n${error.hint}`);
  }
  assert.equal(await Deno.readTextFile(place.home.config), before);
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

/** An editor that replaces what `from` matches; with a text after it, in that one's place. */
const sed = (from: string, to: string) => `sed -i.bak -e 's/${from}/${to}/'`;

Deno.test("editSettings() takes a valid text, says what waits for a restart, and leaves no copy", async () => {
  await using place = await placeWith(`${LOCAL}max_workers: 2 # mine\n`);
  assert.deepEqual(await editSettings(place, "true"), { changed: false, notes: [] });
  await place.runtime.files.mkdir(place.home.run);
  await place.runtime.files.writeText(place.home.madeConfig, await Deno.readTextFile(place.home.config));
  const { changed, notes } = await editSettings(place, sed("max_workers: 2", "max_workers: 5"));
  assert.deepEqual([changed, notes], [true, []]);
  assert.match(await Deno.readTextFile(place.home.config), /^max_workers: 5 # mine$/m);
  const ports = await editSettings(place, "printf 'scheduler_port: 9100\\n' >>");
  assertWording("settings", "waits for a restart", ports.notes.join("\n"));
  assert.equal(await place.runtime.files.exists(place.home.editedConfig), false);
});

Deno.test("editSettings() takes nothing but a file from an editor", async () => {
  await using place = await placeWith(`${LOCAL}max_workers: 2\n`);
  for (const editor of ["rm", 'rm "$1"; mkdir', 'rm "$1"; mkfifo', 'rm "$1"; ln -s /etc/hostname']) {
    const { message, hint } = await failure(editSettings(place, editor));
    assertWording(
      "settings",
      "an editor that leaves no file",
      `${message.replace(editor, "EDITOR")}\n${hint}`.replaceAll(place.home.dir, "DIR"),
    );
    await Deno.remove(place.home.editedConfig).catch(() => {});
  }
});

Deno.test("editSettings() loses nothing of a text with mistakes, of another cluster, or that came too late", async () => {
  await using place = await placeWith(`${LOCAL}max_workers: 2\n`);
  const before = await Deno.readTextFile(place.home.config);
  const told: string[] = [];
  const scope = { ...place, told: (line: string) => void told.push(line) };
  const refusals = [
    ["an edit with a mistake", sed("max_workers: 2", "max_workers: many")],
    [
      "an edit of another cluster",
      sed("max_workers: many", "max_workers: 3") + ' "$1"; ' +
      sed("cluster_id: .*", "cluster_id: xcore-11111111"),
    ],
    ["an editor that is not there", "no-such-editor"],
  ] as const;
  for (const [what, editor] of refusals) {
    const error = await failure(editSettings(scope, editor));
    assertWording("settings", what, `${error.message}\n${error.hint}`.replaceAll(place.home.dir, "DIR"));
    assert.equal(await Deno.readTextFile(place.home.config), before);
  }
  assert.match(await Deno.readTextFile(place.home.editedConfig), /^max_workers: 3$/m);
  assert.equal(told.length, 2);
  const id = /cluster_id: (.*)/.exec(before)![1]!;
  const meanwhile = `echo '# another' >> ${place.home.config}; ${sed("cluster_id: .*", `cluster_id: ${id}`)}`;
  const late = await failure(editSettings(scope, meanwhile));
  assertWording(
    "settings",
    "an edit that came too late",
    `${late.message}\n${late.hint}`.replaceAll(place.home.dir, "DIR"),
  );
  assert.deepEqual(await editSettings(scope, "true"), { changed: true, notes: [] });
  assert.match(await Deno.readTextFile(place.home.config), /^max_workers: 3$/m);
});
