/**
 * `deno task man`: writes dist/xcore.1, the manual that `man xcore` shows, from the commands
 * themselves.
 * @module
 */

import type { Row } from "../lib/cli/help_text.ts";
import { wrap } from "../lib/util/text_width.ts";
import { type CommandManual, manual, OTHER_WORDS } from "./manual.ts";

const FOLDER = new URL("../dist/", import.meta.url);

const COLUMNS = 80;

const ABOUT = [
  "`xcore` gives you an autoscaling pool of workers for crossflow and Dask jobs, on this machine or on a cloud, and takes it " +
  "all down again: workers appear when tasks wait, and leave when there is nothing to do.",
  "A first cluster takes two commands, `xcore init local` and `xcore start`. `xcore-init` is the same as `xcore init`.",
];

/**
 * The page's text, in roff with the macros of man(7).
 *
 * @param date that it carries, `2026-11-29`
 */
export function manPage(date: string): string {
  const { version, description, usage, options, commands, exitCodes, environment, files } = manual();
  return [
    `.TH XCORE 1 "${date}" "xcore ${version}" "User Commands"`,
    ".SH NAME",
    `xcore \\- ${roff(description.replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    synopsis("xcore", usage),
    ".SH DESCRIPTION",
    ABOUT.map(paragraph).join("\n.PP\n"),
    ".SH OPTIONS",
    "These options stand before or after any command.",
    ...list(options),
    ".PP",
    paragraph(OTHER_WORDS),
    ".SH COMMANDS",
    ...commands.flatMap(section),
    ".SH EXIT STATUS",
    ...list(exitCodes),
    ".SH ENVIRONMENT",
    ...list(environment),
    ".SH FILES",
    ...list(files),
    "",
  ].join("\n");
}

function section(
  { path, usage, description, commands, args, options, examples, pages }: CommandManual,
): string[] {
  return [
    `.SS ${roff(path)}`,
    synopsis(path, usage),
    ".PP",
    paragraph(description),
    ...list([...commands, ...args, ...options]),
    ...(examples.length === 0 ? [] : [".PP", "Examples:", ...list(examples)]),
    ...(pages.length === 0 ? [] : [".PP", paragraph(`More: ${pages.join(", ")}`)]),
  ];
}

function synopsis(path: string, usage: string): string {
  return bold(path) + roff(usage.slice(path.length));
}

function list(rows: readonly Row[]): string[] {
  return rows.flatMap(([name, about]) => [".TP", bold(name), paragraph(about)]);
}

/** A text with `code` in it, in lines that people can compare. */
function paragraph(text: string): string {
  const set = text.split("`").map((part, i) => i % 2 === 1 ? bold(part) : roff(part)).join("");
  // A line that begins with a full stop would be a macro.
  return wrap(set, COLUMNS).map((line) => line.replace(/^\./, "\\&.")).join("\n");
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

/**
 * The text as it stands: what roff would take for its own, or set as another character, is named.
 */
function roff(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "\\": "\\e",
    "-": "\\-",
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    '"': "\\(dq",
  };
  return text.replaceAll(/[\\'`^~"-]/g, (character) => names[character]!)
    .replaceAll(/[^\x20-\x7e]/gu, (character) => `\\[u${hex(character)}]`);
}

function hex(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

/**
 * Of the commit that is checked out, so that the same sources make the same page; where there is
 * none, today.
 */
export async function dateOfSources(): Promise<string> {
  const cwd = new URL(".", import.meta.url).pathname;
  const git = new Deno.Command("git", { args: ["log", "-1", "--format=%cs"], cwd, stderr: "null" });
  const date = await git.output().then(({ stdout }) => new TextDecoder().decode(stdout).trim(), () => "");
  return date || new Date().toISOString().slice(0, "2026-11-29".length);
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  const path = new URL("xcore.1", FOLDER);
  await Deno.writeTextFile(path, manPage(await dateOfSources()));
  console.error("Wrote dist/xcore.1. Read it with `man -l dist/xcore.1`.");
}
