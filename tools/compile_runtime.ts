/**
 * The bare runtime that `deno compile` builds on, denort: Deno fetches it from its own site, which a firewall may not let
 * through.
 * @module
 */

import { cacheFolder } from "./cache_folder.ts";
import { ROOT } from "./run_deno.ts";

/** Whether there can be a runtime: it is here, Deno can be told to fetch it, or neither, and why. */
export type CompileRuntime =
  | { readonly state: "here" | "to fetch" }
  | { readonly state: "none"; readonly why: string };

/** Patience with a site that does not answer. */
const ANSWER_WITHIN_MS = 10_000;

/** For as long a failure is believed. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

const SITE = "dl.deno.land";

/**
 * Looks for the runtime: `DENORT_BIN`, Deno's cache, its site. That the site cannot be reached is remembered for a day, so
 * that nobody waits for it at each compilation.
 *
 * @param target the system it is for, as Deno calls it; DENORT_BIN is this machine's alone
 * @throws {Error} DENORT_BIN names no file
 */
export async function compileRuntime(target: string = Deno.build.target): Promise<CompileRuntime> {
  const named = target === Deno.build.target ? Deno.env.get("DENORT_BIN") : undefined;
  if (named) {
    if (await isFile(named)) return { state: "here" };
    throw new Error(`DENORT_BIN is ${named}, which is not a file. Unset it, or set it to a denort`);
  }
  if (await isFetched(target)) return { state: "here" };
  const remembered = await readMemory(target);
  if (remembered !== null) return { state: "none", why: remembered };
  const why = await whyUnreachable(target);
  return why === null ? { state: "to fetch" } : await noRuntime(why, target);
}

/** Whether Deno's cache has the runtime. */
export async function isFetched(target: string = Deno.build.target): Promise<boolean> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config"],
    cwd: ROOT,
    stderr: "null",
  }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  return await isFile(`${denoDir}/dl/${pathOf(target)}`);
}

/** Remembers for a day that there is no runtime, and why. */
export async function noRuntime(
  why: string,
  target: string = Deno.build.target,
): Promise<CompileRuntime> {
  const memory: Memory = { atMs: Date.now(), why, way: wayOut() };
  const path = memoryPath(target);
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(memory));
  return { state: "none", why };
}

function pathOf(target: string): string {
  return `release/v${Deno.version.deno}/denort-${target}.zip`;
}

interface Memory {
  readonly atMs: number;
  readonly why: string;
  readonly way: string;
}

function memoryPath(target: string): string {
  return `${cacheFolder()}/no-runtime/${Deno.version.deno}-${target}.json`;
}

async function readMemory(target: string): Promise<string | null> {
  try {
    const { atMs, why, way }: Memory = JSON.parse(await Deno.readTextFile(memoryPath(target)));
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

async function whyUnreachable(target: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(`https://${SITE}/${pathOf(target)}`, { method: "HEAD", signal });
    await response.body?.cancel();
    return response.ok ? null : `${SITE} answers ${response.status}`;
  } catch (error) {
    if (error instanceof DOMException) return `${SITE} does not answer within ${ANSWER_WITHIN_MS / 1000} s`;
    return `${SITE} cannot be reached`;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
