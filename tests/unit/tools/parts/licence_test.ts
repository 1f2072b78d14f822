import assert from "node:assert/strict";
import {
  isPermissive,
  kindOfText,
  type Part,
  splitLicence,
  withTexts,
} from "../../../../tools/parts/licence.ts";
import { refuseStrange } from "../../../../tools/parts/notice.ts";

const part = (license: string, text = "", name = "a"): Part => ({
  name,
  version: "1.0.0",
  license,
  source: null,
  copyright: [],
  text,
});

Deno.test("isPermissive() wants one side of OR and both of AND", () => {
  for (
    const good of [
      "MIT",
      "MIT OR GPL-3.0-only",
      "GPL-3.0-only/MIT",
      "(GPL-2.0-only OR MIT) AND BSD-3-Clause",
      "Apache-2.0 WITH LLVM-exception",
    ]
  ) assert.ok(isPermissive(good), good);
  for (
    const bad of [
      "GPL-3.0-only",
      "MIT AND GPL-3.0-only",
      "(GPL-2.0-only OR AGPL-3.0-only) AND MIT",
      "SEE LICENSE IN LICENSE.md",
      "UNLICENSED",
      "MPL-2.0",
      "",
    ]
  ) assert.ok(!isPermissive(bad), bad);
});

Deno.test("refuseStrange() names each part whose licence is not allowed", () => {
  refuseStrange([part("MIT")], isPermissive);
  assert.throws(
    () =>
      refuseStrange([part("MIT"), part("GPL-3.0-only", "", "b"), part("UNLICENSED", "", "c")], isPermissive),
    /^Error: b 1\.0\.0 \(GPL-3\.0-only\), c 1\.0\.0 \(UNLICENSED\): not a licence/,
  );
});

Deno.test("splitLicence() parts whose work it is from what may be done with it", () => {
  const split = splitLicence(
    "The MIT License\r\n\r\nCopyright (c) 2011 A <a@b.c>\r\nAll rights reserved.\r\n\r\n  (c) 2012, D\r\n" +
      "Copyright 2013–2014 E\n\nThe above copyright notice shall be included.\nCopyright holders are not liable.\n" +
      "Copyright [yyyy] [name of copyright owner]\n",
  );
  assert.deepEqual(split.copyright, [
    "Copyright (c) 2011 A <a@b.c> All rights reserved.",
    "(c) 2012, D",
    "Copyright 2013–2014 E",
  ]);
  assert.equal(
    split.text,
    "The MIT License\n\nThe above copyright notice shall be included.\nCopyright holders are not liable.\n" +
      "Copyright [yyyy] [name of copyright owner]",
  );
});

Deno.test("kindOfText() sees through wrapping and titles, not through words", () => {
  assert.equal(
    kindOfText('(The MIT License)\n\nPermission is "hereby"\ngranted'),
    kindOfText("Permission is 'hereby' granted."),
  );
  assert.notEqual(kindOfText("without any fee"), kindOfText("with any fee"));
});

Deno.test("withTexts() gives a part without a text the one that most of its licence have, or fails", () => {
  const parts = [part("MIT", "one"), part("MIT", "two"), part("MIT", "Two."), part("ISC OR MIT")];
  assert.equal(withTexts(parts)[3]!.text, "two");
  assert.throws(
    () => withTexts([part("MIT", "one"), part("ISC")]),
    /a 1\.0\.0 has no text of its licence, ISC/,
  );
});
