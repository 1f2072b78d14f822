import assert from "node:assert/strict";
import { isOlder } from "../../../lib/util/is_older.ts";

const CASES: readonly (readonly [version: string, than: string, older: boolean])[] = [
  ["1.11.4", "1.9.0", false],
  ["1.9", "1.9.0", false],
  ["1.9", "1.11.0", true],
  ["2022.11.1", "2022.12.0", true],
  ["2022.12.0", "2022.12.0", false],
  ["1.12.0-beta1", "1.12.0", false],
  ["v1.2.3", "1.2.4", true],
  ["no version", "1.0.0", false],
];

for (const [version, than, older] of CASES) {
  Deno.test(`isOlder() compares ${version} with ${than} by numbers`, () => {
    assert.equal(isOlder(version, than), older);
  });
}
