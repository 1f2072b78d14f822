import assert from "node:assert/strict";
import { daemonSetup, hasOldPrices, watchedConfig } from "../../../lib/daemon/daemon_setup.ts";
import { openMade } from "../../../lib/cluster/cluster.ts";
import { ConfigError, NotRunningError } from "../../../lib/errors.ts";
import type { Pool } from "../../../lib/model/mod.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import { pool } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";
import { LOCAL } from "../config/_texts.ts";
import { failure, placeWith } from "../config/_home.ts";

const withMax = (max: unknown) => `${LOCAL}max_workers: ${max}\n`;

Deno.test("the first reading of the config must succeed", async () => {
  await using none = await placeWith(null);
  assert.ok(await failure(watchedConfig(none.runtime, none.home)()) instanceof NotRunningError);
  await using broken = await placeWith(withMax("many"));
  assert.ok(await failure(watchedConfig(broken.runtime, broken.home)()) instanceof ConfigError);
});

Deno.test("a change of the config is told once", async () => {
  await using place = await placeWith(withMax(1));
  const read = watchedConfig(place.runtime, place.home);
  const first = await read();
  assert.deepEqual([first.config.maxWorkers, first.changed, first.error], [1, false, null]);
  assert.equal((await read()).changed, false);
  await Deno.writeTextFile(place.home.config, withMax(2));
  const second = await read();
  assert.deepEqual([second.config.maxWorkers, second.changed, second.error], [2, true, null]);
  assert.equal((await read()).changed, false);
});

Deno.test("a change of what the scheduler was made with is told once, too", async () => {
  await using place = await placeWith(withMax(1));
  const { runtime, home } = place;
  const read = watchedConfig(runtime, home);
  await read();
  await runtime.files.mkdir(home.run);
  await runtime.files.writeText(home.madeConfig, withMax(1));
  assert.equal((await read()).changed, true);
  assert.equal((await read()).changed, false);
});

Deno.test("while the config is broken the last valid one stays in effect, with the reason, until it is fixed", async () => {
  await using place = await placeWith(withMax(1));
  const read = watchedConfig(place.runtime, place.home);
  await read();
  await Deno.writeTextFile(place.home.config, withMax("many"));
  for (let i = 0; i < 2; i++) {
    const { config, changed, error } = await read();
    assert.deepEqual([config.maxWorkers, changed], [1, false]);
    assert.ok(error instanceof ConfigError && error.message.includes("max_workers"));
    assert.notEqual(error!.hint, "");
  }
  await Deno.writeTextFile(place.home.config, withMax(3));
  const fixed = await read();
  assert.deepEqual([fixed.config.maxWorkers, fixed.changed, fixed.error], [3, true, null]);
});

Deno.test("settings of the last start that cannot be read do not keep the daemon from working with those of now", async () => {
  for (const damage of ["", "provider: ma", "\0", "max_workers: [", "provider: local\nmax_workers: many\n"]) {
    await using place = await placeWith(withMax(2));
    const { runtime, home } = place;
    await runtime.files.mkdir(home.run);
    await Deno.writeTextFile(home.madeConfig, damage);
    const now = (await watchedConfig(runtime, home)()).config;
    const { config, madeError, waitingKeys } = await daemonSetup(runtime, home, now);
    assert.deepEqual([config.maxWorkers, waitingKeys], [2, []]);
    assert.ok(madeError instanceof ConfigError, damage);
    const told: string[] = [];
    const cluster = await openMade({ runtime, home, told: (line) => told.push(line) });
    assert.equal(cluster.config.maxWorkers, 2);
    assert.equal(told.length, 1);
    assert.ok(told[0]!.includes(home.madeConfig), String(told));
  }
});

Deno.test("a config that is restored is a change that fixes it", async () => {
  await using place = await placeWith(withMax(1));
  const read = watchedConfig(place.runtime, place.home);
  await read();
  await Deno.writeTextFile(place.home.config, "provider: [");
  assert.notEqual((await read()).error, null);
  await Deno.writeTextFile(place.home.config, withMax(1));
  const { config, changed, error } = await read();
  assert.deepEqual([config.maxWorkers, changed, error], [1, true, null]);
});

Deno.test("a config that is gone, a folder, binary or unreadable is broken", async () => {
  const breaks: ((path: string) => Promise<void>)[] = [
    () => Promise.resolve(),
    (path) => Deno.mkdir(path),
    (path) => Deno.writeFile(path, new Uint8Array([0xff, 0xfe, 0, 1])),
    (path) => Deno.writeTextFile(path, "x: y\n".repeat(100_000)),
    (path) => Deno.symlink(path, path),
  ];
  for (const [i, breakIt] of breaks.entries()) {
    await using place = await placeWith(withMax(1));
    const read = watchedConfig(place.runtime, place.home);
    await read();
    await Deno.remove(place.home.config);
    await breakIt(place.home.config);
    const { config, error } = await read();
    assert.equal(config.maxWorkers, 1, `case ${i}`);
    assert.notEqual(error, null, `case ${i}`);
    assert.notEqual((await read()).error, null, `case ${i}`);
    await Deno.remove(place.home.config, { recursive: true }).catch(() => {});
    await Deno.writeTextFile(place.home.config, withMax(2));
    const fixed = await read();
    assert.deepEqual([fixed.config.maxWorkers, fixed.error], [2, null], `case ${i}`);
  }
});

Deno.test("a config that is unreadable for a moment is read later", async () => {
  await using place = await placeWith(withMax(1));
  let away = false;
  const { files } = place.runtime;
  const refuse = () => Promise.reject(new Deno.errors.PermissionDenied("os error 13"));
  const runtime = place.withFiles({
    readText: (path) => away ? refuse() : files.readText(path),
    readTextIfExists: (path) => away ? refuse() : files.readTextIfExists(path),
    readFrom: (path, offset) => away ? refuse() : files.readFrom(path, offset),
    size: (path) => away ? refuse() : files.size(path),
  });
  const read = watchedConfig(runtime, place.home);
  await read();
  away = true;
  const { config, error } = await read();
  assert.equal(config.maxWorkers, 1);
  assert.notEqual(error, null);
  away = false;
  assert.equal((await read()).error, null);
});

Deno.test("spot prices are old after an hour, where a pool takes spot instances and the platform tells prices", () => {
  const { provider } = new World();
  const priced = Object.assign(Object.create(provider), { spotPrices: () => Promise.resolve({}) });
  const isOld = (market: Pool["market"], of: Provider, s: number) =>
    hasOldPrices({ pools: [pool({ market })], provider: of, madeMs: 1000 }, 1000 + s * 1000);
  assert.deepEqual(
    [isOld("spot", priced, 3599), isOld("spot", priced, 3601), isOld("spot-then-on-demand", priced, 3601)],
    [false, true, true],
  );
  assert.deepEqual([isOld("on-demand", priced, 3601), isOld("spot", provider, 3601)], [false, false]);
});
