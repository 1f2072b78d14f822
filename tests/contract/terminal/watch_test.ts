import assert from "node:assert/strict";
import { FOOTER } from "../../../lib/cli/watch.ts";
import { busy, NOW_MS, status, worker, workers } from "../../unit/cli/_status.ts";
import { needing, programs } from "../../support/needs.ts";
import { today, watching } from "../../unit/cli/_watching.ts";

const JOB = today(busy(), NOW_MS);
const IDLE = today(status(), NOW_MS);
const CROWD = today(
  busy({
    workers: [...workers(40), worker("worker-40", { state: "booting" })],
    problems: [{ code: "launch_failed", message: "Something is wrong ".repeat(12).trim(), hint: "Fix it." }],
  }),
  NOW_MS,
);

/** Nothing of the crowd is left: while a frame is drawn, there may be. */
const IDLE_ALONE = /(?<![^])(?![^]*(?:worker-\d|problem|queued))[^]*^There are no workers running\. They/m;

// deno-lint-ignore no-control-regex
const CLEARS = /\x1b\[[23]J|\x1bc|\x1b\[1J/;
// deno-lint-ignore no-control-regex
const THREE_FRAMES = /(\x1b\[H[^]*){3}/;
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/;

for (const [columns, rows] of [[80, 24], [40, 10]] as const) {
  Deno.test(needing(
    programs("tmux"),
    `status --watch draws in place on a terminal of ${columns}x${rows}`,
    () =>
      watching(CROWD, { columns, rows }, async ({ terminal, tell }) => {
        const crowded = await terminal.sees(/^1 problem|^problems:/m);
        assert.match(crowded, /^xcore \(local\): running/);
        assert.match(crowded, /^40 workers +running|40 running, 1 booting/m);
        assert.ok(crowded.split("\n").every((line) => line.length <= columns));

        tell(IDLE);
        await terminal.sees(IDLE_ALONE);
        tell(CROWD);
        await terminal.sees(/^40 workers +running|40 running, 1 booting/m);

        const frames = (await terminal.written(THREE_FRAMES)).split("\x1b[H").slice(1);
        assert.ok(frames.length >= 3);
        assert.doesNotMatch(frames.join(""), CLEARS);
        for (const frame of frames) assert.ok(frame.split("\n").length <= rows, "the screen scrolled");
        assert.equal(await terminal.ask("#{history_size} #{cursor_flag}"), "0 0");

        await terminal.press("C-c");
        await terminal.sees("ended: 0");
      }),
  ));
}

Deno.test(needing(
  programs("tmux"),
  "status --watch gives the terminal back at Ctrl-C, with what was there and the last status",
  () =>
    watching(JOB, {}, async ({ terminal }) => {
      const shown = await terminal.sees(FOOTER);
      assert.ok(!shown.includes("before"));
      assert.match(shown, /^worker-2 {2}running .* square {2}it has 1 task$/m);
      assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "1 0 0");
      await terminal.press("C-c");
      const after = await terminal.sees("ended: 0");
      assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "0 1 1");
      assert.match(after, /^before\nxcore \(local\): running [^]*^worker-2 [^]*\nended: 0$/m);
      assert.ok(!after.includes(FOOTER));
    }),
));

Deno.test(needing(
  programs("tmux"),
  "status --watch follows the window's size",
  () =>
    watching(JOB, {}, async ({ terminal }) => {
      await terminal.sees(FOOTER);
      await terminal.resize(40, 10);
      const small = await terminal.sees(/^ {2}tls:/m);
      assert.ok(small.split("\n").length <= 10);
      assert.equal(small.split("\n").filter((line) => line.startsWith("xcore (local)")).length, 1);
      await terminal.resize(100, 30);
      const wide = await terminal.sees(/^worker-0 .* 4 {2}square {2}it has 1 task$/m);
      assert.equal(wide.split("\n").filter((line) => line.startsWith("xcore (local)")).length, 1);
      assert.doesNotMatch((await terminal.written(FOOTER)).split("\x1b[H").slice(1).join(""), CLEARS);
      await terminal.press("C-c");
      await terminal.sees("ended: 0");
    }),
));

Deno.test(needing(
  programs("tmux"),
  "status --watch has colours on a terminal, and none with NO_COLOR",
  async () => {
    for (const NO_COLOR of ["", "1"]) {
      await watching(JOB, { env: { NO_COLOR } }, async ({ terminal }) => {
        await terminal.sees(FOOTER);
        assert.equal(COLOURS.test(await terminal.written(FOOTER)), NO_COLOR === "");
        await terminal.press("C-c");
        await terminal.sees("ended: 0");
      });
    }
  },
));

Deno.test(needing(
  programs("tmux"),
  "status --watch on a dumb terminal writes a status when it has changed, and no escape",
  () =>
    watching(IDLE, { env: { TERM: "dumb" }, rows: 40 }, async ({ terminal, tell }) => {
      await terminal.sees("There are no workers");
      tell(JOB);
      const both = await terminal.sees("worker-2");
      assert.match(both, /^There are no workers[^]*\n\nxcore \(local\)[^]*worker-2/m);
      await terminal.press("C-c");
      const after = await terminal.sees("ended: 0");
      assert.equal(after.match(/^xcore \(local\)/gm)?.length, 2);
      assert.ok(!(await terminal.written("ended: 0")).includes("\x1b"));
    }),
));

Deno.test(needing(
  programs("tmux"),
  "status --watch gives the terminal back at Ctrl-Z, and takes it again at fg",
  () =>
    watching(JOB, { typed: true }, async ({ terminal }) => {
      for (const _again of [1, 2]) {
        await terminal.sees(FOOTER);
        await terminal.press("C-z");
        const stopped = await terminal.sees(/^\[1\]\+ {2}Stopped [^]*^READY$/m);
        assert.ok(!stopped.includes(FOOTER));
        assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "0 1 1");
        await terminal.type("clear; fg");
        await terminal.press("Enter");
      }
      await terminal.sees(FOOTER);
      await terminal.press("C-c");
      await terminal.sees(/^worker-2 [^]*^READY$/m);
    }),
));

Deno.test(needing(
  programs("tmux"),
  "status --watch that fails gives the terminal back and says why",
  () =>
    watching(JOB, {}, async ({ terminal, leave }) => {
      await terminal.sees(FOOTER);
      leave();
      const after = await terminal.sees("ended: 3");
      assert.match(after, /^Cannot read [^]*\n.*`xcore init local`/m);
      assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag}"), "0 1");
    }),
));
