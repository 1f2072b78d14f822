/** What one launch asks of its workers, on disk for them to read, and what is kept of it when they are gone. @module */

import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { poolsOf } from "../../config/pools.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import type { Attempt } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { instanceFiles, type InstanceName, isUnwritable, parseObject, parseRecord } from "./pid_files.ts";

/** The file of one launch. */
export function specFile(home: Home, attempt: string): string {
  return join(home.run, `${attempt}.json`);
}

/** Writes what the workers of this launch shall be. */
export async function writeSpec(
  { runtime, home, config }: { runtime: Runtime; home: Home; config: Config },
  attempt: Attempt,
  scheduler: string,
): Promise<void> {
  const tls = tlsFiles(home.tls);
  const spec = {
    cluster_id: config.clusterId,
    attempt: attempt.id,
    names: attempt.names,
    scheduler,
    ca_file: tls.caFile,
    cert_file: tls.worker.certFile,
    key_file: tls.worker.keyFile,
    slots: attempt.slots,
    resources: attempt.resources,
    boot_delay_s: config.bootDelayS,
    death_timeout_s: bootTimeoutS(config, attempt.pool),
    pool: attempt.pool,
    type: attempt.type,
    accelerator: attempt.accelerator,
    zone: attempt.zone,
    market: attempt.market,
  };
  await runtime.files.writeText(specFile(home, attempt.id), JSON.stringify(spec, null, 2));
}

/** The names of a launch; null when its file is gone or damaged. */
async function readSpec(
  runtime: Runtime,
  home: Home,
  attempt: string,
): Promise<{ readonly names: readonly string[] } | null> {
  const { names } = parseObject(await runtime.files.readTextIfExists(specFile(home, attempt)) ?? "") ?? {};
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) return null;
  return { names };
}

/** Seconds that a worker of this pool may take to join; of a pool that is no longer configured, the longest of all. */
function bootTimeoutS(config: Config, pool: string): number {
  const pools = poolsOf(config);
  return pools.find(({ name }) => name === pool)?.bootTimeoutS ??
    Math.max(...pools.map(({ bootTimeoutS }) => bootTimeoutS));
}

/** More notes than this and the oldest go, down to half of it; an attempt is repeated within minutes or never. */
const NOTES = 1000;

/**
 * Puts a worker's record away and removes its other files. A home that cannot be written is left as it is: looking at
 * what runs must not fail for that.
 */
export async function forget(runtime: Runtime, home: Home, place: InstanceName): Promise<void> {
  const { files } = runtime;
  const { pidFile, ended, termination, scratch } = instanceFiles(home.run, place);
  try {
    await files.mkdir(join(home.run, "ended"));
    // The record last: whoever is interrupted here finds it again.
    await files.remove(scratch);
    await files.remove(termination);
    await files.rename(pidFile, ended).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // somebody else was faster
    });
    await dropSpec(runtime, home, place.attempt);
    await dropOldNotes(runtime, home);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
}

/** The launch's own file goes when all its names are gone. */
async function dropSpec(runtime: Runtime, home: Home, attempt: string): Promise<void> {
  const names = (await readSpec(runtime, home, attempt))?.names ?? [];
  const over = await Promise.all(
    names.map((name) => runtime.files.exists(instanceFiles(home.run, { attempt, name }).ended)),
  );
  if (!over.includes(false)) await runtime.files.remove(specFile(home, attempt));
}

async function dropOldNotes(runtime: Runtime, home: Home): Promise<void> {
  const folder = join(home.run, "ended");
  const notes = await runtime.files.list(folder);
  if (notes.length <= NOTES) return;
  const dated = await Promise.all(notes.map(async (note) => {
    const text = await runtime.files.readTextIfExists(join(folder, note)).catch(() => null);
    return { note, atMs: parseRecord(text ?? "")?.launchedAtMs ?? 0 };
  }));
  dated.sort((a, b) => a.atMs - b.atMs);
  for (const { note } of dated.slice(0, -NOTES / 2)) await runtime.files.remove(join(folder, note));
}
