/** The comparison as tables, as a plot, and as the ratios that are kept. @module */

import { isBehind } from "../_recorded.ts";
import type { Bound } from "./bound.ts";
import type { Family } from "./workload.ts";

/** A policy's mean over the seeds. */
export interface Mean {
  readonly policy: string;
  /** Seconds: the makespan, or, where jobs come over time, the mean wait of a task. */
  readonly timeS: number;
  readonly instanceHours: number;
  readonly launched: number;
}

/** All policies on one family of workloads. */
export interface Comparison {
  readonly family: Pick<Family, "name" | "title" | "isOpen">;
  readonly boot: string;
  readonly bound: Bound;
  readonly means: readonly Mean[];
}

/** xcore's figures as multiples of others'. */
export interface Ratio {
  /** Of Adaptive's makespan or mean wait. */
  readonly time: number;
  /** Of Adaptive's instance-hours. */
  readonly hours: number;
  /** Of the bound's makespan; null: jobs come over time. */
  readonly ofBound: number | null;
}

/** By workload, boot and policy: `W3 fast, xcore, auto`. */
export type Ratios = Readonly<Record<string, Ratio>>;

/** What a ratio may be worse than recorded: seeds are few. */
const SLACK = 0.02;

const ADAPTIVE = "Dask Adaptive";
/** As xcore is set on a cloud. */
const DEFAULT = "xcore, auto";

const HEAD = `# Waiting and instance-hours by policy

\`deno task bench:policy --record\` has written this from one run. Time is simulated: xcore's whole tick at EC2's pace, Dask's own
\`Adaptive\`, the rule of crosscore 0.0.1 and an oracle that knows all durations see the same tasks and the same boots, 25 to 75 s (fast)
or 180 to 300 s (slow). Each figure is the mean of three seeds. The bound is what no policy with the same maximum can be better than.
H1 to H5 are there to mislead what looks ahead. \`xcore, auto\` is the default on a cloud.

![A panel for each workload and boot: time across, instance-hours up, a mark for each policy](policy.svg)
`;

/** The page with all tables. */
export function pageOf(comparisons: readonly Comparison[]): string {
  return `${HEAD}\n${tableOf(comparisons)}`;
}

/** Tables in Markdown. */
export function tableOf(comparisons: readonly Comparison[]): string {
  return comparisons.map(({ family, boot, bound, means }) => {
    const time = family.isOpen ? "mean wait" : "makespan";
    const rows = means.map(({ policy, timeS, instanceHours, launched }) =>
      `| ${policy} | ${timeS.toFixed(family.isOpen ? 1 : 0)} s | ${instanceHours.toFixed(1)} | ${
        launched.toFixed(0)
      } |`
    );
    return [
      `### ${family.name}, ${boot} boots: ${family.title}`,
      "",
      `| policy | ${time} | instance-hours | launched |`,
      "|---|---|---|---|",
      `| bound | ${bound.makespanS === null ? "" : `${bound.makespanS.toFixed(0)} s`} | ${
        bound.instanceHours.toFixed(1)
      } | |`,
      ...rows,
      "",
    ].join("\n");
  }).join("\n");
}

/** The ratios of a run. */
export function ratiosOf(comparisons: readonly Comparison[]): Ratios {
  return Object.fromEntries(comparisons.flatMap(({ family, boot, bound, means }) => {
    const adaptive = means.find(({ policy }) => policy === ADAPTIVE)!;
    return means.filter(({ policy }) => policy.startsWith("xcore")).map((mean) => [
      `${family.name} ${boot}, ${mean.policy}`,
      {
        time: rounded(mean.timeS / adaptive.timeS),
        hours: rounded(mean.instanceHours / adaptive.instanceHours),
        ofBound: bound.makespanS === null ? null : rounded(mean.timeS / bound.makespanS),
      },
    ]);
  }));
}

/** The ratios that were recorded last; none: nothing was. */
export async function recordedRatios(): Promise<Ratios> {
  const text = await Deno.readTextFile(new URL("../results/policy.json", import.meta.url)).catch(() => "{}");
  return JSON.parse(text);
}

/** Where Adaptive is better in both than xcore with its default, a line each. */
export function dominated(comparisons: readonly Comparison[]): string[] {
  return Object.entries(ratiosOf(comparisons))
    .filter(([name, { time, hours }]) => name.endsWith(DEFAULT) && time > 1 && hours > 1)
    .map(([name, { time, hours }]) => `${name}: ${time} × Adaptive's time and ${hours} × its instance-hours`);
}

/** Where a run is worse than what is recorded, a line each. */
export function falls(now: Ratios, recorded: Ratios): string[] {
  return Object.entries(now).flatMap(([name, ratios]) => {
    const before = recorded[name];
    if (before === undefined) return [`${name}: not recorded`];
    return (["time", "hours"] as const).filter((what) => isWorse(ratios[what], before[what]))
      .map((what) => `${name}: ${what} ${ratios[what]} × Adaptive's, recorded ${before[what]} ×`);
  });
}

/** Whether a ratio is worse than the one that was recorded. */
export function isWorse(ratio: number, recorded: number): boolean {
  return isBehind(ratio, recorded, SLACK);
}

function rounded(ratio: number): number {
  return Math.round(ratio * 1000) / 1000;
}

const PANEL = { width: 300, height: 220, margin: 44, columns: 4 };

/** Told apart by shape as well as by colour. */
const MARKS: Readonly<Record<string, readonly [colour: string, shape: string]>> = {
  "xcore, 300 s": ["#1b6ca8", "M-5-5H5V5H-5Z"],
  "xcore, 60 s": ["#3fa7d6", "M-5-5H5V5H-5Z"],
  "xcore, auto": ["#d1495b", "M0-7 7 0 0 7-7 0Z"],
  [ADAPTIVE]: ["#6a994e", "M0-6 6 5H-6Z"],
  "crosscore 0.0.1": ["#9a8c98", "M0 6 6-5H-6Z"],
  oracle: ["#333333", "M-6-1H-1V-6H1V-1H6V1H1V6H-1V1H-6Z"],
};

/** One panel a workload and boot: time across, instance-hours up, a mark a policy, from 0 on. */
export function plotOf(comparisons: readonly Comparison[]): string {
  const { width, height, columns } = PANEL;
  const rows = Math.ceil(comparisons.length / columns);
  const legend = Object.entries(MARKS).map(([name, [colour, shape]], i) =>
    `<g transform="translate(${20 + i * 170} 20)"><path d="${shape}" fill="${colour}"/>` +
    `<text x="12" y="4">${name}</text></g>`
  ).join("");
  const panels = comparisons.map((comparison, i) =>
    `<g transform="translate(${(i % columns) * width} ${40 + Math.floor(i / columns) * height})">${
      panelOf(comparison)
    }</g>`
  ).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * width}" height="${
    40 + rows * height
  }" ` +
    `font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>${legend}\n${panels}</svg>\n`;
}

function panelOf({ family, boot, means }: Comparison): string {
  const { width, height, margin } = PANEL;
  const most = (of: (mean: Mean) => number) => 1.1 * Math.max(...means.map(of));
  const [mostS, mostHours] = [most(({ timeS }) => timeS), most(({ instanceHours }) => instanceHours)];
  const [left, bottom, across, up] = [margin, height - margin, width - margin - 16, height - 2 * margin];
  const marks = means.map(({ policy, timeS, instanceHours }) => {
    const [colour, shape] = MARKS[policy]!;
    const [x, y] = [left + across * timeS / mostS, bottom - up * instanceHours / mostHours];
    return `<path transform="translate(${x.toFixed(1)} ${y.toFixed(1)})" d="${shape}" fill="${colour}" ` +
      `fill-opacity="0.85"><title>${policy}: ${timeS.toFixed(0)} s, ${
        instanceHours.toFixed(1)
      } h</title></path>`;
  });
  return `<text x="${left}" y="${margin - 12}" font-weight="bold">${family.name}, ${boot} boots</text>` +
    `<path d="M${left} ${margin}V${bottom}H${left + across}" fill="none" stroke="#888"/>` +
    `<text x="${left + across}" y="${bottom + 16}" text-anchor="end">${
      family.isOpen ? "mean wait" : "makespan"
    }, to ${mostS.toFixed(0)} s</text>` +
    `<text x="${left - 6}" y="${margin}" text-anchor="end">${mostHours.toFixed(0)} h</text>${marks.join("")}`;
}
