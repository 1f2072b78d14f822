import assert from "node:assert/strict";
import { join } from "node:path";
import { loadConfig, readConfigText, updateConfig } from "../../../lib/config/load_config.ts";
import { ConfigError, ConflictError } from "../../../lib/errors.ts";
import { failure, placeWith } from "./_home.ts";
import { oldFile, oldFileWith } from "./_old_files.ts";

/** The files in a home that begin with config.yaml, but for the lock. */
async function configFiles(dir: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  return names.filter((name) => name.startsWith("config.yaml") && !name.endsWith(".lock")).sort();
}

const CONVERTED = ["config.yaml", "config.yaml.0.0.1"];

Deno.test("loadConfig() converts a file of the Python tool, once, and keeps it as it was", async () => {
  await using place = await placeWith(oldFile("aws_running"));
  const { runtime, home } = place;
  const told: string[] = [];
  const config = await loadConfig(runtime, home, (line) => told.push(line));
  assert.equal(config.maxWorkers, 10);
  assert.match(config.clusterId, /^xcore-[0-9a-f]{8}$/);
  assert.equal(await Deno.readTextFile(`${home.config}.0.0.1`), oldFile("aws_running"));
  assert.ok(told[0]!.startsWith(`Converted ${home.config} `) && told.length > 10, told.join("\n"));
  assert.ok(told.at(-1)!.includes(`-chdir=${home.terraform} destroy`), told.at(-1)!);

  told.length = 0;
  assert.deepEqual(await loadConfig(runtime, home, (line) => told.push(line)), config);
  assert.deepEqual(told, []);
  assert.deepEqual(await configFiles(home.dir), CONVERTED);
});

Deno.test("readConfigText() gives the converted text", async () => {
  await using place = await placeWith(oldFile("gcp"));
  const text = await readConfigText(place.runtime, place.home);
  assert.ok(text.includes("\nprovider: gcp\n"));
  assert.equal(await Deno.readTextFile(place.home.config), text);
});

Deno.test("updateConfig() converts first, and then changes", async () => {
  await using place = await placeWith(oldFile("aws"));
  const told: string[] = [];
  const edits = [["max_workers", "6"]] as const;
  const config = await updateConfig(place.runtime, place.home, edits, (line) => told.push(line));
  assert.equal(config.maxWorkers, 6);
  assert.ok(told.some((line) => line.includes("max_workers: 1,")), told.join("\n"));
  assert.equal(await Deno.readTextFile(`${place.home.config}.0.0.1`), oldFile("aws"));
});

Deno.test("loadConfig() of several at once converts once", async () => {
  await using place = await placeWith(oldFile("aws"));
  const told: string[] = [];
  const loading = Array.from(
    { length: 5 },
    () => loadConfig(place.runtime, place.home, (line) => told.push(line)),
  );
  const ids = new Set((await Promise.all(loading)).map(({ clusterId }) => clusterId));
  assert.equal(ids.size, 1);
  assert.equal(told.filter((line) => line.startsWith("Converted ")).length, 1);
  assert.deepEqual(await configFiles(place.home.dir), CONVERTED);
});

Deno.test("loadConfig() goes on with a conversion that was stopped half-way", async () => {
  await using place = await placeWith(oldFile("aws"));
  const { home, runtime } = place;
  let written: string[] = [];
  const stopped = place.withFiles({
    async writeText(path, text) {
      written.push(path);
      if (path === await Deno.realPath(home.config)) {
        throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      }
      await runtime.files.writeText(path, text);
    },
  });
  const told: string[] = [];
  const error = await failure(loadConfig(stopped, home, (line) => told.push(line)));
  assert.equal(error.message, `Cannot change ${home.config}: the disk is full`);
  assert.deepEqual(written.map((path) => path.split("/").at(-1)), [
    "config.yaml.0.0.1",
    "config.schema.json",
    "config.yaml",
  ]);
  assert.equal(await Deno.readTextFile(home.config), oldFile("aws"));
  assert.deepEqual(told, []);

  written = [];
  assert.equal((await loadConfig(runtime, home)).provider, "aws");
  assert.deepEqual(await configFiles(home.dir), CONVERTED);
  assert.equal(await Deno.readTextFile(`${home.config}.0.0.1`), oldFile("aws"));
});

Deno.test("loadConfig() keeps each of several old files", async () => {
  await using place = await placeWith(oldFile("aws"));
  const { home, runtime } = place;
  await loadConfig(runtime, home);
  await Deno.writeTextFile(home.config, oldFile("gcp"));
  const told: string[] = [];
  assert.equal((await loadConfig(runtime, home, (line) => told.push(line))).provider, "gcp");
  assert.match(told[0]!, /is kept as config\.yaml\.0\.0\.1-2\.$/);
  assert.deepEqual(await configFiles(home.dir), [...CONVERTED, "config.yaml.0.0.1-2"]);
  assert.equal(await Deno.readTextFile(`${home.config}.0.0.1`), oldFile("aws"));
  assert.equal(await Deno.readTextFile(`${home.config}.0.0.1-2`), oldFile("gcp"));
});

Deno.test("loadConfig() leaves an old file with mistakes as it is", async () => {
  const text = oldFileWith("aws", "max_workers: 1", "max_workers: many");
  await using place = await placeWith(text);
  const { home, runtime } = place;
  const error = await failure(loadConfig(runtime, home));
  assert.ok(error instanceof ConfigError);
  assert.equal(
    error.message,
    `Cannot use ${home.config}: line 3, adaptive_config.max_workers: ` +
      'found the text "many", allowed a whole number from 0 to 10000',
  );
  assert.equal(error.hint, "Correct line 3 of the file and run the command again.");
  assert.deepEqual(await configFiles(home.dir), ["config.yaml"]);
  assert.equal(await Deno.readTextFile(home.config), text);
});

Deno.test("loadConfig() leaves the file to the Python tool while its daemon runs", async () => {
  await using place = await placeWith(oldFile("aws_running"));
  const { home, runtime } = place;
  const pidFile = join(home.dir, "daemon", "xcore-daemon.pid");
  await Deno.mkdir(join(home.dir, "daemon"));
  await Deno.writeTextFile(pidFile, `${Deno.pid}\n`);
  const error = await failure(loadConfig(runtime, home));
  assert.ok(error instanceof ConflictError);
  assert.equal(
    error.message,
    `Cannot convert ${home.config}: the Python tool's daemon (process ${Deno.pid}) is at work with it`,
  );
  assert.ok(error.hint.includes(`remove ${pidFile}`), error.hint);
  assert.deepEqual(await configFiles(home.dir), ["config.yaml"]);
  assert.equal(await Deno.readTextFile(home.config), oldFile("aws_running"));

  const ended = new Deno.Command("true").spawn();
  await ended.status;
  for (const stale of [`${ended.pid}\n`, "", "what?"]) {
    await Deno.writeTextFile(home.config, oldFile("aws_running"));
    await Deno.writeTextFile(pidFile, stale);
    assert.equal((await loadConfig(runtime, home)).maxWorkers, 10, JSON.stringify(stale));
  }
});

Deno.test("loadConfig() converts the file that a link points to", async () => {
  await using place = await placeWith(null);
  const { home, runtime } = place;
  const target = join(home.dir, "mine.yaml");
  await Deno.writeTextFile(target, oldFile("gcp"));
  await Deno.symlink(target, home.config);
  await loadConfig(runtime, home);
  assert.ok((await Deno.lstat(home.config)).isSymlink);
  assert.ok((await Deno.readTextFile(target)).includes("\nprovider: gcp\n"));
  assert.equal(await Deno.readTextFile(`${home.config}.0.0.1`), oldFile("gcp"));
});

Deno.test("loadConfig() keeps the bytes of the old file, byte order mark and line ends too", async () => {
  const text = `\ufeff${oldFile("aws").replaceAll("\n", "\r\n")}`;
  await using place = await placeWith(text);
  const { home, runtime } = place;
  assert.equal((await loadConfig(runtime, home)).regionName, "eu-west-2");
  assert.deepEqual(await Deno.readFile(`${home.config}.0.0.1`), new TextEncoder().encode(text));
});
