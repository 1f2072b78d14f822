/** Which commit a build is made from. @module */

import type { BuildStamp } from "../lib/version.ts";
import { ROOT } from "./run_deno.ts";

/**
 * The last commit that changed these sources: a commit that leaves the program as it is asks for no
 * new build.
 *
 * @param sources paths below the repository
 * @param root the repository's folder
 */
export async function buildStamp(sources: readonly string[], root: string = ROOT): Promise<BuildStamp> {
  const unknown: BuildStamp = { commit: null, date: null, changed: false };
  // A copy without git's folder may lie in somebody's repository.
  const top = await git(root, "rev-parse", "--show-toplevel");
  if (top === null || await Deno.realPath(top) !== await Deno.realPath(root)) return unknown;
  const [commit = "", date = ""] = (await git(root, "log", "-1", "--format=%h %cs", "--", ...sources) ?? "")
    .split(" ");
  const changes = await git(root, "status", "--porcelain", "--", ...sources);
  return commit === "" || changes === null ? unknown : { commit, date, changed: changes !== "" };
}

/** What git prints; null where there is no git, or it fails. */
async function git(root: string, ...args: string[]): Promise<string | null> {
  // In a hook git's variables name another repository.
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("GIT_"));
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["--no-optional-locks", ...args],
      cwd: root,
      clearEnv: true,
      env: { ...Object.fromEntries(env), LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
