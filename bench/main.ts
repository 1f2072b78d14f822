/**
 * `deno task bench [--record] [decision|commands|jobs|daemon|demand|launches|boot|policy|ecosystem|scheduler …]`: each figure beside what it is
 * compared with in the same run, and the most it may be. It fails where one is over, or where a ratio falls behind
 * that in bench/results/ratios.json; `--record` keeps the ratios of this run there. Quote ratios and differences;
 * absolute figures are of the machine at that moment.
 * @module
 */

import { pythonEnvironment } from "../tools/python_env.ts";
import { compileIfStale } from "../tools/compile.ts";
import { type Figure, lineOf } from "./_figure.ts";
import { held, ratioOf, recordedRatios, recordRatios } from "./_recorded.ts";
import { boot } from "./boot.ts";
import { commands } from "./commands.ts";
import { daemon } from "./daemon.ts";
import { decision } from "./decision.ts";
import { demand } from "./demand.ts";
import { ecosystem } from "./ecosystem.ts";
import { jobs } from "./jobs.ts";
import { launches } from "./launches.ts";
import { policy } from "./policy.ts";
import { scheduler } from "./scheduler.ts";

type Part = (xcore: string, python: string) => AsyncIterable<Figure> | Iterable<Figure>;

const PARTS: Readonly<Record<string, Part>> = {
  decision,
  commands,
  jobs,
  daemon,
  demand,
  launches,
  boot,
  policy,
  ecosystem,
  scheduler,
};

const isRecording = Deno.args.includes("--record");
const named = Deno.args.filter((arg) => arg !== "--record");
const unknown = named.find((arg) => !(arg in PARTS));
if (unknown !== undefined) {
  console.error(`Cannot measure ${unknown}: there are ${Object.keys(PARTS).join(", ")}.`);
  Deno.exit(2);
}
const python = await pythonEnvironment();
const xcore = await compileIfStale();
const recorded = isRecording ? {} : await recordedRatios();
const ratios: [string, number][] = [];
let over = 0;
for (const name of named.length > 0 ? named : Object.keys(PARTS)) {
  for await (const measured of PARTS[name]!(xcore, python)) {
    const figure = held(measured, recorded);
    console.log(lineOf(figure));
    if (!figure.bound.holds) over++;
    const ratio = ratioOf(figure);
    if (ratio !== null) ratios.push([...ratio]);
  }
}
if (isRecording) await recordRatios(Object.fromEntries(ratios));
Deno.exit(over === 0 ? 0 : 1);
