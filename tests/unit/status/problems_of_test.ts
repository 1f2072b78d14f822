import assert from "node:assert/strict";
import { ProtocolError, XcoreError } from "../../../lib/errors.ts";
import { type ProblemCode, problemKind, PROBLEMS, type SchedulerReport } from "../../../lib/model/mod.ts";
import type { FunctionRecord } from "../../../lib/protocol/messages.ts";
import type { FailedBoot, Memory } from "../../../lib/plan/memory.ts";
import { EMPTY_MEMORY } from "../../../lib/plan/memory.ts";
import { degrades, type ProblemInput, problemsOf } from "../../../lib/status/problems_of.ts";
import { WAITING_CLIENT_S } from "../../../lib/plan/rules.ts";
import { CAPABILITIES } from "../../../lib/protocol/messages.ts";
import { daskWorker, pool, report } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { remembered, remembering } from "./_input.ts";

const nothing: ProblemInput = {
  moneyLimits: null,
  spent: null,
  schedulerType: "",
  pools: [pool()],
  report: report(),
  memory: EMPTY_MEMORY,
  failures: {},
  waitingKeys: [],
  age: { s: 60, leftS: null },
  machines: false,
  python: "/usr/bin/python3",
  packages: [],
  bootLog: "",
};

const codesOf = (over: Partial<ProblemInput>) => problemsOf({ ...nothing, ...over }).map(({ code }) => code);
const only = (over: Partial<ProblemInput>) => {
  const problems = problemsOf({ ...nothing, ...over });
  assert.equal(problems.length, 1, JSON.stringify(problems));
  const [problem] = problems;
  assert.ok(problem!.hint.length > 10 && !`${problem!.message}${problem!.hint}`.includes("\n"));
  return problem!;
};

function failing(count: number, pool = "default"): FailedBoot[] {
  return Array.from(
    { length: count },
    (_, i) => ({ id: `${pool}-${i}`, pool, name: `worker-${i}`, attemptId: "a" }),
  );
}

const boots = (failedBoots: FailedBoot[]): Memory => ({ ...EMPTY_MEMORY, failedBoots });

Deno.test("problemsOf() finds none where none is", () => {
  const workers = [daskWorker("worker-0", { processing: 1, executing: 1, holdsResults: true })];
  const memory = remembering(remembered("worker-0", 10, { joinedMs: 0 }));
  assert.deepEqual(codesOf({ memory, report: report({ workers }) }), []);
});

Deno.test("problemsOf() reports each failure by its code, with the failure's words", () => {
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    const failures = { [code]: new XcoreError("Cannot do it: away", "Wait for a while.") };
    assert.deepEqual(only({ failures }), { code, message: "Cannot do it: away", hint: "Wait for a while." });
    assert.equal(degrades(only({ failures })), problemKind(code).severity === "error");
  }
});

Deno.test("problemsOf() leaves out a problem that another one explains, also when that one is left out", () => {
  const failing = (...codes: ProblemCode[]) =>
    codesOf({ failures: Object.fromEntries(codes.map((code) => [code, new XcoreError(code, "Wait.")])) });
  assert.deepEqual(failing("scheduler_unreachable", "address_changed"), ["address_changed"]);
  assert.deepEqual(failing("retire_failed", "scheduler_unreachable", "scheduler_gone"), ["scheduler_gone"]);
  assert.deepEqual(failing("launch_failed", "provider_unreachable"), ["provider_unreachable"]);
  assert.deepEqual(failing("launch_failed", "scheduler_unreachable"), [
    "scheduler_unreachable",
    "launch_failed",
  ]);
});

Deno.test("no problem explains itself, directly or through others", () => {
  const causes = (code: ProblemCode): ProblemCode[] =>
    (problemKind(code).dependsOn ?? []).flatMap((cause) => [cause, ...causes(cause)]);
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) assert.ok(!causes(code).includes(code), code);
});

Deno.test("problemsOf() reports a worker that never joined, with its last words", () => {
  const { code, message } = only({
    memory: boots(failing(1)),
    bootLog: "Starting\nOSError: [Errno 98] in use\n",
  });
  assert.equal(code, "boot_failed");
  assertWording("problems", "boot_failed with a log", message);
  assertWording("problems", "boot_failed", only({ memory: boots(failing(1)) }).message);
});

Deno.test("problemsOf() says that no more are launched after five, and what to do", () => {
  assert.equal(only({ memory: boots(failing(4)) }).code, "boot_failed");
  const { code, message, hint } = only({ memory: boots(failing(5)) });
  assert.equal(code, "boots_halted");
  assertWording("problems", "boots_halted", `${message}\n${hint}`);
});

Deno.test("problemsOf() reports failed boots pool by pool where there are more", () => {
  const problems = problemsOf({
    ...nothing,
    pools: [pool(), pool({ name: "gpu" })],
    memory: boots([...failing(5, "gpu"), ...failing(1)]),
    bootLog: "no disk",
  });
  assert.deepEqual(problems.map(({ code }) => code), ["boots_halted", "boot_failed"]);
  assertWording("problems", "boots of two pools", problems.map(({ message }) => message).join("\n"));
});

Deno.test("problemsOf() names what tasks need that no pool offers, in words for the config", () => {
  const needs = (resources: Record<string, number>, count: number) =>
    only({ report: report({ runnable: [{ resources, count }, { resources: {}, count: 5 }] }) });
  const { code, message, hint } = needs({ GPU: 1, MEMORY: 2e9 }, 20);
  assert.equal(code, "resources_unmet");
  assertWording("problems", "resources_unmet of 20 tasks", message);
  assert.match(hint, /resources: \{GPU: 1, MEMORY: 2000000000\}/);
  assertWording("problems", "resources_unmet of 1 task", needs({ GPU: 1 }, 1).message);
});

Deno.test("problemsOf() names tasks whose resources are no numbers", () => {
  const group = { function: "train", needs: "GPU=True", count: 1 };
  const { code, message } = only({ report: report({ mistyped: [group] }) });
  assert.equal(code, "resources_mistyped");
  assertWording("problems", "resources_mistyped of 1 task", message);
  const more = only({ report: report({ mistyped: [{ ...group, count: 20 }] }) });
  assertWording("problems", "resources_mistyped of 20 tasks", more.message);
});

Deno.test("problemsOf() says what of a report could not be read", () => {
  const unread = ['workers.3.nthreads is "x", not a whole number from 0', "deaths.0.at is missing"];
  const { code, message } = only({ report: report({ unread }) });
  assert.equal(code, "report_unread");
  assertWording("problems", "report_unread", message);
});

Deno.test("problemsOf() names the restriction of stranded tasks", () => {
  const { code, message } = only({ report: report({ stranded: [{ restriction: "alice", count: 2 }] }) });
  assert.equal(code, "tasks_stranded");
  assertWording("problems", "tasks_stranded", message);
});

Deno.test("problemsOf() tells what waits for one worker alone, by restriction and by its inputs", () => {
  const workers = [
    daskWorker("worker-0", { boundByRestriction: 19 }),
    daskWorker("worker-1", { boundByInputs: 2 }),
  ];
  const found = problemsOf({ ...nothing, report: report({ workers }) });
  assert.deepEqual(found.map(({ code }) => code), ["tasks_bound", "tasks_bound"]);
  assertWording("problems", "tasks_bound by restriction", found[0]!.message);
  assertWording("problems", "tasks_bound by inputs", found[1]!.message);
});

Deno.test("problemsOf() names how to send a module that workers lack, until tasks of that function succeed", () => {
  const failing = (over: Partial<FunctionRecord>) => ({
    report: report({
      record: {
        functions: [{
          ...{ name: "simulate", done: 0, failed: 3, skipped: 0, running: 0, waiting: 0 },
          ...{ firstError: "ModuleNotFoundError(\"No module named 'mine'\")", firstFailedKey: "simulate-1" },
          ...over,
        }],
        others: { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 },
      },
    }),
  });
  const { code, message, hint } = only(failing({}));
  assert.equal(code, "module_missing");
  assertWording("problems", "module_missing", `${message}\n${hint}`);
  const where = {
    "module_missing on local": { python: "/home/me/my env/bin/python" },
    "module_missing on a cloud": { machines: true, packages: ["numpy==2.1.0", "dask[complete]"] },
  };
  for (const [what, there] of Object.entries(where)) {
    const submodule = failing({ firstError: "ModuleNotFoundError(\"No module named 'mdtraj.io'\")" });
    const found = only({ ...submodule, ...there });
    assertWording("problems", what, `${found.message}\n${found.hint}`);
  }
  assert.deepEqual(codesOf(failing({ done: 1 })), []);
  assert.deepEqual(codesOf(failing({ firstError: "ValueError('No module named this')" })), []);
});

Deno.test("problemsOf() names xcore scale while a client waits for workers, unless they are on their way", () => {
  const waiting = (waitingClients: number[], over: Partial<SchedulerReport> = {}) => ({
    report: report({ waitingClients, ...over }),
  });
  const { code, message, hint } = only(waiting([31, 2]));
  assert.equal(code, "client_waits");
  assertWording("problems", "client_waits", `${message}\n${hint}`);
  assertWording("problems", "client_waits for long", only(waiting([WAITING_CLIENT_S])).message);
  const requests = [{ pool: "default", workers: 2, leftS: 60 }];
  assert.deepEqual(codesOf(waiting([31], { requests, workers: [daskWorker("worker-0")] })), []);
  const both = [daskWorker("worker-0"), daskWorker("worker-1")];
  assert.deepEqual(
    codesOf(waiting([31], { requests, workers: both })),
    ["client_waits"],
    "for more than these",
  );
});

Deno.test("problemsOf() names the worker that stays for its results, and that it costs where it does", () => {
  const memory = remembering(remembered("worker-3", 10, { keptSinceMs: 1 }));
  const { code, message } = only({ memory });
  assert.equal(code, "results_held");
  assertWording("problems", "results_held", message);
  assertWording("problems", "results_held on a cloud", only({ memory, machines: true }).message);
  const keptReason = "result f-1 cannot be moved: cannot pickle '_thread.lock' object";
  const lock = report({ workers: [daskWorker("worker-3", { keptBy: "result", keptReason })] });
  assertWording("problems", "results_held with a reason", only({ memory, report: lock }).message);
});

Deno.test("problemsOf() reports results that are lost with a spot instance, if no other worker can take them", () => {
  const reclaimed = daskWorker("worker-0", {
    ...{ takenInS: 89.5, holdsResults: true, status: "closing_gracefully" },
  });
  const { code, message } = only({ report: report({ workers: [reclaimed] }) });
  assert.equal(code, "results_at_risk");
  assertWording("problems", "results_at_risk", message);
  for (const others of [[{ ...reclaimed, holdsResults: false }], [reclaimed, daskWorker("worker-1")]]) {
    assert.deepEqual(codesOf({ report: report({ workers: others }) }), []);
  }
  const both = [reclaimed, daskWorker("worker-1", { takenInS: 9 })];
  assert.deepEqual(codesOf({ report: report({ workers: both }) }), ["results_at_risk"]);
});

Deno.test("problemsOf() warns of a scheduler that has used 80 % of its memory", () => {
  const memoryLimitBytes = 2 * 2 ** 30;
  const using = (share: number) => report({ memoryBytes: share * memoryLimitBytes, memoryLimitBytes });
  assert.deepEqual(codesOf({ report: using(0.79) }), []);
  const { code, message } = only({ report: using(0.8) });
  assert.equal(code, "scheduler_memory");
  assertWording("problems", "scheduler_memory", message);
});

Deno.test("problemsOf() warns of a worker's lifetime an hour ahead, and until the machine powers off", () => {
  const aged = (lifetimeLeftS: number, holdsResults = false) =>
    report({
      workers: [daskWorker("worker-0", { lifetimeLeftS, holdsResults, status: "closing_gracefully" })],
    });
  assert.deepEqual(codesOf({ report: aged(3601) }), []);
  const before = only({ report: aged(2580) });
  const after = only({ report: aged(-1320) });
  const holding = only({ report: aged(-1320, true) });
  for (const [name, { code, message }] of Object.entries({ before, after, holding })) {
    assert.equal(code, "worker_lifetime");
    assertWording("lifetimes", `worker_lifetime ${name}`, message);
  }
});

Deno.test("problemsOf() warns of the cluster's lifetime an hour ahead, and says that it is over", () => {
  const machines = true;
  assert.deepEqual(codesOf({ machines, age: { s: 60, leftS: 3601 } }), []);
  const near = only({ machines, age: { s: 60, leftS: 2580 } });
  const over = only({
    machines,
    report: null,
    age: { s: 60, leftS: 0 },
    failures: { scheduler_unreachable: new XcoreError("Cannot reach it", "Wait.") },
  });
  assert.deepEqual([near.code, over.code], ["cluster_lifetime", "cluster_expired"]);
  assertWording("lifetimes", "cluster_lifetime", near.message);
  assertWording("lifetimes", "cluster_expired", over.message);
});

Deno.test("problemsOf() names a cluster that is older than a week, where it costs", () => {
  const age = { s: 8 * 86_400, leftS: null };
  assert.deepEqual(codesOf({ age }), []);
  assert.deepEqual(codesOf({ machines: true, age: { s: 6 * 86_400, leftS: null } }), []);
  const { code, message } = only({ machines: true, age });
  assert.equal(code, "cluster_old");
  assertWording("lifetimes", "cluster_old", message);
});

Deno.test("problemsOf() names the keys that take effect with a restart", () => {
  const { code, message, hint } = only({ waitingKeys: ["scheduler_port", "python"] });
  assert.equal(code, "restart_needed");
  assertWording("problems", "restart_needed", `${message}\n${hint}`);
});

Deno.test("problemsOf() has a scheduler of another protocol for one that takes a restart", () => {
  const scheduler = new ProtocolError("Cannot use the scheduler: it speaks protocol 0", "`xcore restart`");
  const { message, hint } = scheduler;
  assert.deepEqual(only({ report: null, failures: { scheduler_unreachable: scheduler } }), {
    code: "restart_needed",
    message,
    hint,
  });
});

Deno.test("problemsOf() names what an older scheduler does not know", () => {
  assert.deepEqual(codesOf({ report: report({ capabilities: CAPABILITIES }) }), []);
  const { code, message, hint } = only({
    report: report({ capabilities: CAPABILITIES.filter((known) => !/cancel|orphan/.test(known)) }),
  });
  assert.equal(code, "restart_needed");
  assert.match(hint, /`xcore restart`/);
  assertWording("protocol", "an older scheduler that lacks two capabilities", message);
});

Deno.test("problemsOf() names each set of versions that differ once, however many clients have it", () => {
  const mismatch = (client: string, clientVersion: string) => ({
    ...{ client, package: "python", clientVersion, clusterVersion: "3.11.7" },
  });
  const mismatches = [mismatch("a", "3.12.1"), mismatch("b", "3.12.1"), mismatch("c", "3.9.0")];
  const problems = problemsOf({ ...nothing, report: report({ mismatches }) });
  assert.deepEqual(problems.map(({ code }) => code), ["versions_differ", "versions_differ"]);
  assertWording("problems", "versions_differ", `${problems[0]!.message}\n${problems[0]!.hint}`);
});

Deno.test("problemsOf() lists errors before warnings", () => {
  const problems = problemsOf({
    ...nothing,
    failures: { provider_unreachable: new XcoreError("Cannot list", "Wait for a while.") },
    memory: boots(failing(5)),
    report: report({ runnable: [{ resources: { GPU: 1 }, count: 1 }] }),
    waitingKeys: ["python"],
  });
  assert.deepEqual(problems.map(degrades), [true, true, false, false]);
});

Deno.test("the registry lists errors before warnings", () => {
  const severities = Object.values(PROBLEMS).map(({ severity }) => severity);
  assert.deepEqual(severities, severities.toSorted()); // "error" < "warning"
});

Deno.test("problemsOf() reports nothing of tasks while the scheduler is unreachable", () => {
  assert.deepEqual(codesOf({ report: null }), []);
});
