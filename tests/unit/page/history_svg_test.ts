import assert from "node:assert/strict";
import type { PageHistory } from "../../../lib/page/page_history.ts";
import { historySvg } from "../../../lib/page/history_svg.ts";

const HOUR = 3_600_000;
const FROM = Date.parse("2026-11-30T00:00:00Z");

function history(over: Partial<PageHistory> = {}): PageHistory {
  return {
    ...{ from: FROM, to: FROM + 4 * HOUR, begun: FROM, decisions: [], more_decisions: false, functions: [] },
    samples: {
      at: [0, 1, 2, 3, 4].map((hour) => FROM + hour * HOUR),
      workers: { running: [1, 3, null, 2, 2], pending: [0, 1, null, 0, 0], booting: [1, 0, null, 0, 0] },
      target: [2, 4, null, 2, 2],
      queued: [0, 50, null, 0, 0],
      processing: [1, 3, null, 2, 2],
    },
    cost: null,
    ...over,
  };
}

/** The paths of a plot: [x, y] of each corner, and NaN where one ends. */
function corners(path: string): number[][] {
  let [x, y] = [0, 0];
  return [...path.matchAll(/([MHVZ])([-\d.]*) ?([-\d.]*)/g)].map(([, letter, a, b]) => {
    if (letter === "M") [x, y] = [Number(a), Number(b)];
    if (letter === "H") x = Number(a);
    if (letter === "V") y = Number(a);
    return letter === "Z" ? [NaN, NaN] : [x, y];
  });
}

const pathsOf = (svg: string) =>
  [...svg.matchAll(/<path fill="([^"]+)".*? d="([^"]*)"/g)].map(([, fill, d]) => [fill!, d!] as const);

Deno.test("historySvg() draws each value until the next time, on those below it, with a gap where nothing is known", () => {
  const [booting, running] = pathsOf(historySvg(history(), "xcore").text);
  const [left, bottom, apart] = [56, 154, 208];
  const height = 130 / 4; // of a worker: the axis goes up to four
  const expected = (first: number, second: number, last: number) => [
    ...[[left, bottom], [left, bottom - first * height], [left + apart, bottom - first * height]],
    ...[[left + apart, bottom - second * height], [left + 2 * apart, bottom - second * height]],
    ...[[left + 2 * apart, bottom], [left, bottom], [NaN, NaN]],
    ...[[left + 3 * apart, bottom], [left + 3 * apart, bottom - last * height]],
    ...[[left + 4 * apart, bottom - last * height], [left + 4 * apart, bottom], [left + 3 * apart, bottom]],
    [NaN, NaN],
  ];
  assert.deepEqual(corners(running![1]), expected(1, 3, 2));
  // Pending and booting are one.
  assert.deepEqual(corners(booting![1]), expected(2, 4, 2));
});

Deno.test("historySvg() says in words what it shows, and its axes have round numbers and times", () => {
  const { text } = historySvg(history(), "<b>");
  assert.match(text, /<title id="plot-title">Cluster &lt;b&gt; over time<\/title>/);
  assert.match(
    text,
    /Workers, at most: running 3, booting 1, target 4\. Tasks, at most: waiting for a worker 50,/,
  );
  const marks = [...text.matchAll(/>([^<>]+)<\/text>/g)].map(([, mark]) => mark);
  for (const mark of ["0", "1", "4", "20", "60", "30 Nov", "01:00", "04:00"]) {
    assert.ok(marks.includes(mark), mark);
  }
  assert.ok(!/NaN|Infinity|undefined/.test(text));
});

Deno.test("historySvg() of a cost has what an hour costs; of nothing, and of a moment, it has the axes", () => {
  const cost = { at: [FROM, FROM + 2 * HOUR], usd: [3, 0.5], total_usd: 3.5, unknown_prices: 0 };
  assert.match(historySvg(history({ cost }), "x").text, /Cost an hour, at most: instances \$1\.50\./);
  const none = { at: [], workers: { running: [] }, target: [], queued: [], processing: [] };
  const { text } = historySvg(history({ samples: none, to: FROM }), "x");
  assert.match(text, /running 0, target 0/);
  assert.ok(!/NaN|Infinity|undefined/.test(text));
});

Deno.test("historySvg() piles workers as the page does", async () => {
  const page = await Deno.readTextFile(new URL("../../../page/charts.js", import.meta.url));
  const plot = await Deno.readTextFile(new URL("../../../lib/page/history_svg.ts", import.meta.url));
  const pileOf = (text: string) => /const PILE\b[^=]*= \[\n([\s\S]*?)\n\];/.exec(text)?.[1];
  assert.ok(pileOf(page)!.includes("booting"));
  assert.equal(pileOf(plot), pileOf(page));
});
