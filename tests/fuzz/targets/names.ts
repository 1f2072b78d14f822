/** Names: of clusters, keys, pools, workers and tasks, wherever they are read or printed. @module */

import assert from "node:assert/strict";
import { statusText } from "../../../lib/cli/status_text.ts";
import { tasksText } from "../../../lib/cli/tasks_text.ts";
import { noSuchName } from "../../../lib/cluster/cluster.ts";
import { editConfigAll, readKey } from "../../../lib/config/edit.ts";
import { homeOf } from "../../../lib/config/home.ts";
import {
  ConfigError,
  NotFoundError,
  NotRunningError,
  PrerequisiteError,
  UsageError,
} from "../../../lib/errors.ts";
import type { Base } from "../../../lib/platform/base.ts";
import { parseRecord, parseWorkerRecord } from "../../../lib/platform/local/pid_files.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import { readPublicKey } from "../../../lib/platform/public_key.ts";
import { isNamedByXcore } from "../../../lib/plan/worker.ts";
import type { Files } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { nearest, nearestFew } from "../../../lib/util/nearest.ts";
import { secondsOf } from "../../../lib/util/duration_text.ts";
import { shellWord } from "../../../lib/util/shell_word.ts";
import { instance } from "../../support/fakes/builders.ts";
import { NOW_MS, status, worker } from "../../unit/cli/_status.ts";
import { assertRefusal, assertShown, orRefusal, type Target, textOf } from "../target.ts";

const CONFIG = `provider: aws
cluster_id: xcore-0a1b2c3d
tags: {a: b} # t
pools:
  - name: gpu
    resources: {GPU: 1}
`;

const SEEDS = [
  "worker-0",
  "xcore-0a1b2c3d",
  "my-cluster",
  "tags.project\nthesis",
  "pools.gpu.max_workers\n3",
  "pools.gpu.resources.MEM\n2",
  "prices.c5.xlarge\n0.5",
  "pools\n[{name: big, max_workers: 2}]",
  "max_workers\n4",
  "square-0123456789abcdef",
  "('sum', 1, 2)",
  "1h30m",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVUM0pW6UKzFhxUEMs2XhdRj1dMcSFwQmE5YWYyMzQ1 ann@lab",
  JSON.stringify({
    ...{ cluster_id: "xcore-0a1b2c3d", name: "worker-0", attempt: "a1", pid: 77, start_time: "123" },
    ...{ launched_at_ms: 1, pool: "default", type: "local", accelerator: null, zone: null },
    ...{ market: "spot", boot_delay_s: 0 },
  }),
];

const PIECES = [
  "worker-",
  "pools.",
  ".gpu",
  "tags.",
  "prices.",
  "resources.",
  "-",
  ".",
  "\n",
  "gpu",
  "[{name: ",
  " ",
  "ssh-rsa ",
];

const plain = (text: string) => text;
const colours = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain };
const lined = (text: string) => text.split("\n").forEach(assertShown);

/** Everything of a status that has a name in it, and a table of tasks. */
function assertPrinted(name: string): void {
  const numbers = { done: 1, failed: 1, skipped: 0, running: 0, waiting: 0 };
  const workers = [
    worker(name, {
      pool: name,
      type: name,
      accelerator: name,
      zone: name,
      runs: { [name]: 2 },
      reason: name,
    }),
    worker("worker-1"),
  ];
  const shown = status({
    workers,
    cluster: { name, url: `tls://${name}:1` },
    decisions: [{ at: new Date(NOW_MS).toISOString(), action: name, count: 1, reason: name }],
    demand: {
      by_pool: {
        [name]: { runnable: 1, target: 1, requested: 1, requested_for_s: 5 },
        default: { runnable: 0, target: 0, requested: 0, requested_for_s: null },
      },
      target: 1,
    },
  });
  const functions = [{ name, first_error: name, first_failed_key: name, ...numbers }];
  for (const room of [{ columns: 60, rows: 20 }, { columns: Infinity, rows: Infinity }]) {
    lined(statusText(shown, colours, NOW_MS, room));
    lined(tasksText({ functions, others: { ...numbers, failed: 0 } }, false, room.columns));
  }
}

/** Shell words are read back as they were. */
function assertShellWord(name: string): void {
  const word = shellWord(name);
  const bare = word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
  assert.equal(bare, name);
}

/** A name, or a key and below it a value. */
export const names: Target = {
  seeds: SEEDS,
  pieces: PIECES,
  runs: 100,
  async check(input) {
    const text = textOf(input);
    const [first = "", ...rest] = text.split("\n");
    const runtime = {
      ...systemRuntime(null),
      env: (name: string) => name === "HOME" ? "/home/ann" : undefined,
    };
    for (const name of [first, text]) await orRefusal(() => homeOf(runtime, name), UsageError);

    const allowed = [UsageError, ConfigError, NotFoundError];
    await orRefusal(() => readKey(CONFIG, first), ...allowed);
    const edited = await orRefusal(() => editConfigAll(CONFIG, [[first, rest.join("\n")]]), ...allowed);
    if (edited !== null) assert.ok(edited.text.includes("# t"));

    const words = ["worker-0", "scheduler", text, "max_workers"];
    assert.ok(words.includes(nearest(first, words) ?? "scheduler"));
    nearestFew(text, words);
    secondsOf(text);
    if (isNamedByXcore(text)) assert.match(text, /^worker-\d+$/);
    for (const record of [parseRecord(text), parseWorkerRecord(text)]) assert.ok((record?.pid ?? 2) >= 2);
    const files: Partial<Files> = {
      readHead: () => Promise.resolve(input),
      readText: () => Promise.resolve(text),
    };
    await orRefusal(
      () =>
        readPublicKey({ ...runtime, files: files as Files }, "/home/ann/.ssh/id.pub", [
          "ssh-ed25519",
          "ssh-rsa",
        ]),
      PrerequisiteError,
    );

    const cluster = {
      provider: {
        list: () => Promise.resolve({ instances: [instance(text)], complete: true }),
      } as unknown as Provider,
      base: { describe: () => Promise.resolve({ state: "up" }) } as unknown as Base,
    };
    assertRefusal(await noSuchName(cluster, "log in", first, ["scheduler"]), NotFoundError, NotRunningError);
    assertShellWord(text);
    assertPrinted(text);
  },
};
