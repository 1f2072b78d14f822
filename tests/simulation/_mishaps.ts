/** Events during the storm: machines sleep, instances die, users change settings. @module */

import type { Random } from "../support/fakes/random.ts";
import type { Machine } from "./_cloud.ts";
import { changedSettings } from "./_scenario.ts";
import { CLUSTER_ID, type World } from "./_world.ts";

/** Schedules them. */
export function arrangeMishaps(world: World): void {
  const { storm, homes, timeline, chronicle, scenario } = world;
  const [laptop, desktop] = homes as [typeof homes[0], typeof homes[0]];
  const hours2 = 2 * 3600;

  storm.strike("instance dies", 4, (random) =>
    onOne(world, random, (machine) => {
      if (scenario.cloud === "gce" && random.chance(0.5)) world.cloud.powerOff(machine);
      else world.cloud.remove(machine);
    }));
  storm.strike(
    "spot taken",
    4,
    (random) =>
      onOne(world, random, (machine) => world.cloud.stop(machine), ({ market }) => market === "spot"),
  );
  storm.strike("spot notice", 4, (random) =>
    onOne(world, random, (machine) => {
      const inMs = random.pick([30, 120]) * 1000;
      chronicle.say("cloud", () => `${machine.name} (${machine.id}) is reclaimed in ${inMs / 1000} s`);
      world.guests.announce(machine.id, timeline.nowMs + inMs);
      timeline.in(inMs, () => {
        if (scenario.cloud === "gce") world.cloud.powerOff(machine);
        else world.cloud.stop(machine);
      });
    }, ({ market, state }) => market === "spot" && state === "running"));
  storm.strike("worker hangs", 2, (random) => onWorker(world, random, (id) => world.guests.hang(id)));
  storm.strike("worker pauses", 3, (random) => onWorker(world, random, (id) => pause(world, random, id)));
  storm.strike("scheduler restarts", 2, (random) => {
    world.restartScheduler(random.whole(1000, 15_000));
    return true;
  });
  storm.strike("wall clock set", 2, (random) => {
    const byS = random.pick([-hours2, -30, 30, hours2]);
    laptop.machine.wallOffsetMs += byS * 1000;
    chronicle.say("person", () => `sets the laptop's clock by ${byS} s`);
    return true;
  });
  storm.strike("machine sleeps", 2, (random) => {
    // Simulating two hours of another daemon's ticks would take long.
    const forS = scenario.faults.has("two daemons")
      ? random.whole(5, 300)
      : random.pick([10, 60, 300, hours2]);
    const home = random.pick(homes);
    home.machine.sleep(forS * 1000);
    chronicle.say("person", () => `suspends the ${home.name} for ${forS} s`);
    return home.daemon !== null;
  });
  storm.strike("daemon killed", 2, () => {
    if (laptop.daemon === null) return false;
    laptop.kill("at some time");
    return true;
  });
  storm.strike("daemon stopped", 2, () => {
    if (laptop.daemon === null) return false;
    chronicle.say("person", () => "stops the laptop's daemon");
    laptop.stop();
    return true;
  });
  storm.strike("config changed", 3, (random) => {
    laptop.settings = desktop.settings = changedSettings(laptop.settings, random, scenario.cloud);
    chronicle.say("person", () => `changes the config: ${describe(world)}`);
    return true;
  });
  storm.strike("two daemons", 2, (random) => {
    chronicle.say("person", () => "starts a daemon on the desktop, whose home is a copy");
    // One home in four is copied with its history, the others with their settings only.
    if (!desktop.hasStarted && scenario.seed % 4 === 3) desktop.file.copy(laptop.file);
    desktop.start();
    if (random.chance(0.5)) {
      timeline.in(
        random.whole(10, 120) * 1000,
        () => {
          if (storm.isOver) return;
          if (random.chance(0.5)) desktop.stop();
          else desktop.kill("there");
        },
      );
    }
    return true;
  });
  storm.strike("client leaves", 2, (random) => world.clients.leaveOne(random));
}

/** The configuration in a line. */
export function describe({ homes: [home] }: World): string {
  const { pools, maxIdleTimeS, holdResultsS } = home!.settings;
  const kinds = pools.map(({ name, type, minWorkers, maxWorkers, slots, zones, market }) =>
    `${name} ${minWorkers}-${maxWorkers} × ${type} (${slots} slots, ${market}${
      zones.length > 0 ? ` in ${zones}` : ""
    })`
  );
  return `${kinds.join("; ")}; idle ${maxIdleTimeS} s, results ${holdResultsS ?? "unlimited"}`;
}

function onOne(
  world: World,
  random: Random,
  happen: (machine: Machine) => void,
  isMeant: (machine: Machine) => boolean = () => true,
): boolean {
  const machines = world.cloud.machines.filter((each) =>
    each.clusterId === CLUSTER_ID && each.state !== "stopping" && isMeant(each)
  );
  if (machines.length === 0) return false;
  happen(random.pick(machines));
  return true;
}

function onWorker(world: World, random: Random, happen: (instanceId: string) => boolean): boolean {
  const ids = [...world.dask.workers.values()].flatMap(({ instanceId }) => instanceId ?? []);
  return ids.length > 0 && happen(random.pick(ids));
}

/** Dask pauses a worker that runs out of memory, and resumes it later. */
function pause(world: World, random: Random, instanceId: string): boolean {
  const worker = world.guests.workerOn(instanceId);
  if (worker === null || worker.status !== "running") return false;
  world.dask.pause(worker, true);
  world.chronicle.say("dask", () => `${worker.name} is paused`);
  const forS = random.chance(0.5) ? random.whole(5, 60) : random.whole(60, 400);
  world.timeline.in(forS * 1000, () => world.dask.pause(worker, false));
  return true;
}
