/** A figure beside what it is compared with. @module */

/** One line of the table. */
export interface Figure {
  readonly what: string;
  /** Measured of xcore. */
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, measured in the same run; null: it only has a limit. */
  readonly beside: { readonly what: string; readonly value: number } | null;
  /** The most it may be. */
  readonly bound: { readonly text: string; readonly holds: boolean };
  /** By which share its ratio may be worse than the recorded one; not given: none is recorded. */
  readonly slack?: number;
}

/** What a ratio of times may differ from run to run on a machine that others use. */
export const NOISE = 0.3;

/** The median. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** A figure that may be at most `times` what it is compared with. */
export function ratioBound(value: number, beside: number, times: number): Figure["bound"] {
  const ratio = value / beside;
  return { text: `${ratio.toFixed(2)} ×, at most ${times} ×`, holds: ratio <= times };
}

/** A figure that may exceed what it is compared with by at most `more`. */
export function differenceBound(value: number, beside: number, more: number, unit: string): Figure["bound"] {
  const difference = value - beside;
  const sign = difference < 0 ? "" : "+";
  return {
    text: `${sign}${difference.toFixed(2)} ${unit}, at most +${more} ${unit}`,
    holds: difference <= more,
  };
}

/** A figure that may be at most `most`. */
export function absoluteBound(value: number, most: number, unit: string): Figure["bound"] {
  return { text: `at most ${most} ${unit}`, holds: value <= most };
}

/** The line for a figure. */
export function lineOf({ what, value, unit, beside, bound }: Figure): string {
  const compared = beside === null ? "" : `${beside.value.toFixed(2)} ${unit}  ${beside.what}`;
  return `${bound.holds ? "ok  " : "OVER"}  ${what.padEnd(46)} ${
    `${value.toFixed(2)} ${unit}`.padStart(11)
  }   ${compared.padEnd(46)} ${bound.text}`;
}
