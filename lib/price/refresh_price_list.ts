/** Fetches the price list of a cloud, and keeps it in $XCORE_HOME/prices. @module */

import { join } from "node:path";
import type { CloudConfig, Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import type { Clock, Runtime } from "../runtime.ts";
import { type PriceList, priceListOf, refused, type Row } from "./price_list.ts";
import { shown } from "../util/one_line.ts";

/** The SkyPilot project's catalog, and its mirror. */
const ADDRESSES = [
  "https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/catalogs",
  "https://skypilot-catalog.s3.us-east-1.amazonaws.com/catalogs",
];

/** The catalog's version of columns and files. */
const VERSION = "v8";

/** A list younger than that is not fetched again. */
const FRESH_MS = 7 * 24 * 3600_000;

/** The longest of the lists has some 3 MB. */
const MOST_BYTES = 32_000_000;
const LONGEST_ROW = 100_000;
const WITHIN_MS = 60_000;
/** A network that lets nothing out must not hold a start up. */
const ANSWER_MS = 5000;

/** A list that tells of so few of the types that the one before told of is a part of one. */
const KEEPS_SHARE = 0.5;

type Asked = Pick<CloudConfig, "provider" | "regionName" | "priceListUrl">;

/** Where the list of a cloud is kept. */
function pathOf({ root }: Home, cloud: string): string {
  return join(root, "prices", `${cloud}.json`);
}

/** The list that is kept for a region, or null; one that cannot be read is none. */
export async function keptPriceList(
  runtime: Runtime,
  home: Home,
  { provider, regionName }: Pick<Asked, "provider" | "regionName">,
): Promise<PriceList | null> {
  const text = await runtime.files.readTextIfExists(pathOf(home, provider)).catch(() => null);
  try {
    const kept: Partial<PriceList> = JSON.parse(text ?? "{}");
    const isWhole = typeof kept.types === "object" && typeof kept.accelerators === "object" &&
      typeof kept.source === "string" && Number.isFinite(kept.fetchedAtMs);
    return isWhole && kept.region === regionName ? kept as PriceList : null;
  } catch {
    return null;
  }
}

/** Whether a list is to be fetched: there is none of the region, or it is older than a week. */
export function isOld(list: PriceList | null, nowMs: number): boolean {
  return list === null || Math.abs(nowMs - list.fetchedAtMs) > FRESH_MS;
}

/**
 * Fetches the region's list unless the one that is kept is younger than a week, or `price_list_url`
 * is `none`.
 *
 * @returns the list that there is now, and why none could be fetched
 */
export async function refreshPriceList(
  runtime: Runtime,
  home: Home,
  config: Asked,
): Promise<{ readonly list: PriceList | null; readonly error: XcoreError | null }> {
  const { regionName: region } = config;
  if (region === null) return { list: null, error: null };
  const kept = await keptPriceList(runtime, home, config);
  const addresses = addressesOf(config.priceListUrl);
  if (addresses.length === 0 || !isOld(kept, runtime.clock.nowMs())) return { list: kept, error: null };
  let error: XcoreError | null = null;
  for (const address of addresses) {
    try {
      const list = await fetchList(runtime.clock, `${address}/${VERSION}/${config.provider}/vms.csv`, {
        region,
        fetchedAtMs: runtime.clock.nowMs(),
      });
      checkAgainst(kept, list);
      await runtime.files.mkdir(join(home.root, "prices"));
      await runtime.files.writeText(pathOf(home, config.provider), JSON.stringify(list));
      return { list, error: null };
    } catch (thrown) {
      error ??= asXcoreError(thrown, "fetch the price list");
    }
  }
  return { list: kept, error };
}

/**
 * Fetches the list of prices where the one there is, if any, is old; what cannot be fetched is said,
 * and stops nobody.
 */
export async function refreshPrices(
  runtime: Runtime,
  home: Home,
  config: Config,
  say: (line: string) => void,
): Promise<void> {
  if (config.provider === "local") return;
  const { list, error } = await refreshPriceList(runtime, home, config);
  if (error === null) return;
  const day = list === null ? null : new Date(list.fetchedAtMs).toISOString().slice(0, 10);
  say(`Warning: ${error.message}${day === null ? "" : `; the one of ${day} applies`}`);
}

/** How often it is looked whether the list is old, or after a failure tried again. */
const TRY_EVERY_MS = 3_600_000;

/**
 * A function that fetches the list of prices, where it has become old, beside what else is done; it
 * tells whether there is a new one since it was last called.
 */
export function watchedPrices(
  runtime: Runtime,
  home: Home,
  say: (line: string) => void,
): (config: Config) => boolean {
  let triedMs = -Infinity;
  let isNew = false;
  return (config) => {
    const nowMs = runtime.clock.monotonicMs();
    if (config.provider !== "local" && nowMs - triedMs > TRY_EVERY_MS) {
      triedMs = nowMs;
      const before = keptPriceList(runtime, home, config);
      Promise.all([before, refreshPriceList(runtime, home, config)]).then(([old, { list, error }]) => {
        isNew ||= list?.fetchedAtMs !== old?.fetchedAtMs;
        if (error !== null) say(error.message);
      }, (error) => say(asXcoreError(error, "fetch the price list").message));
    }
    const found = isNew;
    isNew = false;
    return found;
  };
}

function addressesOf(url: string): readonly string[] {
  if (url === "none") return [];
  return url === "auto" ? ADDRESSES : [url.replace(/\/+$/, "")];
}

function checkAgainst(kept: PriceList | null, list: PriceList): void {
  const [before, now] = [kept, list].map((one) => Object.keys(one?.types ?? {}).length) as [number, number];
  if (now < before * KEEPS_SHARE) {
    throw refused(`it tells of ${now} machine types, and the one before of ${before}`);
  }
}

/**
 * Fetches and reads one list as it comes; nothing of it is kept but the region's prices.
 *
 * @throws {XcoreError} it cannot be had, is too long, ends in the middle, or is no price list
 */
async function fetchList(
  clock: Clock,
  source: string,
  about: Pick<PriceList, "region" | "fetchedAtMs">,
): Promise<PriceList> {
  const stop = new AbortController();
  const answered = new AbortController();
  let withinMs = ANSWER_MS;
  try {
    giveUp(clock, withinMs, stop, answered.signal);
    const response = await answerOf(source, stop.signal);
    answered.abort();
    giveUp(clock, withinMs = WITHIN_MS, stop, stop.signal);
    if (!response.ok || response.body === null) {
      throw refused(`${source} answers with HTTP ${response.status}`);
    }
    return await priceListOf(rowsOf(response.body), { ...about, source });
  } catch (error) {
    if (error instanceof XcoreError) throw error;
    if (stop.signal.aborted) throw refused(`${source} has not sent it within ${withinMs / 1000} s`, error);
    throw refused(`${source} cannot be had (${String((error as Error).message).split("\n")[0]})`, error);
  } finally {
    answered.abort();
    stop.abort(); // what has not been read is not wanted
  }
}

/** Addresses that one may lead on to, each to the next. */
const MOST_HOPS = 5;

/**
 * The answer of an address, or of where it leads on to.
 *
 * @throws {XcoreError} it leads to where anybody on the way could answer in its place
 */
async function answerOf(source: string, signal: AbortSignal): Promise<Response> {
  let at = source;
  for (let hops = 0; hops <= MOST_HOPS; hops++) {
    const response = await fetch(at, { signal, redirect: "manual" });
    const location = response.status >= 300 && response.status < 400
      ? response.headers.get("location")
      : null;
    if (location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, at);
    if (next === null || !isSafe(next)) {
      throw refused(`${source} leads to an address without https (${shown(location).slice(0, 200)})`);
    }
    at = next.href;
  }
  throw refused(`${source} leads on to further addresses more than ${MOST_HOPS} times`);
}

/** As the setting's own addresses: https, or this machine. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || protocol === "http:" && ["127.0.0.1", "localhost"].includes(hostname);
}

/** Aborts once the time is up, unless `done` aborts before. */
function giveUp(clock: Clock, withinMs: number, stop: AbortController, done: AbortSignal): void {
  clock.sleep(withinMs, done).then(() => {
    if (!done.aborted) stop.abort();
  });
}

async function* rowsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Row> {
  const [{ parse, CsvError }, { Readable }] = await Promise.all([
    import("npm:csv-parse@7.0.3"),
    import("node:stream"),
  ]);
  const parser = parse({ columns: true, max_record_size: LONGEST_ROW });
  const source = Readable.from(bounded(body));
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    yield* parser;
  } catch (error) {
    throw error instanceof CsvError ? refused(`it is no CSV (${error.code})`, error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** The bytes, not too many of them, and with a line's end at the end. */
async function* bounded(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let last: number | undefined;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw refused(`it is longer than ${MOST_BYTES / 1e6} MB`);
    last = part.at(-1) ?? last;
    yield part;
  }
  if (last !== "\n".charCodeAt(0)) throw refused("it ends in the middle of a line");
}
