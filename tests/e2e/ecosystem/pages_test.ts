import assert from "node:assert/strict";
import { ROOT } from "../../runner/programs.ts";
import type { TestCluster } from "../local/harness.ts";
import { withCluster } from "../local/harness.ts";
import { type Block, blocksOf } from "../local/page.ts";

/** What a cell of a notebook shows. */
interface Shown {
  /** Of a result, its MIME types. */
  readonly types: readonly string[];
  readonly text: string;
}

/** Runs blocks as the cells of a notebook, in a folder of its own. */
async function run(cluster: TestCluster, blocks: readonly Block[]): Promise<Shown[][]> {
  const folder = `${cluster.folder}/notebooks`;
  await Deno.mkdir(folder);
  const cells = await cluster.write("cells.json", JSON.stringify(blocks.map(({ text }) => text)));
  return JSON.parse(
    await cluster.pythonOk(`${ROOT}tests/e2e/ecosystem/jobs/run_cells.py`, cells, folder),
  );
}

const textOf = (cell: readonly Shown[]) => cell.map(({ text }) => text).join("");

Deno.test("docs/how-to/notebooks.md, run as a notebook", async () => {
  await withCluster({ max_workers: 2 }, async (cluster) => {
    const cells = await run(cluster, await blocksOf("docs/how-to/notebooks.md"));
    const [shown] = cells[0]!;
    assert.deepEqual(shown!.types, [
      "application/vnd.jupyter.widget-view+json",
      "text/html",
      "text/plain",
    ]);
    assert.deepEqual(cells.slice(1).map(textOf), [
      "[2, 1, 3]\n",
      "",
      "running\n",
      "DONE\n",
      "3\n",
      "",
    ]);
  });
});

Deno.test("docs/how-to/moving.md, run as a notebook", async () => {
  await withCluster({}, async (cluster) => {
    const cells = await run(cluster, await blocksOf("docs/how-to/moving.md"));
    assert.deepEqual(cells.map(textOf), ["42\n", "True\n"]);
  });
});
