/**
 * `deno task test:mutants [WORD]`: whether the simulation bites. Each deliberate bug is put into a copy of the sources in
 * a temporary folder, and seeds are tried until one breaks a promise. With a word, only the bugs whose name has it.
 * @module
 */

import { type Mutation, MUTATIONS } from "./_mutations.ts";
import type { Found } from "./_hunt.ts";

/** Seeds that are tried beside those that found something once. */
const SEEDS = 4000;

const ROOT = new URL("../../", import.meta.url).pathname;

/** What a simulation needs of the repository. */
const PARTS = ["lib", "tests/simulation", "tests/fakes", "deno.json", "deno.lock"];

if (import.meta.main) {
  const [word = ""] = Deno.args;
  const queue = MUTATIONS.filter(({ name }) => name.includes(word));
  const total = queue.length;
  let caught = 0;
  const work = async () => {
    for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
      const found = await hunt(mutation);
      if (found !== null) caught++;
      const by = found === null ? "NOT CAUGHT" : `seed ${String(found.seed).padStart(4)}`;
      console.log(
        `${by.padEnd(10)}  ${mutation.name}${found === null ? "" : `\n            ${found.violation}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  console.log(`${caught} of ${total} bugs were caught`);
  Deno.exit(caught === total ? 0 : 1);
}

/** The first seed that finds the bug, or null. */
async function hunt(mutation: Mutation): Promise<Found | null> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-mutant-" });
  try {
    for (const part of PARTS) await copy(ROOT + part, `${folder}/${part}`);
    for (const { file, find, replace } of mutation.edits) {
      const path = `${folder}/${file}`;
      const text = await Deno.readTextFile(path);
      if (text.split(find).length !== 2) throw new Error(`${file} does not have once: ${find}`);
      await Deno.writeTextFile(path, text.replace(find, () => replace));
    }
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--cached-only", "tests/simulation/_hunt.ts", String(SEEDS)],
      cwd: folder,
    }).output();
    if (!success) throw new Error(`${mutation.name}: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout)) as Found | null;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
