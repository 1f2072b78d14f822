/** uv, which installs a list of packages in a third of the time that pip takes. @module */

import { onPath } from "../lib/util/on_path.ts";
import type { Runtime } from "../lib/runtime.ts";
import { exists } from "./files.ts";

/** From PyPI, on 2026-11-29. */
const VERSION = "0.13.9";

/**
 * The program's path: the one on PATH, or one that pip puts into the cache, once. Null where
 * neither can be had.
 *
 * @param python has pip
 * @param cache an absolute path
 */
export async function uvProgram(runtime: Runtime, python: string, cache: string): Promise<string | null> {
  const installed = await onPath(runtime, "uv");
  if (installed !== null) return installed;
  const folder = `${cache}/uv-${VERSION}`;
  const program = `${folder}/bin/uv`;
  if (await exists(program)) return program;
  // Another run may fetch it at the same time: the first one that has it whole renames it.
  const whole = await Deno.makeTempDir({ dir: cache, prefix: "uv-" });
  try {
    const pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
    const command = [...pip, "--no-deps", "--target", whole, `uv==${VERSION}`];
    const { code } = await runtime.run(command, { env: { PYTHONPATH: "", PIP_USER: "0" } });
    if (code !== 0) return null;
    await Deno.rename(whole, folder).catch(() => {});
    return await exists(program) ? program : null;
  } finally {
    await Deno.remove(whole, { recursive: true }).catch(() => {});
  }
}

/**
 * What uv has to be told of the machine's certificates and of pip's index; it does not read pip's
 * settings.
 */
export async function uvEnvironment(runtime: Runtime, python: string): Promise<Record<string, string>> {
  const trust = { UV_SYSTEM_CERTS: "1", UV_NATIVE_TLS: "1" };
  if (runtime.env("UV_DEFAULT_INDEX") || runtime.env("UV_INDEX_URL")) return trust;
  const own = runtime.env("PIP_INDEX_URL");
  const { code, stdout } = await runtime.run([python, "-m", "pip", "config", "get", "global.index-url"]);
  const index = own || (code === 0 ? stdout.trim() : "");
  return index === "" ? trust : { ...trust, UV_DEFAULT_INDEX: index };
}
