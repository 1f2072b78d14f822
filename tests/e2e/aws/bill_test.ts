import assert from "node:assert/strict";
import { clusterLedger } from "../../../lib/cluster/cluster_ledger.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { endWorkersOf } from "../../../lib/cluster/end_workers.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { platformOf } from "../../../lib/platform/platforms.ts";
import { keptPrices } from "../../../lib/price/cluster_prices.ts";
import { HOURS_A_MONTH } from "../../../lib/price/hourly_cost.ts";
import { costSoFar } from "../../../lib/price/ledger.ts";
import { ledgerReader } from "../../../lib/price/ledger_reader.ts";
import { FIRST_STATE } from "../../../lib/reconcile/tick_state.ts";
import { tick } from "../../../lib/reconcile/tick.ts";
import { openHistory } from "../../../lib/status/history.ts";
import { DEFAULT_TERMS } from "../../../lib/protocol/messages.ts";
import { pool, rules, tasks } from "../../support/fakes/builders.ts";
import { FakeScheduler } from "../../support/fakes/fake_scheduler.ts";
import type { AwsCluster } from "./_account.ts";
import { until } from "./_nodes.ts";
import { ec2, onEc2, orderOf, workers } from "./_run.ts";

/** Half a cent is 27 seconds of one machine: neither a load nor a listing that lags makes that much. */
const CONFIG = "prices: {t3.small: 0.67}\n";
const [MACHINE_USD, ADDRESS_USD, DISK_USD] = [0.67, 0.005, 0.08 / HOURS_A_MONTH];
const [HOURS, LONG, WORKERS] = [7, 2, 5];
const NO_LIMITS = { maxHourlyUsd: null, budget: null, schedulerUsd: 0, stoppingCosts: false } as const;

/** The cluster as a command sees it, whose provider believes a listing at once. */
async function commanded({ provider, ...cluster }: AwsCluster) {
  const { runtime, home } = cluster;
  const text = `provider: aws\ncluster_id: ${cluster.clusterId}\nregion_name: us-east-1\n${CONFIG}`;
  const config = await parseConfig(text, home.config);
  const pace = { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: 180 };
  const base = {
    describe: () => Promise.resolve({ state: "down", url: null, http: null, startedAtMs: null }),
    machine: () => Promise.resolve(null),
  };
  return { runtime, home, config, base, provider: Object.assign(provider, { pace }) } as unknown as Cluster;
}

Deno.test("what the history says that workers have cost is EC2's bill, to the cent", async () => {
  await onEc2(async (aws) => {
    const cluster = await commanded(aws);
    const { runtime, home, config, provider } = cluster;
    const prices = (await keptPrices(runtime, home, config, {
      ...{ extras: platformOf(config).traits.extraPrices, spot: {}, types: {} },
    }))!;
    // Some have run for hours when the daemon first sees them.
    const { instances: old } = await provider.launch(orderOf(aws, workers(LONG)));
    await until(
      "old ones to run",
      async () => (await ec2.control.instances()).filter(isOurs).every(({ state }) => state === "running"),
    );
    for (const { id } of old) await ec2.control.age(id, HOURS * 3600);

    const scheduler = new FakeScheduler();
    scheduler.says = tasks(WORKERS);
    const history = openHistory(home.history);
    const deps = {
      ...{ provider, scheduler, history, prices, clock: runtime.clock, random: runtime.random },
      ...{ daemonId: "test", leaseTerms: DEFAULT_TERMS, log: { info() {}, warn() {} } },
      rules: rules({
        pools: [pool({ type: "t3.small", zones: [Object.keys(aws.base.subnets)[0]!], maxWorkers: WORKERS })],
      }),
      spent: () => Promise.resolve(null),
    };
    let state = FIRST_STATE;
    await until("workers to run", async () => {
      state = await tick(deps, state);
      const listed = state.listing?.instances ?? [];
      return listed.length === WORKERS && listed.every((one) => one.state === "running");
    });
    const now = (await clusterLedger(cluster, prices))!.now();
    assert.equal(now.perHour.instances, WORKERS);
    await same(now.sinceStart.usd);

    // A budget that is used up ends all of them, and none is launched in their place.
    const budget = { clusterUsd: now.sinceStart.usd, perDayUsd: null, onBudget: "stop" } as const;
    const underBudget = {
      ...deps,
      rules: { ...deps.rules, moneyLimits: { ...NO_LIMITS, budget, workerUsd: prices.worker } },
      spent: async () => costSoFar(await ledgerReader(history)(runtime.clock.nowMs(), prices)),
    };
    await until("the budget to end the workers", async () => {
      state = await tick(underBudget, state);
      const ours = (await ec2.control.instances()).filter(isOurs);
      return ours.every((one) => one.state !== "pending" && one.state !== "running");
    });
    assert.equal(state.memory.reachedBudget?.setting, "budget_usd");
    assert.equal((await ec2.control.instances()).filter(isOurs).length, WORKERS);
    history.close();

    await endWorkersOf(cluster, () => {});
    await until("the bill to be over", async () => (await bill()).every(({ isOver }) => isOver));
    const after = (await clusterLedger(cluster, prices))!.now();
    assert.deepEqual([after.perHour.instances, after.sinceStart.unknown], [0, 0]);
    await same(after.sinceStart.usd);

    function isOurs({ tags }: { tags: Readonly<Record<string, string>> }): boolean {
      return tags["xcore-cluster"] === aws.clusterId;
    }
    async function bill() {
      const ours = new Set((await ec2.control.instances()).filter(isOurs).map(({ id }) => id));
      return (await ec2.control.bill()).filter(({ id }) => ours.has(id));
    }
    /** Each part that could be forgotten is more than a cent: hours, minutes that are the minimum, disks. */
    async function same(usd: number): Promise<void> {
      const lines = await bill();
      assert.equal(lines.length, WORKERS);
      const billed = lines.reduce(
        (sum, { machineS, diskS, diskGb }) =>
          sum + (machineS * (MACHINE_USD + ADDRESS_USD) + diskS * diskGb * DISK_USD) / 3600,
        0,
      );
      assert.ok(Math.abs(usd - billed) < 0.005, `${usd} is said, ${billed} is billed`);
    }
  }, { config: CONFIG });
});
