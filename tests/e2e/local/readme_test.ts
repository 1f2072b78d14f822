// One file, for one cluster at a time: each takes the ports that `xcore init` finds free.

import assert from "node:assert/strict";
import { withTerminal } from "../../unit/cli/_terminal.ts";
import { needing, programs } from "../../support/needs.ts";
import { ROOT } from "../../runner/programs.ts";
import { livingProcesses } from "./_processes.ts";
import { TestCluster, withHome } from "./harness.ts";
import { blocksOf, Reader } from "./page.ts";

Deno.test("the README's commands, typed one after the other, run a job and leave nothing", async () => {
  const cluster = await TestCluster.make();
  try {
    const tour = await blocksOf("README.md", ["# Crosscore", "## 4. "]);
    const reader = new Reader(cluster, tour, { folder: ROOT, installed: false });
    await reader.types("deno task compile");
    await reader.types("xcore init local");
    await cluster.set(); // ports that no other test takes until the start
    assert.match(await reader.types("xcore start"), /^The cluster is running: tls:\/\/127\.0\.0\.1:\d+$/m);
    const example = (await Deno.readTextFile(`${ROOT}examples/first_job.py`)).split("\n");
    const shown = reader.reads("client.submit(sleeper, 10)").replace("sleeper, 10", "sleeper, seconds");
    for (const line of shown.replaceAll("'", '"').split("\n")) assert.ok(example.includes(line), line);
    assert.match(await reader.types("examples/first_job.py"), /^10\s*$/m);
    assert.match(
      await reader.types("examples/fan_out.py"),
      /^24 parts counted by 4 workers\n[^]* are the same/m,
    );
    assert.match(await reader.types("xcore shutdown"), /^Nothing is left\.$/m);
    reader.hasReadAll();
    assert.deepEqual(cluster.processes(), []);
  } finally {
    assert.equal(await cluster.cleanup(), null);
  }
});

Deno.test("docs/quick_start.md, typed, prints its result and leaves nothing", () =>
  withHome(async (cluster) => {
    const reader = new Reader(cluster, await blocksOf("docs/quick_start.md"));
    const said = await reader.types("xcore run", { "--shutdown squares.py": "--shutdown squares.py 2>&1" });
    assert.match(said, /^328350\n[^]*^Nothing is left\.$/m);
    reader.hasReadAll();
    assert.deepEqual(cluster.processes(), []);
  }));

/** What is left of a demo whose folder is this one. */
function processesOf(folder: string): string[] {
  return livingProcesses()
    .filter(({ commandLine, environment }) =>
      commandLine.includes(folder) || environment.includes(`XCORE_HOME=${folder}/.xcore`)
    ).map(({ commandLine }) => commandLine);
}

/** What is the same whenever and wherever the demo is shown: not times, names of folders, ports that are free. */
function lasting(shown: string): string {
  return shown.replaceAll(/^ {4}/gm, "")
    .replaceAll(/^\[.*\] (?!\$).*\n/gm, "") // what is seen of a worker, and when, differs each time
    .replaceAll(/^\d\/\d .*\n/gm, "") // said on a slow machine only
    .replace(/^\[.*\] \$ xcore start\n[^[]*\[Errno [^[]*\[.*config set scheduler_port.*\n\n?/m, "") // ports that were taken
    .replaceAll(/^\[ *[\d.]+ s\]/gm, "[time]")
    .replaceAll(/\S*\/xcore-demo-\w+/g, "/folder")
    .replaceAll(/\d+ s\b|\b3\.\d+\.\d+\b|(?<=127\.0\.0\.1:|Ports: )\d+|\(process \d+\)/g, "N")
    .trim();
}

Deno.test("the demo prints what README.md shows, and leaves nothing", async () => {
  const { code, stdout } = await new Deno.Command("bash", {
    args: ["-c", `'${Deno.execPath()}' task demo 2>&1`],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const all = new TextDecoder().decode(stdout);
  assert.equal(code, 0, all);
  const shown = all.slice(all.indexOf("[  0.0 s]"));
  const page = await Deno.readTextFile(`${ROOT}README.md`);
  const [block = ""] = /^ {4}\[ {2}0\.0 s\][^]*?^ {4}For a cluster.*\n/m.exec(page) ?? [];

  assert.equal(lasting(shown), lasting(block), "README.md shows something else: copy it from the demo");
  for (const text of [shown, block]) {
    assert.match(
      text,
      /\] worker-0 running, runs the task\n[^]*\] the job prints: 3\n[^]*\] no worker is left\n/,
    );
  }
  assert.deepEqual(processesOf(/\S*\/xcore-demo-\w+/.exec(shown)![0]), []);
});

Deno.test(needing(
  programs("tmux"),
  "Ctrl-C in the demo, pressed twice, takes its cluster down, and no stack is shown",
  async () => {
    const { TMUX: _, ...env } = Deno.env.toObject();
    await withTerminal(
      ["bash", "--norc", "-c", `${Deno.execPath()} task demo; echo "exit code $?"; read -r`],
      { columns: 120, rows: 60, cwd: ROOT, env },
      async (terminal) => {
        await terminal.sees(/\] worker-0 (requested|booting|running)/);
        await terminal.press("C-c");
        await terminal.sees("Shutting down …");
        await terminal.press("C-c");
        const screen = await terminal.sees(/exit code \d+/);

        assert.match(screen, /^Nothing is left\.$/m);
        assert.match(
          screen,
          /^The demo was interrupted, .*\nStart it again: deno task demo\nexit code 130$/m,
        );
        assert.doesNotMatch(screen, /Traceback|^\s+at /m);
        const [folder = ""] = /\S*\/xcore-demo-\w+/.exec(screen) ?? [];
        assert.deepEqual(processesOf(folder), []);
        await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
      },
    );
  },
));
