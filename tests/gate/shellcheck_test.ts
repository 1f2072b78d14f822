/** Every shell script of the repository, and those that instances boot with, whole. */

import assert from "node:assert/strict";
import {
  type Bundle,
  bundleOf,
  imageScript,
  schedulerScript,
  workerScript,
} from "../../lib/platform/boot/boot_script.ts";
import { needing, programs } from "../support/needs.ts";
import { imageNode, schedulerNode, workerNode } from "../unit/platform/boot/_facts.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SKIPPED = /^(\.git|node_modules|dist)$/;

/** Parts of a script, which say nothing on their own. */
const PARTS = /^(python\/node\/(boot|bundle)|packer\/)/;

function* shellScripts(folder = ""): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(ROOT + folder)) {
    const path = folder + name;
    if (isDirectory && !SKIPPED.test(name)) yield* shellScripts(`${path}/`);
    else if (isFile && (name.endsWith(".sh") || path === ".ci/run") && !PARTS.test(path)) yield path;
  }
}

async function shellcheck(args: readonly string[], input = ""): Promise<void> {
  const child = new Deno.Command("shellcheck", {
    args: [...args],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
}

const LACK = programs("shellcheck");

Deno.test(needing(LACK, "every shell script passes shellcheck", async () => {
  // What a script reads in is looked for beside it.
  await shellcheck(["--external-sources", "--source-path=SCRIPTDIR", ...shellScripts()]);
}));

Deno.test(needing(LACK, "what instances boot with, and become an image by, passes shellcheck", async () => {
  // SC2016: whoever reads the values may take the text of a file for a mistake in quoting.
  const options = ["--shell=bash", "--exclude=SC2016", "-"];
  // As if a bundle stood where it is read in.
  const whole = (script: string, { content }: Bundle) =>
    script.replace(/^\. "\$BUNDLE_FILE"$/m, () => content);
  await shellcheck(options, whole(workerScript(workerNode()), bundleOf("worker", workerNode())));
  await shellcheck(options, whole(schedulerScript(schedulerNode()), bundleOf("scheduler", schedulerNode())));
  await shellcheck(options, imageScript(imageNode()));
}));
