/** The licences of what xcore consists of. @module */

/** Something of others that is in the program. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, such as `MIT OR Apache-2.0`. */
  readonly license: string;
  /** Address of its source; null: it names none. */
  readonly source: string | null;
  /** Its copyright lines. */
  readonly copyright: readonly string[];
  /** Its licence without these lines, so that many parts share one text. */
  readonly text: string;
}

/** Licences whose only condition is that they are passed on, with the copyright lines. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unicode-3.0",
  "Unicode-DFS-2016",
  "Unlicense",
  "Zlib",
]);

/**
 * Whether everything that an SPDX expression asks for is permissive: one side of each OR, both of
 * each AND.
 */
export function isPermissive(expression: string): boolean {
  const [inner] = /\([^()]*\)/.exec(expression) ?? [];
  if (inner !== undefined) {
    return isPermissive(expression.replace(inner, isPermissive(inner.slice(1, -1)) ? "MIT" : "UNKNOWN"));
  }
  return alternatives(expression).some((side) =>
    // An exception, such as LLVM's, takes conditions away.
    side.split(" AND ").every((id) => PERMISSIVE.has(id.trim().replace(/ WITH .*$/, "")))
  );
}

/** `MIT/Apache-2.0`, as old manifests have it, is `MIT OR Apache-2.0`. */
export function alternatives(expression: string): string[] {
  return expression.split(/\s*\/\s*| OR /).map((side) => side.trim());
}

/** Names of the files in which a package has its licence, and what else it wants passed on. */
export const LICENCE_FILE = /^(un)?licen[cs]e|^copying|^notice|^copyright/i;

/**
 * A line that says whose work it is. What begins so in the middle of a licence goes on with other
 * words.
 */
const COPYRIGHT_LINE =
  /^[\s#*;/_-]*((portions|parts) )?(copyright|\(c\)|©)[\s:,]*(\(c\)|©|&copy;|\d{4}|\(?\d{4}|(19|20)\d\d)/i;

const RIGHTS_LINE = /^[\s#*;/_-]*all rights reserved\.?\s*$/i;

/** A licence's text, parted from the lines that differ from package to package. */
export function splitLicence(text: string): Pick<Part, "copyright" | "text"> {
  const copyright: string[] = [];
  const rest: string[] = [];
  let last = "";
  for (const line of text.replaceAll(/\r\n?/g, "\n").split("\n")) {
    if (COPYRIGHT_LINE.test(line)) copyright.push(line.trim());
    else if (!(RIGHTS_LINE.test(line) && last !== "" && last === copyright.at(-1))) rest.push(line.trimEnd());
    else copyright.push(`${copyright.pop()} ${line.trim()}`);
    if (line.trim() !== "") last = COPYRIGHT_LINE.test(line) ? line.trim() : "";
  }
  return { copyright: [...new Set(copyright)], text: rest.join("\n").replaceAll(/\n{3,}/g, "\n\n").trim() };
}

/** Apache's licence ends there; how to apply it is advice. */
const END_OF_APACHE =
  /^(apache license version 2 0 january 2004 .*?) ?end of terms and conditions(?!.* exceptions to ).*$/;

/** Equal for texts that differ in wrapping, quotes and title only. */
export function kindOfText(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, " ").trim().replace(END_OF_APACHE, "$1");
  return words.replace(/^((the )?(mit|isc|bsd( \d clause)?) licen[sc]e( mit| isc)?|licen[sc]e|mit) /, "");
}

/** Parts without a text of their own, given the one that most of their licence have. */
export function withTexts(parts: readonly Part[]): Part[] {
  const textOf = new Map<string, string>();
  for (
    const [license, same] of Map.groupBy(parts.filter(({ text }) => text !== ""), (part) => part.license)
  ) {
    const kinds = [...Map.groupBy(same, ({ text }) => kindOfText(text)).values()];
    textOf.set(license, kinds.toSorted((a, b) => b.length - a.length)[0]![0]!.text);
  }
  return parts.map((part) => {
    if (part.text !== "") return part;
    const text = alternatives(part.license).map((license) => textOf.get(license)).find((found) => found);
    if (text === undefined) {
      throw new Error(`${part.name} ${part.version} has no text of its licence, ${part.license}`);
    }
    return { ...part, text };
  });
}
