/** What a cluster on a booting cloud costs: named prices, a run of 40 tasks, a budget of some seconds, the cloud's bill. */

import assert from "node:assert/strict";
import type { Status, TaskNumbers, WorkerStatus } from "../../lib/model/status.ts";
import { HOURS_A_MONTH } from "../../lib/price/hourly_cost.ts";
import { type Running, type TestCluster, until } from "../e2e/local/harness.ts";
import { TIMEOUT_S } from "./walk.ts";

/** US dollars an hour of a worker's machine: half a cent is 27 seconds. The scheduler's life is recorded once a minute. */
const WORKER_USD = 0.67;
const SCHEDULER_USD = 0.05;
const ADDRESS_USD = 0.005;

/** Names the prices of machine types: no price list can be reached. */
export async function namePrices(cluster: TestCluster, workerTypes: readonly string[]): Promise<void> {
  const scheduler = (await cluster.ok("config", "get", "scheduler_type")).trim();
  const prices = [
    ...workerTypes.map((type) => [`prices.${type}`, String(WORKER_USD)]),
    [`prices.${scheduler}`, String(SCHEDULER_USD)],
  ];
  await cluster.ok("config", "set", ...prices.flat());
}

/** Starts a run of 40 tasks, which prints 780, and waits until two workers run one each. */
export async function fortyTasks(cluster: TestCluster): Promise<Running> {
  await cluster.ok("config", "set", "max_workers", "2");
  const script = await cluster.python("-c", FORTY_TASKS);
  await twoRun(cluster);
  return script;
}

/** The first four last until their worker is to get no more tasks. No worker keeps a result that is fetched. */
const FORTY_TASKS = `
import time
from distributed import Client, as_completed, get_worker
from crosscore import cluster
client = Client(cluster.get_url())
def spend(number):
    while number < 4 and get_worker().status.name == "running":
        time.sleep(0.1)
    time.sleep(2 if number < 4 else 0.1)
    return number
total = 0
for future, number in as_completed(client.map(spend, range(40)), with_results=True):
    total += number
    del future
print(total)
`;

/** Waits until two workers run a task each. */
async function twoRun(cluster: TestCluster): Promise<void> {
  const isRunning = ({ state, executing }: WorkerStatus) => state === "running" && (executing ?? 0) > 0;
  await cluster.until("tasks run", ({ workers }) => workers.filter(isRunning).length === 2, TIMEOUT_S);
}

/** What has become of the 40 tasks. */
export function spendOf({ tasks }: Status): Pick<TaskNumbers, "done" | "failed" | "running" | "waiting"> {
  const { done, failed, running, waiting } = tasks!.functions.find(({ name }) => name === "spend")!;
  return { done, failed, running, waiting };
}

/**
 * Sets a budget that lasts so long, beside the minute that is kept for what is there. Of a worker that is
 * younger than a minute that is spent already: with less than 0 seconds it is used up at once.
 */
export async function setBudget(
  cluster: TestCluster,
  seconds: number,
  onBudget: "drain" | "stop",
): Promise<void> {
  const { cost } = await cluster.status();
  const usd = cost.since_start_usd! + cost.per_hour_usd! * (60 + seconds) / 3600;
  await cluster.ok("config", "set", "budget_usd", usd.toFixed(6), "on_budget", onBudget);
}

/** Nothing is left but the minute that was kept for two workers and the scheduler, nor is it exceeded by more. */
export function hasUsedUp({ cost: { budget_left_usd: left } }: Status): void {
  const keptUsd = 1.1 * (2 * WORKER_USD + SCHEDULER_USD + 3 * ADDRESS_USD) / 60; // and disks
  assert.ok(Math.abs(left!) < keptUsd, `${left} are left`);
}

/**
 * Raises the budget so that work goes on, for another one that is used up while no daemon runs; returns the
 * status when the cloud has no worker's machine on, still without a daemon.
 */
export async function useUpWithoutDaemon(
  cluster: TestCluster,
  onBudget: "drain" | "stop",
  workersOn: () => Promise<number>,
): Promise<Status> {
  await cluster.ok("config", "set", "budget_usd", "null");
  await twoRun(cluster);
  const { length } = await cluster.daemonLog();
  await setBudget(cluster, 12, onBudget);
  await cluster.until("the budget counts", ({ cost }) => cost.budget_left_usd !== null, TIMEOUT_S);
  await new Promise((resolve) => setTimeout(resolve, 2500)); // the daemon tells the scheduler at its next tick
  await cluster.ok("daemon", "stop");
  assert.doesNotMatch((await cluster.daemonLog()).slice(length), /is used up/);
  await until("the scheduler ends the workers", workersOn, (number) => number === 0, TIMEOUT_S);
  return await cluster.status();
}

/** Removes the budget, and starts the daemon again. */
export async function goOn(cluster: TestCluster): Promise<void> {
  await cluster.ok("config", "set", "budget_usd", "null");
  await cluster.ok("daemon", "start");
}

/** What a cloud bills for an instance. */
export interface Billed {
  readonly isScheduler: boolean;
  readonly machineS: number;
  readonly diskS: number;
  readonly diskGb: number;
}

/** What `xcore cost` says of all that there ever was is the bill, to the cent; by task it is the same sum. */
export async function costsAsBilled(
  cluster: TestCluster,
  bill: readonly Billed[],
  diskUsd: number,
): Promise<void> {
  const cost = async (by: string) =>
    JSON.parse(await cluster.ok("cost", "--json", "--since", "1d", "--by", by));
  const [whole, byTask] = [await cost("pool"), await cost("task")];
  const billed = bill.reduce((sum, { isScheduler, machineS, diskS, diskGb }) => {
    const machineUsd = (isScheduler ? SCHEDULER_USD : WORKER_USD) + ADDRESS_USD;
    return sum + (machineS * machineUsd + diskS * diskGb * diskUsd / HOURS_A_MONTH) / 3600;
  }, 0);
  assert.deepEqual([whole.instances, whole.unknown_prices], [bill.length, 0]);
  assert.ok(Math.abs(whole.usd - billed) < 0.01, `${whole.usd} is said, ${billed} is billed`);
  assert.equal(byTask.usd.toFixed(6), whole.usd.toFixed(6));
  const spend = byTask.rows.find(({ name }: { name: string }) => name === "spend");
  assert.ok(spend.usd > 0.002 && spend.usd < whole.usd * 0.8, JSON.stringify(byTask.rows));
}
