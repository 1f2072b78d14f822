/**
 * `deno run -A bench/_boots.ts prepared|plain ROUNDS`, in a network of its own: boots a scheduler
 * and then, one after the other, workers on the emulated cloud. Prints a line of JSON for each
 * worker: what came after how many seconds.
 * @module
 */

import { schedulerClient } from "../lib/dask/scheduler_client.ts";
import { bundleOf, schedulerScript, workerScript } from "../lib/platform/boot/boot_script.ts";
import { limits } from "../lib/platform/aws/limits.ts";
import { packUserData } from "../lib/platform/boot/user_data.ts";
import { probePython } from "../lib/python/python_environment.ts";
import { handOverTo, Nodes, nodeTls, until } from "../tests/e2e/aws/_nodes.ts";
import { INDEX_HOSTS, indexAuthority, packageIndex } from "../tests/e2e/aws/_package_index.ts";
import { withEc2 } from "../tests/emulators/ec2.ts";
import { certificatesFor, runtime } from "../tests/unit/dask/_certificates.ts";
import { schedulerNode, workerNode } from "../tests/unit/platform/boot/_facts.ts";
import { instancePython, recordedVersions } from "../tests/runner/wheels.ts";

/** When each step was done, seconds since 1970. */
export interface Marks {
  readonly requested: number;
  /** The first line of user data. */
  readonly userData: number;
  /** The Python environment is complete. */
  readonly environment: number;
  /** The unit of the Dask worker is started. */
  readonly started: number;
  readonly joined: number;
}

const CLUSTER = "lab-0123abcd"; // as the facts have it
const [image, rounds] = Deno.args;
const plain = image === "plain";
await using certificates = await certificatesFor(CLUSTER);
const { tls } = certificates;
const python = plain
  ? { version: await instancePython(), packages: await recordedVersions() }
  : await probePython(runtime, Deno.env.get("XCORE_TEST_PYTHON")!);

await using authority = plain ? await indexAuthority() : null;
const told = authority === null ? {} : { hosts: INDEX_HOSTS, authorityFile: authority.authorityFile };

await withEc2({ boot: true, prepared: !plain, ...told }, async (ec2) => {
  await using _index = authority === null ? null : await packageIndex(authority);
  const userData = (script: string) => packUserData(script, limits.userData);
  const nodes = await Nodes.in(ec2);
  const own = schedulerNode({ python, tls: await nodeTls(tls, "scheduler") });
  const [scheduler] = await nodes.launch(userData(schedulerScript(own)));
  const { publicAddress: host, privateAddress: schedulerHost } = scheduler!;
  const client = schedulerClient({ host: host!, port: 8787, tls, clusterId: CLUSTER });
  await handOverTo(client, own);
  const joined = async () => (await client.report().catch(() => null))?.workers.map(({ name }) => name);
  await until("the scheduler", async () => await joined() !== undefined);
  for (let round = 0; round < Number(rounds); round++) {
    const name = `worker-${round}`;
    const facts = workerNode({ python, tls: await nodeTls(tls, "worker"), names: [name], schedulerHost });
    await client.keep(bundleOf("worker", facts));
    const [worker] = await nodes.launch(userData(workerScript(facts)));
    await until(`${name} to join`, async () => (await joined())?.includes(name) ?? false);
    const joinedAt = Date.now() / 1000;
    const { times } = await nodes.now(worker!.id);
    const said = marksOf(await nodes.console(worker!.id), times.requestedAt!);
    const marks: Marks = {
      requested: times.requestedAt!,
      userData: said(/booting as/),
      environment: said(/has everything|are installed/),
      started: said(/starts$/),
      joined: joinedAt,
    };
    console.log(JSON.stringify(marks));
  }
  client.close();
});

/** When a line of the boot was printed. The console has times of day only. */
function marksOf(console: string, afterS: number): (line: RegExp) => number {
  const midnightS = Math.floor(afterS / 86_400) * 86_400;
  return (line) => {
    const found = console.split(/\r?\n/).find((each) => each.startsWith("xcore ") && line.test(each))!;
    const [hours = 0, minutes = 0, seconds = 0] = found.split(" ")[1]!.split(":").map(Number.parseFloat);
    const atS = midnightS + hours * 3600 + minutes * 60 + seconds;
    return atS < afterS ? atS + 86_400 : atS;
  };
}
