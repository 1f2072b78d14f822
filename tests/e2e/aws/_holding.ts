/** Tasks that run until a test lets them end, and the workers that run them. */

import assert from "node:assert/strict";
import type { Status, WorkerStatus } from "../../../lib/model/mod.ts";
import type { Running, TestCluster } from "../local/harness.ts";

/** What a script begins with; `hold` keeps a worker busy until the event of that name is set. */
export const CLIENT = `
from distributed import Client, Event
from crosscore import cluster

def hold(number, event):
    from distributed import Event, get_worker
    Event(event).wait()
    return number, sorted(get_worker().state.total_resources.items())
`;

const CONNECT = "client = Client(cluster.get_url())\n";

/** A script that runs a task for each of these events, and prints their results: `[(0, []), (1, [])]`. */
export function holding(events: readonly string[], options = ""): string {
  const tasks = events.map((event, number) =>
    `client.submit(hold, ${number}, "${event}", pure=False, ${options})`
  );
  return `${CLIENT}${CONNECT}print(client.gather([${tasks.join(", ")}]))\n`;
}

/** Lets the tasks end that wait for this event. */
export async function release(cluster: TestCluster, event: string): Promise<void> {
  await cluster.pythonOk("-c", `${CLIENT}${CONNECT}Event("${event}").set()\n`);
}

/** What a job printed that has ended well, and said nothing else. */
export async function printedBy(job: Running): Promise<string> {
  const { code, stdout, stderr } = await job.ended;
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

/** Those that are not on their way out: one that has ended is listed until it is certain to be gone. */
export function staying({ workers }: Status): WorkerStatus[] {
  return workers.filter(({ state }) => state !== "stopping");
}

/** Those with a task in their hands. */
export function busy(status: Status): WorkerStatus[] {
  return staying(status).filter(({ executing }) => executing !== null && executing > 0);
}
