/** What Terraform says with `-json`, what is said of it, and the files that it writes. @module */

import assert from "node:assert/strict";
import { homeOf } from "../../../lib/config/home.ts";
import { XcoreError } from "../../../lib/errors.ts";
import { meaningOfText as meaningOnAws } from "../../../lib/platform/aws/errors.ts";
import { meaningOfText as meaningOnGcp } from "../../../lib/platform/gcp/errors.ts";
import { readOutputs, stateFile } from "../../../lib/platform/terraform/state_file.ts";
import {
  parseEvent,
  Tally,
  type TerraformEvent,
  terraformFailure,
} from "../../../lib/platform/terraform/terraform_event.ts";
import type { Files } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { assertRefusal, assertShown, orRefusal, type Target, textOf } from "../target.ts";

const lines = (...events: readonly object[]) => events.map((event) => JSON.stringify(event)).join("\n");
const hook = (action: string, addr: string) => ({
  hook: { action, elapsed_seconds: 10, resource: { addr } },
});

const SEEDS = [
  lines(
    { type: "version", terraform: "1.9.0" },
    {
      type: "planned_change",
      change: {
        action: "create",
        resource: { addr: 'aws_subnet.this["eu-west-2a"]', resource_type: "aws_subnet" },
      },
    },
    { type: "apply_start", ...hook("create", "aws_vpc.this") },
    { type: "apply_progress", ...hook("create", "module.net.aws_vpc.this") },
    { type: "apply_complete", ...hook("create", "google_compute_network.this[0]") },
  ),
  lines({
    type: "diagnostic",
    diagnostic: {
      severity: "error",
      summary: "creating EC2 VPC: UnauthorizedOperation",
      detail: "api error VpcLimitExceeded: x",
      address: "aws_vpc.this",
    },
  }),
  lines({
    type: "diagnostic",
    diagnostic: {
      severity: "error",
      summary: 'googleapi: Error 403: Quota "CPUS" exceeded',
      detail: '"reason": "quotaExceeded", "metric": "cpus"',
    },
  }),
  lines({
    type: "diagnostic",
    diagnostic: { severity: "error", summary: "Error acquiring the state lock", detail: "" },
  }),
  "Initializing provider plugins...\nError: no such provider\n\npanic: runtime error",
  JSON.stringify({ version: 4, resources: [{ mode: "managed", type: "aws_vpc" }, { mode: "data" }] }),
  JSON.stringify({ url: { value: "tls://1.2.3.4:8786" }, subnets: { value: { a: "subnet-1" } } }),
];

const PIECES = [
  '"type":"diagnostic"',
  '"severity":"error"',
  '"summary":"',
  '"address":',
  '"hook":{',
  '"change":null',
  '"action":"remove"',
  "aws_a.b[",
  "module.a.",
  "aws_",
  "UnauthorizedOperation",
  "VpcLimitExceeded",
  "RequestLimitExceeded",
  "ExpiredToken",
  "googleapi: Error 403: ",
  "PERMISSION_DENIED",
  "rateLimitExceeded",
  "Error: ",
  "\n",
  '{"resources":[null]}',
  '{"resources":{}}',
  "null",
];

/** A home with one file in the place of every file. */
function homeOfOne(text: string) {
  const files: Partial<Files> = {
    readTextIfExists: () => Promise.resolve(text),
    exists: () => Promise.resolve(false),
  };
  const runtime = {
    ...systemRuntime(null),
    env: (name: string) => name === "HOME" ? "/home/ann" : undefined,
  };
  return { runtime: { ...runtime, files: files as Files }, home: homeOf(runtime, null) };
}

/** Lines of a run, told as they come, and the failure that they end in. */
export const terraformEvent: Target = {
  seeds: SEEDS,
  pieces: PIECES,
  runs: 240,
  async check(input) {
    const text = textOf(input);
    const tally = new Tally();
    const events: TerraformEvent[] = [];
    for (const line of text.split("\n")) {
      const event = parseEvent(line);
      if (event === null) continue;
      events.push(event);
      const step = tally.take(event);
      if (step === null) continue;
      assertShown(step.line);
      assert.ok(step.share.done <= step.share.total);
    }
    for (const meaning of [meaningOnAws, meaningOnGcp, () => null]) {
      for (const code of [1, 137]) {
        assertRefusal(
          terraformFailure({ doing: "make it", events, code, logPath: "/x/log", provider: "aws" }, meaning),
        );
      }
    }
    const { runtime, home } = homeOfOne(text);
    assert.match(
      await stateFile(runtime.files, home.terraform, "xcore-0a1b2c3d"),
      /^(none|empty|some|damaged|foreign)$/,
    );
    await orRefusal(
      () => readOutputs(runtime, home, (outputs) => [outputs.text("url"), outputs.texts("subnets")]),
      XcoreError,
    );
  },
};
