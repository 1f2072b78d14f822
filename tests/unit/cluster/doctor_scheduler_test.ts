import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { plainDaemonCheck, schedulerChecks } from "../../../lib/cluster/doctor.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { makeCertificates } from "../../../lib/dask/make_certificates.ts";
import type { BaseState } from "../../../lib/platform/base.ts";
import type { CheckResult } from "../../../lib/platform/check_result.ts";
import { placeWith } from "../config/_home.ts";
import { fakeMachine } from "../service/_machine.ts";

const DAY_MS = 24 * 3_600_000;

/** The checks of a half-made cluster, so many days after its certificates were made; null: there are none. */
async function checksAfter(
  days: number | null,
  state: BaseState["state"],
): Promise<Record<string, CheckResult>> {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  const config = await parseConfig("provider: local\ncluster_id: xcore-0a1b2c3d\n", "config.yaml");
  if (days !== null) await makeCertificates(runtime, home.tls, config.clusterId);
  const clock = { ...runtime.clock, nowMs: () => Date.now() + (days ?? 0) * DAY_MS };
  const base = { describe: () => Promise.resolve({ state, url: null, http: null, startedAtMs: null }) };
  const cluster = { ...place, runtime: { ...runtime, clock }, config, base } as unknown as Cluster;
  return Object.fromEntries((await schedulerChecks(cluster)).map((check) => [check.name, check]));
}

Deno.test("schedulerChecks() warns of certificates in their last month, and fails those that have ended", async () => {
  const outcomes = new Map<number, string>();
  for (const days of [0, 334, 336, 366]) {
    const { Certificates } = await checksAfter(days, "partial");
    outcomes.set(days, Certificates!.outcome);
    if (days > 334) assert.match(Certificates!.fix!, /`xcore restart`/);
  }
  assert.deepEqual([...outcomes.values()], ["passed", "passed", "warning", "failed"]);
});

Deno.test("schedulerChecks() says how to finish an incomplete cluster, and that no daemon runs", async () => {
  const { Scheduler, Certificates, Daemon } = await checksAfter(null, "partial");
  assertWording("doctor", "a scheduler that was not created", `${Scheduler!.message}\n${Scheduler!.fix}`);
  assert.equal(Certificates!.message, "missing");
  assertWording("doctor", "no daemon", `${Daemon!.message}\n${Daemon!.fix}`);
});

Deno.test("schedulerChecks() asks nothing of a cluster that is not there, whose certificates the next start renews", async () => {
  const checks = await checksAfter(366, "down");
  assert.deepEqual(Object.values(checks).map(({ outcome }) => outcome), ["passed", "passed"]);
  assertWording("doctor", "no certificates yet", checks.Certificates!.message);
});

Deno.test("plainDaemonCheck() advises what leads on where this machine has a service manager, and where it has none", async () => {
  const bus = (command: string) =>
    command.startsWith("systemctl --user") ? { code: 1, stderr: "No medium found\n" } : undefined;
  const none = { booted: false };
  const checked = async (
    answer: Parameters<typeof fakeMachine>[0],
    options: Parameters<typeof fakeMachine>[1],
  ) => {
    await using machine = await fakeMachine(answer, options);
    const found = await plainDaemonCheck(machine, 701);
    assert.ok(
      !machine.commands.some((command) => command.includes("enable-linger")),
      "a check changes nothing",
    );
    return found;
  };
  const cases = {
    "that could be a service": await checked(undefined, {}),
    "without systemd": await checked(undefined, none),
    "without a user's systemd": await checked(bus, {}),
  };
  for (const [which, { outcome, message, fix }] of Object.entries(cases)) {
    assert.equal(outcome, "warning");
    assertWording("doctor", `a plain daemon ${which}`, `${message}\n${fix}`);
  }
  const meant = await checked(undefined, { ...none, env: { XCORE_SERVICE: "none" } });
  assert.equal(meant.outcome, "passed");
});
