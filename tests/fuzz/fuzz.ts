/**
 * `deno task fuzz [TARGET] [SECONDS]`: tries random inputs, and keeps what breaks a target.
 * `deno task fuzz TARGET FILE…` tries these files.
 * @module
 */

import { pythonEnvironment } from "../../tools/python_env.ts";
import { type Found, hunt, keptFolder, type TargetName, TARGETS } from "./hunt.ts";

const USAGE = `Usage: deno task fuzz [TARGET] [SECONDS]
       deno task fuzz TARGET FILE…
TARGET is one of ${TARGETS.join(", ")}; all of them where none is named.
Each runs for SECONDS (60); what breaks it is kept in tests/fuzz/kept/TARGET.`;

/** Inputs slower than this are worth a look. */
const SLOW_MS = 1000;

/** More are the same fault. */
const MOST = 10;

async function keep(target: TargetName, { input, error }: Found): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(input)));
  const file = new URL(`found-${digest.toHex().slice(0, 8)}`, keptFolder(target));
  await Deno.writeFile(file, input);
  console.log(`\n${error}\nfor ${JSON.stringify(new TextDecoder().decode(input)).slice(0, 2000)}`);
  console.log(`Replay it: deno task fuzz ${target} ${file.pathname.split("/").slice(-5).join("/")}`);
}

async function run(target: TargetName, seconds: number): Promise<number> {
  const from = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const { found, tried, slowest } = await hunt(
    { target, inputs: [], seeds: [from, Infinity], forMs: seconds * 1000 },
    MOST,
  );
  for (const one of found) await keep(target, one);
  console.log(
    `${target}: ${tried} inputs from seed ${from}, ${found.length} break it, the slowest took ${
      slowest.ms.toFixed(0)
    } ms`,
  );
  if (slowest.ms > SLOW_MS) {
    await keep(target, { input: slowest.input, error: `it took ${slowest.ms.toFixed(0)} ms` });
  }
  return found.length;
}

async function replay(target: TargetName, files: readonly string[]): Promise<number> {
  const inputs = await Promise.all(files.map((file) => Deno.readFile(file)));
  const { found, tried } = await hunt({ target, inputs, seeds: [0, 0], forMs: 0 }, Infinity);
  for (const { error } of found) console.log(error);
  console.log(`${target}: ${tried} inputs, ${found.length} break it`);
  return found.length;
}

const isTarget = (word: string): word is TargetName => (TARGETS as readonly string[]).includes(word);

async function main(args: readonly string[]): Promise<number> {
  const target = args[0] !== undefined && isTarget(args[0]) ? args[0] : undefined;
  const rest = target === undefined ? args : args.slice(1);
  const isTime = rest.length === 0 || rest.length === 1 && /^\d+$/.test(rest[0]!);
  if (target === undefined || target === "preload_bodies") {
    Deno.env.set("XCORE_TEST_PYTHON", await pythonEnvironment());
  }
  if (target !== undefined && !isTime) return await replay(target, rest) > 0 ? 1 : 0;
  if (!isTime) {
    console.error(USAGE);
    return 2;
  }
  let found = 0;
  for (const one of target === undefined ? TARGETS : [target]) {
    found += await run(one, Number(rest[0] ?? 60));
  }
  return found > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
