import assert from "node:assert/strict";
import { leaseTermsOf } from "../../../lib/config/config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { ShapeError } from "../../../lib/util/object_reader.ts";
import { camelOf } from "../../../lib/protocol/camel_of.ts";
import { PROTOCOL, SCHEMAS, TERM_SOURCES } from "../../../lib/protocol/messages.ts";
import { readAnswer, readMessage, writeMessage } from "../../../lib/protocol/read_message.ts";
import { forSeeds, type Random } from "../../support/fakes/random.ts";
import { messageSchemas, protocolFiles } from "../../../tools/protocol.ts";
import { fixtures } from "./_fixtures.ts";

for (const [name, { valid, invalid }] of fixtures()) {
  Deno.test(`readMessage() takes each valid ${name}, and writeMessage() gives it back`, () => {
    for (const value of valid) {
      const read = readMessage(name, value);
      const written = writeMessage(name, read);
      assert.deepEqual(readMessage(name, written), read);
      assert.deepEqual(Object.keys(value).filter((key) => !(key in written)), []);
    }
  });

  Deno.test(`readMessage() says what is wrong with each invalid ${name}`, () => {
    for (const { value, error } of invalid) {
      assert.throws(() => readMessage(name, value), (thrown) => {
        assert.ok(thrown instanceof ShapeError);
        assert.equal(thrown.message, error);
        return true;
      });
    }
  });
}

const STATUS = fixtures().find(([name]) => name === "statusAnswer")![1].valid[0]!;

/** What a value may be that does not fit, as JSON can have it. */
const ODD = [null, true, "1", -1, 0.5, 1e999, [], {}, [[[]]], "\u001b[2J\n", "x".repeat(10_000)];

/** The places of all values, `["workers", "0", "name"]`. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    [key],
    ...placesIn(each).map((place) => [key, ...place]),
  ]);
}

function withOddValue(random: Random): { status: Record<string, unknown>; place: string[] } {
  const status = structuredClone(STATUS) as Record<string, unknown>;
  const place = random.pick(
    placesIn(status).filter(([list, index]) =>
      ["runnable", "stranded", "mistyped", "workers", "mismatches", "deaths", "clients"].includes(list!) &&
      index
    ),
  );
  const inner = place.slice(0, -1).reduce<Record<string, unknown>>(
    (value, key) => value[key] as Record<string, unknown>,
    status,
  );
  inner[place.at(-1)!] = random.pick(ODD);
  return { status, place };
}

Deno.test("readAnswer() loses of a report no more than the entry with a value that does not fit", async () => {
  const whole = readAnswer("statusAnswer", STATUS);
  assert.deepEqual(whole, { answer: readMessage("statusAnswer", STATUS), unread: [] });
  const names = (answer: typeof whole.answer) => answer.workers.map(({ name }) => name);
  await forSeeds(300, (random) => {
    const { status, place: [list, index] } = withOddValue(random);
    const { answer, unread } = readAnswer("statusAnswer", status);
    const [found, expected] = [answer, whole.answer].map((each) =>
      Object.entries(each).filter(([key]) => key !== list)
    );
    assert.deepEqual(found, expected, "all other lists are as they were");
    const [entries, all] = [answer, whole.answer].map((each) => each[list as "workers"]);
    for (const [i, entry] of all!.entries()) {
      if (String(i) !== index) {
        assert.ok(entries!.some((each) => JSON.stringify(each) === JSON.stringify(entry)));
      }
    }
    if (entries!.length < all!.length) assert.ok(unread[0]!.startsWith(`${list}.${index}`));
    if (unread.length === 0) assert.deepEqual(answer, readMessage("statusAnswer", status));
    for (const line of unread) assert.ok(line.length < 200 && !line.includes("\n"), line);
    assert.ok(names(whole.answer).length - names(answer).length <= 1);
  });
});

Deno.test("readAnswer() takes a worker with figures that do not fit for one that must stay", () => {
  const [first, ...others] = STATUS.workers as Record<string, unknown>[];
  const worker = { ...first, processing: "1", executing: -1, holds_results: 3, resources: { GPU: true } };
  const { answer, unread } = readAnswer("statusAnswer", { ...STATUS, workers: [worker, ...others] });
  const { processing, executing, holdsResults, resources } = answer.workers[0]!;
  assert.deepEqual([processing, executing, holdsResults, resources], [1, 1, true, {}]);
  assert.equal(unread.length, 4);
});

Deno.test("readAnswer() takes tasks with a need that does not fit for no others", () => {
  const runnable = [{ resources: { GPU: "1" }, count: 3 }, { resources: {}, count: 2 }];
  const { answer } = readAnswer("statusAnswer", { ...STATUS, runnable });
  assert.deepEqual(answer.runnable, [{ resources: {}, count: 2 }]);
});

Deno.test("every message has fixtures, valid and invalid ones", () => {
  const found = new Map(fixtures());
  assert.deepEqual([...found.keys()].sort(), Object.keys(SCHEMAS).sort());
  for (const [name, { valid, invalid }] of found) assert.ok(valid.length > 0 && invalid.length > 0, name);
});

Deno.test("readMessage() leaves out keys that the schema does not know, and names of resources as they are", () => {
  const [, { valid: [status] }] = fixtures().find(([name]) => name === "statusAnswer")!;
  const more = { ...status, of_another_year: 1, versions: { some_package: "1" } };
  const { versions, ...rest } = readMessage("statusAnswer", more);
  assert.deepEqual(versions, { some_package: "1" });
  assert.ok(!("ofAnotherYear" in rest));
});

Deno.test("the files that `deno task embed` makes from the schemas are as the schemas are", async () => {
  for (const [path, text] of Object.entries(protocolFiles())) {
    const found = await Deno.readTextFile(new URL(`../../../${path}`, import.meta.url));
    assert.ok(found === text, `${path} is stale: run \`deno task embed\``);
  }
});

Deno.test("the version in an answer is the one that its schema has", () => {
  assert.equal(messageSchemas().envelope!.properties!.protocol!.const, PROTOCOL);
});

Deno.test("a setting that the scheduler reads has the same default there as in config.yaml", async () => {
  const config = await parseConfig("provider: local\ncluster_id: xcore-0a1b2c3d\n", "config.yaml");
  const defaults = Object.entries(SCHEMAS.leaseRequest.properties!).filter(([key]) =>
    camelOf(key) in TERM_SOURCES
  );
  assert.deepEqual(
    leaseTermsOf(config),
    Object.fromEntries(defaults.map(([key, schema]) => [camelOf(key), schema.default])),
  );
  assert.ok(defaults.length > 0);
});
