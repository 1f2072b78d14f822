import assert from "node:assert/strict";
import type { PastRun } from "../../../lib/cluster/past_run.ts";
import { reportOf } from "../../../lib/cluster/run_report.ts";
import { problem } from "../../../lib/model/mod.ts";
import { reportHtml } from "../../../lib/page/report_html.ts";
import { END_MS, pastDay } from "../../support/fakes/past_run.ts";

const HOSTILE = `</style></td><script>document.title = "taken"</script><img src=x onerror="x">`;

async function html(over: Partial<PastRun> = {}): Promise<string> {
  return reportHtml(reportOf({ ...await pastDay(), ...over }));
}

/** The text of a row, by its first cell. */
function row(page: string, first: string): string[] {
  const [found = ""] = page.split("\n").filter((line) =>
    line.startsWith(`<tr><th scope="row">${first}</th>`)
  );
  return [...found.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell!);
}

Deno.test("reportHtml() tells what ran, how long, on what, what it cost and what went wrong", async () => {
  const page = await html();
  assert.match(page, /<dt>To<\/dt><dd>2026-11-30 17:20:00 UTC, when it was shut down<\/dd>/);
  assert.match(page, /<dt>Tasks<\/dt><dd>18,422 done, 3 failed<\/dd>/);
  assert.deepEqual(row(page, "simulate").slice(0, 4), ["12,210", "3", "0", "106"]);
  assert.match(row(page, "simulate")[5]!, /^\$\d+\.\d\d$/);
  assert.deepEqual(row(page, "default").slice(0, 4), ["c5.xlarge", "us-east-1a", "spot", "107"]);
  assert.deepEqual(row(page, "scheduler").slice(0, 3), ["t3.small", "–", "on-demand"]);
  assert.match(page, /the spot instance was reclaimed while it ran simulate/);
  assert.match(page, /worker-7 starts no task/);
  assert.deepEqual(row(page, "distributed"), ["2026.8.0"]);
  assert.match(page, /<td>max_workers<\/td><td>20<\/td><td>40<\/td>/);
});

Deno.test("reportHtml() has what others have named as text, asks for nothing and runs nothing", async () => {
  const { facts, decisions, lives, times, config } = await pastDay(4);
  const named = { ...problem("worker_paused", HOSTILE), hint: HOSTILE };
  const page = await html({
    config: { ...config, clusterName: HOSTILE, regionName: HOSTILE } as PastRun["config"],
    decisions: decisions.map((each) => ({ ...each, action: "died", names: [HOSTILE], reason: HOSTILE })),
    lives: lives.map((life) => ({ ...life, name: HOSTILE, type: HOSTILE, zone: HOSTILE, pool: HOSTILE })),
    times: times.map((time) => ({ ...time, functions: [{ name: HOSTILE, seconds: 5 }] })),
    facts: facts.map((fact): typeof fact =>
      fact.kind === "tasks"
        ? {
          ...fact,
          content: {
            ...fact.content,
            functions: fact.content.functions.map((each) => ({
              ...{ ...each, name: HOSTILE, failed: 1, first_error: HOSTILE, first_failed_key: HOSTILE },
            })),
          },
        }
        : fact.kind === "problem"
        ? { ...fact, content: named }
        : { ...fact, content: { [HOSTILE]: HOSTILE } } as typeof fact
    ),
    shutdown: { by: "daemon", reason: HOSTILE, beganAtMs: END_MS, endedAtMs: END_MS, error: null },
  });
  assert.ok(page.split("&lt;/style&gt;").length > 30, "each is shown");
  const tags = new Set([...page.matchAll(/<([a-z0-9]+)/gi)].map(([, tag]) => tag));
  const ours =
    "body caption dd desc div dl dt figure g h1 h2 head html line main meta path rect style svg table " +
    "tbody td text th thead time title tr tspan";
  assert.deepEqual([...tags].sort().join(" "), ours);
  assert.ok(!/<[^>]*\s(?:src|href|on\w+)=/.test(page), "it leads somewhere");
});

Deno.test("reportHtml() says what is not known: of an older xcore's history, and of a cluster that still runs", async () => {
  const { lives } = await pastDay();
  const page = await html({
    ...{ facts: [], decisions: [], times: [], samples: [], shutdown: null, costs: false },
    lives: lives.map((life) => ({ ...life, endedMs: null })),
  });
  for (
    const text of [
      "No task is recorded.",
      "No decision is recorded.",
      "Versions are not recorded",
      "Settings are not recorded",
      "the last of it was recorded; 108 instances still there",
      "nothing: the workers were processes of the user&#39;s own machine",
      "<td>still there</td>",
    ]
  ) assert.ok(page.includes(text), text);
  assert.ok(!page.includes("$"), "nothing costs here");
});

Deno.test("reportOf() sums up what several schedulers have counted, and tells a thing once that daemons tell again", async () => {
  const { facts } = await pastDay();
  const again = facts.map((fact) => ({ ...fact, fromMs: fact.fromMs + 1000 }));
  const both = reportOf({
    ...await pastDay(),
    facts: [...facts, ...again].sort((a, b) => a.fromMs - b.fromMs),
  });
  const simulate = both.functions.find(({ name }) => name === "simulate")!;
  assert.deepEqual([simulate.done, simulate.failed], [24_420, 6]);
  assert.deepEqual([both.versions.length, both.problems.length, both.problems[0]!.times], [1, 1, 2]);
  const parts = [...both.functions, ...both.otherTime].reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  assert.equal(parts.toFixed(6), both.total.usd.toFixed(6));
  assert.equal(both.machines.reduce((sum, { usd }) => sum + usd, 0).toFixed(6), both.total.usd.toFixed(6));
});
