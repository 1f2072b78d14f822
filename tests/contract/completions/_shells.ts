/** What Tab does in a real shell, by the same cases in each. */

import { needing, programs } from "../../support/needs.ts";
import { programFolder } from "../../unit/cli/_program.ts";
import { type Terminal, withTerminal } from "../../unit/cli/_terminal.ts";
import { withHome } from "../../unit/cli/_home.ts";

/** How a shell is started without anybody's settings, and how xcore's completions get into it. */
export interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  /** Typed first; the prompt is `READY ` afterwards. */
  readonly load: readonly string[];
  /** Further programs or files that have to be there. */
  readonly needs?: readonly string[];
}

/** Typed, and what the line is after one Tab. */
const CASES: readonly (readonly [typed: string, line: string])[] = [
  ["xcore statu", "xcore status"],
  ["xcore status --w", "xcore status --watch"],
  ["xcore daemon log --foll", "xcore daemon log --follow"],
  ["xcore completions f", "xcore completions fish"],
  ["xcore --json -c demo completions z", "xcore --json -c demo completions zsh"],
  ["xcore -c de", "xcore -c demo"],
  ['xcore -c "de', 'xcore -c "demo"'],
  ["xcore --cluster=de", "xcore --cluster=demo"],
  ["xcore 'status' --w", "xcore 'status' --watch"],
  ["xcore config set mark", "xcore config set market"],
  ["xcore config set market on", "xcore config set market on-demand"],
  ["xcore config set python my", "xcore config set python my\\ python"],
  ["xcore init local --python 'my", "xcore init local --python 'my python'"],
  ["xcore init local --python=my", "xcore init local --python=my\\ python"],
  ["true; xcore shut", "true; xcore shutdown"],
  ["./bin/xcore shut", "./bin/xcore shutdown"],
  // Nothing to suggest, and nothing said about it.
  ["xcore nosuch s", "xcore nosuch s"],
  ["xcore shutdown -c demo my", "xcore shutdown -c demo my"],
  // Never run: only looked at.
  ["xcore config get $(touch made) mark", "xcore config get $(touch made) mark"],
  ["xcore -c $(>made) statu", "xcore -c $(>made) status"],
];

/** Declares a test for the shell. */
export function testShell(shell: Shell): void {
  Deno.test(needing(
    programs("tmux", ...shell.needs ?? [], shell.command[0]!),
    `Tab completes xcore's words in ${shell.name}`,
    () =>
      withHome(async (folder) => {
        const bin = await programFolder(folder);
        await Deno.mkdir(`${folder}/home/clusters/demo`, { recursive: true });
        await Deno.writeTextFile(`${folder}/my python`, "");
        const env = {
          PATH: `${bin}:${Deno.env.get("PATH")}`,
          XCORE_HOME: `${folder}/home`,
          XCORE_CLUSTER: "",
          ZDOTDIR: folder,
          XDG_CONFIG_HOME: `${folder}/config`,
          XDG_DATA_HOME: `${folder}/data`,
        };
        await withTerminal(shell.command, { cwd: folder, env, columns: 100 }, async (terminal) => {
          for (const line of shell.load) {
            await terminal.type(line);
            await terminal.press("Enter");
          }
          await terminal.type("echo LOADED");
          await terminal.press("Enter");
          await terminal.sees(/^LOADED\s+READY$/m);
          for (const [typed, line] of CASES) await completes(terminal, typed, line);
          await lists(terminal);
        });
        if ([...Deno.readDirSync(folder)].some(({ name }) => name === "made")) {
          throw new Error("a word was run");
        }
      }),
  ));
}

async function completes(terminal: Terminal, typed: string, line: string): Promise<void> {
  await terminal.type(typed);
  await terminal.press("Tab");
  // Typed behind the Tab it waits until that is done: so a line that stays is told from one that is being thought of.
  await terminal.type("#");
  const space = typed === line ? "" : " ?";
  await terminal.sees(new RegExp(`^READY ${escaped(line)}${space}#$`, "m"));
  await terminal.press("C-u");
  await terminal.sees(/^READY$/m);
}

/** Two words begin so: both are shown. */
async function lists(terminal: Terminal): Promise<void> {
  await terminal.type("xcore config set market spot");
  await terminal.press("Tab", "Tab");
  await terminal.sees(/^spot\s.*spot-then-on-demand/ms);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
