/** The stages of a test run, and the programs each starts. @module */

import { compileIfStale } from "../../tools/compile.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { lackToBoot } from "../e2e/systemd/machine.ts";
import { enclosed, lackToEnclose } from "../emulators/enclosed.ts";
import { type Lack, linux } from "../support/needs.ts";
import { onEveryEra } from "./eras.ts";
import { debianPackages } from "./debian_packages.ts";
import { packerWithPlugins } from "./packer.ts";
import { Places } from "./places.ts";
import { denoTest, pytest, ROOT } from "./programs.ts";
import { providers } from "./providers.ts";
import { type Outcome, skipped } from "./report.ts";
import { inRooms } from "./rooms.ts";
import { wheelFolder } from "./wheels.ts";

/** A group of tests that need the same of the machine. */
export interface Stage {
  /** The folders of its tests. */
  readonly folders: readonly string[];
  /**
   * Runs them.
   *
   * @param python the interpreter for the tests
   * @param files the only ones to run; null: all of the stage
   */
  run(python: string, files: readonly string[] | null): Promise<Outcome[]>;
}

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
].map((name) => `tests/e2e/local/${name}_test.ts`);

/**
 * The programs that run in {@linkcode MACHINES}, and about how many seconds each takes: files of a
 * cloud that are programs of their own, all others of it, and its tests in Python.
 */
const SECONDS = {
  aws: { cycle: 430, base: 290, cut_off: 225, choices: 220, init: 105, user_data: 75, image: 150 },
  gcp: { cycle: 480, failures: 215, base: 125, image: 20 },
  rest: { aws: 375, gcp: 235 },
  emulator: 120,
  systemd: 105,
  bare: 190,
};

/**
 * Tests of the Python files that start processes, wait for a lease or a connection to expire, or
 * for what Dask does with its workers: programs of their own, beside the rest.
 */
const PROCESSES = [
  ["budget", "scheduler_preload_lease", "scheduler_preload_zero", "scheduler_preload_kept"],
  ["local_worker", "power_off", "scheduler_memory", "spot_notice", "worker_preload"],
  [
    "cluster",
    "scheduler_preload_deaths",
    "scheduler_preload_demand",
    "scheduler_preload_paused",
    "scheduler_preload_requests",
    "scheduler_preload_workers",
  ],
].map((names) => names.map((name) => `tests/python/test_${name}.py`));

/** Programs that boot machines, run Terraform or are a whole bare machine's, at a time. */
const MACHINES = new Places(4);

/** How a program is shown that runs beside others. */
const BESIDE = "after its end";

let compiled: Promise<string> | null = null;

/** The compiled program's path: stages that run beside each other have it made once. */
function program(): Promise<string> {
  return compiled ??= compileIfStale();
}

/** Runs a part of a stage if any of its files is to run. */
async function part(
  files: readonly string[] | null,
  all: readonly string[],
  isMine: (file: string) => boolean,
  run: (files: readonly string[]) => Promise<Outcome>,
): Promise<Outcome[]> {
  const mine = files?.filter(isMine) ?? all;
  return mine.length === 0 ? [] : [await run(mine)];
}

const isPython = (path: string) => /\.py$|^tests\/(python|emulators)\b(?!.*\.ts$)/.test(path);
const isDeno = (path: string) => !isPython(path);

/**
 * Outcomes of programs that run beside each other: two cores are what there is at least, and each
 * waits at times.
 */
async function beside(...parts: readonly Promise<Outcome[]>[]): Promise<Outcome[]> {
  return (await Promise.all(parts)).flat();
}

/** A stage that is skipped whole where something is missing. */
function skippedWithout(
  lackOf: () => Lack,
  name: string,
  { folders, run }: Stage,
): Stage {
  return {
    folders,
    run: (python, files) => {
      const lack = lackOf();
      return lack === null ? run(python, files) : Promise.resolve([skipped(name, lack)]);
    },
  };
}

/**
 * Tests that change this process's environment or folder, or measure its memory: all of a parallel
 * run have them in common.
 */
export const ALONE: readonly string[] = [
  "tests/runner/providers_test.ts",
  "tests/unit/dask/memory_test.ts",
  "tests/unit/support/needs_test.ts",
  "tests/unit/system_test.ts",
];

/** The tests below a folder but for {@linkcode ALONE}: `--ignore` of Deno 2.7 heeds one folder only. */
function* testsBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(`../../${folder}`, import.meta.url))) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* testsBelow(path);
    else if (name.endsWith("_test.ts") && !ALONE.includes(path)) yield path;
  }
}

/** Takes the longest of the stage `quick`: it begins. */
const TYPES = "tests/gate/gate_test.ts";

/** The sources, and the Python files on their own. */
const quick: Stage = {
  folders: [
    "tests/gate",
    "tests/unit",
    "tests/platform",
    "tests/runner",
    "tests/python",
    "tests/emulators/gce",
  ],
  run: (python, files) => {
    const inPython = ["tests/python", "tests/emulators/gce"];
    const ignored = files === null ? PROCESSES.flat().map((path) => `--ignore=${path}`) : [];
    const run = (args: readonly string[]) => denoTest("quick, Deno", args, python, {});
    const all = (folders: readonly string[]) =>
      inRooms(
        ROOT,
        folders.flatMap((folder) => [...testsBelow(folder)]).filter((file) => file !== TYPES),
        (rooms) => run(["--parallel", TYPES, ...rooms]),
      );
    return beside(
      part(
        files,
        quick.folders.slice(0, -inPython.length),
        isDeno,
        // A few that are named run one after the other, in the order in which they are named.
        files === null ? all : run,
      ),
      part(
        files === null ? null : [],
        ALONE,
        isDeno,
        (mine) => denoTest("quick, Deno alone", mine, python, {}, undefined, BESIDE),
      ),
      part(
        files,
        inPython,
        isPython,
        (mine) => pytest("quick, Python", python, [...mine, ...ignored], undefined, BESIDE),
      ),
    );
  },
};

/** Other programs, and what waits for time to pass. */
const contract: Stage = {
  folders: ["tests/contract"],
  run: async (python, files) => {
    const { env } = await providers();
    return await beside(
      part(
        files,
        contract.folders,
        isDeno,
        (mine) =>
          denoTest(
            "contract",
            ["--parallel", ...mine],
            python,
            { ...env, DENO_JOBS: "4" },
            undefined,
            BESIDE,
          ),
      ),
      ...PROCESSES.map((all) =>
        part(
          files,
          all,
          (file) => all.includes(file),
          (mine) => pytest("contract, Python", python, mine, undefined, BESIDE),
        )
      ),
    );
  },
};

/**
 * The loop in thousands of simulated disasters, readers on thousands of inputs, and commands whose
 * files break, on all cores.
 */
const simulation: Stage = {
  folders: ["tests/simulation", "tests/fuzz", "tests/faults"],
  run: async (python, files) => [
    await denoTest("simulation", ["--parallel", ...files ?? simulation.folders], python, {}),
  ],
};

/** The compiled program, from outside. */
const e2e: Stage = {
  folders: ["tests/e2e/local"],
  run: async (python, files) => {
    const env = { XCORE_BIN: await program(), DENO_JOBS: E2E_AT_ONCE };
    return [
      await denoTest("e2e", ["--parallel", ...files ?? [...LONGEST_FIRST, ...e2e.folders]], python, env),
    ];
  },
};

/** The same preload, loop and Python package on the Dask and the Python of other years. */
const versions: Stage = {
  folders: ["tests/e2e/versions"],
  run: async (_python, files) => await onEveryEra(await program(), files),
};

/** What people run on Dask, on environments of its own. */
const [ecosystem, ecosystemLarge] = ["ecosystem", "ecosystem_large"].map((name): Stage => {
  const folder = `tests/e2e/${name}`;
  return {
    folders: [folder],
    run: async (_python, files) => {
      const python = await pythonEnvironment({ requirements: `${folder}/requirements.txt` });
      const env = { XCORE_BIN: await program(), DENO_JOBS: E2E_AT_ONCE };
      return [await denoTest(name, ["--parallel", ...files ?? [folder]], python, env, undefined, BESIDE)];
    },
  };
});

/** The compiled program's daemon under a real systemd, on machines that are booted for it. */
const systemd: Stage = skippedWithout(lackToBoot, "systemd", {
  folders: ["tests/e2e/systemd"],
  run: async (python, files) => {
    await program();
    const args = ["--parallel", ...files ?? ["tests/e2e/systemd"]];
    return [
      await MACHINES.run(
        () => denoTest("systemd", args, python, { DENO_JOBS: "3" }, undefined, BESIDE),
        SECONDS.systemd,
      ),
    ];
  },
});

/** The emulated clouds, and all that meets them, where no packet can leave. */
const [aws, gcp] = (["aws", "gcp"] as const).map((cloud) =>
  skippedWithout(lackToEnclose, cloud, {
    folders: [`tests/e2e/${cloud}`, ...(cloud === "aws" ? ["tests/emulators/ec2"] : [])],
    run: (python, files) => onCloud(cloud, python, files),
  })
);

/** The demo and the stage `quick` as a newcomer runs them, where nothing is installed. */
const bare: Stage = skippedWithout(linux, "bare", {
  folders: ["tests/e2e/bare"],
  run: async (python) => [
    await MACHINES.run(
      () => denoTest("bare", ["tests/e2e/bare"], python, {}, undefined, BESIDE),
      SECONDS.bare,
    ),
  ],
});

/** By name. */
export const STAGES: Readonly<Record<string, Stage>> = {
  quick,
  contract,
  simulation,
  e2e,
  versions,
  ecosystem: ecosystem!,
  systemd,
  aws: aws!,
  gcp: gcp!,
  bare,
  "ecosystem-large": ecosystemLarge!,
};

/** Stages that run only where they are named. */
const ONLY_NAMED = new Set(["bare", "ecosystem-large"]);

/**
 * Stages of a whole run, and the last ones, which run only where they are named: those of a row run
 * beside each other.
 */
export const ROWS: readonly (readonly string[])[] = [
  ["quick"],
  // One waits where the other computes.
  ["contract", "simulation"],
  ["e2e"],
  ["versions", "ecosystem"],
  // They wait, for boots and for Terraform, more than they work.
  ["gcp", "aws", "systemd", "bare"],
  ["ecosystem-large"],
];

/** What is to run: stages, whole or some of their files. */
export interface Choice {
  readonly stage: string;
  /** Null: all. */
  readonly files: readonly string[] | null;
}

/**
 * What to run, in rows.
 *
 * @param named stages, `all` (all that need not be named), and files or folders below `tests/`;
 * none: the same as `all`
 * @throws {UnknownTestsError}
 */
export function rowsOf(named: readonly string[]): Choice[][] {
  const files = new Map<string, string[]>();
  for (const name of named) {
    if (name === "all" || Object.hasOwn(STAGES, name)) continue;
    const path = name.replace(/^\.\/|\/$/g, "");
    const stage = stageOf(path);
    if (stage === null) throw new UnknownTestsError(name);
    files.set(stage, [...files.get(stage) ?? [], path]);
  }
  const all = named.length === 0 || named.includes("all");
  const choose = (stage: string): Choice[] => {
    if (named.includes(stage) || (all && !ONLY_NAMED.has(stage))) return [{ stage, files: null }];
    const some = files.get(stage);
    return some === undefined ? [] : [{ stage, files: some }];
  };
  return ROWS.map((row) => row.flatMap(choose)).filter((row) => row.length > 0);
}

/** The stage that a file's tests, or those of a folder, belong to. */
function stageOf(path: string): string | null {
  if (PROCESSES.flat().includes(path)) return "contract";
  const found = Object.entries(STAGES).find(([, { folders }]) =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
  );
  return found?.[0] ?? null;
}

/** Somebody named a stage, or a file, that has no tests. */
export class UnknownTestsError extends Error {
  override readonly name = "UnknownTestsError";

  constructor(name: string) {
    super(
      `${name} is no stage and no file of tests; the stages are ${Object.keys(STAGES).join(", ")} and all`,
    );
  }
}

/** All that meets an emulated cloud: each program in a network of its own. */
async function onCloud(
  cloud: "aws" | "gcp",
  python: string,
  files: readonly string[] | null,
): Promise<Outcome[]> {
  const { env: terraform, lack } = await providers();
  if (lack !== null) return [skipped(cloud, lack)];
  const wheels: Record<string, string> = cloud === "aws"
    ? { XCORE_TEST_WHEELS: await wheelFolder(python) }
    : {};
  const env = { XCORE_BIN: await program(), ...terraform, ...wheels };
  const folder = `tests/e2e/${cloud}`;
  const long = Object.entries(SECONDS[cloud])
    .map(([name, seconds]) => ({ name, file: `${folder}/${name}_test.ts`, seconds }));
  // One program of each cloud waits for it.
  const packer = packerWithPlugins();
  const isImage = (path: string) => path.endsWith("/image_test.ts");
  const deno = async (name: string, args: readonly string[], seconds: number) => {
    const images = args.some(isImage)
      ? { ...await packer, ...cloud === "aws" && await debianPackages() }
      : {};
    return await MACHINES.run((place) => {
      // Terraform's cache is not made for two at once.
      const own = { ...env, ...images, XCORE_TEST_PROVIDERS: `place-${place}` };
      return denoTest(`${cloud}, ${name}`, args, python, own, enclosed, BESIDE);
    }, seconds);
  };
  const emulator = (mine: readonly string[]) =>
    MACHINES.run(() => pytest(`${cloud}, Python`, python, mine, enclosed, BESIDE), SECONDS.emulator);
  return await Promise.all(
    files === null
      ? [
        ...long.map(({ name, file, seconds }) => deno(name, [file], seconds)),
        deno("the rest", [`--ignore=${long.map(({ file }) => file)}`, folder], SECONDS.rest[cloud]),
        ...(cloud === "aws" ? [emulator(["tests/emulators/ec2"])] : []),
      ]
      : files.map((file) => file.startsWith(folder) ? deno(file, [file], 0) : emulator([file])),
  );
}
