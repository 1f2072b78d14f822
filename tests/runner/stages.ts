/** The stages of a test run, and the programs each starts. @module */

import { compileIfStale } from "../../tools/compile.ts";
import { runDeno } from "../../tools/run_deno.ts";
import { enclosed, whyNotEnclosed } from "../cloud/enclosed.ts";
import { onEveryEra } from "./eras.ts";
import { Places } from "./places.ts";
import { denoTest, pytest, ROOT } from "./programs.ts";
import { whyNotBooted } from "../systemd/machine.ts";
import { type Outcome, skipped } from "./report.ts";
import { wheelFolder } from "./wheels.ts";

/** Files of end-to-end tests at a time: each waits most of the time, for something to boot, to end or to be idle. */
const E2E_AT_ONCE = "4";

/** Begun last, any of these would be waited for alone. */
const LONGEST_FIRST = ["failures/scheduler_deaf", "killed_daemon", "slow_boot", "failures/no_python"];

/** Files on a cloud that take more than a minute, the longest first. */
const LONG = {
  aws: ["cycle", "choices", "cut_off", "base", "init", "user_data", "image"],
  gcp: ["cycle", "failures", "base"],
};

/** Programs that boot machines, or run Terraform, at a time. */
const MACHINES = new Places(4);

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
    const env = { DENO_JOBS: "3" };
    const args = ["--parallel", "tests/systemd"];
    return [await MACHINES.run(() => denoTest("systemd", args, python, env, undefined, "after its end"))];
  },
  /** The emulated cloud, and all that meets it, where no packet can leave. */
  async aws(python) {
    return await onCloud("aws", python, await wheelFolder(python));
  },
  /** Google's cloud, in the same way. */
  async gcp(python) {
    return await onCloud("gcp", python);
  },
};

/** The stages of a whole run: those of a row run beside each other. */
export const ROWS: readonly (readonly string[])[] = [
  ["quick"],
  ["simulation"],
  ["e2e"],
  ["versions"],
  // They wait, for boots and for Terraform, more than they work. The one with the longest program begins.
  ["gcp", "aws", "systemd"],
];

/** All that meets an emulated cloud: each program in a network of its own, the long ones first. */
async function onCloud(cloud: "aws" | "gcp", python: string, wheels?: string): Promise<Outcome[]> {
  const why = whyNotEnclosed();
  if (why !== null) return [skipped(cloud, `it ${why}`)];
  const env = { XCORE_BIN: await compileIfStale(), ...(wheels && { XCORE_TEST_WHEELS: wheels }) };
  const long = LONG[cloud].map((name) => `tests/${cloud}/${name}_test.ts`);
  const deno = (name: string, args: string[]) => (place: number) => {
    // Terraform's cache is not made for two at once.
    const own = { ...env, XCORE_TEST_PROVIDERS: `place-${place}` };
    return denoTest(`${cloud}, ${name}`, args, python, own, enclosed, "after its end");
  };
  const programs = [
    ...LONG[cloud].map((name, i) => deno(name, [long[i]!])),
    deno("the rest", [`--ignore=${long}`, `tests/${cloud}`]),
    ...(cloud === "aws"
      ? [() => pytest("aws, Python", python, ["tests/cloud/ec2"], enclosed, "after its end")]
      : []),
  ];
  return await Promise.all(programs.map((program) => MACHINES.run(program)));
}

/**
 * Fetches the packages that program and tests import, as locked.
 *
 * @throws {DenoFailure} when they cannot be had
 */
export async function fetchPackages(): Promise<void> {
  console.error("Fetching the locked packages that are not here yet …");
  const files = ["main.ts", "lib/mod.ts", ...await Array.fromAsync(testFiles("tests"))];
  await runDeno(["cache", "--quiet", "--frozen", ...files]);
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* testFiles(path);
    else if (entry.name.endsWith("_test.ts")) yield path;
  }
}
