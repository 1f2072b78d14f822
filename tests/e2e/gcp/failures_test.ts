import assert from "node:assert/strict";
import { PYTHON } from "../../emulators/person.ts";
import { stepsOf, TIMEOUT_S } from "../../emulators/walk.ts";
import { type TestCluster, until } from "../local/harness.ts";
import type { Status } from "../../../lib/model/status.ts";
import { type Project, withGcpHome } from "./_gcp_home.ts";

/** A job of one task, which ends when `release()` says so, if it is given a name. */
const jobOf = (name: string | null, resources = "{}") => `
from distributed import Client, Event, get_worker
from crosscore import cluster
def task():
    ${name === null ? "pass" : `Event("${name}").wait()`}
    return get_worker().state.total_resources
print(Client(cluster.get_url()).submit(task, pure=False, resources=${resources}).result())
`;

/** What goes wrong in a project, on one cluster that lives through all of it. */
class Disasters {
  constructor(private readonly cluster: TestCluster, private readonly project: Project) {}

  get gce() {
    return this.project.gce;
  }

  /** Calls of this kind so far. */
  async calls(kind: string): Promise<number> {
    return (await this.gce.control<Record<string, number>>("calls"))[kind] ?? 0;
  }

  /** Lets the task of that name end. */
  async release(name: string): Promise<void> {
    const script = `
from distributed import Client, Event
from crosscore import cluster
Event("${name}", client=Client(cluster.get_url())).set()
`;
    await this.cluster.pythonOk("-c", script);
  }

  async until(what: string, good: (status: Status) => boolean): Promise<Status> {
    return await this.cluster.until(what, good, TIMEOUT_S);
  }

  /** Waits until no worker could take a task; that they are gone is believed half a minute later only. */
  async allLeaving(): Promise<void> {
    await this.until("no worker stays", ({ workers }) => workers.every(({ state }) => state === "stopping"));
  }

  /** Waits until the daemon has written this. */
  async said(what: RegExp): Promise<void> {
    await until(
      `the daemon says ${what}`,
      () => this.cluster.daemonLog(),
      (log) => what.test(log),
      TIMEOUT_S,
    );
  }

  /** Starts a job whose task waits to be released; returns its worker once that is at it, and the job. */
  async running(name: string) {
    const job = await this.cluster.python("-c", jobOf(name));
    const isAtIt = ({ state, executing }: Status["workers"][number]) =>
      state === "running" && executing === 1;
    const { workers } = await this.until("the task runs", ({ workers }) => workers.some(isAtIt));
    return { job, worker: workers.find(isAtIt)! };
  }

  /** Where the API has a worker's instance. */
  pathOf({ id }: Status["workers"][number]): string {
    const [zone, name] = id!.split("/");
    return `projects/${this.gce.project}/zones/${zone}/instances/${name}`;
  }

  /** Instances of the cluster's workers, as the API has them. */
  async instances(): Promise<readonly { readonly name: string; readonly status: string }[]> {
    const query = `filter=${encodeURIComponent("labels.xcore-role=worker")}`;
    const path = `projects/${this.gce.project}/aggregated/instances?${query}`;
    const { items } = await this.gce.call<{ items: Record<string, { instances?: [] }> }>("GET", path);
    return Object.values(items).flatMap(({ instances = [] }) => instances);
  }
}

Deno.test("gcp goes wrong in every way on one cluster, which gets over it", async (t) => {
  const step = stepsOf(t);
  await withGcpHome({ boot: true }, async (cluster, project) => {
    const { gce } = project;
    const disasters = new Disasters(cluster, project);
    // Should a step fail, the shutdown after it is not to wait for a zone that stays silent.
    await using _ = { [Symbol.asyncDispose]: () => gce.control<void>("access", { unreachable: [] }) };

    await step("a cluster in two zones starts", async () => {
      await cluster.ok("init", "gcp", "--python", PYTHON, "--project", gce.project);
      const zones = "[us-central1-a, us-central1-b]";
      await cluster.ok("config", "set", "max_idle_time_s", "2", "max_workers", "8", "zones", zones);
      await cluster.ok("start");
    });

    await step("a zone that turns out to be out of stock is left for the next", async () => {
      await gce.control("limits", { stock: [{ zone: "us-central1-a", left: 0 }] });
      const { job, worker } = await disasters.running("stock");
      assert.equal(worker.zone, "us-central1-b");
      await disasters.said(/us-central1-a' does not have enough resources available/);
      await disasters.release("stock");
      assert.equal((await job.ended).code, 0);
      await gce.control("limits", { stock: [] });
      await disasters.allLeaving();
    });

    await step(
      "a quota that is reached is a problem with its fix, and is not asked for again at each tick",
      async () => {
        await cluster.ok("config", "set", "max_workers", "9"); // what had no stock is tried again
        await gce.control("limits", { region_quotas: { CPUS: 0 } });
        const before = await disasters.calls("POST instances/bulkInsert");
        const job = await cluster.python("-c", jobOf(null));
        const reached = ({ message }: Status["problems"][number]) => /Quota 'CPUS' exceeded/.test(message);
        const { problems, cluster: { state } } = await disasters.until(
          "it is said",
          ({ problems }) => problems.some(reached),
        );
        assert.match(problems.find(reached)!.hint!, /IAM & Admin → Quotas, or lower max_workers/);
        assert.equal(state, "degraded");
        const looks = new Set<string | null>();
        await disasters.until("ten looks more", ({ daemon }) => looks.add(daemon.last_tick_at).size > 10);
        // One a zone; with pauses some more, as the quota may count what stops yet.
        const tried = await disasters.calls("POST instances/bulkInsert") - before;
        assert.ok(tried <= 2 + 3, `${tried} calls`);
        await gce.control("limits", { region_quotas: { CPUS: 72 } });
        await cluster.ok("config", "set", "max_workers", "8");
        assert.equal((await job.ended).code, 0);
        await disasters.allLeaving();
      },
    );

    await step("a call too many is waited after, whichever it is", async () => {
      await gce.control("trouble", { throttle: "POST instances/bulkInsert" });
      await cluster.pythonOk("-c", jobOf(null));
      await disasters.said(/Cannot launch workers: Google asks to slow down/);
      await gce.control("trouble", { throttle: "GET aggregated/instances" });
      await disasters.said(/Cannot (list the instances|terminate workers): Google asks to slow down/);
      await disasters.allLeaving();
    });

    await step(
      "a zone that falls silent takes no worker with it, and GPUs are had beside it where there are any",
      async () => {
        const { job, worker } = await disasters.running("silence");
        assert.equal(worker.zone, "us-central1-a");
        await cluster.ok("config", "set", "zones", "[us-central1-b]");
        await gce.control("access", { unreachable: [worker.zone] });
        const listed = await disasters.calls("GET aggregated/instances");
        await until(
          "it is listed without that zone",
          () => disasters.calls("GET aggregated/instances"),
          (calls) => calls > listed,
          TIMEOUT_S,
        );
        const silentSinceMs = performance.now();

        const wish = async (type: string) =>
          await (await cluster.python(
            "-c",
            `from crosscore import cluster\ncluster.set_worker_type(${type})`,
          )).ended;
        const refused = await wish("'n1-standard-4', accelerator_type='nvidia-tesla-t44'");
        assert.equal(refused.code, 1);
        assert.match(
          refused.stderr,
          /there is no nvidia-tesla-t44 in us-central1-b, only nvidia-l4, nvidia-tesla-t4, nvidia-tesla-v100/,
        );
        assert.equal((await wish("'n1-standard-4', accelerator_type='nvidia-tesla-t4'")).code, 0);
        const gpus = cluster.pythonOk("-c", jobOf(null, "{'GPU': 1}"));
        const isNew = ({ type }: Status["workers"][number]) => type === "n1-standard-4";
        const { workers } = await disasters.until("it is asked for", ({ workers }) => workers.some(isNew));
        const one = workers.find(isNew)!;
        assert.deepEqual([one.zone, one.accelerator], ["us-central1-b", "nvidia-tesla-t4"]);
        assert.match(await gpus, /'GPU': 1/);
        assert.equal((await wish("'n1-standard-1'")).code, 0);

        const missedAfterMs = 35_000; // a listing that is whole is believed after 30
        await until(
          "that zone was silent for longer than a worker may be missing",
          () => disasters.until("it is there", ({ workers }) => workers.some(({ id }) => id === worker.id)),
          () => performance.now() > silentSinceMs + missedAfterMs,
          TIMEOUT_S,
        );
        const { workers: left } = await cluster.status();
        assert.equal(left.find(({ id }) => id === worker.id)?.state, "running");
        await gce.control("access", { unreachable: [] });
        await disasters.release("silence");
        assert.equal((await job.ended).code, 0);
        await disasters.allLeaving();
      },
    );

    await step(
      "a worker that switches itself off is deleted with its disk, and its task runs elsewhere, without a GPU",
      async () => {
        const { job, worker } = await disasters.running("off");
        assert.deepEqual([worker.type, worker.accelerator], ["n1-standard-1", null]);
        await gce.control("power_off", { path: disasters.pathOf(worker) });
        await until(
          "it is deleted",
          () => disasters.instances(),
          (found) => found.every(({ name }) => !worker.id!.includes(`/${name}/`)),
          TIMEOUT_S,
        );
        await disasters.release("off");
        const { code, stdout, stderr } = await job.ended;
        assert.equal(code, 0, stderr);
        assert.equal(stdout.trim(), "{}");
        await disasters.allLeaving();
      },
    );

    await step(
      "doctor finds one that switched itself off while no daemon was there, and shutdown deletes it",
      async () => {
        const { job, worker } = await disasters.running("end");
        await cluster.ok("daemon", "stop");
        await disasters.release("end");
        assert.equal((await job.ended).code, 0);
        await gce.control("power_off", { path: disasters.pathOf(worker) });
        const itself = async () =>
          (await disasters.instances()).find(({ name }) => worker.id!.includes(`/${name}/`))?.status;
        await until("it is off", itself, (status) => status === "TERMINATED", TIMEOUT_S);
        const { stdout } = await cluster.xcore("doctor");
        assert.match(stdout, new RegExp(`^✗ Orphans: .*: .*\\b${worker.name}\\b`, "m"));
        assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
        assert.deepEqual(await disasters.instances(), []);
      },
    );
  });
});
