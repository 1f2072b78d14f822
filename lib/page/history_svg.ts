/** Draws a cluster's history as SVG: workers, tasks and costs over time. Pure. @module */

import { EMBEDDED } from "../_embedded.ts";
import type { WorkerState } from "../model/mod.ts";
import { utcMark, utcText } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { type Markup, markup } from "./markup.ts";
import type { PageHistory } from "./page_history.ts";

const WIDTH = 900;
const LEFT = 56;
const RIGHT = 12;
/** Of a panel: its heading, its plot, and what is between it and the next one. */
const HEADING = 24;
const PLOT = 130;
const BELOW = 16;
const PANEL = HEADING + PLOT + BELOW;
const AXIS = 34;
/** Marks of an axis, at most. */
const MARKS = 4;
const TIME_MARKS = 8;

/** A curve: its values hold from their time until the next one; null: a gap. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Drawn as an area on those before it that are piled, too; else as a line. */
  readonly isPiled?: boolean;
  readonly dashed?: boolean;
}

interface Panel {
  readonly title: string;
  readonly at: readonly number[];
  readonly curves: readonly Curve[];
  readonly text: (value: number) => string;
  /** Marks stand at whole numbers. */
  readonly isCount: boolean;
}

/** Workers as they are drawn, from the bottom of the pile up, as on the page (charts.js). */
const PILE: readonly (readonly [name: string, states: readonly WorkerState[]])[] = [
  ["running", ["running"]],
  ["paused", ["paused"]],
  ["booting", ["requested", "pending", "booting"]],
  ["stopping", ["draining", "stopping"]],
  ["failed", ["failed"]],
  ["unknown", ["unknown"]],
];

/** The colours of the page's light theme: its style sheet names those first. */
const COLOURS: ReadonlyMap<string, string> = new Map(
  [...EMBEDDED["page/page.css"]!.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].reverse()
    .map(([, name, value]) => [name!, value!]),
);

function colour(name: string): string {
  return COLOURS.get(name)!;
}

/** The panels of a history. */
function panelsOf({ samples, cost, to }: PageHistory): Panel[] {
  const piles = PILE.flatMap(([name, states]): Curve[] => {
    const present = states.flatMap((state) =>
      samples.workers[state] === undefined ? [] : [samples.workers[state]]
    );
    const values = samples.at.map((_, i) =>
      present.some((counts) => counts[i] !== null)
        ? present.reduce((sum, counts) => sum + (counts[i] ?? 0), 0)
        : null
    );
    return name === "running" || values.some((value) => value)
      ? [{ name, colour: name, values, isPiled: true }]
      : [];
  });
  const count = { at: samples.at, text: (value: number) => value.toLocaleString("en-US"), isCount: true };
  const panels: Panel[] = [
    {
      ...{ ...count, title: "Workers" },
      curves: [...piles, { name: "target", colour: "target", values: samples.target, dashed: true }],
    },
    {
      ...{ ...count, title: "Tasks" },
      curves: [
        { name: "waiting for a worker", colour: "queued", values: samples.queued },
        { name: "on workers", colour: "processing", values: samples.processing },
      ],
    },
  ];
  if (cost === null || cost.at.length === 0) return panels;
  const partMs = (cost.at[1] ?? to) - cost.at[0]!;
  const values = cost.usd.map((usd) => usd / partMs * 3_600_000);
  return [...panels, {
    title: "Cost an hour",
    at: [...cost.at, cost.at.at(-1)! + partMs],
    curves: [{ name: "instances", colour: "cost", values: [...values, values.at(-1)!], isPiled: true }],
    text: moneyText,
    isCount: false,
  }];
}

/** The history of a cluster as an SVG of its own, which says in words what it shows. */
export function historySvg(history: PageHistory, name: string): Markup {
  const panels = panelsOf(history);
  const height = panels.length * PANEL + AXIS;
  const x = (atMs: number) =>
    LEFT + (WIDTH - LEFT - RIGHT) * (atMs - history.from) / Math.max(1, history.to - history.from);
  const marks = timeMarks(history.from, history.to);
  const drawn = panels.map((panel, i) => panelSvg(panel, i * PANEL, { x, marks }));
  const bottom = panels.length * PANEL - BELOW;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="plot-title plot-desc" font-family="system-ui, sans-serif" font-size="12">
<title id="plot-title">Cluster ${name} over time</title>
<desc id="plot-desc">${summary(panels, history)}</desc>
<rect width="${WIDTH}" height="${height}" fill="${colour("card")}"/>
${drawn}
${
    marks.at.map((atMs) =>
      markup`<text x="${px(x(atMs))}" y="${bottom + 15}" text-anchor="middle" fill="${colour("soft")}">${
        utcMark(atMs, marks.apartMs)
      }</text>
`
    )
  }<text x="${LEFT}" y="${bottom + 30}" fill="${colour("soft")}">${utcText(history.from)} to ${
    utcText(history.to)
  }, UTC</text>
</svg>
`;
}

/** The highest of each curve, in words. */
function summary(panels: readonly Panel[], { from, to }: PageHistory): string {
  const parts = panels.map(({ title, curves, text }) => {
    const most = curves.map(({ name, values }) => `${name} ${text(highest(values))}`);
    return `${title}, at most: ${most.join(", ")}.`;
  });
  return [`From ${utcText(from)} to ${utcText(to)}, UTC.`, ...parts].join(" ");
}

interface TimeAxis {
  readonly x: (atMs: number) => number;
  readonly marks: { readonly at: readonly number[]; readonly apartMs: number };
}

function panelSvg({ title, at, curves, text, isCount }: Panel, top: number, { x, marks }: TimeAxis): Markup {
  const sums = piled(curves);
  const most = Math.max(...sums.map(highest), isCount ? 1 : 0) || 1;
  const apart = niceStep(most / MARKS, isCount);
  const end = Math.ceil(most / apart) * apart;
  const bottom = top + HEADING + PLOT;
  const y = (value: number) => bottom - PLOT * value / end;
  const lines = Array.from({ length: Math.round(end / apart) + 1 }, (_, i) => i * apart);
  // The last on the pile first, as each covers what is below it.
  const areas = curves.map((curve, i) => ({ ...curve, sum: sums[i]! })).filter(({ isPiled }) => isPiled)
    .reverse();
  const others = curves.filter(({ isPiled }) => !isPiled);
  return markup`<g>
<text x="${LEFT}" y="${top + 16}" fill="${colour("text")}"><tspan font-weight="600">${title}</tspan>${
    curves.map(({ name, colour: of, dashed }) =>
      markup`<tspan dx="14" fill="${colour(of)}">${dashed ? "┄" : "■"}</tspan><tspan dx="4">${name}</tspan>`
    )
  }</text>
${
    lines.map((value) =>
      markup`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(value))}" y2="${px(y(value))}" stroke="${
        colour("line")
      }"/><text x="${LEFT - 6}" y="${px(y(value) + 4)}" text-anchor="end" fill="${colour("soft")}">${
        text(value)
      }</text>
`
    )
  }${
    marks.at.map((atMs) =>
      markup`<line x1="${px(x(atMs))}" x2="${px(x(atMs))}" y1="${bottom}" y2="${bottom + 4}" stroke="${
        colour("soft")
      }"/>`
    )
  }
${
    areas.map(({ colour: of, sum }) =>
      markup`<path fill="${colour(of)}" d="${stairs(at, sum, x, y, bottom)}"/>
`
    )
  }${
    others.map(({ colour: of, values, dashed = false }) =>
      markup`<path fill="none" stroke="${colour(of)}" stroke-width="1.5" stroke-dasharray="${
        dashed ? "4 3" : "none"
      }" d="${stairs(at, values, x, y)}"/>
`
    )
  }</g>
`;
}

/** The values of each curve, and of a piled one with those below it. */
function piled(curves: readonly Curve[]): (readonly (number | null)[])[] {
  let below: readonly (number | null)[] | null = null;
  return curves.map(({ values, isPiled }) => {
    if (!isPiled) return values;
    const under: readonly (number | null)[] | null = below;
    const sum = values.map((value, i) => value === null ? null : value + (under?.[i] ?? 0));
    below = sum;
    return sum;
  });
}

/**
 * A path along values that each hold until the next time.
 *
 * @param bottom closes it to an area down to there
 */
function stairs(
  at: readonly number[],
  values: readonly (number | null)[],
  x: (atMs: number) => number,
  y: (value: number) => number,
  bottom?: number,
): string {
  const parts: string[] = [];
  let isOpen = false;
  let startX = 0;
  const close = () => {
    if (isOpen && bottom !== undefined) parts.push(`V${px(bottom)}H${px(startX)}Z`);
    isOpen = false;
  };
  let last = NaN;
  for (const [i, atMs] of at.entries()) {
    const value = values[i] ?? null;
    const toX = x(atMs);
    if (isOpen) parts.push(`H${px(toX)}`);
    if (value === null) {
      close();
      continue;
    }
    if (!isOpen) {
      startX = toX;
      parts.push(
        bottom === undefined ? `M${px(toX)} ${px(y(value))}` : `M${px(toX)} ${px(bottom)}V${px(y(value))}`,
      );
    } else if (value !== last) parts.push(`V${px(y(value))}`);
    isOpen = true;
    last = value;
  }
  close();
  return parts.join("");
}

function highest(values: readonly (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

/** 1, 2 or 5 times a power of ten, no less than `least`. */
function niceStep(least: number, isCount: boolean): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least) ?? 10 * power;
  return isCount ? Math.max(1, step) : step;
}

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000] as const;

/** Between marks of time. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
];

function timeMarks(fromMs: number, toMs: number): TimeAxis["marks"] {
  const apartMs = TIME_STEPS.find((step) => (toMs - fromMs) / step <= TIME_MARKS) ?? (toMs - fromMs);
  const first = Math.ceil(fromMs / apartMs) * apartMs;
  const count = Math.max(0, Math.floor((toMs - first) / apartMs) + 1);
  return { at: Array.from({ length: count }, (_, i) => first + i * apartMs), apartMs };
}

/** A tenth of a pixel is enough. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
