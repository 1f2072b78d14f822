/**
 * Where the seconds go from the launch call to a worker that has joined, on the emulated cloud,
 * from a prepared image and from a plain one, whose packages come from an index on this machine.
 * Linux and root only.
 * @module
 */

import { enclosed, lackToEnclose } from "../tests/emulators/enclosed.ts";
import { wheelFolder } from "../tests/runner/wheels.ts";
import { output } from "./_bench_cluster.ts";
import type { Marks } from "./_boots.ts";
import { absoluteBound, type Figure, median, NOISE, ratioBound } from "./_figure.ts";

const ROUNDS = 5;
const PROGRAM = new URL("_boots.ts", import.meta.url).pathname;

/**
 * Each step's median of five boots; `beside` is the whole without the time that the cloud takes
 * until user data runs.
 */
export async function* boot(_xcore: string, python: string): AsyncGenerator<Figure> {
  const lack = lackToEnclose();
  if (lack !== null) {
    console.error(`boot is not measured: ${lack}`);
    return;
  }
  const env = { XCORE_TEST_PYTHON: python, XCORE_TEST_WHEELS: await wheelFolder(python) };
  for (const [image, mostS] of [["prepared", 5], ["plain", 15]] as const) {
    const loads: number[] = [];
    for (let round = 0; round < ROUNDS; round++) loads.push(await loadS(python));
    const [program = "", ...args] = enclosed([
      ...[Deno.execPath(), "run", "-A", "--cached-only", PROGRAM],
      ...[image, String(ROUNDS)],
    ]);
    const boots = (await output(program, args, env)).trim().split("\n").map((line) =>
      JSON.parse(line) as Marks
    );
    for (let round = 0; round < ROUNDS; round++) loads.push(await loadS(python));
    const between = (from: keyof Marks, to: keyof Marks) =>
      median(boots.map((marks) => marks[to] - marks[from]));
    const whole = between("userData", "joined");
    const step = (what: string, from: keyof Marks, to: keyof Marks, most: number): Figure => ({
      what: `${image} image: ${what}`,
      value: between(from, to),
      unit: "s",
      beside: { what: "user data to joined", value: whole },
      bound: absoluteBound(between(from, to), most, "s"),
    });
    yield step("launch call to user data (the cloud's)", "requested", "userData", 10);
    yield step("to a Python environment", "userData", "environment", mostS);
    yield step("to Dask's start", "environment", "started", 2);
    yield step("Dask's start to joined", "started", "joined", 5);
    yield step("user data to joined", "userData", "joined", mostS + 5);
    const load = median(loads);
    yield {
      ...{ what: `${image} image: user data to joined`, value: whole, unit: "s", slack: NOISE },
      beside: { what: "a Python that loads Dask's worker, here", value: load },
      bound: ratioBound(whole, load, image === "prepared" ? 4 : 15),
    };
  }
}

/** Seconds until Dask's worker is loaded, which no boot can do without. */
async function loadS(python: string): Promise<number> {
  const startedMs = performance.now();
  await output(python, ["-c", "import distributed.cli.dask_worker"]);
  return (performance.now() - startedMs) / 1000;
}
