import assert from "node:assert/strict";
import { AWS, ID, LOCAL, mistakeOf } from "./_texts.ts";

const WORKERS = "a whole number from 0 to 10000";
const IDLE = "a number of seconds, 0 or more";

/** One mistake each; the text follows two lines of a valid config. */
const MISTAKES: readonly [what: string, text: string, said: string][] = [
  // Numbers
  [
    "a number in quotes",
    `${LOCAL}max_workers: "5"\n`,
    `line 3, max_workers: found the text "5", allowed ${WORKERS}: write 5`,
  ],
  [
    "a number in curly quotes",
    `${LOCAL}max_workers: “5”\n`,
    `line 3, max_workers: found the text "“5”", allowed ${WORKERS}: write 5`,
  ],
  ["a fraction", `${LOCAL}max_workers: 1.5\n`, `line 3, max_workers: found 1.5, allowed ${WORKERS}`],
  ["a negative number", `${LOCAL}max_workers: -1\n`, `line 3, max_workers: found -1, allowed ${WORKERS}`],
  ["far too many", `${LOCAL}max_workers: 1e9\n`, `line 3, max_workers: found 1e9, allowed ${WORKERS}`],
  ["infinity", `${LOCAL}max_workers: .inf\n`, `line 3, max_workers: found .inf, allowed ${WORKERS}`],
  ["no number", `${LOCAL}max_idle_time_s: .nan\n`, `line 3, max_idle_time_s: found .nan, allowed ${IDLE}`],
  [
    "a thousands comma",
    `${LOCAL}max_workers: 1,000\n`,
    `line 3, max_workers: found the text "1,000", allowed ${WORKERS}: write 1000`,
  ],
  [
    "seconds with their unit",
    `${LOCAL}max_idle_time_s: 90s\n`,
    `line 3, max_idle_time_s: found the text "90s", allowed ${IDLE}: write 90`,
  ],
  [
    "minutes for seconds",
    `${LOCAL}max_idle_time_s: 5 minutes\n`,
    `line 3, max_idle_time_s: found the text "5 minutes", allowed ${IDLE}: write 300`,
  ],
  [
    "days for hours",
    `${AWS}orphan_timeout_h: 2 days\n`,
    `line 3, orphan_timeout_h: found the text "2 days", allowed a number of hours, 0.001 or more: write 48`,
  ],
  [
    "gigabytes with their unit",
    `${AWS}disk_gb: 50 GB\n`,
    `line 3, disk_gb: found the text "50 GB", allowed a whole number of gigabytes from 8 to 16384: write 50`,
  ],
  [
    "dollars with their sign",
    `${AWS}budget_usd: $20\n`,
    `line 3, budget_usd: found the text "$20", allowed a number of US dollars, 0 or more: write 20`,
  ],
  [
    "a unit of another kind",
    `${LOCAL}max_idle_time_s: 5 GB\n`,
    `line 3, max_idle_time_s: found the text "5 GB", allowed ${IDLE}`,
  ],
  [
    "a word for a number",
    `${LOCAL}max_workers: many\n`,
    `line 3, max_workers: found the text "many", allowed ${WORKERS}`,
  ],
  ["true for a number", `${LOCAL}max_workers: true\n`, `line 3, max_workers: found true, allowed ${WORKERS}`],
  [
    "nothing for a number",
    `${LOCAL}max_workers:\n`,
    `line 3, max_workers: found nothing, allowed ${WORKERS}: take the line out for the usual value`,
  ],
  [
    "a list for a number",
    `${LOCAL}max_workers: [5]\n`,
    `line 3, max_workers: found a list, allowed ${WORKERS}`,
  ],
  [
    "keys for a number",
    `${LOCAL}max_workers:\n  aws: 5\n`,
    `line 3, max_workers: found keys and values, allowed ${WORKERS}`,
  ],
  [
    "a port beyond the last",
    `${LOCAL}scheduler_port: 65536\n`,
    "line 3, scheduler_port: found 65536, allowed a whole number from 1 to 65535",
  ],
  [
    "port 0",
    `${LOCAL}scheduler_port: 0\n`,
    "line 3, scheduler_port: found 0, allowed a whole number from 1 to 65535",
  ],
  [
    "a poll without pause",
    `${LOCAL}poll_interval_s: 0\n`,
    "line 3, poll_interval_s: found 0, allowed a number of seconds from 0.1 to 60",
  ],
  // Words
  [
    "yes for true",
    `${AWS}allow_world: yes\n`,
    "line 3, allow_world: found yes, which is a text, allowed true or false: write true",
  ],
  [
    "Off for false",
    `${AWS}public_ip: Off\n`,
    "line 3, public_ip: found Off, which is a text, allowed true or false: write false",
  ],
  [
    "true in quotes",
    `${AWS}public_ip: "true"\n`,
    'line 3, public_ip: found "true", which is a text, allowed true or false: write true',
  ],
  ["1 for true", `${AWS}public_ip: 1\n`, "line 3, public_ip: found 1, allowed true or false"],
  [
    "a mistyped choice",
    `${AWS}market: sopt\n`,
    "line 3, market: found sopt, allowed on-demand, spot or spot-then-on-demand: did you mean spot?",
  ],
  [
    "a choice spelt otherwise",
    `${AWS}market: On Demand\n`,
    "line 3, market: found On Demand, allowed on-demand, spot or spot-then-on-demand: did you mean on-demand?",
  ],
  [
    "an unknown provider",
    `provider: azure\n${ID}`,
    "line 1, provider: found azure, allowed local, aws or gcp",
  ],
  [
    "a mistyped unlimited",
    `${LOCAL}hold_results_s: unlimted\n`,
    `line 3, hold_results_s: found the text "unlimted", allowed unlimited or ${IDLE}: write unlimited`,
  ],
  [
    "a negative hold",
    `${LOCAL}hold_results_s: -1\n`,
    `line 3, hold_results_s: found -1, allowed unlimited or ${IDLE}`,
  ],
  [
    "no slots",
    `${LOCAL}slots_per_worker: 0\n`,
    "line 3, slots_per_worker: found 0, allowed auto or a whole number from 1 to 1024",
  ],
  [
    "half a slot",
    `${LOCAL}slots_per_worker: 0.5\n`,
    "line 3, slots_per_worker: found 0.5, allowed auto or a whole number from 1 to 1024",
  ],
  // Texts
  [
    "an account without quotes",
    `${AWS}image_owner: 099720109477\n`,
    `line 3, image_owner: found the number 099720109477 without quotes, allowed the owner's account or project: write "099720109477"`,
  ],
  [
    "a path that starts nowhere",
    `${LOCAL}python: ~/env/bin/python\n`,
    "line 3, python: found ~/env/bin/python, allowed a full path, which begins with /",
  ],
  [
    "a cluster name with capitals",
    `provider: local\ncluster_name: Xcore\ncluster_id: xcore-0a1b2c3d\n`,
    "line 2, cluster_name: found Xcore, allowed up to 30 lower-case letters, digits and hyphens, beginning with a letter",
  ],
  [
    "a tag that is a number",
    `${AWS}tags: {year: 2026}\n`,
    'line 3, tags.year: found the number 2026 without quotes, allowed one line of text: write "2026"',
  ],
  [
    "a tag of several lines",
    `${AWS}tags:\n  note: "a\\nb"\n`,
    'line 4, tags.note: found "a b", allowed one line of text',
  ],
  [
    "a very long value",
    `${LOCAL}max_workers: ${"x".repeat(500)}\n`,
    `line 3, max_workers: found the text "${"x".repeat(40)}…", allowed ${WORKERS}`,
  ],
  [
    "an option for pip",
    `${AWS}packages: [--index-url=x]\n`,
    "line 3, packages.0: found --index-url=x, allowed a package as pip knows it, such as numpy==2.1.0",
  ],
];

for (const [what, text, said] of MISTAKES) {
  Deno.test(`parseConfig() answers ${what}`, async () => assert.equal(await mistakeOf(text), said));
}
