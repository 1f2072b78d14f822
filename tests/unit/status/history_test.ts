import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { XcoreError } from "../../../lib/errors.ts";
import type { Decision, Fact, Life, Sample } from "../../../lib/model/mod.ts";
import { type History, openHistory } from "../../../lib/status/history.ts";
import { assertWording } from "../../support/wording.ts";
import { attempt } from "../../support/fakes/builders.ts";
import { failure } from "../config/_home.ts";

const DECISION: Decision = { atMs: 5, action: "launch", names: ["worker-0", "worker-1"], reason: "2 tasks" };

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-history-" });
  try {
    await test(join(folder, "history.db"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function using(
  path: string,
  work: (history: History) => Promise<void>,
  keepRows?: number,
): Promise<void> {
  const history = openHistory(path, keepRows);
  try {
    await work(history);
  } finally {
    history.close();
  }
}

const idsOf = async (history: History) => (await history.openAttempts()).map(({ id }) => id);

Deno.test("the history has what was written when it is opened again", () =>
  withPath(async (path) => {
    const whole = attempt(["worker-0", "worker-1"], {
      ...{ id: "1", pool: "gpu", zone: "b", market: "spot", accelerator: "t4", acceleratorCount: 2 },
      ...{ resources: { GPU: 2 }, slots: 3, atMs: 1234 },
    });
    await using(path, async (history) => {
      await history.openAttempt(whole);
      await history.record([DECISION]);
    });
    await using(path, async (history) => {
      assert.deepEqual(await history.openAttempts(), [whole]);
      assert.deepEqual(await history.decisions(9), [DECISION]);
    });
  }));

Deno.test("the history has how long boots take, the newest of each key, and no time that none takes", () =>
  withPath(async (path) => {
    await using(path, async (history) => {
      assert.deepEqual(await history.boots(), {});
      await history.recordBoots({ "default/small": 40.5, "gpu/large": 90 });
      await history.recordBoots({ "default/small": 38.25, "gpu/odd": 0 });
    });
    await using(path, async (history) => {
      assert.deepEqual(await history.boots(), { "default/small": 38.25, "gpu/large": 90 });
    });
  }));

Deno.test("the history knows the newest launches of a name, closed or not", () =>
  withPath((path) =>
    using(path, async (history) => {
      await history.openAttempt(attempt(["worker-0"], { id: "first" }));
      await history.openAttempt(attempt(["worker-0", "worker-1"], { id: "second" }));
      await history.openAttempt(attempt(["worker-10"], { id: "third" }));
      await history.closeAttempt("first", { launched: [], error: "away" });
      assert.deepEqual(await history.attemptsOf("worker-0", 2), ["second", "first"]);
      assert.deepEqual(await history.attemptsOf("worker-1", 2), ["second"]);
      assert.deepEqual(await history.attemptsOf("worker-2", 2), []);
    })
  ));

Deno.test("the history has an attempt open until its result is written, the oldest first", () =>
  withPath((path) =>
    using(path, async (history) => {
      await history.openAttempt(attempt(["worker-1"], { id: "late", atMs: 2000.5 }));
      await history.openAttempt(attempt(["worker-0"], { id: "early", atMs: 1000 }));
      assert.deepEqual(await idsOf(history), ["early", "late"]);
      await history.closeAttempt("early", { launched: [{ name: "worker-1", id: "i-1" }], error: null });
      await history.closeAttempt("unheard of", { launched: [], error: "away" });
      assert.deepEqual(await idsOf(history), ["late"]);
      await history.closeAttempt("late", { launched: [], error: "away" });
      assert.deepEqual(await idsOf(history), []);
    })
  ));

Deno.test("the history tells what launches got, whenever that was, until it is told that it is gone", () =>
  withPath(async (path) => {
    const [old, one, two] = ["old", "one", "two"].map((id, i) => ({ name: `worker-${i}`, id: `i-${id}` }));
    const attempts = {
      first: attempt([old!.name], { id: "first", atMs: 5000 }),
      second: attempt([one!.name, two!.name], { id: "second", atMs: 0 }),
    };
    await using(path, async (history) => {
      for (const each of [...Object.values(attempts), attempt(["worker-3"], { id: "open" })]) {
        await history.openAttempt(each);
      }
      await history.openAttempt(attempt(["worker-4"], { id: "empty" }));
      await history.closeAttempt("first", { launched: [old!], error: null });
      await history.closeAttempt("second", { launched: [one!, two!], error: null });
      await history.closeAttempt("empty", { launched: [], error: "none left" });
      assert.deepEqual(await history.launched(), [
        { attempt: attempts.first, launched: [old] },
        { attempt: attempts.second, launched: [one, two] },
      ]);
      await history.forget([one!.id, "i-unheard-of"]);
    });
    await using(path, async (history) => {
      assert.deepEqual(await history.launched(), [
        { attempt: attempts.first, launched: [old] },
        { attempt: attempts.second, launched: [two] },
      ]);
      await history.forget([old!.id, two!.id]);
      assert.deepEqual(await history.launched(), []);
    });
  }));

Deno.test("the history knows an instance by the last launch that got one of its id", () =>
  withPath((path) =>
    using(path, async (history) => {
      const launched = [{ name: "worker-0", id: "xcore-worker-0" }];
      for (const id of ["1", "2"]) {
        await history.openAttempt(attempt(["worker-0"], { id }));
        await history.closeAttempt(id, { launched, error: null });
      }
      assert.deepEqual((await history.launched()).map(({ attempt }) => attempt.id), ["2"]);
    })
  ));

Deno.test("the history of an earlier xcore tells what its launches got", () =>
  withPath(async (path) => {
    const launched = [{ name: "worker-0", id: "i-0" }, { name: "worker-1", id: "i-1" }];
    const [got, none, open] = ["got", "none", "open"].map((id) => attempt(["worker-0", "worker-1"], { id }));
    const earlier = new DatabaseSync(path);
    earlier.exec(`
      CREATE TABLE attempts (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, attempt TEXT NOT NULL, result TEXT) STRICT;
      PRAGMA user_version = 1;
    `);
    const insert = earlier.prepare("INSERT INTO attempts VALUES (?, 0, ?, ?)");
    insert.run("got", JSON.stringify(got), JSON.stringify({ launched, error: null }));
    insert.run("none", JSON.stringify(none), JSON.stringify({ launched: [], error: "none left" }));
    insert.run("open", JSON.stringify(open), null);
    earlier.close();
    await using(path, async (history) => {
      assert.deepEqual(await history.launched(), [{ attempt: got, launched }]);
      await history.forget(["i-0"]);
    });
    await using(path, async (history) => {
      assert.deepEqual(await history.launched(), [{ attempt: got, launched: launched.slice(1) }]);
      assert.deepEqual(await idsOf(history), ["open"]);
    });
  }));

Deno.test("the history that the program of fc3a1b1 wrote is read, with its decisions", () =>
  withPath(async (path) => {
    const earlier = new DatabaseSync(path);
    earlier.exec(await Deno.readTextFile(new URL("fixtures/history_fc3a1b1.sql", import.meta.url)));
    earlier.close();
    await using(path, async (history) => {
      const decisions = (await history.decisions(9)).map(({ action, names }) => [action, names]);
      assert.deepEqual(decisions, [["close", ["worker-1", "worker-2"]], ["launch", ["worker-0"]]]);
      const launched = (await history.launched()).map(({ launched }) => launched);
      assert.deepEqual(launched, [[{ name: "worker-0", id: "29829-1699107" }]]);
      const [open, ...others] = await history.openAttempts();
      assert.deepEqual([open!.names, open!.pool, others], [["worker-3"], "default", []]);
    });
  }));

Deno.test("the history keeps an attempt's first word when it is written twice", () =>
  withPath((path) =>
    using(path, async (history) => {
      await history.openAttempt(attempt(["worker-0"], { id: "1" }));
      await history.closeAttempt("1", { launched: [], error: null });
      await history.openAttempt(attempt(["worker-9"], { id: "1" }));
      assert.deepEqual(await idsOf(history), []);
    })
  ));

Deno.test("the history gives the newest decisions, the newest first", () =>
  withPath((path) =>
    using(path, async (history) => {
      // In the order of writing: people set clocks back.
      await history.record([{ ...DECISION, atMs: 30, reason: "a" }, { ...DECISION, atMs: 20, reason: "b" }]);
      await history.record([{ ...DECISION, atMs: 10, reason: 'it\'s "quoted" ✓' }]);
      assert.deepEqual((await history.decisions(2)).map(({ reason }) => reason), ['it\'s "quoted" ✓', "b"]);
      assert.equal((await history.decisions(0)).length, 0);
    })
  ));

Deno.test("the history is trimmed when it is opened, and never of an attempt that is not over", () =>
  withPath(async (path) => {
    await using(path, async (history) => {
      for (let i = 0; i < 10; i++) {
        await history.openAttempt(attempt(["worker-0"], { id: `${i}`, atMs: i }));
        const launched = i === 3 || i === 4 ? [{ name: "worker-0", id: `i-${i}` }] : [];
        if (i !== 2) await history.closeAttempt(`${i}`, { launched, error: null });
        if (i === 4) await history.forget(["i-4"]);
        await history.record([{ ...DECISION, reason: `${i}` }]);
      }
    }, 3);
    await using(path, async (history) => {
      assert.deepEqual((await history.decisions(99)).map(({ reason }) => reason), ["9", "8", "7"]);
      assert.deepEqual(await idsOf(history), ["2"]);
      assert.deepEqual((await history.launched()).map(({ attempt }) => attempt.id), ["3"]);
      await history.openAttempt(attempt(["worker-0"], { id: "new" }));
      assert.deepEqual((await idsOf(history)).toSorted(), ["2", "new"]);
    }, 3);
  }));

Deno.test("many processes at once make, open and write one history, and nothing is lost", () =>
  withPath(async (path) => {
    const script = new URL("./_open_history.ts", import.meta.url).pathname;
    const folder = dirname(path);
    const startMs = String(Date.now() + 1000);
    const outputs = await Promise.all(["a", "b", "c", "d"].map((prefix) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--cached-only", script, folder, prefix, "100", startMs],
      }).output()
    ));
    for (const { code, stderr } of outputs) assert.equal(code, 0, new TextDecoder().decode(stderr));
    for (let i = 0; i < 50; i++) {
      await using(join(folder, `${i}.db`), async (history) => assert.equal((await idsOf(history)).length, 8));
    }
  }));

Deno.test("a second process sees what the first has written, at once", () =>
  withPath((path) =>
    using(path, (daemon) =>
      using(path, async (other) => {
        await daemon.openAttempt(attempt(["worker-0"], { id: "1" }));
        assert.deepEqual(await idsOf(other), ["1"]);
        await other.closeAttempt("1", { launched: [], error: null });
        assert.deepEqual(await idsOf(daemon), []);
      }))
  ));

Deno.test("openHistory() says which file it cannot use, leaves it as it is, and what to do", () =>
  withPath(async (path) => {
    const text = "This is a text and no database. ".repeat(100);
    await Deno.writeTextFile(path, text);
    const folder = join(path, "..", "folder");
    await Deno.mkdir(folder);
    for (const unfit of [path, folder, join(folder, "none", "history.db")]) {
      assert.throws(() => openHistory(unfit), (error) => {
        assert.ok(error instanceof XcoreError);
        assert.match(error.message, /^Cannot use the cluster's history: /);
        assert.ok(error.message.includes(unfit) && error.hint !== "");
        return true;
      });
    }
    assert.equal(await Deno.readTextFile(path), text);
  }));

Deno.test("a history of a newer xcore is left as it is, byte for byte, and said", () =>
  withPath(async (path) => {
    {
      using database = new DatabaseSync(path);
      database.exec("CREATE TABLE attempts (of_tomorrow TEXT); PRAGMA user_version = 4");
    }
    const before = await Deno.readFile(path);
    assert.throws(() => openHistory(path), (error) => {
      assert.ok(error instanceof XcoreError);
      assertWording("history", "of a newer xcore", `${error.message.replace(path, "PATH")}\n${error.hint}`);
      return true;
    });
    assert.deepEqual(await Deno.readFile(path), before);
    const names = await Array.fromAsync(Deno.readDir(dirname(path)), ({ name }) => name);
    assert.deepEqual(names, ["history.db"]);
  }));

Deno.test("a row of the history that cannot be read is said as damage of the file, by each that reads it", () =>
  withPath((path) =>
    using(path, async (history) => {
      const damaged = new DatabaseSync(path);
      damaged.exec(`
        INSERT INTO attempts VALUES ('1', 1, '{', NULL), ('2', 1, '{', '{}');
        INSERT INTO instances VALUES ('i-1', 'worker-0', '2');
        INSERT INTO decisions VALUES (1, 1, 'launch', '{', '');
        INSERT INTO lives VALUES ('i-1', 'worker-0', 'worker', NULL, 't', NULL, 'spot', 1, NULL, 1, '{');
        INSERT INTO task_times VALUES ('s', 'i-1', 1, '{');
        INSERT INTO samples VALUES (1, '{');
        INSERT INTO facts VALUES ('tasks', '', 1, 1, '{');
      `);
      damaged.close();
      const all = { fromMs: 0, toMs: 9 };
      const reads = {
        openAttempts: () => history.openAttempts(),
        launched: () => history.launched(),
        decisions: () => history.decisions(9),
        lives: () => history.lives(0),
        taskTimes: () => history.taskTimes(0),
        samples: () => history.samples(all, 1),
        facts: () => history.facts(all),
      };
      for (const [name, read] of Object.entries(reads)) {
        const error = await failure(read());
        assert.ok(error instanceof XcoreError && error.message.includes(path), `${name}: ${error}`);
        assert.match(error.hint, /move it away/, name);
      }
    })
  ));

Deno.test("times that no clock has do not keep the rest of a history from being read", () =>
  withPath(async (path) => {
    await using(path, async (history) => {
      await history.record([DECISION]);
      for (const id of ["1", "2", "3"]) await history.openAttempt(attempt(["worker-0"], { id, atMs: 7 }));
      await history.closeAttempt("3", { launched: [{ id: "i", name: "worker-0" }], error: null });
    });
    {
      using database = new DatabaseSync(path);
      for (const time of ["9223372036854775807", "-1", "8640000000000001", "-9223372036854775808"]) {
        database.exec(
          `INSERT INTO decisions (at_ms, action, names, reason) VALUES (${time}, 'launch', '[]', '')`,
        );
      }
      database.exec(`UPDATE attempts SET at_ms = 9223372036854775807,
        attempt = json_set(attempt, '$.atMs', CASE id WHEN '1' THEN 1e300 WHEN '2' THEN 'x' ELSE -5 END)`);
    }
    await using(path, async (history) => {
      assert.deepEqual(await history.decisions(9), [DECISION]);
      assert.deepEqual((await history.openAttempts()).map(({ id, atMs }) => [id, atMs]), [["1", 0], [
        "2",
        0,
      ]]);
      assert.deepEqual((await history.launched()).map(({ attempt: { atMs } }) => atMs), [0]);
    });
  }));

Deno.test("the history rejects when it cannot write, and does not take it for written", () =>
  withPath((path) =>
    using(path, async (history) => {
      await history.openAttempt(attempt(["worker-0"], { id: "1" }));
      const loop: Record<string, unknown> = {};
      loop.self = loop;
      const unwritable = attempt(["worker-1"], { id: "2", ...loop });
      await assert.rejects(history.openAttempt(unwritable));
      assert.deepEqual(await idsOf(history), ["1"]);
    })
  ));

const LIFE: Life = {
  ...{ id: "i-0", name: "worker-0", kind: "worker", pool: "gpu", type: "g4dn.xlarge", zone: "b" },
  ...{ market: "spot", startedMs: 1000, endedMs: null, lastSeenMs: 5000 },
  rates: [{ fromMs: 1000, machineUsd: 0, diskUsd: 0.01 }, { fromMs: 2000, machineUsd: null, diskUsd: 0.01 }],
};
const SCHEDULER: Life = { ...LIFE, id: "i-s", name: "scheduler", kind: "scheduler", pool: null, zone: null };

Deno.test("the history has lives as they were last written, and gives those that had not ended by a time", () =>
  withPath(async (path) => {
    const gone = { ...LIFE, id: "i-1", startedMs: 500.4, endedMs: 4000.6 };
    await using(path, (history) => history.recordLives([LIFE, gone, SCHEDULER]));
    await using(path, async (history) => {
      assert.deepEqual((await history.lives(4002)).map(({ id }) => id), ["i-0", "i-s"]);
      assert.deepEqual(await history.lives(0), [{ ...gone, startedMs: 500, endedMs: 4001 }, LIFE, SCHEDULER]);
      await history.recordLives([{ ...LIFE, endedMs: 6000 }]);
      assert.deepEqual(await history.lives(Infinity), [SCHEDULER]);
      assert.deepEqual((await history.lives(5000)).map(({ endedMs }) => endedMs), [6000, null]);
    });
  }));

Deno.test("the history has workers' times as they were last written, of lives that had not ended by a time", () =>
  withPath(async (path) => {
    const time = { session: "a", lifeId: "i-0", idleS: 1.5, functions: [{ name: "__proto__", seconds: 2 }] };
    const later = { ...time, functions: [...time.functions, { name: null, seconds: 0.5 }] };
    await using(path, async (history) => {
      await history.recordLives([LIFE, { ...SCHEDULER, endedMs: 4000 }]);
      await history.recordTaskTimes([time, { ...time, session: "b", lifeId: "i-s" }]);
      await history.recordTaskTimes([later, { ...time, session: "c", lifeId: "no such life" }]);
    });
    await using(path, async (history) => {
      assert.deepEqual(await history.taskTimes(5000), [later]);
      assert.deepEqual((await history.taskTimes(0)).map(({ session }) => session), ["b", "a"]);
    });
    await using(path, async (history) => assert.deepEqual(await history.taskTimes(0), []), 1);
  }));

Deno.test("the history drops the earliest ended lives beyond a number, and never one that has not ended", () =>
  withPath(async (path) => {
    const ended = [1, 2, 3, 4].map((i) => ({ ...LIFE, id: `i-${i}`, endedMs: i * 1000 + 1000 }));
    await using(path, (history) => history.recordLives([LIFE, ...ended]));
    await using(path, async (history) => {
      assert.deepEqual((await history.lives(0)).map(({ id }) => id), ["i-0", "i-3", "i-4"]);
    }, 2);
  }));

Deno.test("the history of version 2 gets lives", () =>
  withPath(async (path) => {
    await using(path, (history) => history.openAttempt(attempt(["worker-0"], { id: "1" })));
    const earlier = new DatabaseSync(path);
    earlier.exec("DROP TABLE lives; PRAGMA user_version = 2");
    earlier.close();
    await using(path, async (history) => {
      assert.deepEqual(await history.lives(0), []);
      await history.recordLives([LIFE]);
      assert.deepEqual([await history.lives(0), await idsOf(history)], [[LIFE], ["1"]]);
    });
    const now = new DatabaseSync(path);
    assert.equal(now.prepare("PRAGMA user_version").get()!.user_version, 3);
    now.close();
  }));

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

function sampleAt(atMs: number): Sample {
  return { atMs, workers: { running: 1, booting: 2 }, target: 3, queued: null, processing: 0 };
}

Deno.test("the history tells the last sample of each step of a span, and the one before the span", () =>
  withPath(async (path) => {
    const times = [1000, 2000, 61_000, 62_000, 119_000, 121_000, 400_000];
    await using(path, async (history) => {
      assert.deepEqual([await history.samples({ fromMs: 0, toMs: 9e9 }, 1), await history.begunMs()], [
        [],
        null,
      ]);
      for (const atMs of times) await history.recordSample(sampleAt(atMs));
    });
    await using(path, async (history) => {
      assert.deepEqual((await history.samples({ fromMs: 2000, toMs: 300_000 }, 1)).map(({ atMs }) => atMs), [
        ...[1000, 2000, 61_000, 62_000, 119_000, 121_000],
      ]);
      const coarse = await history.samples({ fromMs: 60_000, toMs: 400_000 }, MINUTE_MS);
      assert.deepEqual(coarse.map(({ atMs }) => atMs), [2000, 119_000, 121_000, 400_000]);
      assert.deepEqual(coarse[1], sampleAt(119_000));
      assert.equal(await history.begunMs(), 1000);
      await history.record([{ ...DECISION, atMs: 10 }]);
      assert.equal(await history.begunMs(), 10);
    });
  }));

Deno.test("the history keeps one sample a minute once it is a day old, also where no daemon ran meanwhile", () =>
  withPath((path) =>
    using(path, async (history) => {
      const old = [0, 10_000, 50_000, 61_000, 70_000];
      const later = [DAY_MS + 30_000, DAY_MS + 65_000, 3 * DAY_MS];
      for (const atMs of [...old, ...later]) await history.recordSample(sampleAt(atMs));
      const kept = await history.samples({ fromMs: 0, toMs: 9 * DAY_MS }, 1);
      assert.deepEqual(kept.map(({ atMs }) => atMs), [50_000, 70_000, ...later]);
    })
  ));

Deno.test("the history tells the decisions of a span", () =>
  withPath((path) =>
    using(path, async (history) => {
      await history.record([5, 10, 15, 20].map((atMs) => ({ ...DECISION, atMs })));
      const within = await history.decisions(2, { fromMs: 6, toMs: 20 });
      assert.deepEqual(within.map(({ atMs }) => atMs), [20, 15]);
      assert.deepEqual((await history.decisions(9, { fromMs: 0, toMs: 10 })).map(({ atMs }) => atMs), [
        10,
        5,
      ]);
    })
  ));

function fact(fromMs: number, toMs: number, python: string): Fact {
  return { kind: "versions", name: "", fromMs, toMs, content: { python } };
}

Deno.test("the history tells the facts of a span, the newest of what was recorded of each", () =>
  withPath(async (path) => {
    await using(path, async (history) => {
      await history.recordFacts([fact(100, 300, "3.12"), fact(10, 20, "3.11")]);
      await history.recordFacts([fact(10, 40, "3.11.7"), fact(100, 200, "older")]);
    });
    await using(path, async (history) => {
      assert.deepEqual(await history.facts({ fromMs: 0, toMs: 1000 }), [
        fact(10, 40, "3.11.7"),
        fact(100, 300, "3.12"),
      ]);
      assert.deepEqual(await history.facts({ fromMs: 41, toMs: 100 }), [fact(100, 300, "3.12")]);
      assert.deepEqual(await history.facts({ fromMs: 41, toMs: 99 }), []);
    });
    // As of other rows, the newest are kept.
    await using(path, async (history) => {
      assert.deepEqual(await history.facts({ fromMs: 0, toMs: 1000 }), [fact(10, 40, "3.11.7")]);
    }, 1);
  }));
