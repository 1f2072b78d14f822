import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { ENDLESS, type Room, statusText } from "../../../lib/cli/status_text.ts";
import type { PoolStatus, Problem, Status, WorkerStatus } from "../../../lib/model/mod.ts";
import { textWidth } from "../../../lib/util/text_width.ts";
import { COLOURED, PLAIN } from "./_printer.ts";
import { ago, busy, NOW_MS, status, worker, workers } from "./_status.ts";

const HELD: Problem = {
  code: "results_held",
  message: "worker-0 has no task but holds results that a client wants, and stays",
  hint: "Gather or delete the client's futures, close the client, or set hold_results_s.",
};

function lines(of: Status, room: Partial<Room> = {}): string[] {
  return statusText(of, PLAIN, NOW_MS, { ...ENDLESS, ...room }).split("\n");
}

/** What is not known of a worker that boots. */
const NOTHING_KNOWN = {
  ...{ slots: null, processing: null, executing: null, runs: null, completed: null },
  ...{ cpu_percent: null, memory_bytes: null, memory_limit_bytes: null, reason: "1 task to run" },
};

function thousand() {
  const about = { type: "c5.xlarge", price_per_hour_usd: 0.2 };
  const idle = { processing: 0, executing: 0, runs: {}, cpu_percent: 1, reason: "it has no task" };
  const of = (many: number, over: (i: number) => Partial<WorkerStatus>) =>
    Array.from({ length: many }, (_, i) => over(i));
  return [
    ...of(700, (i) => ({ since: ago(60 + i), runs: { [i % 5 === 0 ? "analyse" : "simulate"]: 1 } })),
    ...of(180, (i) => ({ ...idle, since: ago(30), leaves_in_s: 40 + i, boot_s: 38 })),
    ...of(117, () => ({ state: "booting" as const, since: ago(20), ...NOTHING_KNOWN })),
    { state: "paused" as const, memory_bytes: 3.9 * 2 ** 30, runs: {}, executing: 0 },
    { state: "unknown" as const, seen_at: ago(90) },
    { state: "draining" as const },
  ].map((over, i) => worker(`worker-${i}`, { ...about, ...over }));
}

Deno.test("statusText() of a job: the cluster, what is wanted, the workers, what was done and what is wrong", () => {
  assertWording("status", "a job", statusText(busy({ problems: [HELD] }), PLAIN, NOW_MS));
});

Deno.test("statusText() of a cluster with nothing to do says what would start a worker", () => {
  assertWording("status", "nothing to do", lines(status()).join("\n"));
});

Deno.test("statusText() of no cluster says how to have one, and nothing of a daemon or workers", () => {
  const cluster = { state: "down", url: null, started_at: null } as const;
  assert.deepEqual(lines(status({ cluster, daemon: { running: false }, demand: null })), [
    "xcore (local): down",
    "There is no crosscore cluster running. Start it with `xcore start`.",
  ]);
});

Deno.test("statusText() of no cluster says when and why it was shut down, or that this did not finish", () => {
  const shown = (over: Partial<NonNullable<Status["cluster"]["shut_down"]>>) => {
    const shut_down = {
      at: ago(3600),
      by: "daemon",
      reason: "idle for 2 h",
      finished: true,
      error: null,
      ...over,
    };
    const cluster = { state: "down", url: null, started_at: null, shut_down } as Status["cluster"];
    return lines(status({ cluster, daemon: { running: false }, demand: null }))[1]!.replace(
      /\d\d:\d\d/,
      "HH:MM",
    );
  };
  assertWording("status", "shut down by the daemon", shown({}));
  assertWording("status", "shut down by a person", shown({ by: "command", reason: null }));
  assertWording("status", "a shutdown that was cut off", shown({ finished: false }));
});

Deno.test("statusText() of a cluster without its daemon warns, and promises no worker", () => {
  const text = lines(
    status({ cluster: { state: "degraded" }, daemon: { running: false, last_tick_at: null } }),
  );
  assert.equal(text[0], "xcore (local): degraded (up 12 min) at tls://127.0.0.1:8786");
  assert.equal(text[1], "Warning: the crosscore daemon is not running");
  assert.equal(text.at(-1), "There are no workers running");
});

Deno.test("statusText() of an unreachable scheduler says so, and does not count what it cannot know", () => {
  const text = lines(
    status({ cluster: { state: "starting", started_at: null }, scheduler: null, demand: null }),
  );
  assertWording("status", "the scheduler does not answer", text.slice(0, 3).join("\n"));
});

Deno.test("statusText() says when workers are on their way", () => {
  const text = lines(status({ demand: { clients: 1, target: 1, pending_scatters: 1 } }));
  assertWording("status", "demand without workers", text.find((line) => line.startsWith("demand")) ?? "");
  assert.equal(text.at(-1), "There are no workers running yet.");
});

Deno.test("statusText() shows what is not known of a worker as nothing", () => {
  const booting = worker("worker-0", {
    state: "booting",
    processing: null,
    executing: null,
    completed: null,
    cpu_percent: null,
    memory_bytes: null,
    runs: null,
    seen_at: null,
    since: null,
    reason: null,
  });
  assert.ok(lines(status({ workers: [booting] })).includes("worker-0  booting"));
});

Deno.test("statusText() counts as queued on a worker what it does not execute", () => {
  const text = lines(status({ workers: [worker("worker-0", { processing: 8, executing: 1 })] }));
  assert.match(text.find((line) => line.startsWith("worker-0")) ?? "", / GiB {7}7 {10}4 /);
});

Deno.test("statusText() tells of each worker what it does, how much it uses, and when it leaves", () => {
  const idle = { processing: 0, executing: 0, runs: {} };
  const unseen = { ...idle, processing: null, executing: null, runs: null, memory_bytes: null };
  const several = [
    worker("worker-0", { slots: 4, cpu_percent: 300, executing: 3, runs: { square: 2, "\x1b[1mroot": 1 } }),
    worker("worker-1", { ...idle, leaves_in_s: 240, reason: "it has no task" }),
    worker("worker-2", { ...idle, reason: "result a-1 cannot be moved: cannot pickle a lock" }),
    worker("worker-3", {
      ...idle,
      processing: 2,
      state: "paused",
      memory_bytes: 4e9,
      reason: "it has 2 tasks",
    }),
    worker("worker-4", {
      ...unseen,
      state: "unknown",
      seen_at: ago(200),
      since: ago(200),
      cpu_percent: null,
    }),
    worker("worker-5", { memory_limit_bytes: null, runs: null }),
    worker("worker-6", { ...idle, leaves_in_s: 40, boot_s: 38, reason: "it has no task" }),
  ];
  const text = lines(status({ workers: several }));
  assertWording(
    "status",
    "workers",
    text.slice(text.findIndex((line) => line.startsWith("name"))).join("\n"),
  );
});

Deno.test("statusText() names pools only where workers are of several", () => {
  const gpu = worker("worker-1", { pool: "gpu", type: "n1", accelerator: "t4" });
  const none = { requested: 0, requested_for_s: null };
  const by_pool = { default: { runnable: 1, target: 1, ...none }, gpu: { runnable: 2, target: 2, ...none } };
  const text = lines(status({ demand: { target: 3, by_pool }, workers: [worker("worker-0"), gpu] }));
  assert.ok(text.includes("demand: 0 clients, 3 workers wanted (default: 1, gpu: 2)"));
  assert.ok(text.includes("worker type: local, n1+t4"));
  assert.match(text.find((line) => line.startsWith("name")) ?? "", /^name {6}pool {5}state/);
});

Deno.test("statusText() tells what workers are requested, and for how long", () => {
  const one = { runnable: 0, target: 2, requested: 4, requested_for_s: 1740 };
  const demandOf = (by_pool: Readonly<Record<string, PoolStatus>>) =>
    lines(status({ demand: { target: 2, by_pool } })).find((line) => line.startsWith("demand"))!;
  assertWording("status", "a request", demandOf({ default: one }));
  const none = { runnable: 0, target: 0, requested: 0, requested_for_s: null };
  assertWording("status", "a request of one of two pools", demandOf({ default: none, gpu: one }));
});

Deno.test("statusText() says what burstable machines may cost beyond their price, of a cluster in a cloud", () => {
  const cluster = { ...status().cluster, provider: "aws" } as const;
  const line = (surcharge: number) => {
    const cost = {
      per_hour_usd: 0.05,
      scheduler_per_hour_usd: 0.03,
      surcharge_per_hour_usd: surcharge,
      since_start_usd: null,
    };
    return lines(status({ cluster, cost })).find((each) => each.startsWith("cost: "))!;
  };
  assertWording("status", "a surcharge", line(0.12));
  assertWording("status", "no surcharge", line(0));
});

Deno.test("statusText() tells what was done in the past tense, ages in a column", () => {
  const actions = ["restarted", "replay", "retire", "terminate", "cancel", "dance", "launch"];
  const decisions = actions.map((action, i) => ({
    at: ago(90 + 8 * i),
    action,
    count: 1 + i,
    reason: "why",
  }));
  const text = lines(status({ decisions }));
  assertWording("status", "recent decisions", text.slice(text.indexOf("recently:") + 1).join("\n"));
});

Deno.test("statusText() keeps a message on its line, whatever a worker's log put into it", () => {
  const problem: Problem = {
    code: "boot_failed",
    message: "worker-0 said: \x1b[31mOSError\r\nagain",
    hint: "See\tit.",
  };
  assert.deepEqual(lines(status({ problems: [problem] })).slice(-2), [
    "  ! worker-0 said: OSError again",
    "    See it.",
  ]);
});

Deno.test("statusText() colours only for those who want it", () => {
  const failed = worker("worker-0", { state: "failed" });
  const text = statusText(status({ workers: [failed], problems: [HELD] }), COLOURED, NOW_MS);
  assert.ok(text.includes("\x1b[32mrunning\x1b[39m"));
  assert.ok(text.includes("\x1b[31mfailed\x1b[39m"));
  assert.equal(
    // deno-lint-ignore no-control-regex
    text.replaceAll(/\x1b\[\d+m/g, ""),
    statusText(status({ workers: [failed], problems: [HELD] }), PLAIN, NOW_MS),
  );
});

Deno.test("statusText() in 80 columns cuts reasons, and wraps what has to be read whole", () => {
  const long = { ...HELD, message: `${HELD.message}, and ${HELD.message}` };
  const text = lines(busy({ problems: [long] }), { columns: 80 });
  assert.ok(text.every((line) => line.length <= 80));
  assertWording("status", "a worker in 80 columns", text.find((line) => line.startsWith("worker-0")) ?? "");
  assert.deepEqual(text.slice(-4), [
    "  ! worker-0 has no task but holds results that a client wants, and stays, and",
    "    worker-0 has no task but holds results that a client wants, and stays",
    "    Gather or delete the client's futures, close the client, or set",
    "    hold_results_s.",
  ]);
});

Deno.test("statusText() counts wide characters as two columns", () => {
  const reason = "日本語のタスクを実行する";
  const text = lines(busy({ workers: [worker("worker-0", { reason }), worker("worker-1")] }), {
    columns: 80,
  });
  const [heading = "", first = "", second = ""] = text.slice(
    text.findIndex((line) => line.startsWith("name")),
  );
  assert.equal(textWidth(first.slice(0, first.indexOf("日"))), heading.indexOf("reason"));
  assert.ok(textWidth(first) <= 80 && first.endsWith("…") && textWidth(second) <= 80, first);
});

Deno.test("statusText() in 40 columns keeps name, state, age and what it does", () => {
  const text = lines(busy(), { columns: 40 });
  assert.ok(text.every((line) => line.length <= 40));
  assert.ok(text.includes("name      state     age  doing"));
});

Deno.test("statusText() in few rows shows workers that do the same in a line, and singly those that do not", () => {
  const many = [...workers(30), worker("worker-30", { state: "booting", ...NOTHING_KNOWN })];
  const text = lines(busy({ workers: many }), { columns: 120, rows: 24 });
  assert.ok(text.length <= 24);
  assertWording("status", "workers in few rows", text.join("\n"));
  assert.equal(
    lines(busy({ workers: many }), { columns: 80 }).filter((line) => /^worker-/.test(line)).length,
    31,
  );
});

Deno.test("statusText() of a thousand workers fits a screen, wherever it is shown", () => {
  const text = lines(status({ cluster: { provider: "aws" }, workers: thousand() }), { columns: 140 });
  assert.ok(text.length <= 24, `${text.length} lines`);
  assertWording("status", "a thousand workers", text.join("\n"));
});

Deno.test("statusText() in too few rows for all groups says of the workers that are left out how they are", () => {
  const pools = Array.from({ length: 12 }, (_, i) => workers(5, { pool: `pool-${i}` })).flat();
  const text = lines(status({ workers: pools }), { columns: 80, rows: 12 });
  assert.equal(text.length, 12);
  assert.equal(text.at(-1), "… and 30 more: 30 running");
});

Deno.test("statusText() in few rows leaves out what was done before it leaves out workers or problems", () => {
  const text = lines(busy({ problems: [HELD] }), { columns: 100, rows: 13 });
  assert.equal(text.filter((line) => line.startsWith("worker-")).length, 3);
  assert.ok(!text.includes("recently:"));
  assert.ok(text.some((line) => line.includes(HELD.message)));
});

Deno.test("statusText() in very few rows says in a line each that there are workers and problems", () => {
  const text = lines(busy({ problems: [HELD], workers: workers(30) }), { columns: 100, rows: 7 });
  assert.deepEqual(text.slice(4), ["workers: 30 running", "1 problem: see `xcore status`"]);
});

Deno.test("statusText() fits every room", () => {
  const full = busy({ workers: workers(40), problems: [HELD, HELD, HELD] });
  for (let rows = 1; rows < 70; rows++) {
    for (const columns of [20, 40, 80, 200]) {
      const text = lines(full, { columns, rows });
      assert.ok(text.length <= rows, `${columns}x${rows} got ${text.length} lines`);
    }
  }
});

Deno.test("statusText() on a cloud tells what it costs now, has cost, and goes on costing", () => {
  const on = (cost: Partial<Status["cost"]>) =>
    lines(
      status({
        cluster: { provider: "aws" },
        cost: { per_hour_usd: 0.88, scheduler_per_hour_usd: 0.026, ...cost },
      }),
    )
      .filter((line) => /^(cost|without tasks):/.test(line)).join("\n");
  const spent = { today_usd: 1.5, since_start_usd: 4.25, stays_per_hour_usd: 0.026 };
  assertWording("status", "cost", on(spent));
  const until = { ...spent, stays_until: new Date(NOW_MS + 7_200_000).toISOString() };
  assertWording("status", "cost that ends by itself", on(until));
  assertWording(
    "status",
    "cost with an unknown price",
    on({ ...spent, per_hour_usd: null, scheduler_per_hour_usd: null, unknown_prices: 1 }),
  );
  const workers = ["g4dn.xlarge", "c5.xlarge", "g4dn.xlarge"].map((type, i) =>
    worker(`worker-${i}`, { type, price_per_hour_usd: type === "c5.xlarge" ? 0.2 : null })
  );
  const one = status({
    cluster: { provider: "aws" },
    workers,
    cost: { scheduler_per_hour_usd: 0.026, per_hour_usd: null },
  });
  assertWording(
    "status",
    "cost with a worker's unknown price",
    lines(one).find((line) => line.startsWith("cost:"))!,
  );
  assertWording("status", "cost that is not recorded", on({ since_start_usd: null, today_usd: null }));
});

Deno.test("statusText() shows what each worker costs, where any does", () => {
  const pair = [
    worker("worker-0", { price_per_hour_usd: 0.177 }),
    worker("worker-1", { price_per_hour_usd: null, type: "strange" }),
  ];
  const shown = lines(status({ cluster: { provider: "aws" }, workers: pair }))
    .filter((line) => /^(name|worker-\d) /.test(line));
  assertWording("status", "workers that cost", shown.join("\n"));
  assert.doesNotMatch(lines(busy()).join("\n"), /per hour/);
});

Deno.test("statusText() names the list of prices by which a limit is held", () => {
  const list = { source: "https://prices.test/v8/aws/vms.csv", fetched_at: "2026-11-28T09:12:00.000Z" };
  const said = (cost: Partial<Status["cost"]>) =>
    lines(status({ cluster: { provider: "aws" }, cost: { price_list: list, ...cost } }))
      .filter((line) => line.startsWith("prices:"));
  const limits = ["max_hourly_usd", "budget_usd", "budget_per_day_usd"];
  const named = new Set(limits.flatMap((limit) => said({ [limit]: 5 })));
  assertWording("status", "prices of a list under a limit", [...named].join("\n"));
  assert.deepEqual(said({ max_hourly_usd: 5, price_list: null }), []);
  assert.deepEqual(said({}), []);
});
