/** The stages of a test run, and the programs each starts. @module */

import { compileIfStale } from "../../tools/compile.ts";
import { enclosed, whyNotEnclosed } from "../cloud/enclosed.ts";
import { type Outcome, parseJunit, withExitCode } from "./report.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Stages by name, in the order they run. */
export const STAGES: Readonly<Record<string, (python: string) => Promise<Outcome[]>>> = {
  /** The sources, and the Python files on their own. */
  async quick(python) {
    return [
      await denoTest(
        "quick, Deno",
        ["--ignore=tests/e2e,tests/aws", "tests"],
        python,
        {},
      ),
      await pytest("quick, Python", python, ["tests/python", "tests/cloud/gce"]),
    ];
  },
  /** The compiled program, from outside. */
  async e2e(python) {
    const binary = await compileIfStale();
    return [await denoTest("e2e", ["--parallel", "tests/e2e"], python, { XCORE_BIN: binary })];
  },
  /** The emulated cloud, and all that meets it, where no packet can leave. */
  async aws(python) {
    const why = whyNotEnclosed();
    if (why !== null) return [skipped("aws", why)];
    const binary = await compileIfStale();
    return [
      await pytest("aws, Python", python, ["tests/cloud/ec2"], enclosed),
      await denoTest("aws, Deno", ["tests/aws"], python, { XCORE_BIN: binary }, enclosed),
    ];
  },
};

/**
 * Fetches the packages that program and tests import, as locked.
 *
 * @throws {Error} when they cannot be had
 */
export async function fetchPackages(): Promise<void> {
  console.error("Fetching the locked packages that are not here yet …");
  const files = ["main.ts", "lib/mod.ts", ...await Array.fromAsync(testFiles("tests"))];
  const code = await run([Deno.execPath(), "cache", "--quiet", "--frozen", ...files], {});
  if (code !== 0) throw new Error(`deno cache ended with exit code ${code}`);
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* testFiles(path);
    else if (entry.name.endsWith("_test.ts")) yield path;
  }
}

/** What a command is put into before it is run. */
type Wrapper = (command: readonly string[]) => string[];

const asItIs: Wrapper = (command) => [...command];

function skipped(stage: string, why: string): Outcome {
  console.error(`\n== ${stage}: SKIPPED, for it ${why}`);
  return { passed: 0, failed: [], skipped: [{ name: stage, reason: why }] };
}

function denoTest(
  stage: string,
  args: string[],
  python: string,
  env: Record<string, string>,
  wrapper = asItIs,
): Promise<Outcome> {
  const command = [Deno.execPath(), "test", "-A", "--cached-only"];
  return counted(
    stage,
    (report) => wrapper([...command, `--junit-path=${report}`, ...args]),
    { ...env, XCORE_TEST_PYTHON: python },
  );
}

function pytest(stage: string, python: string, folders: string[], wrapper = asItIs): Promise<Outcome> {
  const command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"];
  return counted(stage, (report) => wrapper([...command, `--junitxml=${report}`, ...folders]), {
    PYTHONDONTWRITEBYTECODE: "1",
  });
}

async function counted(
  stage: string,
  command: (report: string) => string[],
  env: Record<string, string>,
): Promise<Outcome> {
  console.error(`\n== ${stage}`);
  const report = await Deno.makeTempFile({ prefix: "xcore-tests-", suffix: ".xml" });
  try {
    const code = await run(command(report), env);
    return withExitCode(parseJunit(await Deno.readTextFile(report)), stage, code);
  } finally {
    await Deno.remove(report);
  }
}

/** Runs a program in the repository's root; its output is this one's. Nothing of the caller's own cluster is seen by it. */
async function run(command: string[], env: Record<string, string>): Promise<number> {
  const [program = "", ...args] = command;
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("XCORE_"));
  const child = new Deno.Command(program, {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), ...env },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  });
  return (await child.output()).code;
}
