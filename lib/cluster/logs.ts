/** `xcore logs`: what the scheduler, a worker or the daemon has printed, and what it goes on to print. @module */

import { stripVTControlCharacters } from "node:util";
import { ThrottledError } from "../errors.ts";
import { DAEMON, SCHEDULER } from "../model/mod.ts";
import type { LogPart } from "../provider/provider.ts";
import { type Cluster, openCluster, type Place } from "./cluster.ts";
import { daemonLog, type LogOptions } from "./daemon_log.ts";
import { lastLines } from "../util/read_growing.ts";
import { noSuchName } from "./names.ts";

/**
 * What was printed, some text at a time: by a process on this machine all of it, by a machine in a cloud what its console
 * shows.
 *
 * @param name `daemon`, `scheduler`, or a worker's
 * @throws {NotFoundError} there is no such worker, or no log
 * @throws {NotRunningError} there is no config, or no cluster is running
 */
export async function* logOf(place: Place, name: string, options: LogOptions): AsyncGenerator<string> {
  if (name === DAEMON) return yield* daemonLog(place, options);
  const cluster = await openCluster(place);
  const { provider, base, runtime: { clock } } = cluster;
  const read = (after?: string) => name === SCHEDULER ? base.log(after) : provider.bootLog(name, null, after);
  let part = await read();
  if (part === null) throw await noSuchName(cluster, `show the log of ${name}`, name, othersFor(name));
  yield lastLines(plain(part), options.lines);
  if (part.text === "") options.say(nothingYet(cluster, name));
  while (options.follow && !options.stop.aborted) {
    await clock.sleep(provider.logEveryS * 1000, options.stop);
    const more: LogPart | null = await read(part.end).catch((error) => {
      if (error instanceof ThrottledError) return part && { ...part, text: "" };
      throw error;
    });
    if (more === null) return options.say(`${name} is gone.`);
    yield plain(more);
    part = more;
  }
}

function othersFor(name: string): string[] {
  return name === SCHEDULER ? [DAEMON] : [SCHEDULER, DAEMON];
}

/** A console has what draws on a terminal, from its firmware on. */
function plain({ text }: LogPart): string {
  return stripVTControlCharacters(text).replaceAll("\r\n", "\n");
}

function nothingYet({ provider }: Cluster, name: string): string {
  return provider.name === "local"
    ? `${name} has printed nothing yet.`
    : `The console of ${name} is empty so far: a cloud shows it late, by minutes on some machine types.`;
}
