import assert from "node:assert/strict";
import { AWS, ID, LOCAL, mistakeOf, placeOf } from "./_texts.ts";
import { assertWording } from "../../support/wording.ts";

/** One mistake each; the text follows two lines of a valid config. */
const MISTAKES: readonly [what: string, text: string, place: string][] = [
  // Numbers
  [
    "a number in quotes",
    `${LOCAL}max_workers: "5"\n`,
    "line 3, max_workers",
  ],
  [
    "a number in curly quotes",
    `${LOCAL}max_workers: “5”\n`,
    "line 3, max_workers",
  ],
  ["an address without https", `${AWS}address_url: http://checkip.example.com\n`, "line 3, address_url"],
  [
    "an address that seems this machine's",
    `${AWS}address_url: http://127.0.0.1.example.com/\n`,
    "line 3, address_url",
  ],
  ["a fraction", `${LOCAL}max_workers: 1.5\n`, "line 3, max_workers"],
  ["a negative number", `${LOCAL}max_workers: -1\n`, "line 3, max_workers"],
  ["far too many", `${LOCAL}max_workers: 1e9\n`, "line 3, max_workers"],
  ["infinity", `${LOCAL}max_workers: .inf\n`, "line 3, max_workers"],
  ["no number", `${LOCAL}max_idle_time_s: .nan\n`, "line 3, max_idle_time_s"],
  [
    "a thousands comma",
    `${LOCAL}max_workers: 1,000\n`,
    "line 3, max_workers",
  ],
  [
    "seconds with their unit",
    `${LOCAL}max_idle_time_s: 90s\n`,
    "line 3, max_idle_time_s",
  ],
  [
    "minutes for seconds",
    `${LOCAL}max_idle_time_s: 5 minutes\n`,
    "line 3, max_idle_time_s",
  ],
  [
    "days for hours",
    `${AWS}orphan_timeout_h: 2 days\n`,
    "line 3, orphan_timeout_h",
  ],
  [
    "gigabytes with their unit",
    `${AWS}disk_gb: 50 GB\n`,
    "line 3, disk_gb",
  ],
  [
    "dollars with their sign",
    `${AWS}budget_usd: $20\n`,
    "line 3, budget_usd",
  ],
  [
    "a unit of another kind",
    `${LOCAL}max_idle_time_s: 5 GB\n`,
    "line 3, max_idle_time_s",
  ],
  [
    "a word for a number",
    `${LOCAL}max_workers: many\n`,
    "line 3, max_workers",
  ],
  ["true for a number", `${LOCAL}max_workers: true\n`, "line 3, max_workers"],
  [
    "nothing for a number",
    `${LOCAL}max_workers:\n`,
    "line 3, max_workers",
  ],
  [
    "a list for a number",
    `${LOCAL}max_workers: [5]\n`,
    "line 3, max_workers",
  ],
  [
    "keys for a number",
    `${LOCAL}max_workers:\n  aws: 5\n`,
    "line 3, max_workers",
  ],
  [
    "a port beyond the last",
    `${LOCAL}scheduler_port: 65536\n`,
    "line 3, scheduler_port",
  ],
  [
    "port 0",
    `${LOCAL}scheduler_port: 0\n`,
    "line 3, scheduler_port",
  ],
  [
    "a poll without pause",
    `${LOCAL}poll_interval_s: 0\n`,
    "line 3, poll_interval_s",
  ],
  // Words
  [
    "yes for true",
    `${AWS}allow_world: yes\n`,
    "line 3, allow_world",
  ],
  [
    "Off for false",
    `${AWS}public_ip: Off\n`,
    "line 3, public_ip",
  ],
  [
    "true in quotes",
    `${AWS}public_ip: "true"\n`,
    "line 3, public_ip",
  ],
  ["1 for true", `${AWS}public_ip: 1\n`, "line 3, public_ip"],
  [
    "a mistyped choice",
    `${AWS}market: sopt\n`,
    "line 3, market",
  ],
  [
    "a choice spelt otherwise",
    `${AWS}market: On Demand\n`,
    "line 3, market",
  ],
  [
    "an unknown provider",
    `provider: azure\n${ID}`,
    "line 1, provider",
  ],
  [
    "a mistyped unlimited",
    `${LOCAL}hold_results_s: unlimted\n`,
    "line 3, hold_results_s",
  ],
  [
    "a negative hold",
    `${LOCAL}hold_results_s: -1\n`,
    "line 3, hold_results_s",
  ],
  [
    "no slots",
    `${LOCAL}slots_per_worker: 0\n`,
    "line 3, slots_per_worker",
  ],
  [
    "half a slot",
    `${LOCAL}slots_per_worker: 0.5\n`,
    "line 3, slots_per_worker",
  ],
  // Texts
  [
    "an account without quotes",
    `${AWS}image_owner: 099720109477\n`,
    "line 3, image_owner",
  ],
  [
    "a path that starts nowhere",
    `${LOCAL}python: ~/env/bin/python\n`,
    "line 3, python",
  ],
  [
    "a cluster name with capitals",
    `provider: local\ncluster_name: Xcore\ncluster_id: xcore-0a1b2c3d\n`,
    "line 2, cluster_name",
  ],
  [
    "a tag that is a number",
    `${AWS}tags: {year: 2026}\n`,
    "line 3, tags.year",
  ],
  [
    "a tag of several lines",
    `${AWS}tags:\n  note: "a\\nb"\n`,
    "line 4, tags.note",
  ],
  [
    "a very long value",
    `${LOCAL}max_workers: ${"x".repeat(500)}\n`,
    "line 3, max_workers",
  ],
  [
    "an option for pip",
    `${AWS}packages: [--index-url=x]\n`,
    "line 3, packages.0",
  ],
];

for (const [what, text, place] of MISTAKES) {
  Deno.test(`parseConfig() answers ${what}`, async () => {
    const mistake = await mistakeOf(text);
    assert.equal(placeOf(mistake), place);
    assertWording("values", what, mistake.message);
  });
}
