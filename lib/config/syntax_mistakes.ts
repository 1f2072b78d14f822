/** What is wrong with a text that is not YAML, in words for someone who never saw YAML. @module */

import { nearest } from "../util/nearest.ts";
import { KEYS, POOL_KEYS } from "./settings.ts";
import type { Mistake } from "./mistakes.ts";

/** An error as the YAML package has it. */
export interface SyntaxProblem {
  readonly code: string;
  readonly words: string;
  /** From the start of the text, in UTF-16 units. */
  readonly offset: number;
}

const KNOWN: readonly string[] = [...KEYS, ...POOL_KEYS];

const OF_ONE_LINE: ReadonlySet<string> = new Set([
  "TAB_AS_INDENT",
  "BAD_SCALAR_START",
  "BAD_ALIAS",
  "BAD_DQ_ESCAPE",
  "TAG_RESOLVE_FAILED",
]);

/**
 * One mistake a line: those a person can be shown how to write, else what the YAML package says,
 * said plainly.
 */
export function syntaxMistakes(text: string, problems: readonly SyntaxProblem[]): Mistake[] {
  const slips = slipsIn(text);
  if (slips.length > 0) return slips;
  // Behind one that is not of its own line alone, the parser has lost its way.
  const lost = problems.findIndex(({ code }) => !OF_ONE_LINE.has(code));
  const known = lost === -1 ? problems : problems.slice(0, lost + 1);
  const lineAt = lineFinder(text);
  const byLine = new Map<number, Mistake>();
  for (const [i, problem] of known.entries()) {
    const mistake = i < MOST_EXPLAINED ? mistakeOf(text, problem) : {
      line: lineAt(problem.offset),
      key: "",
      message: "found more that is no YAML: correct the lines above it",
    };
    if (!byLine.has(mistake.line!)) byLine.set(mistake.line!, mistake);
  }
  return [...byLine.values()].sort((a, b) => a.line! - b.line!);
}

/** More are not listed, and explaining one may take as long as the file. */
const MOST_EXPLAINED = 200;

/** Finds the line, from 1, of an offset in the text. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/**
 * Lines that are almost `key: value`. To be asked only when the text as a whole was not understood.
 */
export function slipsIn(text: string): Mistake[] {
  return text.split("\n").flatMap((content, index) => {
    const slip = /^([ ]*(?:- )?)([A-Za-z_][\w-]*)(\s*=\s*|:(?=[^ \t\r])|[ ]+(?=[^\s:#]))(.*)$/.exec(
      content.trimEnd(),
    );
    if (slip === null) return [];
    const [, before = "", word = "", between = "", value = ""] = slip;
    const key = KNOWN.includes(word) ? word : nearest(word, KNOWN);
    if (key === null || /^[^#"']*: /.test(between + value)) return [];
    const found = between.includes("=")
      ? "an equals sign"
      : between === ":"
      ? "no space after the colon"
      : "no colon";
    return [{
      line: index + 1,
      key: "",
      message: `found ${found}, allowed a colon and a space: ${before.trimStart()}${key}: ${value}`,
      write: `${key}: ${value}`,
    }];
  });
}

function mistakeOf(text: string, { code, words, offset }: SyntaxProblem): Mistake {
  const at = openedAt(text, code, words, offset) ?? shiftedAt(text, code, offset) ?? offset;
  const before = text.slice(0, at).split("\n");
  const line = before.length;
  const column = before.at(-1)!.length + 1;
  const [found, todo] = explain(text, code, words, at);
  return { line, key: "", message: `found ${found} (column ${column}): ${todo}` };
}

/** Where the quote or bracket was opened that the parser misses the end of, far behind it. */
function openedAt(text: string, code: string, words: string, offset: number): number | null {
  const quote = /^Missing closing (["'])/.exec(words)?.[1];
  if (quote !== undefined) {
    let start = 0;
    for (const content of text.split("\n")) {
      if ((content.split(quote).length - 1) % 2 === 1) return start + content.indexOf(quote);
      start += content.length + 1;
    }
  }
  if (!words.startsWith("Flow") || code === "UNEXPECTED_TOKEN") return null;
  const opened = text.lastIndexOf(words.endsWith("]") ? "[" : "{", offset - 1);
  return opened === -1 ? null : opened;
}

/** Where the line begins that stands too far to the right, when that is what made two lines one. */
function shiftedAt(text: string, code: string, offset: number): number | null {
  if (code !== "BLOCK_AS_IMPLICIT_KEY" && code !== "MULTILINE_IMPLICIT_KEY") return null;
  const lineEnd = text.indexOf("\n", offset);
  const indent = /^[ ]*/.exec(text.slice(text.lastIndexOf("\n", offset) + 1))![0].length;
  const next = lineEnd === -1 ? null : /^(?:[ \t\r]*\n)*([ ]*)[^\s#]/.exec(text.slice(lineEnd + 1));
  return next !== null && next[1]!.length > indent ? lineEnd + 1 + next[0].length - 1 : null;
}

/** What was found, and what to do about it. */
function explain(text: string, code: string, words: string, offset: number): [found: string, todo: string] {
  const character = text[offset] ?? "";
  switch (code) {
    case "TAB_AS_INDENT":
      return ["a tab at the start of the line", "use spaces there"];
    case "MISSING_CHAR":
    case "BAD_INDENT":
      if (words.startsWith("Missing closing")) {
        return [`a quote ${character} that is never closed`, "close it"];
      }
      if (words.startsWith("Flow")) return [`a ${character} that is never closed`, "close it"];
      if (words.startsWith("Sequence")) {
        return ["a line without a hyphen among those of a list", "begin it with a hyphen"];
      }
      if (code === "MISSING_CHAR") return ["a line without a colon", "write key: value"];
      return [
        "a line that begins further left or right than those around it",
        "begin them in the same column",
      ];
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      if (text.slice(text.lastIndexOf("\n", offset) + 1, offset).trim() === "") {
        return ["a line that begins further right than the one before it", "begin both in the same column"];
      }
      return ["a second colon in one line", "put the value in quotes"];
    case "BAD_SCALAR_START":
    case "BAD_ALIAS":
      return [`a value that begins with ${character}`, "put it in quotes"];
    case "BAD_DQ_ESCAPE":
      return ["a backslash between double quotes", "use single quotes"];
    case "BLOCK_IN_FLOW":
      return ["a second colon within brackets", "put that text in quotes"];
    case "MULTIPLE_DOCS":
      return ["a line --- or ... in the middle", "remove that line"];
    case "TAG_RESOLVE_FAILED":
      return ["a value that begins with !", "put it in quotes"];
    case "RESOURCE_EXHAUSTION":
      return ["values nested too deeply", "remove some of them"];
    default:
      if (words.includes("block-seq-ind")) {
        return ["a hyphen behind a key", "write a list in brackets: [a, b]"];
      }
      if (words.includes("at node end")) return ["more text behind the value", "put all of it in quotes"];
      if (/flow-(seq|map)-end/.test(words)) return [`a ${character} that nothing has opened`, "remove it"];
      if (words.includes("call stack")) return ["values nested too deeply", "remove some of them"];
      return [
        "something that YAML has no place for here",
        `the parser says ${JSON.stringify(words.split("\n")[0])}`,
      ];
  }
}
