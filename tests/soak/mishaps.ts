/** What goes wrong in a soak, and what a person does meanwhile. @module */

import { signal } from "../e2e/local/_processes.ts";
import type { TestCluster } from "../e2e/local/harness.ts";
import type { Ec2 } from "../emulators/ec2.ts";
import type { Random } from "../support/fakes/random.ts";

/** One thing that goes wrong. */
export interface Mishap {
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** Returns when it is over; false: there was nothing that it could happen to. */
  happen(random: Random): Promise<boolean>;
}

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** What may befall a cluster on any platform. */
function everywhere(cluster: TestCluster): Mishap[] {
  const daemon = () =>
    cluster.processes().find(({ commandLine }) => / daemon( |$)/.test(commandLine))?.pid ?? null;
  const start = async () => void await cluster.xcore("start");
  return [
    {
      name: "the daemon is killed, and started again",
      weight: 3,
      happen: async (random) => {
        const pid = daemon();
        if (pid === null) return false;
        signal(pid, "SIGKILL");
        await wait(random.fraction() * 10);
        await start();
        return true;
      },
    },
    {
      name: "the daemon's machine sleeps",
      weight: 3,
      happen: async (random) => {
        const pid = daemon();
        if (pid === null) return false;
        signal(pid, "SIGSTOP");
        await wait(random.pick([1, 5, 20, 70]));
        signal(pid, "SIGCONT");
        return true;
      },
    },
    {
      name: "a setting is changed",
      weight: 4,
      happen: async (random) => {
        const [key, value] = random.pick(
          [
            ["max_workers", () => random.whole(1, 4)],
            ["max_idle_time_s", () => random.pick([2, 10, 60])],
            ["poll_interval_s", () => random.pick([0.2, 1, 3])],
            ["hold_results_s", () => random.pick(["null", 5, 60])],
          ] as const,
        );
        await cluster.xcore("config", "set", key, String(value()));
        return true;
      },
    },
    {
      name: "workers are asked for",
      weight: 2,
      happen: async (random) => {
        await cluster.xcore("scale", String(random.whole(0, 3)), "--for", "60s");
        return true;
      },
    },
    {
      name: "a command is killed",
      weight: 2,
      happen: async (random) => {
        const args = random.pick([["start"], ["status"], ["config", "set", "max_workers", "2"], ["doctor"]]);
        const running = cluster.xcoreBeside([...args]);
        await wait(random.fraction());
        signal(running.pid, "SIGKILL");
        await running.ended;
        return true;
      },
    },
  ];
}

/** On this machine, whose workers and scheduler are processes here. */
export function localMishaps(cluster: TestCluster): Mishap[] {
  const worker = (random: Random) => {
    const workers = cluster.workerProcesses();
    return workers.length === 0 ? null : random.pick(workers).pid;
  };
  const stopped = async (pid: number | null, forS: number) => {
    if (pid === null) return false;
    signal(pid, "SIGSTOP");
    await wait(forS);
    signal(pid, "SIGCONT");
    return true;
  };
  const scheduler = () =>
    cluster.processes().find(({ commandLine }) => commandLine.includes("/scheduler.py "))?.pid ?? null;
  return [
    ...everywhere(cluster),
    {
      name: "a worker is killed",
      weight: 6,
      happen: (random) => {
        const pid = worker(random);
        if (pid !== null) signal(pid, random.pick(["SIGKILL", "SIGTERM", "SIGSEGV"]));
        return Promise.resolve(pid !== null);
      },
    },
    {
      name: "a worker's network is lost",
      weight: 3,
      happen: (random) => stopped(worker(random), random.pick([2, 10, 40])),
    },
    {
      name: "the scheduler's network is lost",
      weight: 2,
      happen: (random) => stopped(scheduler(), random.pick([2, 10, 30])),
    },
    {
      name: "the scheduler is killed",
      weight: 0.5,
      happen: () => {
        const pid = scheduler();
        if (pid !== null) signal(pid, "SIGKILL");
        return Promise.resolve(pid !== null);
      },
    },
  ];
}

/** On an emulated EC2, in a network namespace of its own. */
export function ec2Mishaps(cluster: TestCluster, { control }: Ec2): Mishap[] {
  const workers = async () =>
    (await control.instances()).filter(({ state, tags }) =>
      state === "running" && tags.Name?.includes("worker")
    );
  const forAWhile = (
    name: string,
    weight: number,
    settings: Parameters<typeof control.set>[0],
    back: typeof settings,
  ) => ({
    name,
    weight,
    happen: async (random: Random) => {
      await control.set(settings);
      await wait(random.whole(5, 60));
      await control.set(back);
      return true;
    },
  });
  const onWorker = (
    name: string,
    weight: number,
    harm: (id: string, pids: readonly number[]) => Promise<void>,
  ) => ({
    name,
    weight,
    happen: async (random: Random) => {
      const there = await workers();
      if (there.length === 0) return false;
      const { id, pids } = random.pick(there);
      await harm(id, pids);
      return true;
    },
  });
  const route = (verb: "add" | "del", address: string) =>
    new Deno.Command("ip", { args: ["route", verb, "blackhole", `${address}/32`] }).output();
  return [
    ...everywhere(cluster),
    onWorker("a worker's host fails", 2, (id) => control.cut(id)),
    onWorker("a worker's instance is switched off", 2, (_, pids) => {
      for (const pid of pids.slice(0, 1)) signal(pid, "SIGKILL");
      return Promise.resolve();
    }),
    forAWhile("there is no capacity", 2, { capacity: [{ left: 0 }] }, { capacity: [] }),
    forAWhile("credentials have expired", 1, { credentials: "expired" }, { credentials: "valid" }),
    forAWhile("new instances are not listed", 2, { listingLagS: 10 }, { listingLagS: 0 }),
    {
      name: "an answer of EC2's is lost",
      weight: 3,
      happen: async (random) => {
        const action = random.pick(["RunInstances", "DescribeInstances", "TerminateInstances"]);
        await control.set({
          faults: [{ action, code: "InternalError", status: 500, after: true, times: 3 }],
        });
        return true;
      },
    },
    {
      name: "the way to the scheduler is lost",
      weight: 2,
      happen: async (random) => {
        const { code, stdout } = await cluster.xcore("url", "--json");
        if (code !== 0) return false;
        const address = new URL(JSON.parse(stdout).url.replace("tls:", "http:")).hostname;
        await route("add", address);
        await wait(random.pick([5, 30, 90]));
        await route("del", address);
        return true;
      },
    },
  ];
}
