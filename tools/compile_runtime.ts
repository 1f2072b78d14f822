/**
 * The bare runtime that `deno compile` builds on, denort: Deno fetches it from its own site, which
 * a firewall may not let through.
 * @module
 */

import { dirname } from "node:path";
import { PrerequisiteError } from "../lib/errors.ts";
import { cacheFolder } from "./cache.ts";
import { isFile } from "./files.ts";
import { ROOT } from "./run_deno.ts";

/**
 * Whether there can be a runtime: it is here, Deno can be told to fetch it, or neither, and why.
 */
export type CompileRuntime =
  | { readonly state: "here" | "to fetch" }
  | { readonly state: "none"; readonly why: string };

/** Where a runtime is looked for. */
export interface Places {
  /** The system it is for, as Deno calls it. */
  readonly target: string;
  /** The file that `DENORT_BIN` names, if it is set: a runtime for this machine alone. */
  readonly named: string | undefined;
  /** Deno's folder, which has what it has fetched; undefined: where this Deno says it is. */
  readonly denoDir: string | undefined;
  /** Deno's site. */
  readonly site: string;
  /** For how long an answer of the site is awaited. */
  readonly withinMs: number;
  /** The file that a failure is remembered in. */
  readonly memory: string;
}

/** For as long a failure is believed. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** Where the runtime is, below the site and below Deno's folder of downloads. */
function pathFor(target: string): string {
  return `release/v${Deno.version.deno}/denort-${target}.zip`;
}

function usualPlaces(target: string = Deno.build.target): Places {
  return {
    target,
    named: target === Deno.build.target ? Deno.env.get("DENORT_BIN") || undefined : undefined,
    denoDir: undefined,
    site: "https://dl.deno.land",
    withinMs: 10_000,
    memory: `${cacheFolder("xcore")}/no-runtime/${Deno.version.deno}-${target}.json`,
  };
}

/**
 * Looks for the runtime: `DENORT_BIN`, Deno's cache, its site. That the site cannot be reached is
 * remembered for a day, so that nobody waits for it at each compilation.
 *
 * @param given places, in the stead of the usual ones
 * @throws {PrerequisiteError} DENORT_BIN names no file
 */
export async function compileRuntime(given: Partial<Places> = {}): Promise<CompileRuntime> {
  const { target, named, denoDir, site, withinMs, memory } = { ...usualPlaces(given.target), ...given };
  if (named !== undefined) {
    if (await isFile(named)) return { state: "here" };
    throw new PrerequisiteError(
      `DENORT_BIN is ${named}, which is not a file`,
      "Unset it, or set it to a denort.",
    );
  }
  if (await isFetched(target, denoDir)) return { state: "here" };
  const remembered = await readMemory(memory);
  if (remembered !== null) return { state: "none", why: remembered };
  const why = await whyUnreachable(`${site}/${pathFor(target)}`, withinMs);
  return why === null ? { state: "to fetch" } : await noRuntime(why, { memory });
}

/** Whether Deno's folder has the runtime. */
export async function isFetched(target: string = Deno.build.target, denoDir?: string): Promise<boolean> {
  return await isFile(`${denoDir ?? await usualDenoDir()}/dl/${pathFor(target)}`);
}

async function usualDenoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config"],
    cwd: ROOT,
    stderr: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Remembers for a day that there is no runtime, and why. */
export async function noRuntime(
  why: string,
  given: Partial<Pick<Places, "target" | "memory">> = {},
): Promise<CompileRuntime> {
  const { memory } = { ...usualPlaces(given.target), ...given };
  const text = JSON.stringify({ atMs: Date.now(), why, way: wayOut() } satisfies Memory);
  try {
    await Deno.mkdir(dirname(memory), { recursive: true });
    await Deno.writeTextFile(memory, text);
  } catch { /* a cache that cannot be written costs the wait at the next compilation, no more */ }
  return { state: "none", why };
}

interface Memory {
  readonly atMs: number;
  readonly why: string;
  readonly way: string;
}

async function readMemory(path: string): Promise<string | null> {
  try {
    const { atMs, why, way }: Memory = JSON.parse(await Deno.readTextFile(path));
    const ageMs = Date.now() - atMs;
    return ageMs >= 0 && ageMs < REMEMBERED_MS && way === wayOut() ? why : null;
  } catch {
    return null; // none yet, or not written to its end
  }
}

/** How this machine gets out: with another proxy or another certificate the site is tried again. */
function wayOut(): string {
  const names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "DENO_TLS_CA_STORE", "DENO_CERT"];
  return JSON.stringify(names.map((name) => Deno.env.get(name) ?? null));
}

async function whyUnreachable(url: string, withinMs: number): Promise<string | null> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      method: "HEAD",
      signal: AbortSignal.timeout(withinMs),
    });
    await response.body?.cancel();
    return response.ok ? null : `${host} answers ${response.status}`;
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    return late ? `${host} does not answer` : `${host} cannot be reached`;
  }
}
