/** Dask and Python of other years, and the tests that run on each. @module */

import { denoTest, pytest } from "./programs.ts";
import { NoPythonError, pythonEnvironment, type Wish } from "../../tools/python_env.ts";
import { type Outcome, skipped } from "./report.ts";

interface Era extends Wish {
  readonly python: string;
  /** The Python files' own tests that run there, below tests/python. */
  readonly files: readonly string[];
  /** Whether its crossflow is the one that the original README was written for. */
  readonly original: boolean;
}

/** What depends on Python. */
const PROGRAMS = [
  "cluster",
  "crosscore_package",
  "limit_handshakes",
  "local_worker",
  "scheduler_messages",
  "scheduler_preload",
  "sync_code",
  "power_off",
  "worker_preload",
];

/** And what on Dask. */
const ALL = [
  ...PROGRAMS,
  "scheduler_parts",
  "scheduler_preload_demand",
  "scheduler_preload_workers",
  "scheduler_preload_zero",
  "task_lookup",
  "unknown_modules",
];

const ERAS: readonly Era[] = [
  { python: "3.8", requirements: "tests/e2e/versions/dask-2022.12.txt", files: ALL, original: false },
  { python: "3.9", requirements: "tests/e2e/versions/dask-2024.8.txt", files: ALL, original: true },
  // The stage `quick` has the same Dask.
  { python: "3.13", requirements: "tests/e2e/versions/dask-2026.8.txt", files: PROGRAMS, original: false },
];

/**
 * Runs the Python files' own tests, and a job through the program, on each; all eras beside each
 * other, since most of the time each waits for processes to start and end.
 *
 * @param xcore the program
 * @param files the jobs to run, and nothing else; null: all
 */
export async function onEveryEra(
  xcore: string,
  files: readonly string[] | null,
): Promise<Outcome[]> {
  return (await Promise.all(ERAS.map((era) => onEra(era, xcore, files)))).flat();
}

async function onEra(era: Era, xcore: string, files: readonly string[] | null): Promise<Outcome[]> {
  const name = `Python ${era.python}, ${era.requirements.replace(/^.*\/|\.txt$/g, "")}`;
  let python: string;
  try {
    python = await pythonEnvironment(era);
  } catch (error) {
    if (error instanceof NoPythonError) {
      return [skipped(`versions: ${name}`, `${error.message}: ${error.hint}`)];
    }
    throw error;
  }
  const env = { XCORE_BIN: xcore };
  const programs = era.files.map((it) => `tests/python/test_${it}.py`);
  const jobs = ["loop", ...(era.original ? ["original_script"] : [])].map((it) =>
    `tests/e2e/versions/${it}_test.ts`
  );
  // In two programs, which wait at different times.
  const halves = files === null ? [0, 1].map((half) => programs.filter((_, i) => i % 2 === half)) : [];
  const outcomes = await Promise.all([
    ...halves.map((half) => pytest(`${name}: the Python files`, python, half, undefined, "after its end")),
    denoTest(`${name}: a job`, files ?? jobs, python, env, undefined, "after its end"),
  ]);
  return outcomes.map((outcome) => ofEra(name, outcome));
}

/** The same test runs in each era: its name alone would not say where it failed. */
function ofEra(era: string, { passed, failed, skipped }: Outcome): Outcome {
  const named = (cases: Outcome["failed"]) =>
    cases.map(({ name, reason }) => ({ name: `${era}: ${name}`, reason }));
  return { passed, failed: named(failed), skipped: named(skipped) };
}
