/** A day of a busy cluster on a cloud, made up, as the page is shown it. */

import { NotRunningError } from "../../../lib/errors.ts";
import { type Decision, type Life, problem, type Sample, type Status } from "../../../lib/model/mod.ts";
import type { PageSource } from "../../../lib/page/page_handler.ts";
import { DAY_MS, spent } from "../../../lib/price/ledger.ts";
import { status, worker } from "../../unit/cli/_status.ts";

const HOUR_S = 3600;
const SAMPLE_S = 30;
const BOOT_S = 150;

/** What each worker costs an hour. */
const RATE = 0.2088;

/** Tasks that wait at a second of the day: three jobs, the last of which goes on. */
function tasksAt(second: number, most: number): number {
  const jobs = [[2, 3.2, 0.55], [7.5, 6, 1], [17, 9, 0.8]] as const;
  return jobs.reduce((sum, [fromH, lengthH, size]) => {
    const part = (second / HOUR_S - fromH) / lengthH;
    return part < 0 || part > 1 ? sum : sum + Math.round(most * size * Math.sin(Math.PI * Math.sqrt(part)));
  }, 0);
}

/** The cluster at the end of that day; `most` workers at most. */
export class FakePageSource implements PageSource {
  readonly samples: Sample[] = [];
  readonly decisions: Decision[] = [];
  readonly lives: Life[] = [];
  /** What a test changes while the page is open. */
  current: Status;
  log: PageSource["log"] = (name) => Promise.resolve({ text: `${name} has started\n`, again_s: 1 });
  lack: NotRunningError | null = null;

  constructor(nowMs: number, most: number) {
    const fromMs = nowMs - DAY_MS;
    const there: Life[] = [];
    for (let second = 0; second <= DAY_MS / 1000; second += SAMPLE_S) {
      const atMs = fromMs + second * 1000;
      const tasks = tasksAt(second, most * 6);
      const target = Math.min(most, Math.ceil(tasks / 5));
      const missing = target - there.length;
      const decide = (action: Decision["action"], names: readonly string[], reason: string) =>
        this.decisions.unshift({ atMs, action, names, reason });
      if (missing > 0 && second % 120 === 0) {
        const launched = Array.from({ length: missing }, (_, i) => life(this.lives.length + i, atMs));
        this.lives.push(...launched);
        there.push(...launched);
        decide("launch", launched.map(({ name }) => name), `${tasks} tasks to run, ${target} workers wanted`);
      } else if (missing < 0 && second % 300 === 0) {
        const retired = there.splice(0, -missing);
        for (const each of retired) Object.assign(each, { endedMs: atMs });
        decide("retire", retired.map(({ name }) => name), "idle for 5 min");
      } else if (second % 14_400 === 0 && there.length > 2) {
        const [lost] = there.splice(1, 1);
        Object.assign(lost!, { endedMs: atMs });
        decide("died", [lost!.name], `${lost!.name}: the spot instance was reclaimed while it ran simulate`);
      }
      const booting = there.filter(({ startedMs }) => atMs - startedMs < BOOT_S * 1000).length;
      const running = there.length - booting;
      this.samples.push({
        ...{ atMs, target, queued: Math.max(0, tasks - running), processing: Math.min(tasks, running) },
        workers: { running, booting, stopping: missing < 0 ? Math.min(3, -missing) : 0 },
      });
    }
    const { usd } = spent(this.lives, { fromMs, toMs: nowMs, minimumS: 60 });
    this.current = atTheEnd(nowMs, there, this.samples.at(-1)!, usd);
  }

  status = () => Promise.resolve(this.current);
  lacksDask = () => Promise.resolve(this.lack);

  past: PageSource["past"] = ({ fromMs, toMs }, stepMs) => {
    const within = this.samples.filter(({ atMs }) => fromMs <= atMs && atMs <= toMs);
    const lastOfEach = new Map(within.map((sample) => [Math.floor(sample.atMs / stepMs), sample]));
    return Promise.resolve({
      begunMs: this.samples[0]!.atMs,
      samples: [...lastOfEach.values()],
      decisions: this.decisions.filter(({ atMs }) => fromMs <= atMs && atMs <= toMs).slice(0, 301),
      lives: this.lives,
      functions: [
        { name: "simulate", hours: 351.2, usd: 74.1 },
        { name: "analyse", hours: 58.9, usd: 12.43 },
        { name: "merge", hours: 1.1, usd: 0.23 },
      ],
      minimumS: 60,
    });
  };
}

function life(number: number, startedMs: number): Life {
  return {
    ...{ id: `i-${number}`, name: `worker-${number}`, kind: "worker", pool: "default", type: "c5.xlarge" },
    ...{ zone: "us-east-1a", market: "spot", startedMs, endedMs: null, lastSeenMs: startedMs },
    rates: [{ fromMs: startedMs, machineUsd: RATE, diskUsd: 0.002 }],
  };
}

function atTheEnd(nowMs: number, there: readonly Life[], last: Sample, usd: number): Status {
  const iso = (beforeS: number) => new Date(nowMs - beforeS * 1000).toISOString();
  const workers = there.map(({ name, startedMs }, i) => {
    const ageS = (nowMs - startedMs) / 1000;
    const about = { type: "c5.xlarge", zone: "us-east-1a", market: "spot", price_per_hour_usd: RATE };
    if (ageS < BOOT_S) {
      const unknown = { slots: null, executing: null, runs: null, cpu_percent: null, memory_bytes: null };
      return worker(name, { ...about, ...unknown, state: "booting", since: iso(ageS), reason: "tasks wait" });
    }
    return worker(name, {
      ...about,
      ...{ since: iso(ageS - BOOT_S), runs: { [i % 3 === 0 ? "analyse" : "simulate"]: 1 } },
      ...{ cpu_percent: 62 + (i * 17) % 39, memory_bytes: (0.8 + (i * 13) % 29 / 5) * 2 ** 30 },
      ...{ memory_limit_bytes: 7.2 * 2 ** 30, state: i === 2 ? "paused" : "running" },
    });
  });
  const none = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };
  const numbers = { skipped: 0, first_failed_key: null };
  const found = status({
    cluster: {
      ...{ name: "thesis", provider: "aws", region: "us-east-1", url: "tls://192.0.2.17:8786" },
      ...{ state: "running", started_at: iso(DAY_MS / 1000) },
    },
    daemon: { last_tick_at: iso(1) },
    scheduler: {
      started_at: iso(DAY_MS / 1000),
      memory_bytes: 0.7 * 2 ** 30,
      memory_limit_bytes: 3.7 * 2 ** 30,
    },
    demand: {
      ...{ runnable: last.queued! + last.processing!, queued: last.queued!, processing: last.processing! },
      ...{ done: 18_422, failed: 3, clients: 1, target: last.target! },
    },
    workers,
    cost: {
      ...{ per_hour_usd: there.length * RATE + 0.05, scheduler_per_hour_usd: 0.05, since_start_usd: usd },
      ...{ today_usd: usd * 0.8, budget_usd: 150, budget_left_usd: 150 - usd },
    },
    problems: [
      problem("worker_paused", `${workers[2]?.name} starts no task: it uses 5.9 of 7.2 GiB of memory`),
    ],
  });
  return {
    ...found,
    tasks: {
      functions: [
        {
          ...{
            name: "simulate",
            done: 12_210,
            running: Math.ceil(there.length * 2 / 3),
            waiting: 96,
            failed: 3,
          },
          ...{ ...numbers, first_error: "FloatingPointError: the energy of frame 811 is not a number" },
        },
        {
          ...{ name: "analyse", done: 6_105, running: Math.floor(there.length / 3), waiting: 41, failed: 0 },
          ...{ ...numbers, first_error: null },
        },
        { name: "merge", done: 107, running: 0, waiting: 4, failed: 0, ...numbers, first_error: null },
      ],
      others: none,
    },
  };
}
