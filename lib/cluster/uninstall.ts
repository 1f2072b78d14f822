/**
 * `xcore uninstall`: removes the files of xcore from this machine once no cluster exists.
 * @module
 */

import { dirname } from "node:path";
import type { Config } from "../config/config.ts";
import { type Home, homeOf, homesOf } from "../config/home.ts";
import { refuseOpenHome, resolvedHome, writeAccess } from "../config/home_access.ts";
import { removeSocketFolder } from "../daemon/control.ts";
import { asXcoreError, ConflictError, UsageError, XcoreError } from "../errors.ts";
import type { FileLock, Runtime } from "../runtime.ts";
import { serviceIn, serviceOf, unitsOnDisk } from "../service/choose_manager.ts";
import { homeOfUnit, readNote, type Service } from "../service/service.ts";
import { filesOfHome, type HomeFiles } from "./home_files.ts";
import { type ManualRemoval, manualRemovals } from "./manual_removal.ts";
import { findCluster, type FoundCluster } from "./existence.ts";
import type { Confirm, Progress } from "./cluster.ts";

export type { ManualRemoval };

/** The result of an uninstall. */
export interface Uninstalled {
  /** False: the answer was no, and nothing was changed. */
  readonly done: boolean;
  /** $XCORE_HOME, absolute. */
  readonly home: string;
  /** Absolute paths; a folder stands for its content. */
  readonly removed: readonly string[];
  /** Files in the home that xcore did not make, and that stay; absolute paths. */
  readonly kept: readonly string[];
  /** What the user may remove. */
  readonly left: readonly ManualRemoval[];
}

/** The name that init gives a cluster without one. */
const DEFAULT_NAME = "xcore";

/** What is removed. */
interface Plan {
  readonly root: string;
  readonly clusters: readonly FoundCluster[];
  readonly files: HomeFiles;
  readonly units: readonly Service[];
}

/**
 * Removes xcore's home and its daemons' units if no cluster exists. It removes only what xcore
 * made, follows no links, and can be run again at any point.
 *
 * @param confirm called before anything is removed
 * @param progress called with what will be removed and what stays, before that
 * @throws {UsageError} XCORE_HOME names a folder that is not xcore's
 * @throws {PrerequisiteError} other users can change the home
 * @throws {ConflictError} a cluster exists or may exist, or another command is working on one
 */
export async function uninstall(
  runtime: Runtime,
  confirm: Confirm,
  progress: Progress,
): Promise<Uninstalled> {
  await refuseOthersFolder(runtime, homeOf(runtime, null).root);
  const homes = await Promise.all((await homesOf(runtime)).map((home) => resolvedHome(runtime, home)));
  // Keys that others can read are best removed.
  for (const home of homes) await refuseOpenHome(runtime, home, writeAccess);
  const { root } = homes[0]!;
  // Locked during the question: a start in another window waits, and then finds no config.
  return await holding(runtime, homes, async () => {
    const plan = await planned(runtime, homes);
    const { clusters, files: { own, foreign }, units } = plan;
    const folders = homes.map(({ dir }) => dir);
    const pythons = clusters.flatMap(({ config }) => config?.python ?? []);
    const left = [...imagesOf(clusters), ...await manualRemovals(runtime, folders, pythons)];
    const outcome = { done: true, home: root, removed: [], kept: foreign, left };
    if (own.length === 0 && units.length === 0) return outcome;
    for (const line of planLines(plan)) progress(line);
    if (!await confirm("Remove xcore's files?")) return { ...outcome, done: false };
    return { ...outcome, removed: await remove(runtime, plan) };
  });
}

/** @throws {UsageError} the folder cannot be a home of xcore */
async function refuseOthersFolder({ files, env }: Runtime, root: string): Promise<void> {
  const kind = await files.kind(root);
  if (kind === null) return;
  const real = await files.realPath(root).catch(() => root);
  if (kind === "link") throw notOurs(root, `it is a link to ${real}`);
  const person = env("HOME");
  const home = person === undefined ? null : await files.realPath(person).catch(() => person);
  if (dirname(real) === real) throw notOurs(root, "it is the root of the file system");
  if (home === real) throw notOurs(root, "it is your home folder");
  if (home?.startsWith(`${real}/`)) throw notOurs(root, "your home folder is in it");
}

function notOurs(root: string, why: string): UsageError {
  return new UsageError(
    `Cannot uninstall from ${root}: ${why}`,
    "Set XCORE_HOME to the folder with xcore's files, or unset it to use ~/.xcore.",
  );
}

/** @throws {ConflictError} another command is working on a cluster */
async function holding<T>(
  { files }: Runtime,
  homes: readonly Home[],
  work: () => Promise<T>,
): Promise<T> {
  const locks: { readonly lock: FileLock; readonly path: string; readonly isNew: boolean }[] = [];
  try {
    for (const { cluster, config, verbLock: path } of homes) {
      if (!await files.exists(config)) continue;
      const isNew = !await files.exists(path);
      const lock = await files.tryLock(path, "uninstall");
      if (lock === null) throw atWork(cluster, await files.readTextIfExists(path));
      locks.push({ lock, path, isNew });
    }
    return await work();
  } finally {
    for (const { lock, path, isNew } of locks) {
      if (isNew) await files.removeOne(path);
      lock.release();
    }
  }
}

function atWork(cluster: string | null, verb: string | null): ConflictError {
  return new ConflictError(
    `Cannot uninstall: \`${xcoreFor(cluster)} ${verb || "start"}\` has not finished`,
    "Wait for it, then run `xcore uninstall` again.",
  );
}

/** @throws {ConflictError} a cluster exists or may exist */
async function planned(runtime: Runtime, homes: readonly Home[]): Promise<Plan> {
  const { root, initLock } = homes[0]!;
  const found = await Promise.all(homes.map((home) => findCluster(runtime, home)));
  const clusters = found.filter((one) => one !== null);
  refuseWhileThere(clusters);
  const files = await filesOfHome(runtime, root, new Set(clusters.map(({ home }) => home.dir)));
  const isMarked = clusters.length > 0 || await runtime.files.exists(initLock);
  if (!isMarked && files.foreign.length > 0) throw notOurs(root, "it has no configuration of xcore");
  return { root, clusters, files, units: await unitsOf(runtime, homes) };
}

function refuseWhileThere(clusters: readonly FoundCluster[]): void {
  const reasons: string[] = [];
  const hints: string[] = [];
  const commands: string[] = [];
  for (const { home: { cluster }, config, existence } of clusters) {
    if (existence.is === "gone") continue;
    commands.push(`\`${xcoreFor(cluster)} shutdown\``);
    if (existence.is === "there") {
      reasons.push(`cluster ${nameOf(cluster, config)} still exists (${existence.what})`);
    } else {
      reasons.push(`cluster ${nameOf(cluster, config)} may still exist (${existence.why})`);
      hints.push(`${existence.hint.replace(/\.$/, "")}.`);
    }
  }
  if (reasons.length === 0) return;
  throw new ConflictError(
    `Cannot uninstall: ${reasons.join("; ")}`,
    [...hints, `Run ${commands.join(" and ")}, then \`xcore uninstall\` again.`].join(" "),
  );
}

/** The units of these homes, whether a note in the home names them or not. */
async function unitsOf(runtime: Runtime, homes: readonly Home[]): Promise<Service[]> {
  const units: Service[] = [];
  for (const home of homes) {
    const note = await readNote(runtime, home);
    const service = note === null ? null : await serviceOf(runtime, home, note);
    if (service !== null && await homeOfUnit(runtime, service.file) === home.dir) units.push(service);
  }
  for (const { unit, home: dir } of await unitsOnDisk(runtime)) {
    const home = homes.find((one) => one.dir === dir);
    if (home !== undefined) units.push(serviceIn(runtime, home, unit));
  }
  return [...new Map(units.map((unit) => [unit.file, unit])).values()];
}

async function remove(runtime: Runtime, { root, clusters, files: { own }, units }: Plan): Promise<string[]> {
  const { files } = runtime;
  for (const unit of units) await unit.remove();
  const gone = new Set<string>();
  const removeOne = async (path: string) => {
    // A file that was added meanwhile stays, and so does its folder.
    if (await files.removeOne(path)) gone.add(path);
  };
  for (const { path, is } of own) {
    try {
      if (is === "tree") await files.removeTree(path, root);
      await removeOne(path);
    } catch (error) {
      throw unremoved(path, error);
    }
  }
  for (const { home } of clusters) {
    await removeSocketFolder(files, home);
  }
  await removeOne(root);
  const topmost = [...gone].filter((path) => !gone.has(dirname(path)));
  return [...topmost, ...units.map(({ file }) => file)];
}

function unremoved(path: string, error: unknown): XcoreError {
  const { message } = asXcoreError(error, `remove ${path}`);
  return new XcoreError(
    message,
    "Make its folder writable, then run `xcore uninstall` again to go on.",
    error,
  );
}

function planLines({ root, clusters, files: { own, foreign }, units }: Plan): string[] {
  const { length } = clusters;
  const whose = length === 1 ? "the cluster" : `${length} clusters`;
  const content = length === 0 ? "" : `, with the settings, logs and history of ${whose}`;
  return [
    ...(own.length === 0 ? [] : [`Will be removed: xcore's files in ${root}${content}`]),
    ...units.map(({ unit, file }) => `Will be removed: the unit ${unit} (${file})`),
    ...foreign.map((path) => `Will stay: ${path} (not made by xcore)`),
    // While xcore can still remove them.
    ...clusters.flatMap(({ home: { cluster }, existence }) =>
      existence.is !== "gone"
        ? []
        : existence.images.map(({ name }) =>
          `Will stay and cost: the machine image ${name}; remove it first with ` +
          `\`${xcoreFor(cluster)} image remove ${name}\``
        )
    ),
  ];
}

function imagesOf(clusters: readonly FoundCluster[]): ManualRemoval[] {
  return clusters.flatMap(({ config, existence }) =>
    existence.is !== "gone" ? [] : existence.images.map(({ name, id, removeCommand }) => ({
      what: `a machine image, which costs: ${name} (${id})`,
      where: [config?.provider, config?.projectName, config?.regionName].filter(Boolean).join(", "),
      command: removeCommand,
    }))
  );
}

function nameOf(cluster: string | null, config: Config | null): string {
  return cluster ?? config?.clusterName ?? DEFAULT_NAME;
}

function xcoreFor(cluster: string | null): string {
  return cluster === null ? "xcore" : `xcore -c ${cluster}`;
}
