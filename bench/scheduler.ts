/**
 * What a scheduler takes that serves twenty workers for ten minutes, on the emulated cloud, held to
 * the memory of an f1-micro where this machine has control groups; and what a worker's boot takes of
 * a processor, which a burstable type has to have credits for. Linux and root only.
 * @module
 */

import { enclosed, lackToEnclose } from "../tests/emulators/enclosed.ts";
import { wheelFolder } from "../tests/runner/wheels.ts";
import { output } from "./_bench_cluster.ts";
import { absoluteBound, type Figure } from "./_figure.ts";
import type { Measured } from "./_scheduler_enclosed.ts";

const SERVING_S = 600;
const PROGRAM = new URL("_scheduler_enclosed.ts", import.meta.url).pathname;

/** What Ubuntu's own services leave of an f1-micro's 614 MB. */
const MEMORY_LEFT_MB = 400;

/** See the module. */
export async function* scheduler(_xcore: string, python: string): AsyncGenerator<Figure> {
  const lack = lackToEnclose();
  if (lack !== null) {
    console.error(`scheduler is not measured: ${lack}`);
    return;
  }
  const env = { XCORE_TEST_PYTHON: python, XCORE_TEST_WHEELS: await wheelFolder(python) };
  const seconds = Deno.env.get("XCORE_BENCH_SERVING_S") ?? String(SERVING_S);
  const [program = "", ...args] = enclosed([
    ...[Deno.execPath(), "run", "-A", "--cached-only", PROGRAM, seconds],
  ]);
  const measured: Measured = JSON.parse((await output(program, args, env)).trim().split("\n").at(-1)!);
  console.error(JSON.stringify(measured));
  const { boot, bootPeakMb, processesMb, peakMb, serving, workerBoot } = measured;
  const figure = (what: string, value: number, unit: string, most: number): Figure => ({
    ...{ what, value, unit, beside: null },
    bound: absoluteBound(value, most, unit),
  });
  yield figure("scheduler, 20 workers: memory of all processes", processesMb, "MB", MEMORY_LEFT_MB);
  if (bootPeakMb !== null) {
    yield figure("scheduler's boot: memory at most, with files", bootPeakMb, "MB", 614);
  }
  if (peakMb !== null) yield figure("scheduler: memory at most, with files", peakMb, "MB", 614);
  yield figure("scheduler's boot: written", boot.writtenMb, "MB", 1000);
  yield figure("scheduler's boot: processor", boot.cpuS, "s", 60);
  const hours = serving.seconds / 3600;
  yield figure("scheduler, 20 workers: written in an hour", serving.writtenMb / hours, "MB", 1000);
  yield figure("scheduler, 20 workers: processor", 100 * serving.cpuS / serving.seconds, "%", 100);
  yield figure("worker's boot: processor", workerBoot.cpuS, "s", 60);
}
