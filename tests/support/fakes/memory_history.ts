/** A history that outlives the daemon as long as the test holds it. */

import type { Attempt, Decision, Life, Sample, TaskTime } from "../../../lib/model/mod.ts";
import type { AttemptResult, History, PastLaunch, TimeSpan } from "../../../lib/status/history.ts";
import { Recorder } from "./recorder.ts";

export class MemoryHistory implements History {
  /** Attempts with no result, by id. */
  readonly open: Map<string, Attempt>;
  /** All there ever were. */
  readonly opened: Map<string, Attempt>;
  readonly results: Map<string, AttemptResult>;
  /** Instances that are known to be gone. */
  readonly gone: Set<string>;
  readonly decided: Decision[];
  /** By instance id. */
  readonly lived: Map<string, Life>;
  readonly sampled: Sample[];
  readonly booted: Map<string, number>;
  /** By session. */
  readonly timed: Map<string, TaskTime>;

  /** @param file what an earlier history has written, and this one goes on with */
  constructor(readonly recorder = new Recorder(), file?: MemoryHistory) {
    this.open = file?.open ?? new Map();
    this.opened = file?.opened ?? new Map();
    this.results = file?.results ?? new Map();
    this.gone = file?.gone ?? new Set();
    this.decided = file?.decided ?? [];
    this.lived = file?.lived ?? new Map();
    this.sampled = file?.sampled ?? [];
    this.booted = file?.booted ?? new Map();
    this.timed = file?.timed ?? new Map();
  }

  /** Has all of another's, as a file of which there was none yet and that is copied. */
  copy(other: MemoryHistory): void {
    for (const [id, attempt] of other.open) this.open.set(id, attempt);
    for (const [id, attempt] of other.opened) this.opened.set(id, attempt);
    for (const [id, result] of other.results) this.results.set(id, result);
    for (const id of other.gone) this.gone.add(id);
    this.decided.push(...other.decided);
    for (const [id, life] of other.lived) this.lived.set(id, life);
    this.sampled.push(...other.sampled);
    for (const [key, seconds] of other.booted) this.booted.set(key, seconds);
    for (const [session, time] of other.timed) this.timed.set(session, time);
  }

  attemptsOf(name: string, count: number): Promise<string[]> {
    const ids = [...this.opened.values()].filter(({ names }) => names.includes(name)).map(({ id }) => id);
    return Promise.resolve(ids.reverse().slice(0, count));
  }

  openAttempt(attempt: Attempt): Promise<void> {
    const open = () => {
      const { id } = attempt;
      if (this.open.has(id) || this.results.has(id)) this.recorder.refuse(`a second attempt ${id}`);
      this.open.set(id, attempt);
      this.opened.set(id, attempt);
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

  launched(): Promise<PastLaunch[]> {
    const select = () =>
      [...this.results].map(([id, { launched }]) => ({
        attempt: this.opened.get(id)!,
        launched: launched.filter((instance) => !this.gone.has(instance.id)),
      })).filter(({ launched }) => launched.length > 0);
    return this.recorder.call(select, "launched");
  }

  forget(ids: readonly string[]): Promise<void> {
    const forget = () => {
      if (ids.length === 0) this.recorder.refuse("to forget no instance");
      for (const id of ids) this.gone.add(id);
    };
    return this.recorder.call(forget, "forget", ...ids);
  }

  record(decisions: readonly Decision[]): Promise<void> {
    const record = () => {
      for (const { names, reason } of decisions) {
        if (names.length === 0 || reason === "") {
          this.recorder.refuse("a decision about no worker, or without a reason");
        }
      }
      this.decided.push(...decisions);
    };
    return this.recorder.call(record, "record");
  }

  decisions(count: number, { fromMs, toMs }: TimeSpan = { fromMs: 0, toMs: Infinity }): Promise<Decision[]> {
    const those = this.decided.filter(({ atMs }) => fromMs <= atMs && atMs <= toMs);
    return Promise.resolve(those.reverse().slice(0, count));
  }

  recordLives(lives: readonly Life[]): Promise<void> {
    const record = () => {
      if (lives.length === 0) this.recorder.refuse("to record no life");
      for (const life of lives) this.lived.set(life.id, life);
    };
    return this.recorder.call(record, "recordLives");
  }

  lives(sinceMs: number): Promise<Life[]> {
    return Promise.resolve(
      [...this.lived.values()].filter(({ endedMs }) => endedMs === null || endedMs > sinceMs),
    );
  }

  recordSample(sample: Sample): Promise<void> {
    return this.recorder.call(() => void this.sampled.push(sample), "recordSample");
  }

  samples({ fromMs, toMs }: TimeSpan, _stepMs: number): Promise<Sample[]> {
    return Promise.resolve(this.sampled.filter(({ atMs }) => fromMs <= atMs && atMs <= toMs));
  }

  begunMs(): Promise<number | null> {
    const times = [...this.sampled, ...this.decided].map(({ atMs }) => atMs);
    return Promise.resolve(times.length === 0 ? null : Math.min(...times));
  }

  recordBoots(bootS: Readonly<Record<string, number>>): Promise<void> {
    const record = () => {
      if (Object.keys(bootS).length === 0) this.recorder.refuse("to record no boot");
      for (const [key, seconds] of Object.entries(bootS)) this.booted.set(key, seconds);
    };
    return this.recorder.call(record, "recordBoots");
  }

  boots(): Promise<Record<string, number>> {
    return Promise.resolve(Object.fromEntries(this.booted));
  }

  recordTaskTimes(times: readonly TaskTime[]): Promise<void> {
    const record = () => times.forEach((time) => this.timed.set(time.session, time));
    return this.recorder.call(record, "recordTaskTimes");
  }

  taskTimes(sinceMs: number): Promise<TaskTime[]> {
    return Promise.resolve(
      [...this.timed.values()].filter(({ lifeId }) =>
        (this.lived.get(lifeId)?.endedMs ?? Infinity) > sinceMs
      ),
    );
  }

  close(): void {}
}
