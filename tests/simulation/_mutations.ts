/** Bugs that somebody could make: what the source says, and what it would say then. @module */

/** A part of a file that is replaced. */
export interface Edit {
  /** From the repository's root. */
  readonly file: string;
  /** Is there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A deliberate bug. */
export interface Mutation {
  /** What it does wrong: `counts no launch that is on its way`. */
  readonly name: string;
  readonly edits: readonly Edit[];
}

const LAUNCHING = "lib/plan/launching.ts";
const NOTICE = "lib/plan/notice.ts";
const ENDING = "lib/plan/ending.ts";
const LEAVING = "lib/plan/leaving.ts";
const MEMORY = "lib/plan/memory.ts";
const REPLAYING = "lib/plan/replaying.ts";
const CALLS = "lib/reconcile/_launch_calls.ts";
const APPLY = "lib/reconcile/apply.ts";
const OBSERVE = "lib/reconcile/observe.ts";
const SHUTDOWN = "lib/cluster/shutdown.ts";

/** A bug in one place. */
function bug(name: string, file: string, find: string, replace: string): Mutation {
  return { name, edits: [{ file, find, replace }] };
}

/** All of them. */
export const MUTATIONS: readonly Mutation[] = [
  bug(
    "counts no launch that is on its way",
    LAUNCHING,
    "pool.maxWorkers - existing) - requested",
    "pool.maxWorkers - existing)",
  ),
  bug(
    "gives a name that is on its way",
    LAUNCHING,
    "...snapshot.inFlight.flatMap(({ names }) => names),",
    "",
  ),
  bug(
    "does not count who is stopping",
    LAUNCHING,
    "members.filter(ofPool).length",
    'members.filter((m) => ofPool(m) && m.phase !== "stopping").length',
  ),
  bug(
    "launches before it has a whole listing",
    LAUNCHING,
    "if (!memory.surveyed) return [];",
    "",
  ),
  bug(
    "believes the first listing that lacks an instance",
    NOTICE,
    "isProvenGone(worker.missingSinceMs, snapshot.listedAtMs, goneAfterS)",
    "goneAfterS >= 0",
  ),
  {
    name: "believes a partial listing",
    edits: [
      {
        file: NOTICE,
        find: "const tells = snapshot.listing?.complete === true && ",
        replace: "const tells = ",
      },
      {
        file: NOTICE,
        find: "worker.missingSinceMs === null || snapshot.listing?.complete !== true",
        replace: "worker.missingSinceMs === null",
      },
    ],
  },
  bug(
    "uses a token again",
    CALLS,
    "id: deps.random.hex(ATTEMPT_ID_BYTES)",
    'id: order.names.join("-")',
  ),
  bug(
    "makes a lost call again with another token",
    CALLS,
    'const answer = await call(deps, attempt);\n    if ("refusal" in answer) throw',
    'const answer = await call(deps, { ...attempt, id: deps.random.hex(12) });\n    if ("refusal" in answer) throw',
  ),
  bug("does not write a launch down first", CALLS, "await deps.journal.openAttempt(attempt);", ""),
  bug(
    "takes the refusal of the second call for the first one's",
    CALLS,
    'if ("refusal" in answer) throw answer.refusal;',
    'if ("refusal" in answer) {\n      await deps.journal.closeAttempt(attempt.id, { launched: [], error: "refused" });\n      throw answer.refusal;\n    }',
  ),
  bug(
    "closes a call that had no answer",
    CALLS,
    "return error instanceof XcoreError ? { refusal: error } : { lost: error };",
    'return { refusal: error instanceof XcoreError ? error : new XcoreError(String(error), "") };',
  ),
  bug(
    "makes a call again that there is no room for",
    REPLAYING,
    "new Set([...existing, ...open]).size + names.length <= pool.maxWorkers",
    "existing.length + open.length >= 0",
  ),
  bug(
    "makes a call again whose names others have",
    REPLAYING,
    "if (names.some((name) => taken.includes(name))) return false;",
    "",
  ),
  bug(
    "makes a call again before it has a whole listing",
    REPLAYING,
    "if (!memory.surveyed) return false;",
    "",
  ),
  bug(
    "settles no call",
    REPLAYING,
    "if (lostMs === undefined ||",
    'if (id !== "" || lostMs === undefined ||',
  ),
  bug(
    "settles a call that may be on its way",
    REPLAYING,
    "lostMs + (ON_THE_WAY_S + rules.goneAfterS) * 1000",
    "lostMs",
  ),
  bug(
    "acts on what it was told long ago",
    "lib/reconcile/lease.ts",
    "return passedMs <",
    "return passedMs >= 0 || passedMs <",
  ),
  bug(
    "acts without the lease",
    "lib/plan/plan.ts",
    "snapshot.listing === null || !snapshot.leaseHeld",
    "snapshot.listing === null",
  ),
  bug(
    "acts on a listing from before it had the lease",
    OBSERVE,
    "state.listedAtMs >= state.lease.sinceMs && ",
    "",
  ),
  bug(
    "forgets at its start what was launched just before",
    OBSERVE,
    "recalled: launches.flatMap(instancesOf)",
    "recalled: launches.slice(0, 0).flatMap(instancesOf)",
  ),
  {
    name: "forgets at its start what was written down an hour ago, by the clock",
    edits: [
      { file: OBSERVE, find: "{ journal }: Deps", replace: "{ journal, clock }: Deps" },
      {
        file: OBSERVE,
        find: "const launches = await journal.launched();",
        replace: "const launches = (await journal.launched())" +
          ".filter(({ attempt }) => attempt.atMs >= clock.nowMs() - 3600_000);",
      },
    ],
  },
  bug(
    "takes an instance that is there for one that is gone",
    "lib/reconcile/tick.ts",
    ".filter((id) => !(id in applied.memory.workers))",
    "",
  ),
  bug(
    "ends who is late without asking the scheduler",
    APPLY,
    "const { busy, kept } = await deps.scheduler.retire(namesOf(workers), false);",
    'const { busy, kept } = await Promise.resolve({ busy: [""], kept: [""] });',
  ),
  bug(
    "ends whom the scheduler calls busy",
    APPLY,
    "workers.filter(({ name }) => retired.includes(name)), reason, told",
    "workers, reason, told",
  ),
  bug("tells nobody a second time", ENDING, '...terminate(deafToUs, "is still stopping"),', ""),
  bug("never gives an instance up", ENDING, "...terminate(late, `did not join within ${timeouts} s`),", ""),
  bug("leaves what is powered off", ENDING, '...terminate(off, "is powered off and still costs"),', ""),
  bug("keeps workers of a pool that is no more", LEAVING, "[...surplus, ...orphans]", "[...surplus]"),
  bug(
    "never gives results up",
    LEAVING,
    "if (rules.holdResultsS === null ||",
    "if (nowMs > 0 || rules.holdResultsS === null ||",
  ),
  bug(
    "remembers for ever that there was no capacity",
    MEMORY,
    "nowMs + CAPACITY_MEMORY_S * 1000",
    "Infinity",
  ),
  bug(
    "forgives nothing",
    MEMORY,
    "failedBoots: [], failedLaunches: {}, noCapacityUntilMs: {} };\n}",
    "};\n}",
  ),
  bug(
    "does not see a client that waits to send its input",
    "lib/plan/demand.ts",
    "report.pendingScatters > 0",
    "report.pendingScatters < 0",
  ),
  bug(
    "throws when the history cannot be written",
    "lib/reconcile/tick.ts",
    "await deps.journal.forget(gone);\n    return failures;\n  } catch (error) {",
    "await deps.journal.forget(gone);\n    return failures;\n  } catch (error) {\n    throw error;",
  ),
  bug(
    "calls it a shutdown when the first listing is empty",
    SHUTDOWN,
    "isProvenGone(emptySinceMs, askedAtMs, believedAfterS)",
    "true",
  ),
  bug(
    "calls it a shutdown when a part of the cloud is silent",
    SHUTDOWN,
    "instances.length === 0 && complete",
    "instances.length === 0",
  ),
  bug(
    "shuts down beside a daemon that launches again",
    SHUTDOWN,
    "if (scheduler === null) return true;",
    "if (scheduler !== undefined) return true;",
  ),
];
