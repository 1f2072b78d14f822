/** The preload's answers, from their JSON to the project's nouns. All throw ShapeError. @module */

import type { DaskWorker, LeaseOutcome, RetireOutcome, SchedulerReport } from "../model/mod.ts";
import type { ObjectReader } from "../util/object_reader.ts";

/** `GET /xcore/status` */
export function readReport(answer: ObjectReader): SchedulerReport {
  const tasks = answer.object("tasks");
  const lease = answer.object("lease");
  return {
    clusterId: answer.text("cluster_id"),
    schedulerId: answer.text("scheduler_id"),
    startedAt: answer.text("started_at"),
    versions: answer.textsByName("versions"),
    tasks: {
      released: tasks.count("released"),
      waiting: tasks.count("waiting"),
      queued: tasks.count("queued"),
      noWorker: tasks.count("no_worker"),
      processing: tasks.count("processing"),
      memory: tasks.count("memory"),
      erred: tasks.count("erred"),
    },
    runnable: answer.list("runnable", (group) => ({
      resources: group.amounts("resources"),
      count: group.count("count"),
    })),
    stranded: answer.list("stranded", (group) => ({
      restriction: group.text("restriction"),
      count: group.count("count"),
    })),
    pendingScatters: answer.count("pending_scatters"),
    clients: answer.texts("clients"),
    mismatches: answer.list("mismatches", (mismatch) => ({
      client: mismatch.text("client"),
      package: mismatch.text("package"),
      clientVersion: mismatch.text("client_version"),
      clusterVersion: mismatch.text("cluster_version"),
    })),
    workers: answer.list("workers", readWorker),
    lease: {
      holder: lease.textOrNull("holder"),
      expiresAt: lease.textOrNull("expires_at"),
      workersEndInS: lease.amountIfGiven("workers_end_in_s"),
      schedulerEndsInS: lease.amountIfGiven("scheduler_ends_in_s"),
    },
  };
}

function readWorker(worker: ObjectReader): DaskWorker {
  return {
    name: worker.text("name"),
    address: worker.text("address"),
    status: worker.text("status"),
    nthreads: worker.count("nthreads"),
    processing: worker.count("processing"),
    executing: worker.count("executing"),
    completed: worker.count("completed"),
    memoryBytes: worker.amountOrNull("memory_bytes"),
    cpuPercent: worker.amountOrNull("cpu_percent"),
    resources: worker.amounts("resources"),
    lastSeenS: worker.amount("last_seen_s"),
    holdsResults: worker.flag("holds_results"),
    heldBytes: worker.amount("held_bytes"),
    takenInS: worker.amountIfGiven("taken_in_s"),
  };
}

/** `POST /xcore/retire` */
export function readRetirement(answer: ObjectReader): RetireOutcome {
  return {
    retired: answer.texts("retired"),
    busy: answer.texts("busy"),
    kept: answer.texts("kept"),
    unknown: answer.texts("unknown"),
  };
}

/** `POST /xcore/lease` */
export function readLease(answer: ObjectReader): LeaseOutcome {
  return { granted: answer.flag("granted"), holder: answer.textOrNull("holder") };
}
