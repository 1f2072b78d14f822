import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { XcoreError } from "../../lib/errors.ts";
import type { Decision } from "../../lib/model/mod.ts";
import type { Journal } from "../../lib/status/journal.ts";
import { openJournal } from "../../lib/status/sqlite_journal.ts";
import { attempt } from "../fakes/builders.ts";

const DECISION: Decision = { atMs: 5, action: "launch", names: ["worker-0", "worker-1"], reason: "2 tasks" };

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-journal-" });
  try {
    await test(join(folder, "history.db"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function using(
  path: string,
  work: (journal: Journal) => Promise<void>,
  keepRows?: number,
): Promise<void> {
  const journal = openJournal(path, keepRows);
  try {
    await work(journal);
  } finally {
    journal.close();
  }
}

const idsOf = async (journal: Journal) => (await journal.openAttempts()).map(({ id }) => id);

Deno.test("the journal has what was written when it is opened again", () =>
  withPath(async (path) => {
    const whole = attempt(["worker-0", "worker-1"], {
      ...{ id: "1", pool: "gpu", zone: "b", market: "spot", accelerator: "t4", acceleratorCount: 2 },
      ...{ resources: { GPU: 2 }, slots: 3, atMs: 1234 },
    });
    await using(path, async (journal) => {
      await journal.openAttempt(whole);
      await journal.record([DECISION]);
    });
    await using(path, async (journal) => {
      assert.deepEqual(await journal.openAttempts(), [whole]);
      assert.deepEqual(await journal.decisions(9), [DECISION]);
    });
  }));

Deno.test("the journal has an attempt open until its result is written, the oldest first", () =>
  withPath((path) =>
    using(path, async (journal) => {
      await journal.openAttempt(attempt(["worker-1"], { id: "late", atMs: 2000.5 }));
      await journal.openAttempt(attempt(["worker-0"], { id: "early", atMs: 1000 }));
      assert.deepEqual(await idsOf(journal), ["early", "late"]);
      await journal.closeAttempt("early", { launched: [{ name: "worker-1", id: "i-1" }], error: null });
      await journal.closeAttempt("unheard of", { launched: [], error: "away" });
      assert.deepEqual(await idsOf(journal), ["late"]);
      await journal.closeAttempt("late", { launched: [], error: "away" });
      assert.deepEqual(await idsOf(journal), []);
    })
  ));

Deno.test("the journal tells what launches got, whenever that was, until it is told that it is gone", () =>
  withPath(async (path) => {
    const [old, one, two] = ["old", "one", "two"].map((id, i) => ({ name: `worker-${i}`, id: `i-${id}` }));
    const attempts = {
      first: attempt([old!.name], { id: "first", atMs: 5000 }),
      second: attempt([one!.name, two!.name], { id: "second", atMs: 0 }),
    };
    await using(path, async (journal) => {
      for (const each of [...Object.values(attempts), attempt(["worker-3"], { id: "open" })]) {
        await journal.openAttempt(each);
      }
      await journal.openAttempt(attempt(["worker-4"], { id: "empty" }));
      await journal.closeAttempt("first", { launched: [old!], error: null });
      await journal.closeAttempt("second", { launched: [one!, two!], error: null });
      await journal.closeAttempt("empty", { launched: [], error: "none left" });
      assert.deepEqual(await journal.launched(), [
        { attempt: attempts.first, launched: [old] },
        { attempt: attempts.second, launched: [one, two] },
      ]);
      await journal.forget([one!.id, "i-unheard-of"]);
    });
    await using(path, async (journal) => {
      assert.deepEqual(await journal.launched(), [
        { attempt: attempts.first, launched: [old] },
        { attempt: attempts.second, launched: [two] },
      ]);
      await journal.forget([old!.id, two!.id]);
      assert.deepEqual(await journal.launched(), []);
    });
  }));

Deno.test("the journal knows an instance by the last launch that got one of its id", () =>
  withPath((path) =>
    using(path, async (journal) => {
      const launched = [{ name: "worker-0", id: "xcore-worker-0" }];
      for (const id of ["1", "2"]) {
        await journal.openAttempt(attempt(["worker-0"], { id }));
        await journal.closeAttempt(id, { launched, error: null });
      }
      assert.deepEqual((await journal.launched()).map(({ attempt }) => attempt.id), ["2"]);
    })
  ));

Deno.test("the journal of an earlier xcore tells what its launches got", () =>
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
    await using(path, async (journal) => {
      assert.deepEqual(await journal.launched(), [{ attempt: got, launched }]);
      await journal.forget(["i-0"]);
    });
    await using(path, async (journal) => {
      assert.deepEqual(await journal.launched(), [{ attempt: got, launched: launched.slice(1) }]);
      assert.deepEqual(await idsOf(journal), ["open"]);
    });
  }));

Deno.test("the journal keeps an attempt's first word when it is written twice", () =>
  withPath((path) =>
    using(path, async (journal) => {
      await journal.openAttempt(attempt(["worker-0"], { id: "1" }));
      await journal.closeAttempt("1", { launched: [], error: null });
      await journal.openAttempt(attempt(["worker-9"], { id: "1" }));
      assert.deepEqual(await idsOf(journal), []);
    })
  ));

Deno.test("the journal gives the newest decisions, the newest first", () =>
  withPath((path) =>
    using(path, async (journal) => {
      // In the order of writing: people set clocks back.
      await journal.record([{ ...DECISION, atMs: 30, reason: "a" }, { ...DECISION, atMs: 20, reason: "b" }]);
      await journal.record([{ ...DECISION, atMs: 10, reason: 'it\'s "quoted" ✓' }]);
      assert.deepEqual((await journal.decisions(2)).map(({ reason }) => reason), ['it\'s "quoted" ✓', "b"]);
      assert.equal((await journal.decisions(0)).length, 0);
    })
  ));

Deno.test("the journal is trimmed when it is opened, and never of an attempt that is not over", () =>
  withPath(async (path) => {
    await using(path, async (journal) => {
      for (let i = 0; i < 10; i++) {
        await journal.openAttempt(attempt(["worker-0"], { id: `${i}`, atMs: i }));
        const launched = i === 3 || i === 4 ? [{ name: "worker-0", id: `i-${i}` }] : [];
        if (i !== 2) await journal.closeAttempt(`${i}`, { launched, error: null });
        if (i === 4) await journal.forget(["i-4"]);
        await journal.record([{ ...DECISION, reason: `${i}` }]);
      }
    }, 3);
    await using(path, async (journal) => {
      assert.deepEqual((await journal.decisions(99)).map(({ reason }) => reason), ["9", "8", "7"]);
      assert.deepEqual(await idsOf(journal), ["2"]);
      assert.deepEqual((await journal.launched()).map(({ attempt }) => attempt.id), ["3"]);
      await journal.openAttempt(attempt(["worker-0"], { id: "new" }));
      assert.deepEqual((await idsOf(journal)).toSorted(), ["2", "new"]);
    }, 3);
  }));

Deno.test("many processes at once make, open and write one journal, and nothing is lost", () =>
  withPath(async (path) => {
    const script = new URL("./_open_journal.ts", import.meta.url).pathname;
    const outputs = await Promise.all(["a", "b", "c"].map((prefix) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--cached-only", script, path, prefix, "20"],
      }).output()
    ));
    for (const { code, stderr } of outputs) assert.equal(code, 0, new TextDecoder().decode(stderr));
    await using(path, async (journal) => assert.equal((await idsOf(journal)).length, 60));
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

Deno.test("openJournal() says which file it cannot use, leaves it as it is, and what to do", () =>
  withPath(async (path) => {
    const text = "This is a text that somebody put here. ".repeat(100);
    await Deno.writeTextFile(path, text);
    const folder = join(path, "..", "folder");
    await Deno.mkdir(folder);
    for (const unfit of [path, folder, join(folder, "none", "history.db")]) {
      assert.throws(() => openJournal(unfit), (error) => {
        assert.ok(error instanceof XcoreError);
        assert.match(error.message, /^Cannot use the cluster's history: /);
        assert.ok(error.message.includes(unfit) && error.hint !== "");
        return true;
      });
    }
    assert.equal(await Deno.readTextFile(path), text);
  }));

Deno.test("the journal rejects when it cannot write, and does not take it for written", () =>
  withPath((path) =>
    using(path, async (journal) => {
      await journal.openAttempt(attempt(["worker-0"], { id: "1" }));
      const loop: Record<string, unknown> = {};
      loop.self = loop;
      const unwritable = attempt(["worker-1"], { id: "2", ...loop });
      await assert.rejects(journal.openAttempt(unwritable));
      assert.deepEqual(await idsOf(journal), ["1"]);
    })
  ));
