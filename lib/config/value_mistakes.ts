/** What the schema finds wrong with values → what to tell the user. @module */

import type { Mistake } from "./mistakes.ts";
import { nearest } from "../util/nearest.ts";
import { KEYS, POOL_KEYS, PROVIDERS } from "./settings.ts";
import {
  bare,
  factsOf,
  isNumeric,
  isOptional,
  rangeMeant,
  typeAt,
  type ValueType,
  wordsOf,
  type z,
  ZodMiniBoolean,
  ZodMiniEnum,
  ZodMiniString,
} from "./value_type.ts";
import { flowOf, type Found, type Path } from "./yaml_file.ts";

/** Where values stand: a {@linkcode import("./yaml_file.ts").YamlFile}. */
export interface Places {
  at(path: Path): Found | undefined;
}

const LONGEST_SHOWN = 40;
const YES = /^(yes|on|y|true)$/i;
const NO = /^(no|off|n|false)$/i;
/**
 * A number with quotes, separators or a unit that should not be there: “5”, 1,000, 5 min, 10 GB,
 * $20.
 */
const DRESSED_NUMBER = /^[“”"'$\s]*(\d{1,3}(?:[,_' ]\d{3})+|\d+(?:\.\d+)?)\s*([a-z$]*)[“”"'\s]*$/i;
/** How many of a setting's unit there are in those that a user may write. */
const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  seconds: { s: 1, sec: 1, second: 1, m: 60, min: 60, minute: 60, h: 3600, hour: 3600 },
  hours: { h: 1, hour: 1, d: 24, day: 24 },
  gigabytes: { g: 1, gb: 1, gib: 1 },
  "US dollars": { usd: 1, $: 1, dollar: 1 },
};

/** The mistakes that zod's issues are about, one a place. */
export function valueMistakes(
  issues: readonly z.core.$ZodIssue[],
  type: ValueType,
  places: Places,
): Mistake[] {
  const byKey = new Map<string, Mistake>();
  for (const issue of issues) {
    for (const mistake of mistakesOf(issue, type, places)) {
      if (!byKey.has(mistake.key)) byKey.set(mistake.key, mistake);
    }
  }
  return [...byKey.values()];
}

function mistakesOf(issue: z.core.$ZodIssue, type: ValueType, places: Places): Mistake[] {
  const path = issue.path as Path;
  const key = path.join(".");
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => unknownKey(path, name, places));
  if (issue.code === "custom" && issue.params !== undefined) {
    const paths: readonly Path[] = issue.params.paths ?? [path];
    const place = paths.find((path) => places.at(path) !== undefined) ?? paths[0]!;
    return [{ line: places.at(place)?.line ?? null, key: place.join("."), message: issue.message }];
  }
  const found = places.at(path);
  if (found === undefined) {
    const line = path.length === 1 ? null : places.at(path.slice(0, -1))!.line;
    return [{ line, key, message: `missing; ${toWrite(String(path.at(-1)))}` }];
  }
  const { line } = found;
  if (issue.code === "invalid_key") {
    const { example } = factsOf(typeAt(type, path.slice(0, -1))!);
    return [{ line, key, message: `found a name that cannot be used, allowed such as ${example}` }];
  }
  const leaf = typeAt(type, path)!;
  if (isNothing(found) && isOptional(type, path)) {
    const message = `found nothing, allowed ${factsOf(leaf).allowed}: remove the line for the default`;
    return [{ line, key, message }];
  }
  const { message, write } = unfit(found, leaf);
  return [{
    line,
    key,
    message,
    ...write !== undefined && { write: key === "" ? write : `${key}: ${write}` },
  }];
}

function unknownKey(path: Path, name: string, places: Places): Mistake {
  const key = [...path, name].join(".");
  const found = places.at([...path, name])!;
  const { line } = found;
  if (name === "") {
    return { line, key: path.join("."), message: "found a value without a key, allowed key: value" };
  }
  const [own, others]: readonly (readonly string[])[] = path.length === 0
    ? [KEYS, POOL_KEYS]
    : [POOL_KEYS, KEYS];
  if (others!.includes(name)) {
    const message = path.length === 0
      ? "found a pool's key, allowed only in an item of `pools:`"
      : "found a key of the whole cluster, allowed only outside `pools:`";
    return { line, key, message };
  }
  const near = nearest(name, own!);
  if (near === null) return { line, key, message: "found an unknown key" };
  const message = `found an unknown key; did you mean ${near}?`;
  return { line, key, message, ...found.shape === "scalar" && { write: `${near}: ${found.source}` } };
}

/** What to do when a setting that has no default is missing. */
function toWrite(key: string): string {
  switch (key) {
    case "provider":
      return `write provider: ${PROVIDERS.join(", or ")}`;
    case "cluster_id":
      return "restore the line that `xcore init` wrote";
    default:
      return `write ${key}: and its value`;
  }
}

/** What was found and is allowed, and the value as it should be written, when that can be told. */
function unfit(found: Found, type: ValueType): { message: string; write: string | undefined } {
  const write = meant(found, type);
  const advice = write === undefined
    ? ""
    : `: ${bare(type) instanceof ZodMiniEnum ? `did you mean ${write}?` : `write ${write}`}`;
  return { message: `found ${wordsFor(found, type)}, allowed ${factsOf(type).allowed}${advice}`, write };
}

/** A value as it was found. */
function wordsFor(found: Found, type: ValueType): string {
  if (found.shape === "list") return "a list";
  if (found.shape === "map") return "keys and values";
  if (found.value === null) return found.source === "" ? "nothing" : found.source;
  const text = shortened(found.source);
  const typed = found.plain ? text : JSON.stringify(text);
  if (typeof found.value === "string") {
    if (isNumeric(type)) return `the text ${JSON.stringify(text)}`;
    return bare(type) instanceof ZodMiniBoolean ? `${typed}, which is a text` : typed;
  }
  return bare(type) instanceof ZodMiniString
    ? `the ${typeof found.value === "number" ? "number" : "word"} ${text} without quotes`
    : text;
}

/** What should have been written: the first likely value that the type allows. */
function meant(found: Found, type: ValueType): string | undefined {
  if (found.shape !== "scalar" || found.value === null) return undefined;
  const text = found.source.trim();
  const candidates = [
    YES.test(text) ? true : NO.test(text) ? false : undefined,
    nearest(text, wordsOf(type)),
    numberIn(found, factsOf(type).unit),
    rangeMeant(text),
    typeof found.value === "string" ? undefined : found.source,
    [found.value],
    [found.source],
  ];
  const fitting = candidates.find((value) =>
    value !== undefined && value !== null && bare(type).safeParse(value).success
  );
  return fitting === undefined ? undefined : flowOf(fitting);
}

/** The number in a text, in the setting's unit. */
function numberIn({ value }: Found, unit = ""): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, digits, given = ""] = DRESSED_NUMBER.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const word = given.toLowerCase();
  const factors = UNITS[unit] ?? {};
  const factor = word === "" ? 1 : factors[word] ?? factors[word.replace(/s$/, "")];
  return factor === undefined ? undefined : Number(digits.replace(/[,_' ]/g, "")) * factor;
}

function isNothing({ shape, value }: Found): boolean {
  return shape === "scalar" && value === null;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}
