/** `xcore`: parse, run, print the error, exit. @module */

import process from "node:process";
import { basename } from "node:path";
import { main } from "./lib/cli/root.ts";
import { systemRuntime } from "./lib/system.ts";

const SELF = Deno.build.standalone
  ? [Deno.execPath()]
  : [Deno.execPath(), "run", "-A", import.meta.filename ?? ""];

// Called as `xcore-init local`, by a link to the binary, as the original was.
const calledAs = basename(process.argv0);
const words = calledAs === "xcore-init" ? ["init", ...Deno.args] : Deno.args;

Deno.exit(await main(systemRuntime(SELF), words));
