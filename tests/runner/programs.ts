/** The programs that run tests, and what they counted. @module */

import { type Outcome, parseJunit, withExitCode } from "./report.ts";

/** The repository. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** A Deno that fails shows no stack trace of its own. */
export const QUIET = { RUST_BACKTRACE: "0" };

/** What a command is put into before it is run. */
export type Wrapper = (command: readonly string[]) => string[];

const asItIs: Wrapper = (command) => [...command];

/**
 * When what a program says is shown: as it comes, or all at once after its end, for those that run
 * beside others.
 */
export type Shown = "as it comes" | "after its end";

/**
 * Runs `deno test`.
 *
 * @param stage what it is called in the output
 * @param args flags and files
 * @param python the interpreter for the tests
 * @param env for the tests, over this process's environment
 */
export function denoTest(
  stage: string,
  args: readonly string[],
  python: string,
  env: Record<string, string>,
  wrapper: Wrapper = asItIs,
  shown: Shown = "as it comes",
): Promise<Outcome> {
  // tests/gate/gate_test.ts checks the types of everything, once.
  const command = [Deno.execPath(), "test", "-A", "--cached-only", "--no-check"];
  return counted(
    stage,
    (report) => wrapper([...command, `--junit-path=${report}`, ...args]),
    { ...env, XCORE_TEST_PYTHON: python },
    shown,
  );
}

/** Runs pytest, see {@linkcode denoTest}. */
export function pytest(
  stage: string,
  python: string,
  folders: readonly string[],
  wrapper: Wrapper = asItIs,
  shown: Shown = "as it comes",
): Promise<Outcome> {
  const command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"];
  return counted(
    stage,
    (report) => wrapper([...command, `--junitxml=${report}`, ...folders]),
    { PYTHONDONTWRITEBYTECODE: "1" },
    shown,
  );
}

async function counted(
  stage: string,
  command: (report: string) => string[],
  env: Record<string, string>,
  shown: Shown,
): Promise<Outcome> {
  console.error(`\n== ${stage}${shown === "after its end" ? " …" : ""}`);
  const report = await Deno.makeTempFile({ prefix: "xcore-tests-", suffix: ".xml" });
  try {
    const code = await run(command(report), env, shown === "as it comes" ? null : stage);
    return withExitCode(parseJunit(await Deno.readTextFile(report)), stage, code);
  } finally {
    await Deno.remove(report);
  }
}

/**
 * Runs a program in the repository's root. Nothing of the caller's own cluster is seen by it.
 *
 * @param heading what stands over its output after its end; null: its output is this process's
 * @returns its exit code
 */
export async function run(
  command: string[],
  env: Record<string, string>,
  heading: string | null = null,
): Promise<number> {
  const [program = "", ...args] = command;
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !name.startsWith("XCORE_") || /^XCORE_UPDATE_(MESSAGES|CALLS)$/.test(name) // of wording.ts, of recorded_calls.ts
  );
  const output = heading === null ? "inherit" : "piped";
  const child = new Deno.Command(program, {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), ...QUIET, ...env },
    stdin: "null",
    stdout: output,
    stderr: output,
  }).spawn();
  if (heading === null) return (await child.status).code;
  const { code, stdout, stderr } = await child.output();
  console.error(`\n== ${heading}: its output`);
  for (const bytes of [stderr, stdout]) await Deno.stderr.write(bytes);
  return code;
}
