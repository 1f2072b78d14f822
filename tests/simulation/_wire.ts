/**
 * The connection between a process and all it calls: slow, lossy, and where processes are killed.
 * @module
 */

import { Recorder } from "../support/fakes/recorder.ts";
import type { Process } from "./_process.ts";
import type { Timeline } from "./_timeline.ts";

type Word = string | number;

/** The fate of one call. */
export interface Passage {
  /** Milliseconds until the other side acts. */
  readonly thereMs: number;
  /** Milliseconds from its answer until the caller has it. */
  readonly backMs: number;
  /** The caller's answer although the call never arrived. */
  readonly refusal?: unknown;
  /** The caller's answer although the call was carried out. */
  readonly loss?: unknown;
  /** The call arrives twice: a library retries, a network repeats. */
  readonly twice?: boolean;
  /** The caller is killed before the call is made, or after it was carried out. */
  readonly kill?: "before" | "after";
}

/** Decides the fate of calls. */
export interface Weather {
  /** A call is made. */
  passageOf(caller: Process, call: string, words: readonly Word[]): Passage;
  /** The caller is killed now. */
  kill(caller: Process, at: string): void;
  /** What no correct caller does. */
  fault(caller: Process, what: string): void;
  /** It arrives at the other side. */
  arrived(caller: Process, call: string, words: readonly Word[]): void;
}

/** Answers after a delay. */
export type Reply<T> = (value: T) => void;

/** One process's wire. */
export class Wire extends Recorder {
  constructor(readonly process: Process, readonly weather: Weather, readonly timeline: Timeline) {
    super();
  }

  override call<T>(work: () => T, name: string, ...words: readonly Word[]): Promise<T> {
    return this.exchange((reply) => reply(work()), name, ...words);
  }

  /** A call whose answer may be slow. */
  exchange<T>(
    work: (reply: Reply<T>) => void,
    name: string,
    ...words: readonly Word[]
  ): Promise<T> {
    const { process, weather, timeline } = this;
    const passage = weather.passageOf(process, name, words);
    return new Promise((resolve, reject) => {
      if (passage.kill === "before") return weather.kill(process, `before ${name}`);
      if ("refusal" in passage) return process.hear(passage.backMs, () => reject(passage.refusal));
      const back = (answer: () => void) => {
        if (passage.kill === "after") return weather.kill(process, `after ${name}`);
        process.hear(passage.backMs, "loss" in passage ? () => reject(passage.loss) : answer);
      };
      const there = () => {
        weather.arrived(process, name, words);
        try {
          work((value) => back(() => resolve(value)));
        } catch (error) {
          return back(() => reject(error));
        }
        // A library that got no answer has sent it again.
        if (passage.twice) timeline.in(passage.thereMs + passage.backMs, () => quietly(() => work(() => {})));
      };
      if (passage.thereMs === 0) there();
      else timeline.in(passage.thereMs, there); // sent is sent, also by one that is killed meanwhile
    });
  }

  override refuse(what: string): never {
    this.weather.fault(this.process, what);
    throw new TypeError(`unexpected: ${what}`);
  }
}

/** The outcome is ignored. */
function quietly(work: () => void): void {
  try {
    work();
  } catch { /* refused, and the caller does not know */ }
}
