import assert from "node:assert/strict";
import { join } from "node:path";
import { loadConfig, updateConfig } from "../../../lib/config/load_config.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { ConfigError, ConflictError, NotRunningError, UsageError } from "../../../lib/errors.ts";
import { type Lack, linux, needing, programs, succeeds } from "../../support/needs.ts";
import { failure, placeWith } from "./_home.ts";
import { LOCAL } from "./_texts.ts";

const EDITOR = new URL("./_editor.ts", import.meta.url).pathname;

async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

Deno.test("updateConfig() changes keys in the file and gives the config as it is then", async () => {
  await using place = await placeWith(`${LOCAL}max_workers: 1 # few\n`);
  const config = await updateConfig(place.runtime, place.home, [["min_workers", "2"], ["max_workers", "4"]]);
  assert.deepEqual([config.minWorkers, config.maxWorkers], [2, 4]);
  assert.deepEqual(await loadConfig(place.runtime, place.home), config);
  assert.match(await Deno.readTextFile(place.home.config), /^max_workers: 4 # few$/m);
});

Deno.test("updateConfig() leaves the file readable by its owner alone", async () => {
  await using place = await placeWith(LOCAL);
  await updateConfig(place.runtime, place.home, [["max_workers", "4"]]);
  assert.equal((await Deno.stat(place.home.config)).mode! & 0o777, 0o600);
});

Deno.test("updateConfig() does not write what would change nothing", async () => {
  await using place = await placeWith(`${LOCAL}max_workers: 4\n`);
  const runtime = place.withFiles({ writeText: () => Promise.reject(new Error("it was written")) });
  assert.equal((await updateConfig(runtime, place.home, [["max_workers", "4"]])).maxWorkers, 4);
});

Deno.test("updateConfig() without a file makes none, nor anything else", async () => {
  await using place = await placeWith(null);
  assert.ok(
    await failure(updateConfig(place.runtime, place.home, [["max_workers", "4"]])) instanceof NotRunningError,
  );
  assert.deepEqual(await namesIn(place.home.dir), []);
});

Deno.test("updateConfig() leaves the file as it was when an edit is refused, and lets the next one in", async () => {
  await using place = await placeWith(LOCAL);
  const { runtime, home } = place;
  assert.ok(
    await failure(updateConfig(runtime, home, [["max_workers", "4"], ["min_workers", "x"]])) instanceof
      UsageError,
  );
  assert.ok(await failure(updateConfig(runtime, home, [["min_workers", "9"]])) instanceof ConfigError);
  assert.equal(await Deno.readTextFile(home.config), LOCAL);
  assert.equal((await updateConfig(runtime, home, [["max_workers", "4"]])).maxWorkers, 4);
});

Deno.test("updateConfig() follows a link, and leaves it one", async () => {
  await using place = await placeWith(null);
  const target = join(place.home.dir, "kept elsewhere.yaml");
  await Deno.writeTextFile(target, LOCAL);
  await Deno.symlink("kept elsewhere.yaml", place.home.config);
  await updateConfig(place.runtime, place.home, [["max_workers", "4"]]);
  assert.equal(await Deno.readLink(place.home.config), "kept elsewhere.yaml");
  assert.match(await Deno.readTextFile(target), /^max_workers: 4$/m);
});

Deno.test("updateConfig() says that the disk is full", async () => {
  await using place = await placeWith(LOCAL);
  const full = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  const runtime = place.withFiles({ writeText: () => Promise.reject(full) });
  const error = await failure(updateConfig(runtime, place.home, [["max_workers", "4"]]));
  assert.equal(error.message, `Cannot change ${place.home.config}: the disk is full`);
});

Deno.test("updateConfig() says that the home may not be written", async () => {
  await using place = await placeWith(LOCAL);
  const runtime = place.withFiles({
    tryLock: () => Promise.reject(new Deno.errors.PermissionDenied("os error 13")),
  });
  const error = await failure(updateConfig(runtime, place.home, [["max_workers", "4"]]));
  assert.equal(error.message, `Cannot change ${place.home.config}: nothing may be written in its folder`);
});

Deno.test("updateConfig() gives up on a lock that is held for 10 s", async () => {
  await using place = await placeWith(LOCAL);
  const lock = await place.runtime.files.lock(join(place.home.dir, "config.yaml.lock"));
  let now = 0;
  const clock = {
    ...place.runtime.clock,
    monotonicMs: () => now,
    sleep: (ms: number) => Promise.resolve(void (now += ms)),
  };
  const error = await failure(updateConfig({ ...place.runtime, clock }, place.home, [["max_workers", "4"]]));
  lock.release();
  assert.ok(error instanceof ConflictError);
  assert.match(error.message, /another process has been changing it for 10 s$/);
  assert.equal(await Deno.readTextFile(place.home.config), LOCAL);
});

Deno.test("updateConfig() waits for a lock that is held for less", async () => {
  await using place = await placeWith(LOCAL);
  const lock = await place.runtime.files.lock(join(place.home.dir, "config.yaml.lock"));
  let waits = 0;
  const clock = {
    ...place.runtime.clock,
    sleep: () => Promise.resolve(++waits === 3 ? lock.release() : undefined),
  };
  const config = await updateConfig({ ...place.runtime, clock }, place.home, [["max_workers", "4"]]);
  assert.equal(config.maxWorkers, 4);
  assert.equal(waits, 3);
});

Deno.test("updateConfig() from three processes at once loses nothing, and no reader sees half a file", async () => {
  const text = initialConfig({ provider: "aws", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
  await using place = await placeWith(text);
  const tags = (who: string) => Array.from({ length: 12 }, (_, i) => `${who}${i}`);
  const writers = ["a", "b", "c"].map((who) =>
    new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        EDITOR,
        place.home.dir,
        ...tags(who).flatMap((tag) => [`tags.${tag}`, who]),
      ],
    }).output()
  );
  let running = true;
  const ended = Promise.all(writers).finally(() => running = false);
  let reads = 0;
  while (running) {
    await loadConfig(place.runtime, place.home);
    reads++;
    await place.runtime.clock.sleep(5);
  }
  for (const { code, stderr } of await ended) assert.equal(code, 0, new TextDecoder().decode(stderr));
  const config = await loadConfig(place.runtime, place.home);
  assert.deepEqual(Object.keys(config.tags).sort(), ["a", "b", "c"].flatMap(tags).sort());
  assert.ok(reads > 1);
  const comments = (all: string) => all.split("\n").filter((line) => line.startsWith("#"));
  assert.deepEqual(comments(await Deno.readTextFile(place.home.config)), comments(text));
  assert.deepEqual(await namesIn(place.home.dir), ["config.yaml", "config.yaml.lock"]);
});

/** Lacks leave to mount a small disk of one's own. */
function mounting(): Lack {
  return linux() ?? programs("unshare") ??
    (succeeds("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt")
      ? null
      : "no user namespace can be made here: allow them (kernel.unprivileged_userns_clone=1), or run the tests as root");
}

Deno.test(needing(
  mounting(),
  "updateConfig() on a disk that is really full leaves the old file whole, and nothing beside it",
  async () => {
    const text = initialConfig({ provider: "local", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
    await using place = await placeWith(text);
    const { dir } = place.home;
    const script =
      `mkdir small && mount -t tmpfs -o size=32k none small && cp config.yaml small/ && : > small/config.yaml.lock &&
      cat /dev/zero > small/filler 2> /dev/null; "$@" ; ls small; cmp config.yaml small/config.yaml && echo whole`;
    const { stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        "-rm",
        "sh",
        "-c",
        script,
        "sh",
        Deno.execPath(),
        "run",
        "-A",
        "--no-check",
        EDITOR,
        join(dir, "small"),
        "max_workers",
        "4",
      ],
      cwd: dir,
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.equal(
      said,
      `XcoreError: Cannot change ${
        join(dir, "small", "config.yaml")
      }: the disk is full\nconfig.yaml\nconfig.yaml.lock\nfiller\nwhole\n`,
      new TextDecoder().decode(stderr),
    );
  },
));
