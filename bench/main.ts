/**
 * `deno task bench [decision|commands|jobs|daemon|demand|launches|boot|policy|ecosystem|scheduler …]`: each figure beside what it is
 * compared with in the same run, and the most it may be. Quote ratios and differences; absolute
 * figures are of the machine at that moment.
 * @module
 */

import { pythonEnvironment } from "../tools/python_env.ts";
import { compileIfStale } from "../tools/compile.ts";
import { type Figure, lineOf } from "./_figure.ts";
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

const unknown = Deno.args.find((arg) => !(arg in PARTS));
if (unknown !== undefined) {
  console.error(`Cannot measure ${unknown}: there are ${Object.keys(PARTS).join(", ")}.`);
  Deno.exit(2);
}
const python = await pythonEnvironment();
const xcore = await compileIfStale();
let over = 0;
for (const name of Deno.args.length > 0 ? Deno.args : Object.keys(PARTS)) {
  for await (const figure of PARTS[name]!(xcore, python)) {
    console.log(lineOf(figure));
    if (!figure.bound.holds) over++;
  }
}
Deno.exit(over === 0 ? 0 : 1);
