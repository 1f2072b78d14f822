/** A day of a cluster on a cloud, made up, as `xcore report` reads it from a history. */

import type { PastRun } from "../../../lib/cluster/past_run.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { problem } from "../../../lib/model/mod.ts";
import { DAY_MS } from "../../../lib/price/ledger.ts";
import { FakePageSource } from "./page_source.ts";

/** When the run ends. */
export const END_MS = Date.parse("2026-11-30T17:20:00Z");

/** Its configuration. */
export const CONFIG = `provider: aws
cluster_name: thesis
region_name: us-east-1
cluster_id: thesis-01234567
worker_type: c5.xlarge
market: spot
max_workers: 40
budget_usd: 150
`;

const VERSIONS = {
  ...{ xcore: "0.1.0 (commit f3f16a9, 2026-11-29; Deno 2.7.14)", python: "3.12.4", dask: "2026.8.0" },
  ...{ distributed: "2026.8.0", cloudpickle: "3.1.2", numpy: "2.3.4", crossflow: "1.0.0" },
};

/** That day, ended by a shutdown. */
export async function pastDay(most = 40): Promise<PastRun> {
  const source = new FakePageSource(END_MS, most);
  const fromMs = END_MS - DAY_MS;
  const workers = source.lives.map((life) => ({ ...life, endedMs: life.endedMs ?? END_MS - 60_000 }));
  const always = { fromMs, toMs: END_MS } as const;
  const settings = {
    ...{ provider: "aws", cluster_name: "thesis", region_name: "us-east-1", worker_type: "c5.xlarge" },
    ...{ market: "spot", budget_usd: "150" },
  };
  return {
    config: await parseConfig(CONFIG, "config.yaml"),
    span: { fromMs, toMs: END_MS, minimumS: 60 },
    samples: source.samples.filter(({ atMs }) => atMs % 90_000 === 0),
    decisions: source.decisions,
    lives: [{
      ...{ id: "i-s", name: "scheduler", kind: "scheduler", pool: null, type: "t3.small", zone: null },
      ...{ market: "on-demand", startedMs: fromMs, endedMs: END_MS, lastSeenMs: END_MS },
      rates: [{ fromMs, machineUsd: 0.0258, diskUsd: 0.0022 }],
    }, ...workers],
    times: workers.map(({ id, startedMs, endedMs }) => {
      const livedS = (endedMs - startedMs) / 1000;
      const parts = [["simulate", 0.7], ["analyse", 0.12], ["merge", 0.01]] as const;
      const functions = parts.map(([name, part]) => ({ name, seconds: part * livedS }));
      return { session: id, lifeId: id, idleS: livedS * 0.08, functions };
    }),
    facts: [
      { ...always, kind: "settings", name: "", content: { ...settings, max_workers: "20" } },
      { ...always, kind: "tasks", name: "", content: source.current.tasks! },
      { ...always, kind: "versions", name: "", content: VERSIONS },
      {
        ...{ kind: "settings", name: "", fromMs: fromMs + 7.6e6, toMs: END_MS },
        content: { ...settings, max_workers: "40" },
      },
      {
        ...{ kind: "problem", name: "worker_paused", fromMs: END_MS - 4e6, toMs: END_MS - 3e6 },
        content: problem("worker_paused", "worker-7 starts no task: it uses 5.9 of 7.2 GiB of memory"),
      },
    ],
    costs: true,
    shutdown: { by: "command", reason: null, beganAtMs: END_MS - 90_000, endedAtMs: END_MS, error: null },
  };
}
