/** Random values that config.yaml allows. @module */

import type { InitialValues } from "../../../lib/config/initial_config.ts";
import type { PoolConfig } from "../../../lib/config/config.ts";
import type { Random } from "../../support/fakes/random.ts";

const MARKETS = ["on-demand", "spot", "spot-then-on-demand"] as const;

/** Text that tags may have: no control characters, no longer than 256. */
export function drawTag(random: Random): string {
  return random.text().replace(/\p{Cc}/gu, "");
}

/** Values for local that go together. */
export function drawValues(random: Random): InitialValues {
  const maxWorkers = random.whole(0, 50);
  return {
    max_workers: maxWorkers,
    min_workers: random.whole(0, maxWorkers),
    max_idle_time_s: random.pick([0, 0.5, 300, 1e6, 1 / 3]),
    hold_results_s: random.pick([null, 0, 5, 86_400]),
    slots_per_worker: random.pick(["auto" as const, 1, 8]),
    boot_timeout_s: random.pick([null, 1, 600.25]),
    boot_delay_s: random.pick([0, 45]),
    accelerator_count: random.whole(0, 2),
    scheduler_port: random.whole(1, 30_000),
    dashboard_port: random.whole(30_001, 65_535),
    python: random.pick([null, `/${random.text()}\n`, `/${random.text()}`]),
    pools: random.some(3, () => 0).map((_, i) => drawPool(random, `pool-${i}`)),
  };
}

function drawPool(random: Random, name: string): PoolConfig {
  const maxWorkers = random.whole(0, 9);
  return {
    name,
    workerType: random.pick([null, "c5.xlarge"]),
    acceleratorType: random.pick([null, "nvidia-tesla-t4"]),
    acceleratorCount: random.whole(0, 2),
    resources: Object.fromEntries(
      random.some(2, () => [random.pick(["GPU", "MEM.x", "null", "on"]), random.pick([1, 0.5])]),
    ),
    diskGb: random.pick([null, 8, 100]),
    diskType: random.pick([null, "pd-ssd"]),
    maxWorkers,
    minWorkers: random.whole(0, maxWorkers),
    market: random.pick([null, ...MARKETS]),
  };
}

/** Values for aws that are hard to write down. */
export function drawCloudValues(random: Random): InitialValues {
  const word = () =>
    random.some(20, () => random.pick(["a", "B", "é", "5", " ", ".", ":", "/", "=", "+", "-", "@", "_"]))
      .join("");
  return {
    tags: Object.fromEntries(
      random.some(5, () => [`k${word()}`, random.pick([word(), "null", "true", "5", "", " "])]),
    ),
    prices: Object.fromEntries(
      random.some(4, () => [random.pick(["c5.xlarge", "t2.small", "no", "on", "e"]), random.fraction()]),
    ),
    budget_usd: random.pick([null, 0, 1e-7, 1e21 / 1e7]),
    zones: random.some(3, () => random.pick(["eu-west-2a", "us-west-2-lax-1a"])),
    packages: random.some(
      3,
      () => random.pick(["numpy==2.1.0", "numpy>=1,<3", "git+https://x.org/a@b#egg=c", "null", "a[b,c]"]),
    ),
    allow_world: random.chance(0.5),
    on_budget: random.pick(["drain" as const, "stop" as const]),
    image_owner: random.pick(["099720109477", "self", "0x1", "1e3"]),
  };
}
