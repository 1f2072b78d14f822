import assert from "node:assert/strict";
import { withTerminal } from "../cli/_terminal.ts";
import { needing, programs } from "../needs.ts";
import { ROOT } from "../runner/programs.ts";
import { livingProcesses } from "./_processes.ts";

/** What is left of a demo whose folder is this one. */
function processesOf(folder: string): string[] {
  return livingProcesses()
    .filter(({ commandLine, environment }) =>
      commandLine.includes(folder) || environment.includes(`XCORE_HOME=${folder}/.xcore`)
    ).map(({ commandLine }) => commandLine);
}

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
