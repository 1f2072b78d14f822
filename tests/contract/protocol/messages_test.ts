import assert from "node:assert/strict";
import { leaseTermsOf } from "../../../lib/config/config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { ShapeError } from "../../../lib/util/object_reader.ts";
import { camelOf } from "../../../lib/protocol/camel_of.ts";
import { PROTOCOL, SCHEMAS, TERM_SOURCES } from "../../../lib/protocol/messages.ts";
import { readMessage, writeMessage } from "../../../lib/protocol/read_message.ts";
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
