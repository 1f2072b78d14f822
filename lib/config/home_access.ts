/**
 * Whether other users of the machine could change what is run from a home, or read its keys. As ssh
 * does with its own files, xcore uses no such home.
 * @module
 */

import { basename, dirname, join } from "node:path";
import { PrerequisiteError } from "../errors.ts";
import type { FileOwner, Files, Runtime } from "../runtime.ts";
import { shellWord } from "../util/shell_word.ts";
import { type Home, homeAt, homeOf } from "./home.ts";

/** A way in for others. */
export interface AccessFault {
  /** `warning`: it depends on who is in a group, or on an administrator. */
  readonly severity: "refused" | "warning";
  /** `/home/me/.xcore can be written by every user`: completes "Cannot use …:". */
  readonly message: string;
  /** What to type or do, a whole sentence. */
  readonly hint: string;
}

const BY_OWNER = 0o200;
const BY_ALL = 0o002;
const BY_GROUP = 0o020;
const STICKY = 0o1000;
const BEYOND_OWNER = 0o077;
const ROOT = 0;

/** Who in a container has no number there, the system's own folders' owner among them. */
const UNMAPPED = 65_534;

/** Files that xcore writes there for itself, and believes. */
const BELIEVED = ["config", "madeConfig", "service", "jobEnv", "knownHosts", "history"] as const;

/** Folders in a cluster's home; what is in them is run, or believed. */
const PARTS = ["run", "logs", "tls", "terraform", "packer", "packages", "env", "python", "uv"] as const;

/**
 * The paths for a cluster whose home no other user can change. Links are resolved, so that a home is
 * the same whichever path leads to it.
 *
 * @param cluster see {@linkcode homeOf}
 * @throws {UsageError} when the name is not one, or there is no home folder at all
 * @throws {PrerequisiteError} another user owns the home or can write to it, or can read its keys; or
 * a link there leads to nothing
 */
export async function findHome(runtime: Runtime, cluster?: string | null): Promise<Home> {
  const home = await resolvedHome(runtime, homeOf(runtime, cluster));
  await refuseLink(runtime, home);
  await refuseOpenHome(runtime, home);
  return home;
}

/** A link that could not be resolved: what is made at its end would be wherever it leads to by then. */
async function refuseLink({ files }: Runtime, { root, dir }: Home): Promise<void> {
  for (const path of new Set([dirname(root), root, dir])) {
    if (await files.kind(path).catch(() => null) !== "link") continue;
    throw new PrerequisiteError(
      `Cannot use ${path}: it is a link to what does not exist`,
      "Make the folder that it leads to, or set XCORE_HOME to another one.",
    );
  }
}

/** The same home by the paths that no link is in. */
export async function resolvedHome(runtime: Runtime, { cluster, root, dir }: Home): Promise<Home> {
  const { files } = runtime;
  return homeAt(runtime, cluster, await resolved(files, root), await resolved(files, dir));
}

/** What is there is resolved, the rest of the path is as it was. */
async function resolved(files: Files, path: string): Promise<string> {
  try {
    return await files.realPath(path);
  } catch (error) {
    const parent = dirname(path);
    // Something else is reported by who reads there.
    if (!(error instanceof Deno.errors.NotFound) || parent === path) return path;
    return join(await resolved(files, parent), basename(path));
  }
}

/**
 * Refuses a home that others have a way into.
 *
 * @param found the ways: all of them, or those of {@linkcode writeAccess}
 * @throws {PrerequisiteError} one of them is certain
 */
export async function refuseOpenHome(
  runtime: Runtime,
  home: Home,
  found: typeof homeAccess = homeAccess,
): Promise<void> {
  const faults = (await found(runtime, home)).filter(({ severity }) => severity === "refused");
  if (faults.length === 0) return;
  throw new PrerequisiteError(
    `Cannot use ${home.dir}: ${faults.map(({ message }) => message).join("; ")}`,
    [...new Set(faults.map(({ hint }) => hint))].join(" "),
  );
}

/** All ways in that there are for others; none where users have no numbers. */
export async function homeAccess(runtime: Runtime, home: Home): Promise<AccessFault[]> {
  if (runtime.uid === null) return [];
  return [...await writeAccess(runtime, home), ...await openSecrets(runtime, home)];
}

/** The ways by which others can change what is in the home. */
export async function writeAccess(runtime: Runtime, home: Home): Promise<AccessFault[]> {
  const { files, uid } = runtime;
  if (uid === null) return [];
  const ownerOf = (path: string) => files.owner(path).catch(() => null);
  const faults: AccessFault[] = [];
  for (const path of foldersAbove(home.root)) faults.push(...inParent(path, await ownerOf(path), uid));
  const folders = [home.root, ...(home.cluster === null ? [] : [dirname(home.dir), home.dir])];
  for (const path of folders) {
    const owner = await ownerOf(path);
    // Of another user's home no more has to be said.
    if (owner !== null && isForeign(owner, uid)) return inOwn(path, owner, uid);
  }
  const parts = [...PARTS, ...BELIEVED].map((key) => home[key]);
  const programs = await namesOf(files, home.run, ".py");
  const certificates = await namesOf(files, home.tls, ".pem");
  for (const path of [...new Set([...folders, ...parts, ...programs, ...certificates])]) {
    faults.push(...inOwn(path, await ownerOf(path), uid));
  }
  return faults;
}

function foldersAbove(path: string): string[] {
  const above: string[] = [];
  for (let at = dirname(path);; at = dirname(at)) {
    above.unshift(at);
    if (dirname(at) === at) return above;
  }
}

function inParent(path: string, owner: FileOwner | null, uid: number): AccessFault[] {
  if (owner === null) return [];
  const { mode } = owner;
  const mayChange = uid === ROOT || owner.uid === uid;
  if (isForeign(owner, uid) && owner.uid !== UNMAPPED && (mode & BY_OWNER) !== 0) {
    return [{
      severity: "refused",
      message: `another user (number ${owner.uid}) owns ${path}, and can replace what is in it`,
      hint: "Set XCORE_HOME to a folder below one of your own, or of root's.",
    }];
  }
  const isSticky = (mode & STICKY) !== 0;
  const advice = (command: string) =>
    mayChange
      ? `Type \`${command} ${shellWord(path)}\`.`
      : `Ask its owner to type \`${command} ${shellWord(path)}\`, or set XCORE_HOME to a folder elsewhere.`;
  if ((mode & BY_ALL) !== 0 && !isSticky) {
    return [{
      severity: "refused",
      message: `every user can replace what is in ${path}`,
      hint: advice("chmod o-w"),
    }];
  }
  if ((mode & BY_GROUP) !== 0 && !isSticky && isShared(owner)) {
    const message = `the group ${owner.gid} can replace what is in ${path}`;
    return [{ severity: "warning", message, hint: advice("chmod g-w") }];
  }
  return [];
}

function inOwn(path: string, owner: FileOwner | null, uid: number): AccessFault[] {
  if (owner === null) return [];
  const { mode } = owner;
  if (isForeign(owner, uid)) {
    return [{
      severity: "refused",
      message: `${path} belongs to another user (number ${owner.uid})`,
      hint: "Run xcore as that user, or set XCORE_HOME to a folder of your own.",
    }];
  }
  if ((mode & BY_ALL) !== 0) {
    const message = `every user can write to ${path}`;
    return [{ severity: "refused", message, hint: `Type \`chmod go-w ${shellWord(path)}\`.` }];
  }
  if ((mode & BY_GROUP) !== 0 && isShared(owner)) {
    const message = `the group ${owner.gid} can write to ${path}`;
    return [{ severity: "warning", message, hint: `Type \`chmod g-w ${shellWord(path)}\`.` }];
  }
  return [];
}

/** The paths in a folder whose names end so. */
async function namesOf(files: Files, folder: string, end: string): Promise<string[]> {
  const names = await files.list(folder).catch(() => []);
  return names.filter((name) => name.endsWith(end)).map((name) => join(folder, name));
}

function isForeign(owner: FileOwner, uid: number): boolean {
  return owner.uid !== uid && owner.uid !== ROOT;
}

/** Many systems give each user a group of the same number; root's group has root alone. */
function isShared({ uid, gid }: FileOwner): boolean {
  return gid !== uid && gid !== ROOT;
}

/** Keys and credentials that others can read, or could if they got into their folder. */
async function openSecrets({ files }: Runtime, home: Home): Promise<AccessFault[]> {
  const keys = await namesOf(files, home.tls, ".key");
  const isOpen = async (path: string) => {
    const owner = await files.owner(path).catch(() => null);
    return owner !== null && (owner.mode & BEYOND_OWNER) !== 0;
  };
  const open = (await Promise.all(keys.map(isOpen))).includes(true);
  return [
    ...(open ? [secretFault(`the keys in ${home.tls}`, `${shellWord(home.tls)}/*.key`)] : []),
    ...(await isOpen(home.daemonEnv) ? [secretFault(home.daemonEnv, shellWord(home.daemonEnv))] : []),
  ];
}

function secretFault(what: string, words: string): AccessFault {
  return {
    severity: "refused",
    message: `the permissions of ${what} let other users in`,
    hint: `Type \`chmod 600 ${words}\`.`,
  };
}
