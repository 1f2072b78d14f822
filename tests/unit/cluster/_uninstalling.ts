/** A person's machine with a home of xcore's on it, to uninstall. */

import { dirname, join } from "node:path";
import type { Confirm } from "../../../lib/cluster/cluster.ts";
import { uninstall, type Uninstalled } from "../../../lib/cluster/uninstall.ts";
import { type Answer, type FakeMachine, fakeMachine } from "../service/_machine.ts";

/** The config of a cluster that has never run. */
export function configOf(name: string, provider = "local"): string {
  return `provider: ${provider}\ncluster_name: ${name}\ncluster_id: ${name}-0a1b2c3d\n`;
}

export const CONFIG = configOf("mine");

export interface Uninstalling extends FakeMachine {
  /** Writes a file below the machine's folder, which is HOME; the home is `home`. */
  write(path: string, text?: string): Promise<string>;
  /** Uninstalls; what was told and asked is in `said`. */
  uninstall(confirm?: Confirm): Promise<Uninstalled>;
  readonly said: string[];
  /** Paths below the folder of all that is there, links not followed. */
  tree(): Promise<string[]>;
}

export async function uninstalling(
  options: Parameters<typeof fakeMachine>[1] = {},
  answer: (command: string) => Answer = () => undefined,
): Promise<Uninstalling> {
  const machine = await fakeMachine(answer, { booted: false, ...options });
  const said: string[] = [];
  return {
    ...machine,
    said,
    async write(path, text = "") {
      const file = join(machine.folder, path);
      await Deno.mkdir(dirname(file), { recursive: true });
      await Deno.writeTextFile(file, text);
      return file;
    },
    uninstall: (confirm = () => Promise.resolve(true)) =>
      uninstall(machine.runtime, (question) => {
        said.push(question);
        return confirm(question);
      }, (line) => said.push(line)),
    tree: () => Array.fromAsync(below(machine.folder, machine.folder)),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  };
}

async function* below(folder: string, base: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, name);
    yield path.slice(base.length + 1);
    if (isDirectory) yield* below(path, base);
  }
}
