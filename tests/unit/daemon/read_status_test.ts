import assert from "node:assert/strict";
import { readStatus } from "../../../lib/daemon/read_status.ts";
import { ShapeError } from "../../../lib/util/object_reader.ts";
import { busy } from "../cli/_status.ts";

const told = () => JSON.parse(JSON.stringify(busy()));

Deno.test("readStatus() takes a status as it is told, with keys that it does not know", () => {
  const status = { ...told(), of_another_year: [1] };
  assert.deepEqual(readStatus(status), status);
});

Deno.test("readStatus() has null, or none, for what an older daemon does not tell", () => {
  const status = told();
  delete status.cluster.ends_in_s;
  delete status.tasks;
  delete status.demand.by_pool.default.requested;
  for (const worker of status.workers) {
    delete worker.leaves_in_s;
    delete worker.boot_s;
  }
  const { cluster, tasks, demand, workers } = readStatus(status);
  assert.deepEqual([cluster.ends_in_s, tasks, demand?.by_pool["default"]?.requested], [null, null, 0]);
  assert.ok(workers.every(({ leaves_in_s, boot_s }) => leaves_in_s === null && boot_s === null));
});

Deno.test("readStatus() refuses what would break what is printed", () => {
  const changes: ((status: ReturnType<typeof told>) => void)[] = [
    (status) => delete status.cluster,
    (status) => status.cluster.state = "hibernating",
    (status) => status.cluster.state = "toString",
    (status) => status.daemon.running = "yes",
    (status) => status.daemon.last_tick_at = "soon",
    (status) => status.demand.by_pool = null,
    (status) => status.demand.clients = Infinity,
    (status) => status.workers = {},
    (status) => status.workers[0].state = "resting",
    (status) => status.workers[0].runs = { square: "2" },
    (status) => status.problems = [{ code: "x", message: null, hint: "" }],
  ];
  for (const change of changes) {
    const status = told();
    change(status);
    assert.throws(() => readStatus(status), ShapeError, String(change));
  }
});
