/** The stages of a test run, and the programs each starts. @module */

import { compileIfStale } from "../../tools/compile.ts";
import { enclosed, lackToEnclose } from "../cloud/enclosed.ts";
import { linux } from "../needs.ts";
import { onEveryEra } from "./eras.ts";
import { Places } from "./places.ts";
import { denoTest, pytest } from "./programs.ts";
import { lackToBoot } from "../systemd/machine.ts";
import { providers } from "./providers.ts";
import { type Outcome, skipped } from "./report.ts";
import { wheelFolder } from "./wheels.ts";

/**
 * Files of end-to-end tests at a time: each waits most of the time, for something to boot, to end
 * or to be idle.
 */
const E2E_AT_ONCE = "4";

/** Begun last, any of these would be waited for alone. */
const LONGEST_FIRST = [
  "wheel",
  "failures/scheduler_unreachable",
  "killed_daemon",
  "slow_boot",
  "failures/no_python",
];

/** Files on a cloud that take more than a minute, the longest first. */
const LONG = {
  aws: ["cycle", "choices", "cut_off", "base", "init", "user_data", "image"],
  gcp: ["cycle", "failures", "base"],
};

/** Folders below tests/ that the stage `quick` leaves to others. */
const OTHER_STAGES = ["e2e", "versions", "aws", "gcp", "systemd", "simulation", "bare"];

/**
 * What of `quick` mostly runs Deno, pip, Terraform and processes of a cluster: half of Deno's part.
 */
const REAL = ["gate_test.ts", "infra", "provider", "python_env"].map((name) => `tests/${name}`);

/** Tests of the Python files in programs of their own, beside the rest: most wait, for a lease or a connection to expire. */
const PYTHON_PARTS = {
  "Python, the lease": ["scheduler_preload_lease"],
  "Python, processes": ["local_worker", "power_off", "scheduler_memory", "spot_notice", "worker_preload"],
};

/** Programs that boot machines, or run Terraform, at a time. */
const MACHINES = new Places(4);

let compiled: Promise<string> | null = null;

/** The compiled program's path: stages that run beside each other have it made once. */
function program(): Promise<string> {
  return compiled ??= compileIfStale();
}

/** Stages by name, in the order they run. */
export const STAGES: Readonly<Record<string, (python: string) => Promise<Outcome[]>>> = {
  /** The sources, and the Python files on their own. */
  async quick(python) {
    const { env } = await providers();
    const others = OTHER_STAGES.map((name) => `tests/${name}`);
    const parts = Object.entries(PYTHON_PARTS).map(([name, files]) =>
      [name, files.map((file) => `tests/python/test_${file}.py`)] as const
    );
    const apart = parts.flatMap(([, paths]) => paths.map((path) => `--ignore=${path}`));
    // Beside each other, as each waits for others at times: two cores are what there is at least.
    return await Promise.all([
      denoTest("quick, Deno", [`--ignore=${[...others, ...REAL]}`, "tests"], python, env),
      denoTest("quick, real programs", [...REAL], python, env, undefined, "after its end"),
      pytest(
        "quick, Python",
        python,
        ["tests/python", "tests/cloud/gce", ...apart],
        undefined,
        "after its end",
      ),
      ...parts.map(([name, paths]) => pytest(`quick, ${name}`, python, paths, undefined, "after its end")),
    ]);
  },
  /** The loop in thousands of simulated disasters, on all cores. */
  async simulation(python) {
    return [await denoTest("simulation", ["--parallel", "tests/simulation"], python, {})];
  },
  /** The compiled program, from outside. */
  async e2e(python) {
    const binary = await program();
    const files = [...LONGEST_FIRST.map((name) => `tests/e2e/${name}_test.ts`), "tests/e2e"];
    return [
      await denoTest("e2e", ["--parallel", ...files], python, { XCORE_BIN: binary, DENO_JOBS: E2E_AT_ONCE }),
    ];
  },
  /** The same preload, loop and Python package on the Dask and the Python of other years. */
  async versions() {
    return await onEveryEra(await program());
  },
  /** The compiled program's daemon under a real systemd, on machines that are booted for it. */
  async systemd(python) {
    const lack = lackToBoot();
    if (lack !== null) return [skipped("systemd", lack)];
    await program();
    const env = { DENO_JOBS: "3" };
    const args = ["--parallel", "tests/systemd"];
    return [await MACHINES.run(() => denoTest("systemd", args, python, env, undefined, "after its end"))];
  },
  /** The emulated cloud, and all that meets it, where no packet can leave. */
  async aws(python) {
    return await onCloud("aws", python);
  },
  /** Google's cloud, in the same way. */
  async gcp(python) {
    return await onCloud("gcp", python);
  },
  /** The demo and the stage `quick` as a newcomer runs them, where nothing is installed. */
  async bare(python) {
    const lack = linux();
    return [lack === null ? await denoTest("bare", ["tests/bare"], python, {}) : skipped("bare", lack)];
  },
};

/**
 * Stages of a whole run, and the last one, which runs only where it is named: those of a row run
 * beside each other.
 */
export const ROWS: readonly (readonly string[])[] = [
  ["quick"],
  ["simulation"],
  ["e2e"],
  ["versions"],
  // They wait, for boots and for Terraform, more than they work. The one with the longest program
  // begins.
  ["gcp", "aws", "systemd"],
  ["bare"],
];

/**
 * The stages to run, in rows.
 *
 * @param named `all`: all but `bare`; none: the same
 * @throws {UnknownStageError}
 */
export function rowsOf(named: readonly string[]): string[][] {
  const unknown = named.find((name) => name !== "all" && !Object.hasOwn(STAGES, name));
  if (unknown !== undefined) throw new UnknownStageError(unknown);
  const all = named.length === 0 || named.includes("all");
  const isMeant = (name: string) => named.includes(name) || (all && name !== "bare");
  return ROWS.map((row) => row.filter(isMeant)).filter((row) => row.length > 0);
}

/** Somebody named a stage that there is not. */
export class UnknownStageError extends Error {
  override readonly name = "UnknownStageError";

  constructor(stage: string) {
    super(`there is no stage ${stage}; the stages are ${Object.keys(STAGES).join(", ")}, and all`);
  }
}

/** All that meets an emulated cloud: each program in a network of its own, the long ones first. */
async function onCloud(cloud: "aws" | "gcp", python: string): Promise<Outcome[]> {
  const enclosing = lackToEnclose();
  if (enclosing !== null) return [skipped(cloud, enclosing)];
  const { env: terraform, lack } = await providers();
  if (lack !== null) return [skipped(cloud, lack)];
  const wheels: Record<string, string> = cloud === "aws"
    ? { XCORE_TEST_WHEELS: await wheelFolder(python) }
    : {};
  const env = { XCORE_BIN: await program(), ...terraform, ...wheels };
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
