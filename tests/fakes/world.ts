/** A provider, a scheduler, a journal and a clock that record what is asked of them and fail on request. */

import { SchedulerError } from "../../lib/errors.ts";
import type { Attempt, Decision, Instance, LaunchOutcome, SchedulerReport } from "../../lib/model/mod.ts";
import type { Deps } from "../../lib/reconcile/deps.ts";
import type { AttemptResult } from "../../lib/status/journal.ts";
import { instance, report, rules } from "./builders.ts";

export class World {
  /** Everything that was done, in order: `openAttempt 1`, `launch 1 worker-0`, … */
  readonly calls: string[] = [];
  readonly log: string[] = [];
  readonly open = new Map<string, Attempt>();
  readonly results = new Map<string, AttemptResult>();
  readonly decided: Decision[] = [];
  instances: Instance[] = [];
  report: SchedulerReport | null = report();
  /** What retire answers for each name; retired when not said. */
  readonly retireAs = new Map<string, "busy" | "kept" | "unknown">();
  leaseHolder: string | null = null;
  nowMs = 0;
  /** Thrown by the next call of that name. */
  readonly failNext = new Map<string, unknown>();
  #attempts = 0;

  #enter(name: string, ...words: readonly (string | number)[]): void {
    this.calls.push([name, ...words].join(" "));
    const failure = this.failNext.get(name);
    this.failNext.delete(name);
    if (failure !== undefined) throw failure;
  }

  readonly deps: Deps = {
    rules: rules(),
    daemonId: "daemon-1",
    clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs, sleep: () => Promise.resolve() },
    random: { hex: () => String(++this.#attempts) },
    log: { info: (line) => void this.log.push(line), warn: (line) => void this.log.push(`! ${line}`) },
    provider: {
      name: "local",
      pace: { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: 5 },
      check: async function* () {},
      list: () => this.#call(() => ({ instances: [...this.instances], complete: true }), "list"),
      launch: (attempt) => this.#call(() => this.#launch(attempt), "launch", attempt.id, ...attempt.names),
      terminate: (ids) =>
        this.#call(
          () => {
            this.instances = this.instances.filter(({ id }) => !ids.includes(id));
          },
          "terminate",
          ...ids,
        ),
      bootLog: () => Promise.resolve(""),
    },
    scheduler: {
      report: () => this.#call(() => this.#heard(this.report), "report"),
      retire: (names) =>
        this.#call(
          () => {
            const as = (answer: string) =>
              names.filter((name) => (this.retireAs.get(name) ?? "retired") === answer);
            return { retired: as("retired"), busy: as("busy"), kept: as("kept"), unknown: as("unknown") };
          },
          "retire",
          ...names,
        ),
      drain: () => Promise.reject(new Error("the loop drains nobody")),
      cancelHeldBy: (holders) => this.#call(() => holders.length, "cancel", ...holders),
      lease: (daemonId) =>
        this.#call(() => {
          this.#heard(this.report);
          const granted = this.leaseHolder === null || this.leaseHolder === daemonId;
          return { granted, holder: granted ? daemonId : this.leaseHolder };
        }, "lease"),
    },
    journal: {
      openAttempt: (attempt) =>
        this.#call(() => void this.open.set(attempt.id, attempt), "openAttempt", attempt.id),
      closeAttempt: (id, result) =>
        this.#call(
          () => {
            this.open.delete(id);
            this.results.set(id, result);
          },
          "closeAttempt",
          id,
        ),
      openAttempts: () => this.#call(() => [...this.open.values()], "openAttempts"),
      record: (decisions) => this.#call(() => void this.decided.push(...decisions), "record"),
      decisions: () => Promise.resolve(this.decided),
      close: () => {},
    },
  };

  /** Calls but those that only look. */
  get deeds(): string[] {
    return this.calls.filter((call) => !/^(list|report|lease|openAttempts)\b/.test(call));
  }

  async #call<T>(answer: () => T, name: string, ...words: readonly (string | number)[]): Promise<T> {
    await Promise.resolve();
    this.#enter(name, ...words);
    return answer();
  }

  #heard(said: SchedulerReport | null): SchedulerReport {
    if (said === null) throw new SchedulerError("Cannot reach the scheduler: deaf", "Wait.");
    return said;
  }

  #launch(attempt: Attempt): LaunchOutcome {
    const there = (name: string) =>
      this.instances.find((one) => one.name === name && one.attemptId === attempt.id);
    for (const name of attempt.names) {
      if (there(name) === undefined) this.instances.push(instance(name, { attemptId: attempt.id }));
    }
    return { instances: attempt.names.map((name) => there(name)!) };
  }
}
