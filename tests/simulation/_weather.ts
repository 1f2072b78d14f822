/** The fate of each call: lost, refused, late, doubled, or fatal to its caller. @module */

import { SchedulerError, ThrottledError, XcoreError } from "../../lib/errors.ts";
import type { Random } from "../support/fakes/random.ts";
import type { Fault } from "./_scenario.ts";
import type { Storm } from "./_storm.ts";
import type { Passage } from "./_wire.ts";

const PROVIDER_CALLS = new Set(["list", "launch", "terminate"]);
const JOURNAL_WRITES = new Set([
  "openAttempt",
  "closeAttempt",
  "record",
  "recordLives",
  "recordBoots",
  "forget",
]);
const JOURNAL_CALLS = new Set([...JOURNAL_WRITES, "openAttempts", "launched"]);

/** How long a caller waits for an answer that does not come. */
const SCHEDULER_TIMEOUT_MS = 5000;
const RETIRE_TIMEOUT_MS = 8000;
const PROVIDER_TIMEOUT_MS = 20_000;

/**
 * Share of calls at which the caller is killed. Never at "forget": a kill there only makes the next
 * daemon wait.
 */
const KILL_SHARE = 0.15;
const SHUTDOWN_KILL_SHARE = 0.6;

/** Decides the fate of calls. */
export class CallWeather {
  constructor(
    readonly storm: Storm,
    readonly random: Random,
    readonly isLocal: boolean,
    /** True when the scheduler's process does not run. */
    readonly isUnreachable: () => boolean,
  ) {}

  passageOf(call: string, killing: Fault): Passage {
    const share = killing === "shutdown killed" ? SHUTDOWN_KILL_SHARE : KILL_SHARE;
    const kill = call !== "forget" && this.storm.happens(killing, share)
      ? { kill: this.storm.of(killing).pick(["before", "after"] as const) }
      : {};
    if (JOURNAL_CALLS.has(call)) return { thereMs: 0, backMs: 0, ...this.#disk(call), ...kill };
    const pace = this.#pace(call);
    return PROVIDER_CALLS.has(call)
      ? { ...pace, ...this.#providerTrouble(call), ...kill }
      : { ...pace, ...this.#schedulerTrouble(call), ...kill };
  }

  #pace(call: string): { thereMs: number; backMs: number } {
    const isProvider = PROVIDER_CALLS.has(call);
    const slow = this.storm.happens("slow answers", 0.3);
    const most = slow ? (isProvider ? 15_000 : 4000) : isProvider && !this.isLocal ? 800 : 30;
    // On `local` the caller itself starts and ends processes; other calls travel.
    const thereMs = isProvider && this.isLocal ? 0 : this.random.fraction() * most;
    return { thereMs, backMs: this.random.fraction() * most };
  }

  #disk(call: string): Partial<Passage> {
    if (!JOURNAL_WRITES.has(call) || !this.storm.isOn("disk full")) return {};
    this.storm.note("disk full");
    return { refusal: new XcoreError("Cannot use the cluster's history: the disk is full", "Make room.") };
  }

  #providerTrouble(call: string): Partial<Passage> {
    if (this.storm.happens("throttled")) {
      return { refusal: new ThrottledError(`Cannot ${call}: asked too often`, "Wait.") };
    }
    const lost = () => new Error("connection reset");
    if (this.storm.happens("request lost")) return { refusal: lost(), backMs: PROVIDER_TIMEOUT_MS };
    if (this.storm.happens("answer lost")) return { loss: lost() };
    return this.storm.happens("request twice") ? { twice: true } : {};
  }

  #schedulerTrouble(call: string): Partial<Passage> {
    const unreachable = () => new SchedulerError("Cannot reach the scheduler: no answer", "Wait.");
    if (call === "retire" && this.storm.happens("retirement unanswered", 3)) {
      return { refusal: unreachable(), backMs: RETIRE_TIMEOUT_MS };
    }
    if (this.storm.isOn("scheduler unreachable")) {
      this.storm.note("scheduler unreachable");
      return { refusal: unreachable(), backMs: SCHEDULER_TIMEOUT_MS };
    }
    if (this.isUnreachable()) return { refusal: unreachable() };
    if (this.storm.happens("request lost", 0.5)) {
      return { refusal: unreachable(), backMs: SCHEDULER_TIMEOUT_MS };
    }
    return this.storm.happens("answer lost", 0.5) ? { loss: unreachable() } : {};
  }
}
