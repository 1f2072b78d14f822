/** What a scheduler's preload answers, and what status, tasks and the plan make of it. @module */

import { statusText } from "../../../lib/cli/status_text.ts";
import { tasksText } from "../../../lib/cli/tasks_text.ts";
import { schedulerAnswer as answerOf } from "../../../lib/dask/scheduler_answer.ts";
import { SchedulerError } from "../../../lib/errors.ts";
import { EMPTY_MEMORY } from "../../../lib/plan/memory.ts";
import { plan } from "../../../lib/plan/plan.ts";
import type { Messages } from "../../../lib/protocol/messages.ts";
import { statusOf } from "../../../lib/status/status_of.ts";
import { rules } from "../../support/fakes/builders.ts";
import { input as statusInput, NOW_MS, WALL_MS } from "../../unit/status/_input.ts";
import { assertShown, orRefusal, type Target, textOf } from "../target.ts";

const NAMES = ["bundle", "cancel", "drain", "lease", "retire", "scale", "task"];

const ROUTES = NAMES.map((name) => `${name}Answer` as keyof Messages);

const fixture = (name: string) =>
  JSON.parse(Deno.readTextFileSync(new URL(`../../../lib/protocol/fixtures/${name}.json`, import.meta.url)));

const told = (message: object) => JSON.stringify({ protocol: 1, preload: "0.2.0", ...message });

const SEEDS = [
  ...fixture("status").answer.valid,
  ...fixture("envelope").valid,
  ...NAMES.flatMap((name) => fixture(name).answer.valid),
].map(told);

const PIECES = [
  '"protocol":2',
  '"cluster_id":"xcore-0a1b2c3d"',
  '"workers":[{}]',
  '"record":null',
  '"resources":{"GPU":true}',
  '"error":"x"',
  '"wants_bundle":"0"',
  "<html>",
  "{",
  "[",
];

const plain = (text: string) => text;
const colours = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain };
const lined = (text: string) => text.split("\n").forEach(assertShown);

/** An answer of each route, with each HTTP status. */
export const schedulerAnswer: Target = {
  seeds: SEEDS,
  pieces: PIECES,
  runs: 240,
  longest: 8000,
  async check(input) {
    const text = textOf(input);
    const asked = { where: "127.0.0.1:8787", clusterId: "xcore-0a1b2c3d", route: "GET /xcore/status" };
    for (const status of [404, 409, 500, 503]) {
      await orRefusal(
        () => answerOf({ status, text }, { ...asked, message: "statusAnswer", goodStatuses: [200] }),
        SchedulerError,
      );
    }
    for (const message of ROUTES) {
      await orRefusal(
        () => answerOf({ status: 200, text }, { ...asked, message, goodStatuses: [200] }),
        SchedulerError,
      );
    }
    const read = await orRefusal(
      () => answerOf({ status: 200, text }, { ...asked, message: "statusAnswer", goodStatuses: [200] }),
      SchedulerError,
    );
    if (read === null) return;
    const report = { ...read.answer, unread: read.unread };
    const snapshot = {
      scheduler: report,
      listing: { instances: [], complete: true },
      openAttempts: [],
      launchedBefore: [],
      spent: null,
      leaseHeld: true,
      listedAtMs: NOW_MS,
    };
    const { memory } = plan({ rules: rules(), snapshot, memory: EMPTY_MEMORY, nowMs: NOW_MS });
    const shown = statusOf(statusInput({ report, memory }));
    for (const room of [{ columns: 80, rows: 24 }, { columns: 200, rows: 1000 }]) {
      lined(statusText(shown, colours, WALL_MS, room));
      if (shown.tasks !== null) lined(tasksText(shown.tasks, false, room.columns));
    }
    JSON.parse(JSON.stringify(shown));
  },
};
