import assert from "node:assert/strict";
import { sparkline, Trend } from "../../../lib/cli/sparkline.ts";

Deno.test("sparkline() has a bar a number: 0 alone is the lowest, the greatest is the highest", () => {
  assert.equal(sparkline([0, 1, 50, 99, 100]), "▁▂▅██");
  assert.equal(sparkline([0, 0]), "▁▁");
  assert.equal(sparkline([1, 1]), "██");
  assert.equal(sparkline([]), "");
});

Deno.test("Trend keeps a peak, and the whole time, in as few numbers as fit", () => {
  const trend = new Trend(10);
  for (let i = 0; i < 1000; i++) {
    trend.add(i === 500 ? 7 : i % 2);
    assert.ok(
      trend.values.length <= 11 && trend.values.length >= Math.min(i + 1, 5),
      `${i}: ${trend.values}`,
    );
  }
  const peak = trend.values.indexOf(7);
  assert.ok(Math.abs(peak / trend.values.length - 0.5) < 0.2, trend.values.join());
});
