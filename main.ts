/** `xcore`: parse, run, print the error, exit. @module */

import process from "node:process";
import { basename } from "node:path";
import { main } from "./lib/cli/main.ts";
import { type Launched, launched } from "./lib/launched.ts";
import { systemRuntime } from "./lib/system_runtime.ts";

const { launcher, words }: Launched = Deno.build.standalone
  ? { launcher: Deno.execPath(), words: Deno.args }
  : launched(Deno.args, Deno.env);

const SELF = launcher === null ? [Deno.execPath(), "run", "-A", import.meta.filename ?? ""] : [launcher];

// Called as `xcore-init local`, by a link to the binary, as the original was.
const calledAs = basename(process.argv0);

Deno.exit(await main(systemRuntime(SELF), calledAs === "xcore-init" ? ["init", ...words] : words));
