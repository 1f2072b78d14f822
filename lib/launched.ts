/**
 * What a launcher, a small shell program beside the bundle, tells the program that it starts. Pure.
 * @module
 */

/**
 * Variables by which Deno would do something else than run the bundle: read an .npmrc in HOME, keep
 * caches in DENO_DIR, ask its site for a newer Deno. The launcher sets them aside; {@linkcode
 * launched} puts them back for the program.
 */
export const SET_ASIDE = [
  "HOME",
  "DENO_DIR",
  "DENO_NO_UPDATE_CHECK",
  "DENO_AUTH_TOKENS",
  "DENO_COMPAT",
  "DENO_COVERAGE_DIR",
  "DENO_PERMISSION_BROKER_PATH",
  "DENO_UNSTABLE_CONTROL_SOCK",
  "DENO_V8_FLAGS",
] as const;

/** What the name of a variable begins with while it is set aside. */
export const ASIDE = "XCORE_ASIDE_";

/**
 * The first argument of a program that a launcher has started: this, and the launcher's absolute
 * path.
 */
export const LAUNCHER = "--launcher=";

/** How a program was started. */
export interface Launched {
  /** The launcher's absolute path; null when there is none. */
  readonly launcher: string | null;
  /** The arguments that are meant for the program. */
  readonly words: readonly string[];
}

/**
 * Reads what a launcher has added to the arguments, and puts the environment back as the launcher
 * found it, so that nothing of this reaches a child process.
 *
 * @param args all arguments of this process
 * @param environment this process's variables
 */
export function launched(
  args: readonly string[],
  environment: Pick<typeof Deno.env, "get" | "set" | "delete">,
): Launched {
  const [first, ...words] = args;
  if (first === undefined || !first.startsWith(LAUNCHER)) return { launcher: null, words: args };
  for (const name of SET_ASIDE) {
    const before = environment.get(ASIDE + name);
    if (before === undefined) environment.delete(name);
    else environment.set(name, before);
    environment.delete(ASIDE + name);
  }
  return { launcher: first.slice(LAUNCHER.length), words };
}
