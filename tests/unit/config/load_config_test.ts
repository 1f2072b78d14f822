import assert from "node:assert/strict";
import { join } from "node:path";
import { homeOf } from "../../../lib/config/home.ts";
import { loadConfig, readConfigText } from "../../../lib/config/load_config.ts";
import { ConfigError, NotRunningError } from "../../../lib/errors.ts";
import { failure, placeWith } from "./_home.ts";
import { LOCAL } from "./_texts.ts";

Deno.test("loadConfig() reads config.yaml of the home", async () => {
  await using place = await placeWith(`${LOCAL}max_workers: 3\n`);
  assert.equal((await loadConfig(place.runtime, place.home)).maxWorkers, 3);
});

Deno.test("loadConfig() without a file says how to set up a cluster", async () => {
  await using place = await placeWith(null);
  const error = await failure(loadConfig(place.runtime, place.home));
  assert.ok(error instanceof NotRunningError);
  assert.equal(
    error.message,
    `Cannot read ${place.home.config}: there is no such file, so no cluster has been set up here`,
  );
  assert.equal(error.hint, "Run `xcore init local` (or aws, or gcp) to set one up.");
});

Deno.test("loadConfig() without even a home says the same", async () => {
  await using place = await placeWith(null);
  const home = { ...place.home, config: join(place.home.dir, "no", "where", "config.yaml") };
  assert.ok(await failure(loadConfig(place.runtime, home)) instanceof NotRunningError);
});

Deno.test("loadConfig() without a file says how to set up the cluster that was named with -c", async () => {
  await using place = await placeWith(null);
  const home = homeOf(place.runtime, "gpu");
  assert.equal(
    (await failure(loadConfig(place.runtime, home))).hint,
    "Run `xcore -c gpu init local` (or aws, or gcp) to set one up.",
  );
});

Deno.test("loadConfig() names the file in its mistakes", async () => {
  await using place = await placeWith(`${LOCAL}max_worker: 3\n`);
  const error = await failure(loadConfig(place.runtime, place.home));
  assert.ok(error instanceof ConfigError);
  assert.ok(error.message.startsWith(`Cannot use ${place.home.config}: line 3, max_worker: `), error.message);
});

Deno.test("loadConfig() answers a folder named config.yaml", async () => {
  await using place = await placeWith(null);
  await Deno.mkdir(place.home.config);
  const error = await failure(loadConfig(place.runtime, place.home));
  assert.ok(error instanceof ConfigError);
  assert.equal(error.message, `Cannot read ${place.home.config}: it is a folder`);
});

Deno.test("loadConfig() answers a link to nothing", async () => {
  await using place = await placeWith(null);
  await Deno.symlink(join(place.home.dir, "gone.yaml"), place.home.config);
  const error = await failure(loadConfig(place.runtime, place.home));
  assert.ok(error instanceof ConfigError);
  assert.equal(error.message, `Cannot read ${place.home.config}: it is a link to a file that does not exist`);
});

Deno.test("loadConfig() answers a file that may not be read", async () => {
  await using place = await placeWith(LOCAL);
  const runtime = place.withFiles({
    readFrom: () => Promise.reject(new Deno.errors.PermissionDenied("os error 13")),
  });
  const error = await failure(loadConfig(runtime, place.home));
  assert.equal(error.message, `Cannot read ${place.home.config}: you may not`);
  assert.match(error.hint, /chmod u\+r/);
});

Deno.test("loadConfig() answers a broken disk", async () => {
  await using place = await placeWith(LOCAL);
  const runtime = place.withFiles({
    readFrom: () => Promise.reject(new Error("Input/output error (os error 5)")),
  });
  const error = await failure(loadConfig(runtime, place.home));
  assert.ok(error instanceof ConfigError);
  assert.match(error.message, /Input\/output error/);
});

Deno.test("loadConfig() answers characters that are not UTF-8, with their line", async () => {
  await using place = await placeWith(
    new Uint8Array([...new TextEncoder().encode(`${LOCAL}# M`), 0xfc, 0x6c, 0x0a]),
  );
  const error = await failure(loadConfig(place.runtime, place.home));
  assert.equal(
    error.message,
    `Cannot use ${place.home.config}: line 3: found characters that are not UTF-8, allowed UTF-8: save the file in that encoding`,
  );
});

Deno.test("loadConfig() does not read a file that is far too long", async () => {
  await using place = await placeWith(null);
  using file = await Deno.open(place.home.config, { createNew: true, write: true });
  await file.truncate(3_000_000_000);
  const runtime = place.withFiles({ readFrom: () => Promise.reject(new Error("it was read")) });
  const error = await failure(loadConfig(runtime, place.home));
  assert.equal(error.message, `Cannot use ${place.home.config}: found 3000.0 MB, allowed up to 256 kB`);
});

Deno.test("readConfigText() gives the text as it is", async () => {
  const text = `\ufeff${LOCAL}# é\r\n`;
  await using place = await placeWith(text);
  assert.equal(await readConfigText(place.runtime, place.home), text);
});
