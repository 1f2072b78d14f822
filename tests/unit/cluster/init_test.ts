import assert from "node:assert/strict";
import { join } from "node:path";
import { commandLine } from "../../../lib/cli/command_line.ts";
import { programFor } from "../../../lib/cli/main.ts";
import { asInitOption, init } from "../../../lib/cluster/init.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { settingOf } from "../../../lib/config/settings.ts";
import { UsageError } from "../../../lib/errors.ts";
import { machine } from "../../support/machine.ts";
import { sourceFiles } from "../../support/sources.ts";
import { runtimeIn } from "../cli/_run.ts";
import { keepingPrinter } from "../cli/_printer.ts";
import { assertWording } from "../../support/wording.ts";
import { failure } from "../config/_home.ts";

Deno.test("init() makes no home of a folder in which xcore would remove what others have made", async () => {
  for (const file of ["run/results.csv", "tls/mine.key", "tls.old/mine.key"]) {
    await using here = await machine();
    await here.write(`project/${file}`, "mine");
    here.vars["XCORE_HOME"] = join(here.dir, "project");
    const scope = { runtime: here.runtime, home: homeOf(here.runtime, null) };
    const error = await failure(init(scope, { provider: "local" }, () => {}));
    assert.ok(error instanceof UsageError, String(error));
    const text = `${error.message}\n${error.hint}`.replaceAll(here.dir, "DIR").replace(
      file.split("/")[0]!,
      "FOLDER",
    );
    assertWording("init", "a folder with others' files", text);
    assert.deepEqual(await here.runtime.files.list(join(here.dir, "project")), [file.split("/")[0]]);
    assert.equal(await Deno.readTextFile(join(here.dir, "project", file)), "mine");
  }
});

Deno.test("a hint to set what init has not written yet names the option of init, beside those that were given", () => {
  const given = {
    provider: "gcp",
    python: "/my env",
    project: "my-lab",
    settings: [["max_workers", "3"]],
  } as const;
  const kept = "xcore init gcp --python '/my env' --project my-lab --set max_workers=3";
  for (
    const [hint, instead] of [
      ["Name one: `xcore config set zone_name ZONE`.", `Name one: \`${kept} --zone ZONE\`.`],
      [
        "`xcore config set allowed_cidr '[1.2.3.4/32, RANGE]'`",
        `\`${kept} --allowed-cidr 1.2.3.4/32,RANGE\``,
      ],
      ["`xcore config set image_name N image_owner O`", `\`${kept} --set image_name=N --set image_owner=O\``],
      ["`xcore config set zones '[A, B]'`", `\`${kept} --set zones='[A, B]'\``],
      [
        "`xcore config set project_name ID`",
        "`xcore init gcp --python '/my env' --set max_workers=3 --project ID`",
      ],
      ["See `gcloud projects list`.", "See `gcloud projects list`."],
    ]
  ) assert.equal(asInitOption(hint!, given), instead);
});

Deno.test("every such hint in the sources becomes a command line of init that is one", async () => {
  const { program } = programFor(runtimeIn("/nonexistent"), keepingPrinter().printer);
  const files = sourceFiles().filter((file) => /^lib\/(platform|python|config)\//.test(file));
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  const hints = texts.flatMap((text) =>
    [...text.matchAll(/`xcore config set [^`$\\]+`/g)].map(([hint]) => hint)
  );
  assert.ok(hints.length > 20);
  for (const hint of hints) {
    const typed = asInitOption(hint, { provider: "gcp" });
    const words = [...typed.slice(1, -1).matchAll(/(?:'[^']*'|\S)+/g)].map(([word]) =>
      word.replaceAll("'", "")
    );
    assert.deepEqual(words.slice(0, 3), ["xcore", "init", "gcp"], hint);
    const { args, options, awaiting } = commandLine(program, words.slice(1));
    assert.deepEqual([args, awaiting], [["gcp"], null], typed);
    assert.ok(Object.keys(options).length > 0, typed);
    for (const [, key = ""] of typed.matchAll(/--set ([\w-]+)=/g)) {
      assert.ok(key === "KEY" || settingOf(key) !== undefined, typed);
    }
  }
});
