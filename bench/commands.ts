/** The program's size, and how long it takes to answer. @module */

import { serveControl } from "../lib/daemon/control.ts";
import { status, workers } from "../tests/unit/cli/_status.ts";
import { placeWith } from "../tests/unit/config/_home.ts";
import { BenchCluster, output } from "./_bench_cluster.ts";
import { absoluteBound, type Figure, median, NOISE, ratioBound } from "./_figure.ts";

const ROUNDS = 21;

/** Workers of a large cluster. */
const MANY = 1000;

/** Megabytes, with both clouds' clients. */
const LARGEST_MB = 140;

/** The program's size, `xcore -V` and `xcore status --json`, beside a compiled hello world. */
export async function* commands(xcore: string, python: string): AsyncGenerator<Figure> {
  const figures: Figure[] = [];
  const folder = await Deno.makeTempDir({ prefix: "xcore-hello-" });
  try {
    await Deno.writeTextFile(`${folder}/hello.ts`, `console.log("hello, world");\n`);
    const hello = `${folder}/hello`;
    await output(Deno.execPath(), ["compile", "--quiet", "-A", "--output", hello, `${folder}/hello.ts`]);
    const size = await megabytesOf(xcore);
    figures.push({
      what: "size of xcore",
      value: size,
      unit: "MB",
      beside: { what: "compiled hello world", value: await megabytesOf(hello) },
      bound: absoluteBound(size, LARGEST_MB, "MB"),
    });
    await BenchCluster.with({ xcore, python, settings: {} }, async (cluster) => {
      const times = { hello: [] as number[], version: [] as number[], status: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        times.hello.push(await millisecondsOf(() => output(hello, [])));
        times.version.push(await millisecondsOf(() => cluster.xcore("-V")));
        times.status.push(await millisecondsOf(() => cluster.xcore("status", "--json")));
      }
      const beside = { what: "compiled hello world", value: median(times.hello) };
      const figure = (what: string, value: number, times: number): Figure => {
        return {
          what,
          value,
          unit: "ms",
          beside,
          bound: ratioBound(value, beside.value, times),
          slack: NOISE,
        };
      };
      figures.push(figure("xcore -V", median(times.version), 1.5));
      figures.push(figure("xcore status --json", median(times.status), 3));
    });
    figures.push(await statusOfMany(xcore, hello));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  yield* figures;
}

/** `xcore status --json` of a daemon that tells of 1,000 workers. */
async function statusOfMany(xcore: string, hello: string): Promise<Figure> {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  const answer = status({ workers: workers(MANY) });
  const control = { status: () => Promise.resolve(answer), stop() {} };
  const close = await serveControl(runtime, home, control);
  try {
    const times = { hello: [] as number[], status: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.hello.push(await millisecondsOf(() => output(hello, [])));
      times.status.push(
        await millisecondsOf(() => output(xcore, ["status", "--json"], { XCORE_HOME: home.dir })),
      );
    }
    const [value, start] = [median(times.status), median(times.hello)];
    return {
      what: `xcore status --json, ${MANY} workers`,
      ...{ value, unit: "ms", beside: { what: "compiled hello world", value: start } },
      // 100 ms where a hello world takes 30.
      bound: ratioBound(value, start, 3.3),
      slack: NOISE,
    };
  } finally {
    await close();
  }
}

async function megabytesOf(file: string): Promise<number> {
  return (await Deno.stat(file)).size / 1e6;
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
