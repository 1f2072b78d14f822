/** The text of `xcore list`, and of other clusters below `xcore status`. Pure. @module */

import type { ListedCluster } from "../cluster/list_clusters.ts";
import { ageText } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { plainLine } from "../util/text_width.ts";
import { type Column, table } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { heading: "cluster", align: "left" },
  { heading: "option", align: "left", goes: 0 },
  { heading: "provider", align: "left" },
  { heading: "state", align: "left" },
  { heading: "per hour", align: "right" },
  { heading: "since", align: "right", goes: 1 },
];

/**
 * A row a cluster, what is wrong with those whose state is not known, and what all cost together.
 *
 * @param nowMs wall clock, for ages
 * @param columns of the terminal
 */
export function listText(clusters: readonly ListedCluster[], nowMs: number, columns?: number): string {
  const rows = clusters.map(({ cluster, name, provider, state, per_hour_usd, since }) => [
    plainLine(name ?? cluster ?? "?"),
    cluster === null ? "" : `-c ${cluster}`,
    plainLine(provider ?? "?"),
    state,
    state === "unknown" ? "?" : provider === "local" || state === "down" ? "-" : priceText(per_hour_usd),
    since === null ? "" : `${ageText(since, nowMs)} ago`,
  ]);
  const faults = clusters.flatMap(({ cluster, home, error }) =>
    error === null
      ? []
      : [`! ${cluster === null ? home : `-c ${cluster}`}: ${plainLine(error.message)}`, `  ${error.hint}`]
  );
  const costing = clusters.filter((one) => one.state !== "down" && one.provider !== "local");
  return [...table(COLUMNS, rows, columns), ...faults, ...(costing.length < 2 ? [] : [sumText(costing)])]
    .join("\n");
}

function sumText(costing: readonly Pick<ListedCluster, "per_hour_usd">[]): string {
  const known = costing.flatMap(({ per_hour_usd }) => per_hour_usd ?? []);
  const sum = moneyText(known.reduce((all, each) => all + each, 0));
  const unknown = costing.length - known.length;
  return unknown === 0
    ? `All together cost ${sum} an hour.`
    : `All together cost at least ${sum} an hour; what ${unknown} of them ${
      unknown === 1 ? "costs" : "cost"
    } is not known.`;
}

function priceText(usd: number | null): string {
  return usd === null ? "?" : moneyText(usd);
}

/** What runs and costs beside a cluster, with what shows more; empty: nothing. */
export function othersText(
  others: readonly Pick<ListedCluster, "cluster" | "name" | "provider" | "per_hour_usd">[],
): string {
  if (others.length === 0) return "";
  const words = others.map(({ cluster, name, provider, per_hour_usd }) => {
    const cost = per_hour_usd === null ? "" : `, ${moneyText(per_hour_usd)} an hour`;
    return `${plainLine(name ?? cluster ?? "?")} (${plainLine(provider ?? "?")}${cost})`;
  });
  return `Other clusters of yours run and cost: ${words.join(", ")}. See \`xcore list\`.`;
}
