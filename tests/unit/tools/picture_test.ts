import assert from "node:assert/strict";
import { CAST, PICTURE, TITLE } from "../../../tools/picture/main.ts";
import { TYPED } from "../../../tools/picture/record.ts";
import { read, type Recording } from "../../../tools/picture/recording.ts";
import { statusPictures } from "../../../tools/picture/status.ts";
import { draw } from "../../../tools/picture/svg.ts";
import { testPython } from "../../support/test_python.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const fileText = (path: string) => Deno.readTextFile(ROOT + path);

/** Fails when a text is no XML. */
async function parsed(svg: string): Promise<void> {
  const child = new Deno.Command(testPython(), {
    args: ["-c", "import sys, xml.dom.minidom as dom; dom.parseString(sys.stdin.buffer.read())"],
    ...{ stdin: "piped", stderr: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(svg));
  await writer.close();
  const { success, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** What is to be seen at a moment of the picture: `null` without motion. */
function seenAt(svg: string, percent: number | null): string {
  const steps = new Map(
    [...svg.matchAll(/@keyframes (k\d+)\{((?:[\d.]+%\{visibility:\w+\})+)\}/g)].map(([, name, text]) => [
      name!,
      [...text!.matchAll(/([\d.]+)%\{visibility:(\w+)\}/g)].map(([, at, what]) =>
        [Number(at), what!] as const
      ),
    ]),
  );
  const [, hidden = ""] = /((?:\.k\d+,?)+)\{visibility:hidden\}@media/.exec(svg) ?? [];
  const isHidden = (name: string) =>
    percent === null
      ? hidden.split(",").includes(`.${name}`)
      : steps.get(name)!.findLast(([at]) => at <= percent)![1] === "hidden";
  return [
    ...svg.matchAll(/<text(?: class="([^"]*)")? x="[\d.]+" y="[\d.]+"(?: class="([^"]*)")?[^>]*>([^<]*)/g),
  ]
    .filter(([, before, after]) =>
      !(before ?? after ?? "").split(" ").some((name) => /^k\d/.test(name) && isHidden(name))
    )
    .map(([, , , text]) => text!.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"))
    .join("\n");
}

Deno.test("the pictures of the status show what the status says", async () => {
  for (const [name, svg] of Object.entries(await statusPictures())) {
    assert.equal(await fileText(`docs/picture/${name}`), svg, "run `deno task picture:status`");
    await parsed(svg);
  }
});

Deno.test("the README's picture is drawn from its recording, whole and by itself", async () => {
  const svg = await fileText(PICTURE);
  assert.equal(svg, await draw(read(await fileText(CAST)), TITLE), "run `deno task picture --draw`");
  await parsed(svg);
  assert.ok(svg.length < 200_000, `${svg.length} bytes`);
  const outside = svg.replace('xmlns="http://www.w3.org/2000/svg"', "");
  assert.doesNotMatch(
    outside,
    /\w+:\/\/(?!127\.0\.0\.1)|href|url\(|@import|@font-face|<(script|image|use|foreignObject)\b|\son\w+=/,
  );
});

Deno.test("the picture shows the README's commands and their end, and stands still on a result", async () => {
  const [svg, page] = await Promise.all([fileText(PICTURE), fileText("README.md")]);
  const [, alt = ""] = new RegExp(`!\\[(.*)\\]\\(${PICTURE}\\)`).exec(page) ?? [];
  assert.match(alt, /\w+ \w+/, "README.md has the picture, and words for who cannot see it");
  const all = seenAt(svg, 99.9) + seenAt(svg, null) + svg;
  for (const line of TYPED) {
    assert.ok(
      all.includes(line.replaceAll(/[&<>]/g, (it) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[it]!)),
      line,
    );
    const [words = ""] = /^xcore \w+|examples\S+|^export .*/.exec(line) ?? [];
    assert.ok(page.includes(words), `README.md does not have ${words}`);
  }
  const still = seenAt(svg, null);
  assert.match(still, /^24 parts counted by 4 workers$/m);
  for (const name of ["worker-0", "worker-1", "worker-2", "worker-3"]) assert.ok(still.includes(name), still);
  const end = seenAt(svg, 99.9);
  assert.match(end, /^Those of length 8 are the same as counted here\.$/m);
  assert.match(end, /^Nothing is left\.$/m);
  assert.match(end, /^There is no crosscore cluster running\./m);
});

Deno.test("the recording names no folder of the machine that made it", async () => {
  assert.doesNotMatch(await fileText(CAST), /\/(root|home|Users|work)\b/);
});

const SMALL: Recording = {
  panes: [{ title: "a <pane>", columns: 20, rows: 2 }],
  still: 1,
  events: [
    { at: 0, pane: 0, text: "$ " },
    { at: 1, pane: 0, text: "echo 1 \x1b[32m&\x1b[0m 2" },
    { at: 11, pane: 0, text: "\r\nend" },
  ],
};

Deno.test("draw() shows each text from when it was printed, and a long pause in less than it took", async () => {
  const svg = await draw(SMALL, "A <small> session");
  await parsed(svg);
  const [, endS] = /animation:k0 ([\d.]+)s/.exec(svg)!;
  const shownS = 1 + 1.2 + (10 - 1.2) / 4;
  assert.equal(Number(endS), Math.round((shownS + 5) * 100) / 100);
  const at = (seconds: number) => seenAt(svg, seconds / Number(endS) * 100);
  assert.doesNotMatch(at(0.5), /echo/);
  assert.match(at(1.5), /echo 1\n&\n2/);
  assert.doesNotMatch(at(shownS - 0.1), /end/);
  assert.match(at(shownS + 0.1), /end/);
  assert.match(seenAt(svg, null), /echo 1/);
  assert.match(svg, /<text [^>]*class="c2[^"]*"[^>]*>&amp;</);
});
