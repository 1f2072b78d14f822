import assert from "node:assert/strict";
import { readLog } from "../../../lib/cluster/read_log.ts";
import { ssh } from "../../../lib/cluster/ssh.ts";
import { NotFoundError, PrerequisiteError, XcoreError } from "../../../lib/errors.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { until } from "../local/harness.ts";
import type { AwsCluster } from "./_account.ts";
import { ec2, onEc2, orderOf, workers } from "./_run.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINbxeAT11rvVjw2yJxiZvM0KHJPujR7WTCEGFY2O4d4D";
const SHOWN = `-----BEGIN SSH HOST KEY KEYS-----\n${KEY} root@it\n-----END SSH HOST KEY KEYS-----\n`;
const TIMEOUT_S = 120;

/** The cluster's worker-0, and its home with a config that names a key of which the private half is there. */
async function withWorker(cluster: AwsCluster, over: Partial<Runtime> = {}) {
  const { home, clusterId } = cluster;
  await Deno.writeTextFile(`${home.dir}/me.pub`, `${KEY} me@here\n`);
  await Deno.writeTextFile(`${home.dir}/me`, "private");
  const lines = [
    ...["provider: aws", `cluster_id: ${clusterId}`, `region_name: ${ec2.region}`],
    `public_key_path: ${home.dir}/me.pub`,
  ];
  await Deno.writeTextFile(home.config, `${lines.join("\n")}\n`);
  const { instances: [worker] } = await cluster.provider.launch(orderOf(cluster, workers(1)));
  return { worker: worker!, place: { home, runtime: { ...cluster.runtime, ...over } } };
}

Deno.test("ssh() trusts no first answer: without a host key on the console it logs in nowhere", async () => {
  await onEc2(async (cluster) => {
    const runOnTerminal = () => Promise.reject(new Error("it logs in"));
    const { worker, place } = await withWorker(cluster, { runOnTerminal });
    await ec2.control.print(worker.id, SHOWN.split("\n").slice(0, 2).join("\n"));
    await assert.rejects(ssh(place, "worker-0", []), (error) => {
      assert.ok(error instanceof XcoreError);
      assert.match(error.message, /^Cannot log in to worker-0: its console does not show its host key/);
      assert.match(error.hint, /^Try again /);
      return true;
    });
    assert.equal(await place.runtime.files.exists(place.home.knownHosts), false);
  });
});

Deno.test("ssh() hands ssh the address, the key beside the public one, and whom it has to meet", async () => {
  await onEc2(async (cluster) => {
    const calls: (readonly string[])[] = [];
    const runOnTerminal: Runtime["runOnTerminal"] = (command, options) => {
      calls.push([...command, options?.cwd ?? ""]);
      return Promise.resolve(3);
    };
    const { worker, place } = await withWorker(cluster, { runOnTerminal });
    await ec2.control.print(worker.id, SHOWN);
    assert.equal(await ssh(place, "worker-0", ["ls", "-l"]), 3);
    const [words] = calls;
    const { address } = (await cluster.provider.list()).instances[0]!;
    assert.deepEqual(words!.slice(words!.indexOf("-i")), [
      ...["-i", `${place.home.dir}/me`, "-o", "IdentitiesOnly=yes", "-l", "ubuntu"],
      ...["--", address, "ls", "-l", place.home.dir],
    ]);
    for (const option of ["StrictHostKeyChecking=yes", `HostKeyAlias=${worker.id}`]) {
      assert.ok(words!.includes(option), option);
    }
    assert.equal(await Deno.readTextFile(place.home.knownHosts), `${worker.id} ${KEY}\n`);

    await Deno.remove(`${place.home.dir}/me`);
    await ssh(place, "worker-0", []);
    assert.ok(!calls[1]!.includes("-i"), "the agent may have it");
    await assert.rejects(ssh(place, "worker-3", []), NotFoundError);
  });
});

Deno.test("ssh() says what is missing on this machine, and what to do", async () => {
  await onEc2(async (cluster) => {
    const runOnTerminal = () => Promise.reject(new Deno.errors.NotFound("no program ssh"));
    const { worker, place } = await withWorker(cluster, { runOnTerminal });
    await ec2.control.print(worker.id, SHOWN);
    await assert.rejects(ssh(place, "worker-0", []), (error) => {
      assert.ok(error instanceof PrerequisiteError);
      assert.match(error.message, /there is no ssh on PATH$/);
      return true;
    });
    const text = await Deno.readTextFile(place.home.config);
    await Deno.writeTextFile(place.home.config, text.replace(/public_key_path: .*/, "public_key_path: null"));
    await assert.rejects(ssh(place, "worker-0", []), (error) => {
      assert.ok(error instanceof PrerequisiteError);
      assert.match(error.hint, /xcore config set public_key_path PATH/);
      return true;
    });
  });
});

Deno.test("readLog() says that a console is empty so far, goes on through throttling, and shows each line once", async () => {
  await onEc2(async (cluster) => {
    const { clock } = cluster.runtime;
    const { worker, place } = await withWorker(cluster, {
      clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 50), signal) },
    });
    const said: string[] = [];
    const stop = new AbortController();
    const options = {
      lines: 10,
      follow: true,
      stop: stop.signal,
      say: (line: string) => void said.push(line),
    };
    let printed = "";
    const following = (async () => {
      for await (const text of readLog(place, "worker-0", options)) printed += text;
    })();
    const shows = (words: string) =>
      until(words, () => Promise.resolve(printed), (text) => text.includes(words), TIMEOUT_S);
    await until("it is said", () => Promise.resolve(said), ({ length }) => length === 1, TIMEOUT_S);
    assert.match(said[0]!, /^The console of worker-0 is empty so far/);
    await ec2.control.print(worker.id, "\x1b[2Jone\r\n");
    await shows("one\n");
    const throttled = { code: "RequestLimitExceeded", status: 503, action: "GetConsoleOutput", times: 3 };
    await ec2.control.set({ faults: [throttled] });
    await ec2.control.print(worker.id, "two\r\n");
    await shows("two\n");
    stop.abort();
    await following;
    assert.equal(printed, "one\ntwo\n");
  });
});
