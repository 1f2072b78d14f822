/** The text of `xcore cost`: a table, or a CSV file. Pure. @module */

import type { Cost } from "../cluster/cost.ts";
import { clockText, count } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { plainLine } from "../util/text_width.ts";
import { type Column, table } from "./table.ts";

const NUMBERS: readonly Column[] = [
  { heading: "instances", align: "right" },
  { heading: "hours", align: "right" },
  { heading: "cost", align: "right" },
];

/** The text of `xcore cost`. */
export function costText(cost: Cost, nowMs: number): string {
  const { since, by, rows, unknown_prices: unknown } = cost;
  if (!cost.costs) return "Nothing costs here: the workers are processes of this machine.";
  if (since === null) return "Nothing has cost anything yet: no instance of this cluster was ever recorded.";
  const name: Column = { heading: by, align: "left", shrinksTo: 12 };
  const line = (
    title: string,
    { instances, hours, usd }: Omit<Cost["rows"][number], "name">,
  ) => [title, String(instances), hours.toFixed(1), moneyText(usd)];
  const shown = rows.map((row) => line(plainLine(row.name), row));
  return [
    `since ${clockText(since, nowMs)}:`,
    ...table([name, ...NUMBERS], [...shown, line("total", cost)]),
    ...unknown === 0 ? [] : [
      `Without ${
        count(unknown, "instance")
      } whose price is not known: name it under \`prices\` in the config.`,
    ],
  ].join("\n");
}

/** A CSV file of the rows, with a heading. */
export function costCsv({ by, rows }: Cost): string {
  const lines = rows.map(({ name, instances, hours, usd, unknown_prices }) =>
    [csvField(name), instances, hours.toFixed(4), usd.toFixed(4), unknown_prices].join(",")
  );
  return [`${by},instances,hours,usd,unknown_prices`, ...lines].join("\n");
}

/** A spreadsheet takes what begins like a formula for one. */
function csvField(text: string): string {
  const plain = plainLine(text).replace(/^[=+@-]/, "'$&");
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
