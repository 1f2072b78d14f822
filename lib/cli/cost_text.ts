/** The text of `xcore cost`: a table, or a CSV file. Pure. @module */

import type { Cost, CostPart, CostRow } from "../cluster/cost.ts";
import { clockText, count } from "../util/duration_text.ts";
import { moneyText, setPrices } from "../util/money_text.ts";
import { plainLine } from "../util/text_width.ts";
import { type Column, table } from "./table.ts";

const NUMBERS: readonly Column[] = [
  { heading: "instances", align: "right" },
  { heading: "hours", align: "right" },
  { heading: "cost", align: "right" },
];

/** What is not a named function's. */
const OTHERS: Readonly<Record<Exclude<CostRow["kind"], "task" | undefined>, string>> = {
  others: "(other functions)",
  idle: "(idle)",
  not_joined: "(boot and end)",
  scheduler: "(scheduler)",
};

function titleOf({ name, kind = "task" }: Pick<CostRow, "name" | "kind">): string {
  return kind === "task" ? plainLine(name) : OTHERS[kind];
}

/** The text of `xcore cost`. */
export function costText(cost: Cost, nowMs: number): string {
  const { since, by, rows, unknown_prices: unknown } = cost;
  if (!cost.costs) return "Nothing costs here: the workers are processes of this machine.";
  if (since === null) return "Nothing has cost anything yet: no instance of this cluster was ever recorded.";
  const name: Column = { heading: by, align: "left", shrinksTo: 12 };
  const line = (
    title: string,
    { instances, hours, usd, unknown_prices: unpriced }: CostPart,
  ) => [title, String(instances), hours.toFixed(1), unpriced > 0 && usd === 0 ? "not known" : moneyText(usd)];
  const shown = rows.map((row) => line(titleOf(row), row));
  return [
    `since ${clockText(since, nowMs)}:`,
    ...table([name, ...NUMBERS], [...shown, line("total", cost)]),
    ...unknown === 0 ? [] : [
      `Without ${count(unknown, "instance")} whose price is not known: set it with ${setPrices([])}.`,
    ],
  ].join("\n");
}

/** A CSV file of the rows, with a heading. */
export function costCsv({ by, rows }: Cost): string {
  const lines = rows.map(({ instances, hours, usd, unknown_prices, ...row }) =>
    [csvField(titleOf(row)), instances, hours.toFixed(4), usd.toFixed(4), unknown_prices].join(",")
  );
  return [`${by},instances,hours,usd,unknown_prices`, ...lines].join("\n");
}

/** A spreadsheet takes what begins like a formula for one. */
function csvField(text: string): string {
  const plain = plainLine(text).replace(/^[=+@-]/, "'$&");
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
