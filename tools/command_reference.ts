/**
 * `deno task commands`: writes docs/commands.md, the reference of all commands, from the commands
 * themselves.
 * @module
 */

import { type CommandManual, manual, OTHER_WORDS } from "./manual.ts";
import type { Row } from "../lib/cli/help_text.ts";

const PAGE = new URL("../docs/commands.md", import.meta.url);

/** The page's text. */
export function commandReference(): string {
  const { usage, options, commands, exitCodes, environment, files } = manual();
  const isTop = ({ path }: CommandManual) => path.split(" ").length === 2;
  return [
    "# Commands",
    "",
    "Every command, as `xcore COMMAND -h` explains it. `deno task commands` writes this page from the program.",
    "",
    ...block(usage),
    "",
    ...table(
      "command",
      "what it does",
      commands.filter(isTop).map(({ path, summary }) => [path, summary]),
      linked,
    ),
    "",
    "These options stand before or after any command:",
    "",
    ...table("option", "meaning", options),
    "",
    OTHER_WORDS,
    ...commands.flatMap(section),
    "",
    "## Exit codes",
    "",
    ...table("code", "meaning", exitCodes),
    "",
    "## Environment",
    "",
    ...table("variable", "meaning", environment),
    "",
    "## Files",
    "",
    ...table("path", "content", files),
    "",
  ].join("\n");
}

function section(
  { path, usage, description, commands, args, options, examples, pages }: CommandManual,
): string[] {
  const level = path.split(" ").length === 2 ? "##" : "###";
  const widest = Math.max(0, ...examples.map(([line]) => line.length));
  return [
    "",
    `${level} ${path}`,
    "",
    ...block(usage),
    "",
    description,
    ...part(table("command", "what it does", commands, (name) => linked(`${path} ${name}`))),
    ...part(table("argument", "meaning", args)),
    ...part(table("option", "meaning", options)),
    ...part(
      examples.length === 0
        ? []
        : ["```sh", ...examples.map(([line, about]) => `${line.padEnd(widest)}  # ${about}`), "```"],
    ),
    ...part(pages.length === 0 ? [] : [`More: ${pages.map(pageLink).join(", ")}`]),
  ];
}

/** As seen from docs/. */
function pageLink(page: string): string {
  const path = page.startsWith("docs/") ? page.slice("docs/".length) : `../${page}`;
  return `[${page}](${path})`;
}

function part(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

function block(text: string): string[] {
  return ["```", text, "```"];
}

/** The link to a command's own section. */
function linked(path: string): string {
  return `[\`${path}\`](#${path.replaceAll(" ", "-")})`;
}

function table(left: string, right: string, rows: readonly Row[], shown = code): string[] {
  if (rows.length === 0) return [];
  return [
    `| ${left} | ${right} |`,
    "|---|---|",
    ...rows.map(([name, about]) => `| ${shown(name)} | ${about.replaceAll("|", "\\|")} |`),
  ];
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

if (import.meta.main) await Deno.writeTextFile(PAGE, commandReference());
