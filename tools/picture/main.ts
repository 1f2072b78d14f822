/**
 * `deno task picture`: records a session of `xcore` in real terminals and draws the README's
 * picture from it. `deno task picture
 * --draw` draws what was recorded the last time.
 * @module
 */

import { makeStage } from "../_demo.ts";
import { ROOT } from "../run_deno.ts";
import { compileIfStale } from "../compile.ts";
import { endWith } from "../failure.ts";
import { DEMO, pythonEnvironment } from "../python_env.ts";
import { record } from "./record.ts";
import { read, type Recording, written } from "./recording.ts";
import { draw } from "./svg.ts";

/** Both below the repository. */
export const CAST = "docs/picture/session.cast";
export const PICTURE = "docs/picture/session.svg";

/** What is to be seen in the picture. */
export const TITLE =
  "Two terminals. In one, xcore starts a cluster on this machine, a Python script counts on four workers, and the " +
  "cluster is shut down again; in the other, xcore status shows the workers come, work and leave.";

async function recorded(): Promise<Recording> {
  const tools = { python: await pythonEnvironment(DEMO), xcore: await compileIfStale(), env: {} };
  const stage = await makeStage(tools);
  try {
    console.error("Recording a session (a minute or two) …");
    return await record(tools.python, stage);
  } finally {
    await new Deno.Command(tools.xcore, { args: ["shutdown", "--yes"], env: stage.env }).output();
    await Deno.remove(stage.folder, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    if (!Deno.args.includes("--draw")) {
      const text = written(await recorded());
      await Deno.mkdir(`${ROOT}docs/picture`, { recursive: true });
      await Deno.writeTextFile(ROOT + CAST, text);
    }
    const picture = await draw(read(await Deno.readTextFile(ROOT + CAST)), TITLE);
    await Deno.writeTextFile(ROOT + PICTURE, picture);
    console.error(`Wrote ${CAST} and ${PICTURE} (${(picture.length / 1000).toFixed(0)} kB).`);
  } catch (error) {
    endWith("make the picture", error);
  }
}
