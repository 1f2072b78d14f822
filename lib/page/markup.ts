/** HTML and SVG as text. It is the only place where other text becomes a part of either. Pure. @module */

import { shown } from "../util/one_line.ts";

/** Text that is HTML or SVG. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What stands in a template: text is escaped. */
export type Part = Markup | string | number | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A template's text as markup: its own part as it is written, and what is filled in escaped, as content
 * or as an attribute's value in quotes. What a page or an XML file obeys, or may not have, is shown as an
 * escape.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(
    strings.map((string, i) => string + (i < parts.length ? textOf(parts[i]!) : "")).join(""),
  );
}

function textOf(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "number") return String(part);
  if (typeof part !== "string") return part.map(textOf).join("");
  const whole = part.toWellFormed().replaceAll(/[\ufffe\uffff]/g, "\ufffd");
  return shown(whole).replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!);
}
