/**
 * `deno task test:mutants [WORD]`: shows that the simulation finds deliberate bugs. It puts each
 * into a copy of the sources in a temporary folder, and tries seeds until one breaks a promise.
 * With a word, it tries only the bugs whose name has it.
 * @module
 */

import type { Found } from "./_hunt.ts";
import type { Mutant } from "./_mutants.ts";
import { MUTATIONS } from "./_mutations.ts";

/** Seeds to try after those of bugs that were found. */
const SEEDS = 4000;

const ROOT = new URL("../../", import.meta.url).pathname;

/** The parts of the repository that a simulation needs. */
const PARTS = ["lib", "tests/simulation", "tests/support/fakes", "deno.json", "deno.lock"];

if (import.meta.main) {
  const [word = ""] = Deno.args;
  const mutants = await allMutants();
  const queue = MUTATIONS.map(({ name }, i) => ({ name, mutants: mutants[i]! }))
    .filter(({ name }) => name.includes(word));
  const total = queue.length;
  let caught = 0;
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const found = await hunt(next.name, next.mutants);
      if (found !== null) caught++;
      const by = found === null ? "NOT CAUGHT" : `seed ${String(found.seed).padStart(4)}`;
      console.log(
        `${by.padEnd(10)}  ${next.name}${found === null ? "" : `\n            ${found.violation}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  console.log(`${caught} of ${total} bugs were caught`);
  Deno.exit(caught === total ? 0 : 1);
}

/** The mutants' sources, in the order of the mutations. */
async function allMutants(): Promise<Mutant[][]> {
  const path = await Deno.makeTempFile({ prefix: "xcore-mutants-", suffix: ".json" });
  try {
    await deno([
      "test",
      "-A",
      "--no-check",
      "--cached-only",
      "tests/simulation/_write_mutants.ts",
      "--",
      path,
    ], ROOT);
    return JSON.parse(await Deno.readTextFile(path));
  } finally {
    await Deno.remove(path);
  }
}

/** The first seed that finds the bug, or null. */
async function hunt(name: string, mutants: readonly Mutant[]): Promise<Found | null> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-mutant-" });
  try {
    for (const part of PARTS) await copy(ROOT + part, `${folder}/${part}`);
    for (const { file, text } of mutants) await Deno.writeTextFile(`${folder}/${file}`, text);
    const args = ["run", "-A", "--no-check", "--cached-only", "tests/simulation/_hunt.ts", String(SEEDS)];
    return JSON.parse(await deno(args, folder)) as Found | null;
  } catch (error) {
    throw new Error(`cannot hunt for the bug: ${name}`, { cause: error });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function deno(args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
