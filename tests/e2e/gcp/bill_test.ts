import assert from "node:assert/strict";
import { clusterLedger } from "../../../lib/cluster/cluster_ledger.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { endWorkersOf } from "../../../lib/cluster/end_workers.ts";
import { HOURS_A_MONTH } from "../../../lib/price/hourly_cost.ts";
import type { Instance } from "../../../lib/model/mod.ts";
import { withGce } from "../../emulators/gce.ts";
import { attempt } from "../../support/fakes/builders.ts";
import { gcpCluster, orderIn } from "./_project.ts";

/** Half a cent is 26 seconds of one machine: neither a load nor a listing that lags makes that much. */
const CONFIG = "prices: {n1-standard-1: 0.67}\n";
const [MACHINE_USD, ADDRESS_USD, DISK_USD] = [0.67, 0.005, 0.10 / HOURS_A_MONTH];
const [HOURS, WORKERS] = [7, 4];

/** A line of gce/control.py's bill. */
interface Line {
  readonly machine_s: number;
  readonly disk_s: number;
  readonly disk_gb: number;
  readonly is_over: boolean;
}

Deno.test("what is said that workers have cost is Compute Engine's bill, to the cent, also once one has switched itself off", () =>
  withGce(async (gce) => {
    await using place = await gcpCluster(gce, { config: CONFIG });
    const { runtime, home, config, provider } = place;
    const pace = { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: 180 };
    const base = {
      describe: () => Promise.resolve({ state: "down", url: null, http: null, startedAtMs: null }),
      machine: () => Promise.resolve(null),
    };
    const cluster = {
      ...{ runtime, home, config, base, provider: Object.assign(provider, { pace }) },
    } as unknown as Cluster;
    const names = Array.from({ length: WORKERS }, (_, i) => `worker-${i}`);
    const { instances } = await provider.launch(
      attempt(names, { ...orderIn(gce), id: crypto.randomUUID().slice(0, 8) }),
    );
    const listed = async (state: Instance["state"], ids: readonly string[]) => {
      for (;;) {
        const found = (await provider.list()).instances.filter(({ id }) => ids.includes(id));
        if (found.length === ids.length && found.every((one) => one.state === state)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const ids = instances.map(({ id }) => id);
    await listed("running", ids);
    const [old, off] = ids.map((id) => {
      const [zone, name] = id.split("/");
      return `projects/${gce.project}/zones/${zone}/instances/${name}`;
    });
    await gce.control("age", { path: old, by_s: HOURS * 3600 });

    const costs = (await clusterLedger(cluster))!;
    const observe = async () => costs.listed(await provider.list(), []);
    await observe();
    await same(costs.now().sinceStart.usd);
    // Its machine costs until it has stopped, and its disk for longer.
    await gce.control("power_off", { path: off });
    await listed("stopped", [ids[1]!]);
    await observe();
    await same(costs.now().sinceStart.usd);
    await costs.save();

    await endWorkersOf(cluster, () => {});
    assert.ok((await bill()).every(({ is_over }) => is_over));
    const after = (await clusterLedger(cluster))!.now();
    assert.deepEqual([after.perHour.instances, after.sinceStart.unknown], [0, 0]);
    await same(after.sinceStart.usd);

    async function bill(): Promise<readonly Line[]> {
      return await gce.control<Line[]>("bill");
    }
    async function same(usd: number): Promise<void> {
      const lines = await bill();
      assert.equal(lines.length, WORKERS);
      const billed = lines.reduce(
        (sum, { machine_s, disk_s, disk_gb }) =>
          sum + (machine_s * (MACHINE_USD + ADDRESS_USD) + disk_s * disk_gb * DISK_USD) / 3600,
        0,
      );
      assert.ok(Math.abs(usd - billed) < 0.005, `${usd} is said, ${billed} is billed`);
    }
  }));
