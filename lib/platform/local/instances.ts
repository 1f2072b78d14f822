/** All workers on this machine that are of one cluster, by their claims and by the process table. @module */

import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import type { Instance } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { forget, specFile } from "./launch_file.ts";
import { nodeFiles } from "./node_files.ts";
import {
  parseObject,
  parseWorkerClaim,
  type Place,
  placeFiles,
  readClaims,
  type WorkerClaim,
} from "./pid_file.ts";
import type { ProcessTable } from "./process_table.ts";
import { argumentsOf, isOver, type Program, type Standing, standingsOf } from "./process_status.ts";

/** What is said of a worker whose launch nobody remembers. */
const UNKNOWN = {
  pool: "default",
  type: "local",
  accelerator: null,
  zone: null,
  market: "on-demand",
  boot_delay_s: 0,
};

/** What the provider's functions work with. */
export interface Local {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: Config;
  readonly table: ProcessTable;
}

/** A worker that is not gone. */
export interface Found {
  readonly program: Program;
  readonly claim: WorkerClaim;
  readonly standing: Standing;
  readonly instance: Instance;
}

/** A worker's place as a program. */
export function workerProgram({ home, config }: Pick<Local, "home" | "config">, place: Place): Program {
  const files = placeFiles(home.run, place);
  return {
    ...place,
    clusterId: config.clusterId,
    script: nodeFiles(home).worker,
    claimFile: files.claim,
    endingFile: files.ending,
  };
}

/** Every worker that is not gone; what is gone loses its files but for its log and the note that it was. */
export async function survey(local: Local): Promise<Found[]> {
  const { runtime, home, config, table } = local;
  const { claims, damaged } = await readClaims(runtime, home.run);
  const mended = await Promise.all(damaged.map((place) => mend(local, place)));
  const claimed = [...claims, ...mended.filter((claim) => claim !== null)]
    .filter(({ clusterId }) => clusterId === config.clusterId)
    .map((claim) => ({ claim, program: workerProgram(local, claim) }));
  const standings = await standingsOf(runtime, table, claimed);

  const found: Found[] = [];
  for (const [index, { claim, program }] of claimed.entries()) {
    const standing = standings[index]!;
    if (isOver(standing)) {
      await forget(runtime, home, claim);
      continue;
    }
    const instance = await instanceOf(local, program, claim, standing);
    found.push({ claim, program, standing, instance });
  }
  return found;
}

async function instanceOf(
  { runtime }: Local,
  program: Program,
  claim: WorkerClaim,
  { leader }: Standing,
): Promise<Instance> {
  const { name, attempt, pool, type, accelerator, zone, market } = claim;
  const ageS = leader?.ageS ?? Math.max(0, (runtime.clock.nowMs() - claim.launchedAtMs) / 1000);
  const told = await runtime.files.exists(program.endingFile);
  const state = leader === null || told ? "stopping" : ageS < claim.bootDelayS ? "pending" : "running";
  const id = `${claim.pid}-${claim.startTime}`;
  return { id, name, attemptId: attempt, pool, type, accelerator, zone, market, state, ageS, address: null };
}

/** A claim that cannot be read is replaced by what the process table says, or set aside when there is no such process. */
async function mend(local: Local, place: Place): Promise<WorkerClaim | null> {
  const { runtime, home, config, table } = local;
  const program = workerProgram(local, place);
  const tail = argumentsOf(program).join(" ");
  const leader = (await table.living()).find(({ pid, session, commandLine }) =>
    pid === session && table.endsWith(commandLine, tail) // what it has forked looks like it
  );
  if (leader === undefined) {
    await forget(runtime, home, place);
    return null;
  }
  const facts = {
    cluster_id: config.clusterId,
    ...place,
    pid: leader.pid,
    start_time: leader.startTime,
    launched_at_ms: runtime.clock.nowMs() - Math.round(leader.ageS * 1000),
  };
  const spec = parseObject(await runtime.files.readTextIfExists(specFile(home, place.attempt)) ?? "");
  const text = [{ ...spec, ...facts }, { ...UNKNOWN, ...facts }].map((claim) =>
    JSON.stringify(claim, null, 2)
  )
    .find((text) => parseWorkerClaim(text) !== null)!;
  await runtime.files.writeText(program.claimFile, text).catch(async () => {
    await runtime.files.remove(program.claimFile); // a folder, say
    await runtime.files.writeText(program.claimFile, text);
  });
  return parseWorkerClaim(text);
}

/** Whether the attempt has had this name already, running now or not. */
export async function isTaken({ runtime, home }: Local, place: Place): Promise<boolean> {
  const { claim, ended } = placeFiles(home.run, place);
  return await runtime.files.exists(claim) || await runtime.files.exists(ended);
}
