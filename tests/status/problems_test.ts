import assert from "node:assert/strict";
import { ProtocolError, XcoreError } from "../../lib/errors.ts";
import type { FailedBoot, Memory } from "../../lib/plan/memory.ts";
import { EMPTY_MEMORY } from "../../lib/plan/memory.ts";
import { degrades, type ProblemInput, problemsOf } from "../../lib/status/problems.ts";
import { CAPABILITIES } from "../../lib/protocol/messages.ts";
import { daskWorker, instance, pool, report } from "../fakes/builders.ts";
import { assertWording } from "../support/wording.ts";
import { remembered, remembering } from "./_input.ts";

const nothing: ProblemInput = {
  pools: [pool()],
  report: report(),
  memory: EMPTY_MEMORY,
  failures: {},
  waitingKeys: [],
  python: "/usr/bin/python3",
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

Deno.test("problemsOf() has a stable code for each part that fails, and that part's words", () => {
  const codes = {
    scheduler: "scheduler_deaf",
    lease: "lease_held",
    listing: "provider_deaf",
    history: "history_unwritable",
    config: "config_broken",
    mend: "scheduler_gone",
    address: "address_changed",
    launch: "launch_failed",
    retire: "retire_failed",
    terminate: "terminate_failed",
    cancel: "cancel_failed",
    daemon: "daemon_failed",
  };
  for (const [part, code] of Object.entries(codes)) {
    const failures = { [part]: new XcoreError(`Cannot ${part}: away`, "Wait for a while.") };
    assert.deepEqual(only({ failures }), {
      code,
      message: `Cannot ${part}: away`,
      hint: "Wait for a while.",
    });
    assert.ok(degrades(only({ failures })));
  }
});

Deno.test("problemsOf() tells a boot that failed, with the instance's last words", () => {
  const { code, message } = only({
    memory: boots(failing(1)),
    bootLog: "Starting\nOSError: [Errno 98] in use\n",
  });
  assert.equal(code, "boot_failed");
  assert.equal(message, "worker-0 never joined; worker-0 said: OSError: [Errno 98] in use");
  assert.equal(only({ memory: boots(failing(1)) }).message, "worker-0 never joined");
});

Deno.test("problemsOf() says that no more are launched after five, and what to do", () => {
  assert.equal(only({ memory: boots(failing(4)) }).code, "boot_failed");
  const { code, message, hint } = only({ memory: boots(failing(5)) });
  assert.deepEqual([code, message], [
    "boots_halted",
    "5 workers in a row never joined: no more are launched",
  ]);
  assert.match(hint, /xcore daemon/);
});

Deno.test("problemsOf() tells failed boots pool by pool where there are more", () => {
  const problems = problemsOf({
    ...nothing,
    pools: [pool(), pool({ name: "gpu" })],
    memory: boots([...failing(5, "gpu"), ...failing(1)]),
    bootLog: "no disk",
  });
  assert.deepEqual(problems.map(({ code, message }) => [code, message]), [
    ["boots_halted", "5 workers of pool gpu in a row never joined: no more are launched"],
    ["boot_failed", "worker-0 of pool default never joined; worker-0 said: no disk"],
  ]);
});

Deno.test("problemsOf() names what tasks need that no pool offers, in words for the config", () => {
  const needs = (resources: Record<string, number>, count: number) =>
    only({ report: report({ runnable: [{ resources, count }, { resources: {}, count: 5 }] }) });
  const { code, message, hint } = needs({ GPU: 1, MEMORY: 2e9 }, 20);
  assert.equal(code, "resources_unmet");
  assert.equal(message, "20 tasks need GPU=1, MEMORY=2000000000, which no pool offers");
  assert.match(hint, /resources: \{GPU: 1, MEMORY: 2000000000\}/);
  assert.equal(needs({ GPU: 1 }, 1).message, "1 task needs GPU=1, which no pool offers");
});

Deno.test("problemsOf() names where stranded tasks want to run", () => {
  const { code, message } = only({ report: report({ stranded: [{ restriction: "alice", count: 2 }] }) });
  assert.deepEqual([code, message], ["tasks_stranded", "2 tasks may only run on alice, which is not there"]);
});

Deno.test("problemsOf() names the worker that stays for its results, and that it costs where it does", () => {
  const stays = (type: string) => ({
    pools: [pool({ type })],
    memory: remembering(
      remembered("worker-3", 10, { keptSinceMs: 1, instance: instance("worker-3", { type }) }),
    ),
  });
  assert.match(only(stays("local")).message, /^worker-3 .* and stays$/);
  assert.match(only(stays("c5.large")).message, /^worker-3 .* and stays, and costs$/);
  assert.match(only(stays("local")).hint, /hold_results_s/);
});

Deno.test("problemsOf() says whose results are lost with a machine that is taken away, if nobody can take them", () => {
  const taken = daskWorker("worker-0", { takenInS: 89.5, holdsResults: true, status: "closing_gracefully" });
  const { code, message } = only({ report: report({ workers: [taken] }) });
  assert.equal(code, "results_at_risk");
  assert.match(message, /^worker-0 is taken away by its cloud in 90 s/);
  for (const others of [[{ ...taken, holdsResults: false }], [taken, daskWorker("worker-1")]]) {
    assert.deepEqual(codesOf({ report: report({ workers: others }) }), []);
  }
  const both = [taken, daskWorker("worker-1", { takenInS: 9 })];
  assert.deepEqual(codesOf({ report: report({ workers: both }) }), ["results_at_risk"]);
});

Deno.test("problemsOf() names the keys that wait for a restart", () => {
  const { code, message, hint } = only({ waitingKeys: ["scheduler_port", "python"] });
  assert.equal(code, "restart_needed");
  assert.match(message, /^scheduler_port, python changed/);
  assert.match(hint, /xcore restart/);
});

Deno.test("problemsOf() has a scheduler of another protocol for one that takes a restart", () => {
  const scheduler = new ProtocolError("Cannot use the scheduler: it speaks protocol 0", "`xcore restart`");
  const { message, hint } = scheduler;
  assert.deepEqual(only({ report: null, failures: { scheduler } }), {
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
  assert.match(problems[0]!.message, /python 3\.12\.1, not 3\.11\.7/);
  assert.match(problems[0]!.hint, /\/usr\/bin\/python3/);
});

Deno.test("problemsOf() lists what fails before what is only worth knowing", () => {
  const problems = problemsOf({
    ...nothing,
    failures: { listing: new XcoreError("Cannot list", "Wait for a while.") },
    memory: boots(failing(5)),
    report: report({ runnable: [{ resources: { GPU: 1 }, count: 1 }] }),
    waitingKeys: ["python"],
  });
  assert.deepEqual(problems.map(degrades), [true, true, false, false]);
});

Deno.test("problemsOf() says nothing of tasks while the scheduler is deaf", () => {
  assert.deepEqual(codesOf({ report: null }), []);
});
