/**
 * Hands the scheduler's instance its bundle while it boots. A bundle is kept in the home from
 * before the instance is made, so that any later command can do it, whatever has changed since.
 * @module
 */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import type { SchedulerClient } from "../../dask/scheduler_client.ts";
import { type BundleMissingError, ConflictError } from "../../errors.ts";
import type { Files, Runtime } from "../../runtime.ts";
import type { Bundle } from "./boot_script.ts";

/** The most that are kept: each is of another config, and one scheduler waits for one. */
const MOST_KEPT = 4;

const PREFIX = "bundle-";

/** A bundle's file; what else is in the folder is not ours to remove. */
const BUNDLE = /^bundle-[0-9a-f]{64}$/;

/** Keeps a bundle in the home. */
export async function keepBundle(files: Files, home: Home, { sha256, content }: Bundle): Promise<void> {
  const path = pathOf(home, sha256);
  await files.mkdir(home.terraform);
  // Written again, so that it counts as the newest.
  await files.writeText(path, content);
  const kept = (await files.list(home.terraform)).filter((name) => BUNDLE.test(name));
  const aged = await Promise.all(
    kept.map(async (name) => ({ name, writtenMs: await files.modifiedMs(join(home.terraform, name)) ?? 0 })),
  );
  for (const { name } of aged.sort((a, b) => b.writtenMs - a.writtenMs).slice(MOST_KEPT)) {
    await files.remove(join(home.terraform, name));
  }
}

/**
 * Hands over the bundle that a scheduler's instance waits for. Doing it twice is harmless.
 *
 * @param wanted the answer of the instance
 * @throws {ConflictError} this home has not kept it
 * @throws {SchedulerError} the instance does not take it, or does not answer
 */
export async function handOver(
  { runtime: { files }, home }: { readonly runtime: Runtime; readonly home: Home },
  scheduler: SchedulerClient,
  { sha256 }: BundleMissingError,
): Promise<void> {
  // The scheduler says which: a path that leads elsewhere is not read.
  const isBundle = BUNDLE.test(`${PREFIX}${sha256}`);
  const content = isBundle ? await files.readTextIfExists(pathOf(home, sha256)) : null;
  if (content === null) {
    throw new ConflictError(
      "Cannot hand the scheduler its software: this home has not kept what its instance waits for",
      "Replace the scheduler: `xcore restart`.",
    );
  }
  await scheduler.handOver({ sha256, content });
}

function pathOf(home: Home, sha256: string): string {
  return join(home.terraform, `${PREFIX}${sha256}`);
}
