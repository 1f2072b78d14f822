/** What to say of a value that does not fit. @module */

import { flowOf } from "./_flow.ts";
import { rangeMeant } from "./_range.ts";
import type { Node, Scalar } from "./_tree.ts";
import { allowedOf, type Kind } from "./kinds.ts";
import { nearest } from "./nearest.ts";

/** What was found and is allowed, and what was most likely meant. */
export interface Misfit {
  readonly message: string;
  /** The value as it should be written, when it can be told. */
  readonly write: string | undefined;
}

const LONGEST_SHOWN = 40;
const YES = /^(yes|on|y|true)$/i;
const NO = /^(no|off|n|false)$/i;
/** A number with quotes, separators or a unit that should not be there: “5”, 1,000, 5 min, 10 GB, $20. */
const DRESSED_NUMBER = /^[“”"'$\s]*(\d{1,3}(?:[,_' ]\d{3})+|\d+(?:\.\d+)?)\s*([a-z$]*)[“”"'\s]*$/i;
/** How many of a key's unit there are in those a person may write. */
const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  seconds: { s: 1, sec: 1, second: 1, m: 60, min: 60, minute: 60, h: 3600, hour: 3600 },
  hours: { h: 1, hour: 1, d: 24, day: 24 },
  gigabytes: { g: 1, gb: 1, gib: 1 },
  "US dollars": { usd: 1, $: 1, dollar: 1 },
};

/** Words for a value that is not of this kind. */
export function misfit(node: Node, kind: Kind): Misfit {
  const write = meant(node, kind);
  const advice = write === undefined
    ? ""
    : `: ${kind.is === "choice" ? `did you mean ${write}?` : `write ${write}`}`;
  return {
    message: `found ${foundOf(node, kind)}, allowed ${allowedOf(kind)}${advice}`,
    write,
  };
}

/** A value as it was found. */
function foundOf(node: Node, kind: Kind): string {
  if (node.shape === "list") return kind.is === "list" ? "a list in the list" : "a list";
  if (node.shape === "mapping") return "keys and values";
  if (node.value === null) return node.source === "" ? "nothing" : node.source;
  const text = shortened(node.source);
  if (typeof node.value === "string") {
    if (wantsNumber(kind)) return `the text ${JSON.stringify(text)}`;
    if (kind.is === "flag") return `${node.style === "plain" ? text : JSON.stringify(text)}, which is a text`;
    return node.style === "plain" ? text : JSON.stringify(text);
  }
  return kind.is === "text"
    ? `the ${typeof node.value === "number" ? "number" : "word"} ${text} without quotes`
    : text;
}

/** What should have been written, as far as it can be told from what was. */
function meant(node: Node, kind: Kind): string | undefined {
  if (kind.is === "list") {
    return node.shape === "scalar" && node.value !== null ? `[${typed(node)}]` : undefined;
  }
  if (node.shape !== "scalar" || node.value === null) return undefined;
  const text = node.source.trim();
  switch (kind.is) {
    case "flag":
      return YES.test(text) ? "true" : NO.test(text) ? "false" : undefined;
    case "choice":
      return nearest(text, kind.of) ?? undefined;
    case "range":
      return rangeMeant(text) ?? undefined;
    case "text":
      return typeof node.value !== "string" && kind.pattern.test(node.source)
        ? JSON.stringify(node.source)
        : undefined;
    case "number":
      return bareNumber(node, kind);
    case "word-or":
      return nearest(text, [kind.word]) ?? meant(node, kind.or);
    default:
      return undefined;
  }
}

/** The number in a text, in the key's unit, when it can be told and is allowed. */
function bareNumber(node: Scalar, kind: Extract<Kind, { is: "number" }>): string | undefined {
  if (typeof node.value !== "string") return undefined;
  const [, digits = "", given = ""] = DRESSED_NUMBER.exec(node.value) ?? [];
  if (digits === "") return undefined;
  const unit = given.toLowerCase();
  const units = UNITS[kind.unit ?? ""] ?? {};
  const factor = unit === "" ? 1 : units[unit] ?? units[unit.replace(/s$/, "")];
  const number = Number(digits.replace(/[,_' ]/g, "")) * (factor ?? NaN);
  const allowed = number >= kind.min && number <= kind.max && (!kind.whole || Number.isInteger(number));
  return allowed ? String(number) : undefined;
}

function wantsNumber(kind: Kind): boolean {
  return kind.is === "number" || (kind.is === "word-or" && wantsNumber(kind.or));
}

function typed(node: Scalar): string {
  return node.style === "plain" ? node.source : flowOf(node.value);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}
