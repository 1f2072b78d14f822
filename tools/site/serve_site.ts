/** Serving the documentation's site on this machine. @module */

import { ROOT } from "../run_deno.ts";
import { packageArgs } from "./build_site.ts";

const SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Serves the site of a folder on 127.0.0.1 until this process is told to end: the server, a process
 * of its own, ends with it.
 *
 * @returns the server's exit code
 */
export async function serveSite(folder: string): Promise<number> {
  const args = [...packageArgs("vite"), "preview", "--outDir", folder, "--host", "127.0.0.1"];
  const server = new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn();
  const end = () => {
    try {
      server.kill("SIGTERM");
    } catch { /* Ctrl-C has ended it already */ }
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, end);
  const { code } = await server.status;
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, end);
  return code;
}
