/** The daemon's log in systemd's journal: its own lines, and what systemd says of it. @module */

import type { Runtime } from "../runtime.ts";
import { lastLine, systemd } from "./_systemctl.ts";
import type { ServiceNote } from "./note.ts";

/** Lines of the journal. */
export interface JournalPart {
  /** A line each, the newest last; empty when there is nothing new. */
  readonly text: string;
  /** Where to go on; null when nothing was ever read. */
  readonly cursor: string | null;
}

/** Which part of the journal. */
export type JournalRange = { readonly lines: number } | { readonly after: string };

/** Reads the journal; a string says why it cannot be read. */
export async function readJournal(
  runtime: Runtime,
  { manager, unit }: ServiceNote,
  range: JournalRange,
): Promise<JournalPart | string> {
  const result = await systemd(runtime, "system", [
    "journalctl",
    // Of whatever journal may be read: a user's lines are not always in a file of the user's.
    `--${manager}-unit=${unit}`.replace("--system-unit", "--unit"),
    "--output=json",
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER",
    "lines" in range ? `--lines=${range.lines}` : `--after-cursor=${range.after}`,
  ]);
  if (result.code !== 0) return lastLine(result);
  const part = parseJournal(result.stdout);
  if ("after" in range) return { ...part, cursor: part.cursor ?? range.after };
  return part.cursor === null ? lastLine({ ...result, stdout: "" }) || "it has nothing of the daemon" : part;
}

/** Reads what `journalctl --output=json` printed. */
export function parseJournal(output: string): JournalPart {
  const entries = output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return {
    text: entries.map(lineOf).join(""),
    cursor: entries.at(-1)?.["__CURSOR"] ?? null,
  };
}

/** The daemon's own lines begin with their time, systemd's do not. */
const DATED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function lineOf(entry: Record<string, unknown>): string {
  const message = textOf(entry["MESSAGE"]);
  if (DATED.test(message)) return `${message}\n`;
  const at = new Date(Number(entry["__REALTIME_TIMESTAMP"]) / 1000).toISOString();
  return `${at} ${entry["SYSLOG_IDENTIFIER"] ?? "journal"}: ${message}\n`;
}

/** What is no plain text comes as a list of bytes. */
function textOf(message: unknown): string {
  if (typeof message === "string") return message;
  return Array.isArray(message) ? new TextDecoder().decode(Uint8Array.from(message)) : "";
}
