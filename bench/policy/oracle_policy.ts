/**
 * What knowing would bring: a policy that is told the durations, the dependencies and the boots of
 * all that was submitted. It plays that forward at each change. Of what will be submitted it knows
 * nothing.
 * @module
 */

import { Soonest } from "./soonest.ts";
import type { Policy, Worker, World } from "./world.ts";

/** A run without an end that is later by more than this share needs as many workers as it can get. */
const SLACK = 0.005;

/** Clouds bill a minute at least: one that was paid for stays. */
const PAID_S = 59;

/** Seconds between two turns without a change. */
const QUIET_S = 5;

/** A worker, there or to be launched, in the play. */
interface Slot {
  readonly worker: Worker | null;
  readonly rank: number;
  firstUseS: number;
}

interface Played {
  readonly slots: readonly Slot[];
  /** When the last of what is known ends. */
  readonly endS: number;
  /** Tasks that start after a time. */
  readonly late: number;
}

/** An oracle for one run. */
export function oraclePolicy(): Policy {
  let seen = "";
  let nextS = 0;
  let launched = 0;
  return {
    name: "oracle",
    tick(world) {
      const state = [
        world.done,
        world.queue.length,
        world.processing,
        world.waiting,
        world.workers.size,
        world.joined.length,
        world.stopping.size,
      ].join();
      if (state === seen && world.nowS < nextS) return Promise.resolve(1);
      seen = state;
      nextS = world.nowS + QUIET_S;
      const [minS, maxS] = world.boot;
      const bootS = (minS + maxS) / 2;
      const more = toLaunch(world, bootS);
      world.launch(Array.from({ length: more }, () => `worker-${launched++}`));
      for (const { worker, firstUseS } of play(world, [], Infinity).slots) {
        if (worker === null || worker.task !== null || world.nowS - worker.launchedS < PAID_S) continue;
        if (firstUseS > (worker.hasJoined ? world.nowS + bootS : Number.MAX_VALUE)) world.terminate(worker);
      }
      return Promise.resolve(1);
    },
  };
}

/** As few as end what is known as soon as the maximum would. */
function toLaunch(world: World, bootS: number): number {
  const room = world.workload.maxWorkers - world.workers.size - world.stopping.size;
  if (room <= 0 || world.queue.length + world.waiting === 0) return 0;
  const horizonS = world.nowS + bootS;
  const most = Math.min(
    room,
    play(world, [], horizonS).late,
    lateBy(world, horizonS) + readyBy(world, horizonS),
  );
  if (most <= 0 || world.workload.isOpen) return Math.max(0, most);
  const endWith = (count: number) => play(world, Array(count).fill(horizonS), horizonS).endS;
  const bestS = endWith(most);
  const slackS = SLACK * Math.max(bestS - world.nowS, bootS);
  let [few, enough] = [0, most];
  while (few < enough) {
    const middle = (few + enough) >> 1;
    if (endWith(middle) <= bestS + slackS) enough = middle;
    else few = middle + 1;
  }
  return enough;
}

/** Queued tasks that would start after the horizon. */
function lateBy(world: World, horizonS: number): number {
  return play(world, [], horizonS, horizonS).late;
}

/** Tasks that wait for others now, and for none by the horizon. */
function readyBy(world: World, horizonS: number): number {
  const missing = new Map<number, number>();
  let ready = 0;
  for (const { task, startedS } of world.joined) {
    if (task === null || startedS + world.workload.tasks[task]!.durationS > horizonS) continue;
    for (const dependent of world.dependents[task]!) {
      const left = (missing.get(dependent) ?? world.missing[dependent]!) - 1;
      missing.set(dependent, left);
      if (left === 0) ready++;
    }
  }
  return ready;
}

/**
 * Plays forward what was submitted, first come first served.
 *
 * @param joinS when further workers would join
 * @param lateAfterS tasks that start after it are counted
 * @param untilS the play's end
 */
function play(world: World, joinS: readonly number[], lateAfterS: number, untilS = Infinity): Played {
  const { tasks } = world.workload;
  const events = new Soonest<{ readonly slot: Slot; readonly task: number | null }>();
  const idle = new Soonest<Slot>();
  const slots: Slot[] = [];
  const slotFor = (worker: Worker | null): Slot => {
    const slot = { worker, rank: slots.length, firstUseS: Infinity };
    slots.push(slot);
    return slot;
  };
  for (const worker of world.workers.values()) {
    const slot = slotFor(worker);
    const { task, startedS, hasJoined, joinsS } = worker;
    if (task !== null) events.add(startedS + tasks[task]!.durationS, { slot, task });
    else if (hasJoined) idle.add(slot.rank, slot);
    else events.add(joinsS, { slot, task: null });
  }
  for (const atS of joinS) events.add(atS, { slot: slotFor(null), task: null });

  const queue = [...world.queue];
  const missing = new Map<number, number>();
  let [served, nowS, endS, late] = [0, world.nowS, world.nowS, 0];
  const serve = () => {
    while (idle.size > 0 && served < queue.length) {
      const slot = idle.take().value;
      const task = queue[served++]!;
      slot.firstUseS = Math.min(slot.firstUseS, nowS);
      if (nowS > lateAfterS) late++;
      const finishS = nowS + tasks[task]!.durationS;
      endS = Math.max(endS, finishS);
      events.add(finishS, { slot, task });
    }
  };
  serve();
  while (events.size > 0) {
    const { key: atS, value: { slot, task } } = events.take();
    if (atS > untilS) break;
    nowS = Math.max(nowS, atS);
    idle.add(slot.rank, slot);
    if (task !== null) {
      endS = Math.max(endS, nowS);
      for (const dependent of world.dependents[task]!) {
        const left = (missing.get(dependent) ?? world.missing[dependent]!) - 1;
        missing.set(dependent, left);
        if (left === 0) queue.push(dependent);
      }
    }
    serve();
  }
  const unserved = queue.length - served;
  return { slots, endS: unserved > 0 ? Infinity : endS, late: late + unserved };
}
