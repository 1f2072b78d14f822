/** The promise that xcore says what the cloud bills, to the cent. @module */

import { spent } from "../../lib/price/ledger.ts";
import type { Bill, Run } from "./_bill.ts";
import type { Home } from "./_home.ts";
import { BILLED_AT_LEAST_S } from "./_prices.ts";
import type { World } from "./_world.ts";

const CENT_USD = 0.01;

/** What rounds to a cent. */
const ROUNDING_USD = CENT_USD / 2;

/** Calls travel, and a listing is of the moment when it was asked for. */
const LATENCY_S = 4;

/** That a worker is there is written once in so many seconds: the next daemon knows no more. */
const WRITTEN_EVERY_S = 60;

/** After one of these a history cannot know when an instance ran. */
const EXCUSES = [
  "wall clock set",
  "machine sleeps",
  "two daemons",
  "listing lags",
  "listing loses",
  "refused after its launch",
];

/** When a whole listing was asked for, and its tick ended; whose it was. */
interface Listed {
  readonly askedMs: number;
  readonly endedMs: number;
  readonly daemon: Home["daemon"];
}

/** Compares what each instance has cost by the history with what it has by the cloud. */
export class BillWatch {
  /** Whole listings, the earliest first. */
  #listings: Listed[] = [];
  #lastListing: unknown = null;
  #wasNew = false;

  constructor(readonly world: World, readonly bill: Bill) {}

  /** A tick has ended. */
  ticked(home: Home): void {
    const { listing, listedAtMs, failures, memory, spent: said } = home.state;
    const { chronicle, timeline } = this.world;
    if (said === null || said.unpriced.length > 0 || failures.history_unwritable !== undefined) return;
    const [isNew, wasNew] = [listing !== this.#lastListing, this.#wasNew];
    [this.#lastListing, this.#wasNew] = [listing, isNew];
    if (listing?.complete && isNew) {
      this.#listings.push({ askedMs: listedAtMs, endedMs: timeline.nowMs, daemon: home.daemon });
    }
    if (!isNew && !wasNew) return;
    if (EXCUSES.some((fault) => chronicle.counts.has(`fault: ${fault}`))) return;
    const isInterrupted = ["daemon killed", "daemon stopped", "disk full"].some((fault) =>
      chronicle.counts.has(`fault: ${fault}`)
    );
    const extraS = LATENCY_S + (isInterrupted ? WRITTEN_EVERY_S : 0);
    // A tick adds up before it knows what its own listing shows.
    let [allUsd, isWhole] = [CENT_USD, !isNew];
    for (const [id, run] of this.bill.runs) {
      const { terminatedMs = null, terminateFailed = false } = memory.workers[id] ?? {};
      const isTold = run.wasTold && !this.world.scenario.stoppingCosts && !terminateFailed;
      const toldMs = isTold ? terminatedMs : null;
      const seenWithinS = this.#seenWithinS({ ...run, toldMs }, extraS);
      if (seenWithinS === null) {
        isWhole = false;
        continue;
      }
      const dearest = Math.max(run.hourlyUsd, run.laterUsd ?? 0);
      const allowedUsd = Math.max(ROUNDING_USD, dearest * seenWithinS / 3600) + this.#minimumInDoubtUsd(run);
      allUsd += allowedUsd;
      chronicle.count("bill: compared");
      if (run.laterUsd !== null) chronicle.count("bill: compared after a change of prices");
      this.#same(id, this.#saidOf(home, id), this.bill.usdOf(run), allowedUsd);
    }
    if (!isWhole) return;
    allUsd += this.#inDoubtUsd(home);
    chronicle.count("bill: compared as a whole");
    this.#same("all together", said.clusterUsd, this.bill.usd, allUsd);
  }

  /** The minimum is due at the price of when it began, and may be counted at that of when it was first seen. */
  #minimumInDoubtUsd({ fromMs, hourlyUsd, laterUsd }: Run): number {
    const first = this.#listings.find(({ askedMs }) => askedMs > fromMs);
    if (laterUsd === null || first === undefined || first.endedMs < this.bill.change!.atS * 1000) return 0;
    return Math.abs(hourlyUsd - laterUsd) * BILLED_AT_LEAST_S / 3600;
  }

  /** One that ends while it boots counts for the minimum: it may have begun to run. */
  #inDoubtUsd(home: Home): number {
    const ids = [...home.file.lived.keys()].filter((id) => !this.bill.runs.has(id));
    return ids.reduce((sum, id) => sum + this.#saidOf(home, id), 0);
  }

  /**
   * Between which listings it began, ended, and had another price, together; null: not seen yet, or never, as
   * where it was told to end before a listing showed it powered off. One that the daemon has told to end costs
   * no more since then, whatever listings show.
   */
  #seenWithinS(run: Run & { readonly toldMs: number | null }, extraS: number): number | null {
    const { fromMs, toMs, deletedMs, toldMs, laterUsd } = run;
    const changes = laterUsd === null ? [] : [this.bill.change!.atS * 1000];
    const isSeenOff = toMs !== null && deletedMs !== null &&
      this.#listings.some(({ askedMs, endedMs }) => askedMs > toMs && endedMs < deletedMs);
    if (deletedMs !== null && !isSeenOff) return null;
    const gaps = [fromMs, ...changes, ...toMs === null ? [] : [toMs]].map((atMs) => {
      if (atMs === toMs && toldMs !== null && !this.#showsBetween(toldMs, toMs)) {
        return Math.abs(toldMs - toMs) / 1000 + LATENCY_S;
      }
      const after = atMs === toMs
        ? this.#firstWithout(atMs)
        : this.#listings.find(({ askedMs }) => askedMs > atMs);
      if (after === undefined) return null;
      const before = this.#listings.findLast(({ endedMs }) => endedMs < atMs);
      return (after.endedMs - (before?.askedMs ?? 0)) / 1000 + extraS;
    });
    return gaps.reduce<number | null>((sum, gap) => sum === null || gap === null ? null : sum + gap, 0);
  }

  /** Whether a listing may show that a call has not ended what ended later. */
  #showsBetween(toldMs: number, toMs: number): boolean {
    return this.#listings.some(({ askedMs }) => askedMs > toldMs && askedMs < toMs);
  }

  /**
   * The first listing without an instance that ended then, of the first daemon whose own listings prove that
   * it is gone: one that is killed before takes what it has seen with it.
   */
  #firstWithout(atMs: number): Listed | undefined {
    return [...Map.groupBy(this.#listings, ({ daemon }) => daemon).values()].flatMap((own) => {
      // A daemon's first listing may be older than what it knows.
      const first = own.find(({ askedMs }) => askedMs > Math.max(atMs, own[0]!.endedMs));
      const goneAfterMs = this.world.scenario.pace.goneAfterS * 1000;
      const proofs = own.filter(({ askedMs }) =>
        first !== undefined && askedMs >= first.endedMs + goneAfterMs
      );
      return first !== undefined && proofs.length > 1 ? [first] : [];
    })[0];
  }

  #saidOf({ file, daemon }: Home, id: string): number {
    const life = file.lived.get(id);
    const span = { fromMs: 0, toMs: daemon?.nowMs() ?? 0, minimumS: BILLED_AT_LEAST_S };
    return life === undefined ? 0 : spent([life], span).usd;
  }

  #same(what: string, saidUsd: number, billedUsd: number, allowedUsd: number): void {
    if (Math.abs(saidUsd - billedUsd) <= allowedUsd) return;
    this.world.chronicle.fail(
      `${what}: xcore says $${saidUsd.toFixed(4)}, and the cloud bills $${billedUsd.toFixed(4)} ` +
        `(within $${allowedUsd.toFixed(4)})`,
    );
  }
}
