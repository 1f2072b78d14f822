/** The stages of a test run, and the programs each starts. @module */

import { compileIfStale } from "../../tools/compile.ts";
import { enclosed, whyNotEnclosed } from "../cloud/enclosed.ts";
import { onEveryEra } from "./eras.ts";
import { denoTest, pytest, ROOT, run } from "./programs.ts";
import { whyNotBooted } from "../systemd/machine.ts";
import { type Outcome, skipped } from "./report.ts";
import { wheelFolder } from "./wheels.ts";

/** Files of end-to-end tests at a time: each waits most of the time, for something to boot, to end or to be idle. */
const E2E_AT_ONCE = "4";

/** Begun last, any of these would be waited for alone. */
const LONGEST_FIRST = ["failures/scheduler_deaf", "killed_daemon", "slow_boot", "failures/no_python"];

/** Tests on AWS in which no machine boots, and Terraform is all that takes time. */
const TERRAFORM_ALONE = ["tests/aws/base_test.ts", "tests/aws/init_test.ts"];

/** Stages by name, in the order they run. */
export const STAGES: Readonly<Record<string, (python: string) => Promise<Outcome[]>>> = {
  /** The sources, and the Python files on their own. */
  async quick(python) {
    // Beside each other: one process each, and two cores are what there is at least.
    return await Promise.all([
      denoTest(
        "quick, Deno",
        ["--ignore=tests/e2e,tests/versions,tests/aws,tests/gcp,tests/systemd,tests/simulation", "tests"],
        python,
        {},
      ),
      pytest("quick, Python", python, ["tests/python", "tests/cloud/gce"], undefined, "after its end"),
    ]);
  },
  /** The loop in thousands of simulated disasters, on all cores. */
  async simulation(python) {
    return [await denoTest("simulation", ["--parallel", "tests/simulation"], python, {})];
  },
  /** The compiled program, from outside. */
  async e2e(python) {
    const binary = await compileIfStale();
    const files = [...LONGEST_FIRST.map((name) => `tests/e2e/${name}_test.ts`), "tests/e2e"];
    return [
      await denoTest("e2e", ["--parallel", ...files], python, { XCORE_BIN: binary, DENO_JOBS: E2E_AT_ONCE }),
    ];
  },
  /** The same preload, loop and Python package on the Dask and the Python of other years. */
  async versions() {
    return await onEveryEra(await compileIfStale());
  },
  /** The compiled program's daemon under a real systemd, on machines that are booted for it. */
  async systemd(python) {
    const why = whyNotBooted();
    if (why !== null) return [skipped("systemd", `it ${why}`)];
    await compileIfStale();
    // Each mostly waits for its systemd.
    return [await denoTest("systemd", ["--parallel", "tests/systemd"], python, { DENO_JOBS: "3" })];
  },
  /** The emulated cloud, and all that meets it, where no packet can leave. */
  async aws(python) {
    const why = whyNotEnclosed();
    if (why !== null) return [skipped("aws", `it ${why}`)];
    const env = { XCORE_BIN: await compileIfStale(), XCORE_TEST_WHEELS: await wheelFolder(python) };
    const deno = (name: string, args: string[]) =>
      denoTest(name, args, python, { ...env, XCORE_TEST_PROVIDERS: name }, enclosed, "after its end");
    // Each in a network of its own. Terraform waits ten seconds at a time: others can have the cores meanwhile.
    const [terraform, [emulation, rest]] = await Promise.all([
      deno("aws, Terraform", TERRAFORM_ALONE),
      (async () => [
        await pytest("aws, Python", python, ["tests/cloud/ec2"], enclosed, "after its end"),
        await deno("aws, Deno", [`--ignore=${TERRAFORM_ALONE}`, "tests/aws"]),
      ])(),
    ]);
    return [emulation!, rest!, terraform];
  },
  /** Google's cloud, in the same way. */
  async gcp(python) {
    const why = whyNotEnclosed();
    if (why !== null) return [skipped("gcp", `it ${why}`)];
    const env = { XCORE_BIN: await compileIfStale() };
    const deno = (name: string, args: string[]) =>
      denoTest(name, args, python, { ...env, XCORE_TEST_PROVIDERS: name }, enclosed, "after its end");
    const cycle = "tests/gcp/cycle_test.ts";
    return await Promise.all([
      deno("gcp, whole", [cycle]),
      deno("gcp, Deno", [`--ignore=${cycle}`, "tests/gcp"]),
    ]);
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
