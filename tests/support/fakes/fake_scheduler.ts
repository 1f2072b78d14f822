/** A scheduler that says what it is told to say. */

import { SchedulerError } from "../../../lib/errors.ts";
import type {
  BudgetTerms,
  LeaseClaim,
  LeaseOutcome,
  LeaseTerms,
  RetireOutcome,
  Scheduler,
  SchedulerReport,
} from "../../../lib/model/mod.ts";
import { report } from "./builders.ts";
import { Recorder } from "./recorder.ts";

export class FakeScheduler implements Scheduler {
  /** What it knows; null while it is unreachable. */
  says: SchedulerReport | null = report();
  /** What every call fails with while it says nothing. */
  failure = new SchedulerError("Cannot reach the scheduler: no answer", "Wait.");
  /** What retire answers for each name; retired when not said. */
  readonly retireAs = new Map<string, "busy" | "kept" | "unknown">();
  /** Why it keeps workers, by name. */
  reasons: Readonly<Record<string, string>> = {};
  /** Another daemon that holds the lease. */
  leaseHolder: string | null = null;
  /** The terms of the last claim. */
  terms: LeaseTerms | null = null;
  /** What it holds to: the last claim that said something of a budget; undefined: none did. */
  budget: BudgetTerms | null | undefined;

  constructor(readonly recorder = new Recorder()) {}

  report(): Promise<SchedulerReport> {
    return this.recorder.call(() => this.#heard(), "report");
  }

  retire(names: readonly string[], force: boolean): Promise<RetireOutcome> {
    const retire = () => {
      if (force) this.recorder.refuse(`retire ${names.join(", ")} by force`);
      const { workers, ...others } = this.#heard();
      const as = (answer: string) =>
        names.filter((name) => (this.retireAs.get(name) ?? "retired") === answer);
      const outcome = {
        retired: as("retired"),
        busy: as("busy"),
        kept: as("kept"),
        unknown: as("unknown"),
        reasons: this.reasons,
      };
      this.says = { ...others, workers: workers.filter(({ name }) => !outcome.retired.includes(name)) };
      return outcome;
    };
    return this.recorder.call(retire, "retire", ...names);
  }

  drain(names: readonly string[], drain: boolean): Promise<void> {
    const status = drain ? "closing_gracefully" : "running";
    const set = () => {
      const { workers, ...others } = this.#heard();
      this.says = {
        ...others,
        workers: workers.map((worker) =>
          names.includes(worker.name) ? { ...worker, status, drained: drain } : worker
        ),
      };
    };
    return this.recorder.call(set, drain ? "drain" : "undrain", ...names);
  }

  cancelHeldBy(holders: readonly string[], reason: string): Promise<number> {
    const holds = (name: string) => holders.includes(name);
    const cancel = () => {
      if (reason === "") this.recorder.refuse("cancel without a reason");
      const { workers, ...others } = this.#heard();
      const given = workers.filter(({ name, holdsResults }) => holds(name) && holdsResults);
      this.says = {
        ...others,
        workers: workers.map((worker) => holds(worker.name) ? { ...worker, holdsResults: false } : worker),
      };
      return given.length;
    };
    return this.recorder.call(cancel, "cancel", ...holders);
  }

  lease({ daemonId, ttlS, terms, budget }: LeaseClaim): Promise<LeaseOutcome> {
    const claim = () => {
      this.#heard();
      const granted = this.leaseHolder === null || this.leaseHolder === daemonId;
      if (granted) this.terms = terms;
      if (granted && budget !== undefined) this.budget = budget;
      return { granted, holder: granted ? daemonId : this.leaseHolder };
    };
    return this.recorder.call(claim, "lease", ttlS);
  }

  #heard(): SchedulerReport {
    if (this.says === null) throw this.failure;
    return this.says;
  }
}
