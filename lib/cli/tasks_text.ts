/** The text of `xcore tasks`: a table by function. Pure. @module */

import type { FunctionStatus, TasksStatus } from "../model/mod.ts";
import { plainLine } from "../util/text_width.ts";
import { type Column, table } from "./table.ts";

/** A column, and what it shows of a function. */
interface TaskColumn extends Column {
  readonly cell: (of: FunctionStatus) => string;
}

const numbered = (heading: "done" | "failed" | "skipped" | "running" | "waiting"): TaskColumn => ({
  heading,
  align: "right",
  cell: (of) => String(of[heading]),
});

const COLUMNS: readonly TaskColumn[] = [
  { heading: "function", align: "left", shrinksTo: 12, cell: ({ name }) => plainLine(name) },
  numbered("done"),
  numbered("running"),
  numbered("waiting"),
  numbered("failed"),
  numbered("skipped"),
  {
    heading: "first error",
    align: "left",
    shrinksTo: 16,
    cell: ({ first_error }) => plainLine(first_error ?? ""),
  },
  {
    heading: "key",
    align: "left",
    shrinksTo: 8,
    cell: ({ first_failed_key }) => plainLine(first_failed_key ?? ""),
  },
];

/** The functions of which a task has failed. */
export function failedOnly({ functions, others }: TasksStatus): TasksStatus {
  return { functions: functions.filter(({ failed }) => failed > 0), others };
}

/**
 * The text of `xcore tasks`.
 *
 * @param failed only functions of which a task has failed
 * @param columns of the terminal
 */
export function tasksText(tasks: TasksStatus, failed: boolean, columns = Infinity): string {
  const { functions, others } = failed ? failedOnly(tasks) : tasks;
  const rest: FunctionStatus = { name: "(others)", first_error: null, first_failed_key: null, ...others };
  const has = failed ? others.failed > 0 : Object.values(others).some((count) => count > 0);
  const rows = [...functions, ...has ? [rest] : []];
  if (rows.length === 0) {
    return failed
      ? "No task has failed since the scheduler started."
      : "There were no tasks since the scheduler started.";
  }
  const shown = COLUMNS.filter(({ heading, cell }) => {
    if (heading === "skipped") return rows.some(({ skipped }) => skipped > 0);
    return heading !== "first error" && heading !== "key" || rows.some((row) => cell(row) !== "");
  });
  return table(shown, rows.map((row) => shown.map(({ cell }) => cell(row))), columns).join("\n");
}
