/**
 * What instances cost an hour in one region, by a public list of prices: the catalog of the SkyPilot
 * project, a CSV file a cloud.
 * @module
 */

import { XcoreError } from "../errors.ts";
import { setPrices } from "../util/money_text.ts";

/** US dollars an hour; what the list does not tell is null, or missing. */
export interface Prices {
  readonly onDemand: number | null;
  /** By zone, as the list names zones: by their ids where a cloud has such, `use1-az1`. */
  readonly spot: Readonly<Record<string, number>>;
}

/** What a machine type costs. */
export interface TypePrices extends Prices {
  /** Whether its accelerators are in the price. */
  readonly withAccelerators: boolean;
}

/** The list of one region. */
export interface PriceList {
  readonly region: string;
  /** The address that it came from. */
  readonly source: string;
  /** When it came; wall clock, milliseconds. */
  readonly fetchedAtMs: number;
  readonly types: Readonly<Record<string, TypePrices>>;
  /** One accelerator, by its short name: `T4`. */
  readonly accelerators: Readonly<Record<string, Prices>>;
}

/** A row of the list, by the names of its columns. */
export type Row = Readonly<Record<string, string | undefined>>;

const COLUMNS = [
  "InstanceType",
  "AcceleratorName",
  "AcceleratorCount",
  "Price",
  "SpotPrice",
  "Region",
  "AvailabilityZone",
];

/** The dearest machines cost a tenth of it. */
const MOST_USD = 1000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/**
 * Reads the rows of one region; those of others are passed over.
 *
 * @throws {XcoreError} it is no such list: columns are missing, a name or a price cannot be one, or
 *   nothing is told of the region
 */
export async function priceListOf(
  rows: AsyncIterable<Row>,
  { region, source, fetchedAtMs }: Pick<PriceList, "region" | "source" | "fetchedAtMs">,
): Promise<PriceList> {
  const types: Record<string, TypePrices> = {};
  const accelerators: Record<string, Prices> = {};
  let columnsChecked = false;
  for await (const row of rows) {
    if (!columnsChecked) checkColumns(row);
    columnsChecked = true;
    if (row.Region !== region) continue;
    const prices = pricesIn(row);
    if (row.InstanceType) {
      const withAccelerators = Boolean(row.AcceleratorName);
      const type = checkedName(row.InstanceType);
      types[type] = { ...merged(types[type], prices), withAccelerators };
    } else if (row.AcceleratorName) {
      const name = checkedName(row.AcceleratorName);
      accelerators[name] = merged(accelerators[name], perUnit(prices, row));
    }
  }
  if (Object.keys(types).length === 0) throw refused(`it tells nothing of ${region}`);
  return { region, source, fetchedAtMs, types, accelerators };
}

function checkColumns(row: Row): void {
  const missing = COLUMNS.filter((name) => row[name] === undefined);
  if (missing.length > 0) throw refused(`it has no column ${missing.join(", ")}`);
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw refused(`${JSON.stringify(name.slice(0, 40))} is no name of a machine`);
  return name;
}

function pricesIn(row: Row): Prices {
  const spot = priceIn(row.SpotPrice);
  const zone = row.AvailabilityZone ? checkedName(row.AvailabilityZone) : "";
  return { onDemand: priceIn(row.Price), spot: spot === null ? {} : { [zone]: spot } };
}

/** Zero and empty fields stand for prices that are not known. */
function priceIn(text: string | undefined): number | null {
  if (!text) return null;
  const price = Number(text);
  if (!(price >= 0 && price <= MOST_USD)) throw refused(`${JSON.stringify(text.slice(0, 40))} is no price`);
  return price === 0 ? null : price;
}

/** A row with several accelerators has the price of all. */
function perUnit({ onDemand, spot }: Prices, row: Row): Prices {
  const count = Number(row.AcceleratorCount) || 1;
  return {
    onDemand: onDemand === null ? null : onDemand / count,
    spot: Object.fromEntries(Object.entries(spot).map(([zone, price]) => [zone, price / count])),
  };
}

/** A type has a row a zone. Where two tell different prices, the higher one is taken. */
function merged(before: Prices | undefined, { onDemand, spot }: Prices): Prices {
  if (before === undefined) return { onDemand, spot };
  const dearest = [before.onDemand, onDemand].filter((price) => price !== null);
  const spots: Record<string, number> = { ...before.spot };
  for (const [zone, price] of Object.entries(spot)) spots[zone] = Math.max(price, spots[zone] ?? 0);
  return { onDemand: dearest.length === 0 ? null : Math.max(...dearest), spot: spots };
}

/** The spot price in a zone; where the list does not name the zone, the highest of the region. */
export function spotPriceIn({ spot }: Prices, zone: string | null): number | null {
  const known = zone === null ? undefined : spot[zone];
  return known ?? (Object.keys(spot).length === 0 ? null : Math.max(...Object.values(spot)));
}

/** As the list names it: `nvidia-tesla-t4` is a `T4`. */
export function shortName(accelerator: string): string {
  return accelerator.replace(/^nvidia-/, "").replace(/^tesla-/, "").toUpperCase();
}

/** An error of a list that cannot be used. */
export function refused(found: string, cause?: unknown): XcoreError {
  return new XcoreError(
    `Cannot use the price list: ${found}`,
    `Set the prices with ${setPrices([])}, or name another list: \`xcore config set price_list_url URL\`.`,
    cause,
  );
}
