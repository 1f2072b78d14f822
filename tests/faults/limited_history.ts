/**
 * A process that writes histories while the system lets it write files of so many bytes only, or open
 * so many, and then reads what they have. It prints a round a line, in JSON.
 * @module
 */

import { join } from "node:path";
import { linesOf } from "../../lib/cli/exit_code.ts";
import { XcoreError } from "../../lib/errors.ts";
import { openHistory } from "../../lib/status/history.ts";
import { attempt } from "../support/fakes/builders.ts";

/** What came of a round. */
export interface Round {
  /** `fsize=4096`: bytes a file; `free files=1` */
  readonly limit: string;
  /** Ids of the launches that the history said it had recorded. */
  readonly recorded: readonly string[];
  /** Those of them that it did not have afterwards. */
  readonly lost: readonly string[];
  /** How the others were refused: the first lines of the errors. */
  readonly refused: readonly string[];
  /** Errors that are no refusals. */
  readonly wrong: readonly string[];
}

const LAUNCHES = 12;

/** Limits this process; returns what lifts that. */
async function limited(limit: string): Promise<() => Promise<void>> {
  const [what, amount] = limit.split("=");
  if (what === "free files") return allButFree(Number(amount));
  await prlimit(`--fsize=${amount}:`);
  return () => prlimit("--fsize=unlimited:");
}

async function prlimit(resource: string): Promise<void> {
  const { success } = await new Deno.Command("prlimit", { args: [`--pid=${Deno.pid}`, resource] }).output();
  if (!success) throw new Error(`prlimit ${resource} failed`);
}

/** Opens as many files as the system lets it, but for some. */
function allButFree(count: number): () => Promise<void> {
  const files: Deno.FsFile[] = [];
  try {
    for (;;) files.push(Deno.openSync("/dev/null"));
  } catch { /* that was the last */ }
  for (const file of files.splice(0, count)) file.close();
  return () => Promise.resolve(files.forEach((file) => file.close()));
}

async function round(limit: string, path: string): Promise<Round> {
  const [recorded, refused, wrong]: [string[], string[], string[]] = [[], [], []];
  const attempted = async (call: () => Promise<void>) => {
    try {
      await call();
    } catch (error) {
      if (error instanceof XcoreError) refused.push(linesOf(error, false)[0]!);
      else wrong.push(String(error));
    }
  };
  const lift = await limited(limit);
  await attempted(async () => {
    const history = openHistory(path);
    try {
      for (let i = 0; i < LAUNCHES; i++) {
        const one = attempt([`worker-${i}`], { id: `a${i}` });
        await attempted(async () => {
          await history.openAttempt(one);
          recorded.push(one.id);
          await history.closeAttempt(one.id, {
            launched: [{ name: `worker-${i}`, id: `i-${i}` }],
            error: null,
          });
          await history.record([{ atMs: i, action: "launch", names: one.names, reason: "x".repeat(500) }]);
        });
      }
    } finally {
      history.close();
    }
  });
  await lift();
  const history = openHistory(path);
  const there = new Set([
    ...(await history.openAttempts()).map(({ id }) => id),
    ...(await history.launched()).map(({ attempt }) => attempt.id),
  ]);
  history.close();
  return { limit, recorded, lost: recorded.filter((id) => !there.has(id)), refused, wrong };
}

if (import.meta.main) {
  await prlimit("--nofile=200:");
  const [folder = "", ...limits] = Deno.args;
  for (const [i, limit] of limits.entries()) {
    console.log(JSON.stringify(await round(limit, join(folder, `history-${i}.db`))));
  }
}
