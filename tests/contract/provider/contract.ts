/** What every provider must do, whatever is under it: one suite for all of them. */

import assert from "node:assert/strict";
import { ThrottledError, XcoreError } from "../../../lib/errors.ts";
import type { Attempt, Instance } from "../../../lib/model/mod.ts";
import type { Provider } from "../../../lib/platform/provider.ts";

/** A provider with an account, a machine or a fake of one under it. */
export interface ProviderHarness {
  readonly provider: Provider;
  /** The same cluster as a later process sees it: nothing is shared but what is outside. */
  another(): Provider;
  /** Another cluster of the same name in the same account, or on the same machine. */
  stranger(): Provider;
  /** What a launch can ask for here. */
  readonly order: Omit<Attempt, "id" | "atMs" | "names">;
  /** An accelerator that such a launch may ask for besides. */
  readonly accelerator: string;
  /** Starts what looks like this cluster's instance and is not. */
  foreign(): Promise<Foreign>;
  /** From now on there are instances for no names but these, which a launch has first; null: for all. */
  allowOnly(names: readonly string[] | null): Promise<void>;
  /** Waits until it is so, by a real clock or a fake one. */
  until(isSo: () => Promise<boolean>): Promise<void>;
  /** Has an instance print something; null: its instances print nothing. */
  print: ((instance: Instance, text: string) => Promise<void>) | null;
  /** What a cloud does to its callers, for providers that are one. */
  readonly trouble: Trouble | null;
  /** Removes all that was made. */
  dispose(): Promise<void>;
}

/** What a cloud does to its callers. */
export interface Trouble {
  /** The next call of this kind is refused, because there were too many. */
  throttle(call: "list" | "launch" | "terminate"): Promise<void>;
  /** The next launch is carried out, and its answer lost. */
  loseAnswer(): Promise<void>;
  /** From now on new instances are not listed; false: they are again, those from before too. */
  hideNew(hidden: boolean): Promise<void>;
}

/** What a provider is tried with. */
export interface ContractOptions {
  /** As many instances as it has room for here. */
  readonly most: number;
  /** Whether its harness can make trouble. */
  readonly troubled: boolean;
}

/** An instance that is not the cluster's. */
export interface Foreign {
  /** As `list()` would give it. */
  readonly id: string;
  isThere(): Promise<boolean>;
}

const FOREVER_S = 1e6;

/** Registers the suite's tests. */
export function providerContract(
  name: string,
  makeHarness: () => Promise<ProviderHarness>,
  { most, troubled }: ContractOptions,
): void {
  const test = (what: string, body: (harness: ProviderHarness) => Promise<void>) =>
    Deno.test(`${name}: ${what}`, async () => {
      const harness = await makeHarness();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  const troubledTest = (
    what: string,
    body: (harness: ProviderHarness, trouble: Trouble) => Promise<void>,
  ) => {
    if (troubled) test(what, (harness) => body(harness, harness.trouble!));
  };

  test("list() of a cluster with no workers is empty and complete", async ({ provider }) => {
    assert.deepEqual(await provider.list(), { instances: [], complete: true });
  });

  test("check() finds everything in order, has a fix for what is not, and changes nothing", async ({ provider }) => {
    const results = await Array.fromAsync(provider.check());
    assert.deepEqual(await Array.fromAsync(provider.check()), results);
    assert.deepEqual(await provider.list(), { instances: [], complete: true });
    assert.notEqual(results.length, 0);
    for (const { name, message, outcome, fix } of results) {
      assert.notEqual(outcome, "failed", `${name}: ${message}`);
      assert.equal(fix === null, outcome === "passed");
    }
  });

  test("launch() makes one instance a name, as list() shows them", async ({ provider, another, order }) => {
    const attempt = attemptOf(order, ["worker-0", "worker-7"]);
    const { instances } = await provider.launch(attempt);
    assert.deepEqual(namesOf(instances), ["worker-0", "worker-7"]);
    for (const instance of instances) {
      assert.equal(instance.attemptId, attempt.id);
      assert.equal(instance.pool, order.pool);
      assert.equal(instance.type, order.type);
      assert.equal(instance.market, order.market);
      assert.ok(instance.ageS >= 0 && instance.ageS < FOREVER_S);
      assert.notEqual(instance.state, "stopping");
    }
    assert.deepEqual(idsOf((await another().list()).instances), idsOf(instances));
  });

  test("an instance keeps its id and gets older", async ({ provider, order, until }) => {
    const { instances: [born] } = await provider.launch(attemptOf(order, ["worker-0"]));
    await until(async () => (await provider.list()).instances[0]!.ageS > born!.ageS);
    assert.deepEqual(idsOf((await provider.list()).instances), [born!.id]);
  });

  test("launch() of the same attempt again makes nothing twice", async ({ provider, another, order }) => {
    const attempt = attemptOf(order, ["worker-0", "worker-1"]);
    const first = await provider.launch(attempt);
    const second = await another().launch(attempt);
    assert.deepEqual(idsOf(second.instances), idsOf(first.instances));
    assert.deepEqual(idsOf((await provider.list()).instances), idsOf(first.instances));
  });

  test("launch() of the same attempt at the same time makes nothing twice", async (harness) => {
    const attempt = attemptOf(harness.order, ["worker-0", "worker-1"]);
    const outcomes = await Promise.all(
      [harness.provider, harness.another(), harness.another()].map((provider) => provider.launch(attempt)),
    );
    const listed = (await harness.provider.list()).instances;
    assert.deepEqual(namesOf(listed), ["worker-0", "worker-1"]);
    for (const { instances } of outcomes) assert.deepEqual(idsOf(instances), idsOf(listed));
  });

  test("launch() of an attempt whose instances are gone makes nothing", async (harness) => {
    const { provider, order } = harness;
    const attempt = attemptOf(order, ["worker-0"]);
    await terminate(harness, (await provider.launch(attempt)).instances);
    // Some providers answer with none, others that the token was used.
    const outcome = await provider.launch(attempt).catch((error) => {
      assert.ok(error instanceof XcoreError);
      return { instances: [] };
    });
    assert.deepEqual(outcome.instances, []);
    assert.deepEqual((await provider.list()).instances, []);
  });

  test("launch() keeps what it got when there are too few, and the rest can be had later", async (harness) => {
    const { provider, order } = harness;
    await harness.allowOnly(["worker-0", "worker-1"]);
    const attempt = attemptOf(order, ["worker-0", "worker-1", "worker-2"]);
    const { instances } = await provider.launch(attempt);
    assert.deepEqual(namesOf(instances), ["worker-0", "worker-1"]);
    await harness.allowOnly(null);
    assert.deepEqual(idsOf((await provider.launch(attempt)).instances), idsOf(instances));
    const rest = await provider.launch(attemptOf(order, ["worker-2"]));
    assert.deepEqual(namesOf(rest.instances), ["worker-2"]);
    assert.deepEqual(namesOf((await provider.list()).instances), ["worker-0", "worker-1", "worker-2"]);
  });

  test("launch() that gets nothing says why, and leaves nothing", async ({ provider, order, allowOnly }) => {
    await allowOnly([]);
    await assert.rejects(provider.launch(attemptOf(order, ["worker-0", "worker-1"])), (error) => {
      assert.ok(error instanceof XcoreError);
      assert.match(error.message, /^Cannot launch /);
      assert.notEqual(error.hint, "");
      return true;
    });
    assert.deepEqual((await provider.list()).instances, []);
  });

  test("a name can be had again by another attempt once it is free", async (harness) => {
    const { provider, order } = harness;
    const first = attemptOf(order, ["worker-0"]);
    await terminate(harness, (await provider.launch(first)).instances);
    const second = attemptOf(order, ["worker-0"]);
    const { instances: [instance] } = await provider.launch(second);
    assert.equal(instance?.attemptId, second.id);
    assert.deepEqual(idsOf((await provider.list()).instances), [instance!.id]);
  });

  test("terminate() ends what it is given, and nothing else", async (harness) => {
    const { provider, order } = harness;
    const { instances } = await provider.launch(attemptOf(order, ["worker-0", "worker-1", "worker-2"]));
    await terminate(harness, instances.filter(({ name }) => name !== "worker-1"));
    assert.deepEqual(namesOf((await provider.list()).instances), ["worker-1"]);
  });

  test("an instance that was told to end is stopping until it is gone", async ({ provider, order, until }) => {
    const { instances: [instance] } = await provider.launch(attemptOf(order, ["worker-0"]));
    await provider.terminate([instance!.id]);
    await until(async () => {
      const { instances } = await provider.list();
      assert.deepEqual(instances.filter(({ state }) => state !== "stopping"), []);
      return instances.length === 0;
    });
  });

  test("terminate() twice, and of what never was, is success", async ({ provider, another, order, until }) => {
    const { instances } = await provider.launch(attemptOf(order, ["worker-0"]));
    await provider.terminate(idsOf(instances));
    await another().terminate(idsOf(instances));
    await until(async () => (await provider.list()).instances.length === 0);
    await provider.terminate(idsOf(instances));
    await provider.terminate([]);
    await provider.terminate(["4194303-1", "i-0123456789abcdef0", ""]);
  });

  test("what is not this cluster's is not listed, and left alone", async ({ provider, foreign, order }) => {
    const other = await foreign();
    const { instances } = await provider.launch(attemptOf(order, ["worker-0"]));
    assert.deepEqual(idsOf((await provider.list()).instances), idsOf(instances));
    await provider.terminate([other.id]);
    assert.ok(await other.isThere());
  });

  test("two clusters do not see each other", async ({ provider, stranger, order }) => {
    const other = stranger();
    const { instances } = await provider.launch(attemptOf(order, ["worker-0"]));
    assert.deepEqual((await other.list()).instances, []);
    await other.terminate(idsOf(instances));
    const { instances: others } = await other.launch(attemptOf(order, ["worker-0"]));
    assert.deepEqual(idsOf((await other.list()).instances), idsOf(others));
    const [left] = (await provider.list()).instances;
    assert.equal(left?.id, instances[0]!.id);
    assert.notEqual(left?.state, "stopping");
  });

  test("list() has what a launch was told of each instance", async (harness) => {
    const { provider, another, order, accelerator } = harness;
    const attempt = attemptOf(
      {
        ...order,
        pool: "gpu-2",
        accelerator,
        acceleratorCount: 1,
        resources: { GPU: 1 },
        market: "spot",
      },
      ["worker-12", "worker-3", "worker-4"],
    );
    const { instances } = await provider.launch(attempt);
    const known = ({ id, name, attemptId, pool, type, accelerator, market }: Instance) =>
      [id, name, attemptId, pool, type, accelerator, market].join(" ");
    const listed = (await another().list()).instances;
    assert.deepEqual(listed.map(known).sort(), instances.map(known).sort());
    assert.deepEqual(namesOf(listed), ["worker-12", "worker-3", "worker-4"]);
    for (const found of listed) {
      assert.deepEqual([found.pool, found.accelerator, found.market, found.attemptId], [
        ...["gpu-2", accelerator, "spot", attempt.id],
      ]);
    }
  });

  test(`list() has all of ${most}, and terminate() ends them all`, async (harness) => {
    const { provider, order } = harness;
    const wanted = Array.from({ length: most }, (_, i) => `worker-${i}`);
    for (let left = wanted; left.length > 0;) {
      const { instances } = await provider.launch(attemptOf(order, left.slice(0, 1000)));
      const got = new Set(namesOf(instances));
      assert.notEqual(got.size, 0);
      left = left.filter((name) => !got.has(name));
    }
    const { instances, complete } = await harness.another().list();
    assert.ok(complete);
    assert.deepEqual(namesOf(instances), wanted.sort());
    await terminate(harness, instances);
    assert.deepEqual((await provider.list()).instances, []);
  });

  troubledTest("a call too many is said to be one, and does nothing", async (harness, { throttle }) => {
    const { provider, order } = harness;
    const attempt = attemptOf(order, ["worker-0"]);
    await throttle("launch");
    await assert.rejects(provider.launch(attempt), ThrottledError);
    await throttle("list");
    await assert.rejects(provider.list(), ThrottledError);
    assert.deepEqual((await provider.list()).instances, []);
    const { instances } = await provider.launch(attempt);
    await throttle("terminate");
    await assert.rejects(provider.terminate(idsOf(instances)), ThrottledError);
    assert.deepEqual((await provider.list()).instances.filter(({ state }) => state === "stopping"), []);
    await terminate(harness, instances);
  });

  troubledTest(
    "launch() whose answer was lost leaves that open, and finds its instances when made again",
    async (
      { provider, another, order },
      { loseAnswer },
    ) => {
      const attempt = attemptOf(order, ["worker-0", "worker-1"]);
      await loseAnswer();
      const error = await provider.launch(attempt).then(() => null, (error) => error);
      assert.ok(error instanceof Error && !(error instanceof XcoreError), `${error}`);
      const { instances } = await another().launch(attempt);
      assert.deepEqual(namesOf(instances), ["worker-0", "worker-1"]);
      assert.deepEqual(idsOf((await provider.list()).instances), idsOf(instances));
    },
  );

  troubledTest("a listing that lags loses nothing", async (harness, { hideNew }) => {
    const { provider, order } = harness;
    await hideNew(true);
    const attempt = attemptOf(order, ["worker-0", "worker-1"]);
    const { instances } = await provider.launch(attempt);
    assert.deepEqual((await provider.list()).instances, []);
    assert.deepEqual(idsOf((await provider.launch(attempt)).instances), idsOf(instances));
    const [ended, stays] = instances;
    await provider.terminate([ended!.id]);
    await hideNew(false);
    await harness.until(async () => idsOf((await provider.list()).instances).join() === stays!.id);
  });

  test("bootLog() knows what never was from what has printed nothing yet", async ({ provider, order }) => {
    assert.equal(await provider.bootLog("worker-0", null), null);
    const attempt = attemptOf(order, ["worker-0"]);
    await provider.launch(attempt);
    assert.notEqual(await provider.bootLog("worker-0", attempt.id), null);
    assert.equal(await provider.bootLog("worker-1", null), null);
    assert.equal(await provider.bootLog("worker-0", "no-such-attempt"), null);
    assert.equal(await provider.bootLog("../worker-0", null), null);
  });

  test("bootLog() goes on where it ended, and begins anew with another instance of the name", async (harness) => {
    const { provider, another, order, print } = harness;
    if (print === null) return;
    const [first, second] = [attemptOf(order, ["worker-0"]), attemptOf(order, ["worker-0"])];
    const { instances } = await provider.launch(first);
    await print(instances[0]!, "one\nzwö");
    const read = async (after?: string) => (await another().bootLog("worker-0", null, after))!;
    const before = await read();
    assert.match(before.text, /one\nzwö$/);
    const same = await read(before.end);
    assert.equal(same.text, "");
    await print(instances[0]!, "lf\nthree\n");
    const after = await read(same.end);
    assert.equal(after.text, "lf\nthree\n");
    assert.equal((await read()).text, before.text + after.text);

    await terminate(harness, instances);
    const { instances: [other] } = await provider.launch(second);
    await print(other!, "quite another\n");
    const anew = await read(after.end);
    assert.match(anew.text, /quite another\n$/);
    assert.doesNotMatch(anew.text, /three/);
  });
}

let attempts = 0;

/** An attempt that nobody has made yet. */
export function attemptOf(order: ProviderHarness["order"], names: readonly string[]): Attempt {
  const id = `${(attempts++).toString(16).padStart(8, "0")}${crypto.randomUUID().slice(-12)}`;
  return { ...order, id, names, atMs: Date.now() };
}

/** The instances' names, sorted. */
export function namesOf(instances: readonly Instance[]): string[] {
  return instances.map(({ name }) => name).sort();
}

/** The instances' ids, sorted. */
export function idsOf(instances: readonly Instance[]): string[] {
  return instances.map(({ id }) => id).sort();
}

async function terminate(
  { provider, until }: ProviderHarness,
  instances: readonly Instance[],
): Promise<void> {
  const ids = idsOf(instances);
  await provider.terminate(ids);
  await until(async () => !(await provider.list()).instances.some(({ id }) => ids.includes(id)));
}
