import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../../lib/cli/main.ts";
import type { Cost } from "../../../lib/cluster/cost.ts";
import { homeOf } from "../../../lib/config/home.ts";
import type { Fact, Life } from "../../../lib/model/mod.ts";
import type { PageHistory } from "../../../lib/page/page_history.ts";
import { openHistory } from "../../../lib/status/history.ts";
import { assertWording } from "../../support/wording.ts";
import { withHome } from "./_home.ts";
import { keepingPrinter } from "./_printer.ts";
import { run, runtimeIn } from "./_run.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AWS = "provider: aws\nregion_name: us-east-1\ncluster_id: xcore-01234567\n";
const LOCAL = "provider: local\ncluster_id: xcore-01234567\n";

/** When the second of two runs was started. */
const START = Date.parse("2026-11-30T09:12:00Z");

function life(id: string, startedMs: number, endedMs: number | null, over: Partial<Life> = {}): Life {
  return {
    ...{
      id,
      name: id,
      kind: "worker",
      pool: "default",
      type: "c5.xlarge",
      zone: "us-east-1a",
      market: "spot",
    },
    ...{ startedMs, endedMs, lastSeenMs: endedMs ?? START + 2 * HOUR },
    rates: [{ fromMs: startedMs, machineUsd: 1, diskUsd: 0 }],
    ...over,
  };
}

function tasksOf(fromMs: number, toMs: number, done: number): Fact {
  const none = { failed: 0, skipped: 0, running: 0, waiting: 0 };
  const square = { ...none, name: "square", done, first_error: null, first_failed_key: null };
  return {
    ...{ kind: "tasks", name: String(fromMs), fromMs, toMs },
    content: { functions: [square], others: { ...none, done: 0 } },
  };
}

/** A home with the history of two runs, of which the second goes on, or is cut off, after two hours. */
async function withRuns(test: (home: string) => Promise<void>, config = AWS): Promise<void> {
  await withHome(async (home) => {
    const { config: path, history: file, dir } = homeOf(runtimeIn(home));
    await Deno.mkdir(dir, { recursive: true });
    await Deno.writeTextFile(path, config);
    const history = openHistory(file);
    const scheduler = { kind: "scheduler", pool: null, type: "t3.small", zone: null } as const;
    const [before, end] = [START - 20 * HOUR, START + 2 * HOUR];
    const hasScheduler = config === AWS;
    await history.recordLives([
      life("w-1", before + MINUTE, before + HOUR),
      life("w-2", START + HOUR, START + 1.5 * HOUR),
      life("w-3", START + HOUR, null),
      ...hasScheduler
        ? [life("s-1", before, before + 2 * HOUR, scheduler), life("s-2", START, null, scheduler)]
        : [],
    ]);
    await history.recordFacts([tasksOf(before + 1, before + 2 * HOUR, 5), tasksOf(START + 1, end, 8)]);
    await history.record([{
      atMs: START + HOUR,
      action: "launch",
      names: ["w-2", "w-3"],
      reason: "8 tasks to run",
    }]);
    for (const [minutes, running] of [[30, 0], [61, 2], [90, 1], [120, 1]] as const) {
      const counts = { target: running, queued: 8 * running, processing: running };
      await history.recordSample({ atMs: START + minutes * MINUTE, workers: { running }, ...counts });
    }
    history.close();
    await test(home);
  });
}

/** Runs a command line at a time, in a folder. */
async function runAt(home: string, nowMs: number, words: readonly string[]) {
  const { printer, printed } = keepingPrinter();
  const runtime = runtimeIn(home);
  const clock = { ...runtime.clock, nowMs: () => nowMs };
  const code = await main({ ...runtime, clock, cwd: () => home }, words, printer);
  return { code, ...printed };
}

Deno.test("xcore history tells the last run in 24 parts, and as data what the page is given", () =>
  withRuns(async (home) => {
    const { code, out } = await run(home, ["history"]);
    const [first, heading, ...rows] = out.trimEnd().split("\n");
    assert.equal(code, 0);
    assert.match(first!, /^2026-\S+ \S+ to 2026-\S+ \S+ \(2 h 00 min, \$3\.50\); at most:$/);
    assert.match(heading!, /^from +running +others +target +waiting +on workers +cost$/);
    assert.equal(rows.length, 24);
    assert.match(rows[12]!, / 2 +0 +2 +16 +2 +\$0\.\d+$/);
    assert.match(rows[2]!, / – +– +– +– +– +\$0\.083$/);
    const history: PageHistory = JSON.parse((await run(home, ["history", "--json"])).out);
    assert.deepEqual([history.from, history.to, history.decisions.length], [START, START + 2 * HOUR, 1]);
    assert.equal(history.cost!.total_usd.toFixed(2), "3.50");
    const both: PageHistory = JSON.parse(
      (await run(home, ["history", "--json", "--since", "2026-11-29"])).out,
    );
    assert.equal(both.from, Date.parse("2026-11-29"));
  }));

Deno.test("xcore history --csv has each sample, and what all has cost by then", () =>
  withRuns(async (home) => {
    const [heading, ...rows] = (await run(home, ["history", "--csv"])).out.trimEnd().split("\n");
    assert.equal(
      heading,
      "at,requested,pending,booting,running,paused,unknown,draining,stopping,failed,target,queued,processing,usd",
    );
    assert.deepEqual(
      rows.map((row) => row.split(",").filter((_, i) => ![1, 2, 3, 5, 6, 7, 8, 9].includes(i)).join()),
      [
        "2026-11-30T09:42:00.000Z,0,0,0,0,0.5000",
        "2026-11-30T10:13:00.000Z,2,2,16,2,1.0500",
        "2026-11-30T10:42:00.000Z,1,1,8,1,2.5000",
        "2026-11-30T11:12:00.000Z,1,1,8,1,3.5000",
      ],
    );
  }));

Deno.test("xcore history --plot and xcore report write what is the same whenever it is made", () =>
  withRuns(async (home) => {
    for (const [i, nowMs] of [START + 3 * HOUR, START + 300 * HOUR].entries()) {
      for (
        const words of [["history", "--plot", `plot${i}.svg`], ["report", "-o", `report${i}.html`], [
          "report",
        ]]
      ) {
        const { code, said } = await runAt(home, nowMs, words);
        assert.equal(code, 0, said.join("\n"));
      }
    }
    const read = (name: string) => Deno.readTextFile(join(home, name));
    assert.match(await read("plot0.svg"), /^<svg xmlns=[^>]* viewBox=.*<\/svg>\n$/s);
    assert.equal(await read("plot0.svg"), await read("plot1.svg"));
    const report = await read("report0.html");
    assert.equal(report, await read("report1.html"));
    assert.equal(report, await read("xcore-2026-11-30-0912.html"));
    assert.match(report, /<dt>Cost<\/dt><dd>\$3\.50<\/dd>/);
    assert.match(report, /the last of it was recorded; 2 instances still there/);
    assert.match(report, /<th scope="row">square<\/th><td class="number">8<\/td>/);
  }));

Deno.test("xcore report has the last run of this machine, where nothing costs, with its shutdown", () =>
  withRuns(async (home) => {
    const endMs = START + 2.5 * HOUR;
    const note = {
      by: "daemon",
      reason: "idle for 30 min",
      beganAtMs: endMs - 9,
      endedAtMs: endMs,
      error: null,
    };
    await Deno.writeTextFile(homeOf(runtimeIn(home)).shutdownNote, JSON.stringify(note));
    const { code, out } = await runAt(home, endMs, ["report"]);
    assert.deepEqual([code, out.trim()], [0, `Wrote ${join(home, "xcore-2026-11-30-0912.html")}`]);
    const report = await Deno.readTextFile(join(home, "xcore-2026-11-30-0912.html"));
    assert.match(report, /11:42:00 UTC, when the daemon shut it down \(idle for 30 min\)/);
    assert.match(report, /<dt>Workers<\/dt><dd>2 instances, together 2 h 00 min<\/dd>/);
    assert.ok(!report.includes("$"), "nothing costs here");
    const cost: Cost = JSON.parse((await run(home, ["cost", "--json"])).out);
    assert.deepEqual([cost.costs, cost.instances, cost.rows], [false, 0, []]);
  }, LOCAL));

Deno.test("xcore history and report say what they cannot do, and what to do instead", () =>
  withRuns(async (home) => {
    const lines = [
      ["history", "--csv", "--json"],
      ["history", "--plot", "x.svg", "--csv"],
      ["history", "--since", "soon"],
      ["report", "--since", "2026-12-24"],
      ["report", "-o", "none/report.html"],
    ];
    for (const words of lines) {
      const { code, said } = await runAt(home, START + 3 * HOUR, words);
      assert.equal(code, words[0] === "history" ? 2 : 1, words.join(" "));
      assertWording("history", words.join(" "), said.join("\n").replaceAll(home, "HOME"));
    }
    const pipe = join(home, "pipe");
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    await Deno.symlink(pipe, join(home, "link"));
    for (const name of ["pipe", "link"]) { // as root /dev/null would be a file from then on
      const { code, said } = await runAt(home, START + 3 * HOUR, ["report", "-o", join(home, name)]);
      assert.equal(code, 1);
      assertWording("history", "no file to write to", said.join("\n").replaceAll(join(home, name), "PATH"));
    }
    assert.ok((await Deno.lstat(pipe)).isFifo);
    await Deno.remove(homeOf(runtimeIn(home)).history);
    assertWording("history", "nothing recorded", (await run(home, ["report"])).said.join("\n"));
  }));
