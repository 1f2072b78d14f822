/** The ratios that bench/results keeps, and whether one falls behind. @module */

import type { Figure } from "./_figure.ts";

/** By figure and what it is compared with. */
export type Recorded = Readonly<Record<string, number>>;

const FILE = new URL("results/ratios.json", import.meta.url);

/** Whether a ratio is worse than the recorded one by more than a share of that. */
export function isBehind(ratio: number, recorded: number, slack: number): boolean {
  return ratio > recorded * (1 + slack);
}

/** The ratios that were recorded last; none: nothing was. */
export async function recordedRatios(): Promise<Recorded> {
  return JSON.parse(await Deno.readTextFile(FILE).catch(() => "{}"));
}

/** Keeps these, and those of other figures as they are. */
export async function recordRatios(ratios: Recorded): Promise<void> {
  const all = Object.entries({ ...await recordedRatios(), ...ratios }).sort(([a], [b]) => a < b ? -1 : 1);
  await Deno.writeTextFile(FILE, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

/** The figure's ratio under the name by which it is kept; null: it keeps none. */
export function ratioOf({ what, value, beside, slack }: Figure): readonly [string, number] | null {
  if (slack === undefined || beside === null) return null;
  return [`${what} / ${beside.what}`, Math.round(1000 * value / beside.value) / 1000];
}

/** The figure, over its bound where its ratio falls behind the recorded one. */
export function held(figure: Figure, recorded: Recorded): Figure {
  const [name, ratio] = ratioOf(figure) ?? [];
  const before = name === undefined ? undefined : recorded[name];
  if (ratio === undefined || before === undefined) return figure;
  const { text, holds } = figure.bound;
  return {
    ...figure,
    bound: {
      text: `${text}; ${ratio} ×, recorded ${before} ×`,
      holds: holds && !isBehind(ratio, before, figure.slack!),
    },
  };
}
