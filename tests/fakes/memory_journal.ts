/** A journal that outlives the daemon as long as the test holds it. */

import type { Attempt, Decision } from "../../lib/model/mod.ts";
import type { AttemptResult, Journal } from "../../lib/status/journal.ts";
import { Recorder } from "./recorder.ts";

export class MemoryJournal implements Journal {
  /** Attempts with no result, by id. */
  readonly open = new Map<string, Attempt>();
  readonly results = new Map<string, AttemptResult>();
  readonly decided: Decision[] = [];

  constructor(readonly recorder = new Recorder()) {}

  openAttempt(attempt: Attempt): Promise<void> {
    const open = () => {
      const { id } = attempt;
      if (this.open.has(id) || this.results.has(id)) this.recorder.refuse(`a second attempt ${id}`);
      this.open.set(id, attempt);
    };
    return this.recorder.call(open, "openAttempt", attempt.id);
  }

  closeAttempt(id: string, result: AttemptResult): Promise<void> {
    const close = () => {
      if (!this.open.delete(id)) this.recorder.refuse(`the end of ${id}, which is not open`);
      this.results.set(id, result);
    };
    return this.recorder.call(close, "closeAttempt", id);
  }

  openAttempts(): Promise<Attempt[]> {
    return this.recorder.call(() => [...this.open.values()], "openAttempts");
  }

  record(decisions: readonly Decision[]): Promise<void> {
    const record = () => {
      for (const { names, reason } of decisions) {
        if (names.length === 0 || reason === "") {
          this.recorder.refuse("a decision about nobody, or for no reason");
        }
      }
      this.decided.push(...decisions);
    };
    return this.recorder.call(record, "record");
  }

  decisions(count: number): Promise<Decision[]> {
    return Promise.resolve(this.decided.toReversed().slice(0, count));
  }

  close(): void {}
}
