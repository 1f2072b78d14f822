import assert from "node:assert/strict";
import { join } from "node:path";
import { costCsv, costText } from "../../../lib/cli/cost_text.ts";
import type { Cost } from "../../../lib/cluster/cost.ts";
import { homeOf } from "../../../lib/config/home.ts";
import type { Life } from "../../../lib/model/mod.ts";
import { startOfDay } from "../../../lib/price/ledger.ts";
import { openHistory } from "../../../lib/status/history.ts";
import { assertWording } from "../../support/wording.ts";
import { withHome } from "./_home.ts";
import { run, runtimeIn } from "./_run.ts";

const HOUR_MS = 3_600_000;
const AWS = "provider: aws\nregion_name: us-east-1\ncluster_id: xcore-01234567\n";

/** One that costs a dollar an hour. */
function life(id: string, startedMs: number, endedMs: number | null, over: Partial<Life> = {}): Life {
  return {
    ...{ id, name: "worker-0", kind: "worker", pool: "default", type: "c5.xlarge", zone: "us-east-1a" },
    ...{ market: "on-demand", startedMs, endedMs, lastSeenMs: endedMs ?? Date.now() },
    rates: [{ fromMs: startedMs, machineUsd: 1, diskUsd: 0 }],
    ...over,
  };
}

/** The history of two runs: the first one took all of the day before yesterday, the second is 4 hours old. */
async function withLives(test: (home: string, nowMs: number) => Promise<void>, config = AWS): Promise<void> {
  await withHome(async (home) => {
    const nowMs = Date.now();
    const dayMs = startOfDay(nowMs - 48 * HOUR_MS);
    const { config: path, history: file, dir } = homeOf(runtimeIn(home));
    await Deno.mkdir(dir, { recursive: true });
    await Deno.writeTextFile(path, config);
    const history = openHistory(file);
    const scheduler = {
      kind: "scheduler",
      name: "scheduler",
      pool: null,
      type: "t3.small",
      zone: null,
    } as const;
    await history.recordLives([
      life("i-1", dayMs, dayMs + 20 * HOUR_MS, scheduler),
      life("i-2", nowMs - 4 * HOUR_MS, null, scheduler),
      life("i-3", nowMs - 3 * HOUR_MS, nowMs - HOUR_MS),
      life("i-4", nowMs - 2 * HOUR_MS, null, {
        pool: "gpu",
        rates: [{ fromMs: nowMs - 2 * HOUR_MS, machineUsd: null, diskUsd: 0 }],
      }),
      // No daemon has seen it for hours: it has ended by itself.
      life("i-5", nowMs - 4 * HOUR_MS, null, { lastSeenMs: nowMs - 4 * HOUR_MS }),
    ]);
    await history.recordTaskTimes([
      { session: "a", lifeId: "i-3", idleS: 900, functions: [{ name: "md_run", seconds: 5400 }] },
      {
        session: "b",
        lifeId: "i-4",
        idleS: 0,
        functions: [{ name: "=cmd()", seconds: 1800 }, { name: null, seconds: 9 }],
      },
    ]);
    history.close();
    await test(home, nowMs);
  });
}

async function costs(home: string, ...words: string[]): Promise<Cost> {
  const { code, out, said } = await run(home, ["cost", "--json", ...words]);
  assert.equal(code, 0, said.join("\n"));
  return JSON.parse(out);
}

const rounded = ({ name, instances, hours, usd, unknown_prices }: Cost["rows"][number]) =>
  [name, instances, hours.toFixed(1), usd.toFixed(1), unknown_prices].join(" ");

Deno.test("xcore cost tells what this run has cost by pool, without a daemon", () =>
  withLives(async (home, nowMs) => {
    const found = await costs(home);
    assert.deepEqual(found.rows.map(rounded), [
      "scheduler 1 4.0 4.0 0",
      "default 2 2.3 2.3 0",
      "gpu 1 2.0 0.0 1",
    ]);
    assert.deepEqual([found.by, found.costs, found.instances, found.unknown_prices], ["pool", true, 4, 1]);
    assert.equal(found.usd.toFixed(1), "6.3");
    assert.equal(Date.parse(found.since!), nowMs - 4 * HOUR_MS);
  }));

Deno.test("xcore cost tells earlier runs, each day and each machine type, and days add up to the whole", () =>
  withLives(async (home) => {
    const days = await costs(home, "--since", "7d", "--by", "day");
    assert.match(days.rows[0]!.name, /^\d{4}-\d\d-\d\d$/);
    assert.equal(days.rows[0]!.usd.toFixed(1), "20.0");
    assert.equal(days.rows.reduce((sum, { usd }) => sum + usd, 0).toFixed(6), days.usd.toFixed(6));
    const byDate = await costs(home, "--since", days.rows[0]!.name, "--by", "type");
    assert.deepEqual(byDate.rows.map(({ name, usd }) => `${name} ${usd.toFixed(1)}`), [
      "t3.small 24.0",
      "c5.xlarge 2.3",
    ]);
  }));

Deno.test("xcore cost --by task tells what each function has cost, and the rest, which together are the whole", () =>
  withLives(async (home) => {
    const found = await costs(home, "--by", "task");
    assert.deepEqual(found.rows.map((row) => `${row.kind} ${rounded(row)}`), [
      "task md_run 1 1.5 1.5 0",
      "task =cmd() 1 0.5 0.0 1",
      "others  1 0.0 0.0 1",
      "idle  1 0.3 0.3 0",
      "not_joined  3 2.0 0.5 1",
      "scheduler  1 4.0 4.0 0",
    ]);
    const pools = await costs(home);
    for (const part of ["usd", "hours"] as const) {
      assert.equal(found.rows.reduce((sum, row) => sum + row[part], 0).toFixed(6), found[part].toFixed(6));
      assert.equal(found[part].toFixed(3), pools[part].toFixed(3));
    }
    assertWording(
      "cost",
      "by task",
      (await run(home, ["cost", "--by", "task"])).out.split("\n").slice(1).join("\n"),
    );
    const { out } = await run(home, ["cost", "--by", "task", "--csv"]);
    const names = out.trim().split("\n").map((line) => line.split(",")[0]);
    assert.deepEqual(names.slice(0, 3), ["task", "md_run", "'=cmd()"]);
    const half = await costs(home, "--by", "task", "--since", "2h");
    // It lived for two hours, one of them in the last two.
    assert.equal(half.rows[0]!.usd.toFixed(2), "0.75");
  }));

Deno.test("xcore cost --csv prints a file with a heading", () =>
  withLives(async (home) => {
    const { code, out } = await run(home, ["cost", "--csv", "--by", "type"]);
    const [heading, ...rows] = out.trim().split("\n");
    assert.deepEqual([code, heading, rows.length], [0, "type,instances,hours,usd,unknown_prices", 2]);
    assert.match(rows[0]!, /^t3\.small,1,4\.\d{4},4\.\d{4},0$/);
  }));

Deno.test("xcore cost refuses what is no time and no group, and two formats at once", () =>
  withLives(async (home) => {
    for (const words of [["--since", "soon"], ["--since", "3"], ["--by", "zone"], ["--csv", "--json"]]) {
      const { code, said } = await run(home, ["cost", ...words]);
      assert.equal(code, 2, words.join(" "));
      assertWording("cost", `refused: ${words.join(" ")}`, said.join("\n"));
    }
  }));

Deno.test("xcore cost says in one line that nothing costs on this machine, or has cost yet", async () => {
  await withLives(async (home) => {
    const { code, out } = await run(home, ["cost"]);
    assert.equal(code, 0);
    assertWording("cost", "local", out.trim());
    assert.deepEqual([(await costs(home)).costs, (await costs(home)).rows], [false, []]);
  }, "provider: local\ncluster_id: xcore-01234567\n");
  await withHome(async (home) => {
    const { config, dir } = homeOf(runtimeIn(home));
    await Deno.mkdir(dir, { recursive: true });
    await Deno.writeTextFile(config, AWS);
    assertWording("cost", "nothing yet", (await run(home, ["cost"])).out.trim());
    assert.equal(await Deno.stat(join(dir, "history.db")).then(() => true, () => false), false);
  });
});

const COST: Cost = {
  ...{ costs: true, since: "2026-11-30T08:00:00.000Z", until: "2026-11-30T12:00:00.000Z", by: "pool" },
  ...{ instances: 3, hours: 7.25, usd: 1234.5, unknown_prices: 1 },
  rows: [
    { name: "scheduler", instances: 1, hours: 4, usd: 0.1, unknown_prices: 0 },
    { name: '=cmd|"x"', instances: 2, hours: 3.25, usd: 1234.4, unknown_prices: 1 },
  ],
};

Deno.test("costText() has a line for each part, and says for how many the price is not known", () => {
  const [, ...lines] = costText(COST, Date.parse(COST.until)).split("\n");
  assertWording("cost", "by pool", lines.join("\n"));
});

Deno.test("costCsv() writes nothing that a spreadsheet takes for a formula", () => {
  assert.equal(costCsv(COST).split("\n")[2], `"'=cmd|""x""",2,3.2500,1234.4000,1`);
});
