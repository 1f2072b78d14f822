/** Inputs drawn from a seed. @module */

import { Random } from "../support/fakes/random.ts";

/** Texts that break a reader of any language. */
const ODD: readonly string[] = [
  "\0",
  "\x1b[2J",
  "\x1b]0;title\x07",
  "\r",
  "\n",
  "\t",
  "\x7f",
  "\x85",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\u00a0",
  "é",
  "日",
  "👩‍🔬",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "NaN",
  "Infinity",
  "-1",
  "-0",
  "1e999",
  "9007199254740993",
  "0x7fffffff",
  "1".repeat(400),
  "a".repeat(300),
  "_".repeat(300),
  "../../etc",
  "${HOME}",
  "`id`",
  "%s%n",
  "true",
  "null",
  "~",
  '"',
  "'",
  "\\",
  "\\u0000",
  "\\ud800",
  "[",
  "{",
  "}",
  "]",
  ",",
  ":",
];

/** Values that replace one in a JSON document; those in `raw` are no values of JavaScript's. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e300,
  2 ** 53,
  "",
  "x",
  "\u0000\u001b[31m\r\n",
  "\ud800",
  "\u2028",
  "__proto__",
  "9".repeat(50),
  "long ".repeat(500),
  [],
  [null],
  [[[[[]]]]],
  {},
  { "": null },
  { constructor: 1, toString: 2 },
  { raw: "1e999" },
  { raw: "-1e999" },
  { raw: '{"__proto__": {"a": 1}}' },
  { raw: "1".repeat(400) },
  { raw: '"\\ud800"' },
  { raw: "[".repeat(300) + "]".repeat(300) },
];

/** An input, at random: one that is kept with a few changes, or parts put together. */
export function mutate(
  random: Random,
  corpus: readonly Uint8Array[],
  pieces: readonly string[],
  longest: number,
): Uint8Array {
  let input = random.chance(0.1) ? joined(random, pieces) : random.pick(corpus);
  for (let left = random.pick([1, 1, 2, 3, 6]); left > 0; left--) {
    input = change(random, input, corpus, pieces);
  }
  return input.subarray(0, longest);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function joined(random: Random, pieces: readonly string[]): Uint8Array {
  return encoder.encode(random.some(12, () => random.pick(random.chance(0.8) ? pieces : ODD)).join(""));
}

function change(
  random: Random,
  input: Uint8Array,
  corpus: readonly Uint8Array[],
  pieces: readonly string[],
): Uint8Array {
  const piece = () => encoder.encode(random.pick(random.chance(0.6) && pieces.length > 0 ? pieces : ODD));
  const from = random.whole(0, input.length);
  const to = Math.min(input.length, from + random.whole(0, random.pick([1, 4, 16, 64])));
  const part = input.subarray(from, to);
  switch (random.whole(0, 11)) {
    case 0:
      return put(input, from, from, Uint8Array.of(random.whole(0, 255)));
    case 1:
      return put(input, from, to, new Uint8Array());
    case 2:
      return put(input, from, from, piece());
    case 3:
      return put(input, from, to, piece());
    case 4:
      return put(input, to, to, repeated(part, random.pick([1, 2, 8, 200])));
    case 5:
      return put(input, from, from, repeated(piece(), random.pick([2, 8, 200])));
    case 6:
      return input.subarray(0, from);
    case 7:
      return put(input, from, input.length, random.pick(corpus).subarray(random.whole(0, 200)));
    case 8:
      return otherLines(random, input);
    case 9:
      return otherWord(random, input, piece());
    default:
      return otherValue(random, input) ?? otherWord(random, input, piece());
  }
}

function put(input: Uint8Array, from: number, to: number, part: Uint8Array): Uint8Array {
  const made = new Uint8Array(from + part.length + input.length - to);
  made.set(input.subarray(0, from));
  made.set(part, from);
  made.set(input.subarray(to), from + part.length);
  return made;
}

function repeated(part: Uint8Array, times: number): Uint8Array {
  const made = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) made.set(part, i * part.length);
  return made;
}

/** A line less, one twice, two in the other order, or one indented otherwise. */
function otherLines(random: Random, input: Uint8Array): Uint8Array {
  const lines = decoder.decode(input).split("\n");
  const [i, j] = [random.whole(0, lines.length - 1), random.whole(0, lines.length - 1)];
  const line = lines[i]!;
  switch (random.whole(0, 3)) {
    case 0:
      lines.splice(i, 1);
      break;
    case 1:
      lines.splice(j, 0, line);
      break;
    case 2:
      [lines[i], lines[j]] = [lines[j]!, line];
      break;
    default:
      lines[i] = random.pick(["", " ", "  ", "\t", "- "]) + (random.chance(0.5) ? line : line.trimStart());
  }
  return encoder.encode(lines.join("\n"));
}

/** Another word, number or quoted text in the place of one. */
function otherWord(random: Random, input: Uint8Array, piece: Uint8Array): Uint8Array {
  const text = decoder.decode(input);
  const words = [...text.matchAll(/"[^"\n]*"|[\w.-]+/g)];
  if (words.length === 0) return put(input, 0, 0, piece);
  const { 0: word, index } = random.pick(words);
  return encoder.encode(text.slice(0, index) + decoder.decode(piece) + text.slice(index + word.length));
}

/**
 * A JSON document with one value, or one key, replaced, taken out or repeated; null: it is none, or
 * too deep to be written.
 */
function otherValue(random: Random, input: Uint8Array): Uint8Array | null {
  let document: unknown;
  try {
    document = JSON.parse(decoder.decode(input));
  } catch {
    return null;
  }
  if (typeof document !== "object" || document === null) return null;
  let holder = document as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys.length === 0 ? "added" : random.pick(keys);
    const inner = holder[key];
    if (typeof inner === "object" && inner !== null && random.chance(0.75)) {
      holder = inner as Record<string, unknown>;
      continue;
    }
    const change = random.whole(0, 6);
    if (change === 0) delete holder[key];
    else if (change === 1) holder[random.pick(["", "__proto", "extra", "constructor"])] = inner;
    else holder[key] = random.chance(0.2) ? [inner, inner] : random.pick(ODD_VALUES);
    try {
      return encoder.encode(withRaw(JSON.stringify(document)));
    } catch {
      return null;
    }
  }
}

/** Puts in what no value of JavaScript's is written as. */
function withRaw(text: string): string {
  return text.replaceAll(/\{"raw":("(?:[^"\\]|\\.)*")\}/g, (_, raw) => JSON.parse(raw));
}
