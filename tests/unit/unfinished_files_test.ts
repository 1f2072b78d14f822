import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/system_runtime.ts";

const MODULE = new URL("../../lib/system_runtime.ts", import.meta.url).href;

/** Has a process write a file, and kills it in the middle; returns the name of what it leaves. */
async function killedWriting(folder: string): Promise<string> {
  const script = `import { systemRuntime } from "${MODULE}";
    await systemRuntime(null).files.writeText("${folder}/config.yaml", "x".repeat(3e8));`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-lock", script], stderr: "null" })
    .spawn();
  for (;;) {
    const [part] = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      name.endsWith(".part")
    );
    if (part !== undefined) {
      child.kill("SIGKILL");
      await child.status;
      return part;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("what a killed process has left of a file is removed at once, and of one that may still run in a while", async () => {
  const folder = await Deno.makeTempDir();
  const { files } = systemRuntime(null);
  const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const write = async (name: string, ageS: number) => {
    await Deno.writeTextFile(`${folder}/${name}`, "");
    await Deno.utime(`${folder}/${name}`, new Date(), new Date(Date.now() - ageS * 1000));
  };
  try {
    const part = await killedWriting(folder);
    const [pid, here] = part.split(".").slice(2);
    const there = here!.startsWith("0000") ? "1111" : "0000";
    // Of this process; of a machine that is not this one, which has a process of the same id.
    const kept = [`config.yaml.${Deno.pid}.${here}.part`, `config.yaml.${pid}.${there}2222.part`];
    for (const name of kept) await write(name, 1);
    await write(`made.yaml.${pid}.${there}3333.part`, 60);
    await write("notes.part", 60);

    await files.writeText(`${folder}/made.yaml`, "");
    assert.deepEqual(names(), [...kept, "made.yaml", "notes.part", part].sort(), "beside another file");
    await files.removeUnfinished(folder);
    assert.deepEqual(names(), [...kept, "made.yaml", "notes.part"].sort());
    await files.removeUnfinished(`${folder}/none`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
