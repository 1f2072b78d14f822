/** The workflows of GitHub's, as far as that can be seen without it. */

import assert from "node:assert/strict";
import { parse } from "npm:yaml@2.9.1";
import { type Lack, needing, programs, succeeds } from "../support/needs.ts";
import { TARGETS } from "../../tools/compile_for.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${ROOT}.github/workflows`;
const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/** As far as it is read here. */
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: { readonly include?: readonly { readonly target: string }[] } };
  readonly steps?: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[];
}

const TEXTS = new Map(
  [...Deno.readDirSync(FOLDER)].map(({ name }) => [name, Deno.readTextFileSync(`${FOLDER}/${name}`)]),
);
const WORKFLOWS = new Map([...TEXTS].map(([name, text]) => [name, parse(text) as Workflow]));
const RELEASE = WORKFLOWS.get("release.yml")!;

/** Go fetches and builds actionlint, once. */
function actionlint(): Lack {
  return programs("go") ??
    (succeeds("go", "-C", "/", "run", ACTIONLINT, "-version")
      ? null
      : "Go cannot fetch actionlint: check the network, or set GOPROXY");
}

Deno.test(needing(
  actionlint(),
  "the workflows pass actionlint",
  async () => {
    const paths = [...TEXTS.keys()].map((name) => `${FOLDER}/${name}`);
    const { code, stdout, stderr } = await new Deno.Command("go", {
      args: ["run", ACTIONLINT, "-no-color", ...paths],
      cwd: "/",
    })
      .output();
    assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  },
));

Deno.test("each action is pinned by the whole hash of a commit, with its version beside it", () => {
  for (const [name, text] of TEXTS) {
    for (const [line, action] of text.matchAll(/^ *(?:- )?uses: (\S+).*$/gm)) {
      if (action!.startsWith("./")) continue;
      assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${name}: ${line}`);
    }
  }
  const pins = Map.groupBy(
    [...TEXTS.values()].flatMap((text) => [...text.matchAll(/uses: (\S+)@(\S+)/g)]),
    ([, action]) => action!,
  );
  for (const [action, uses] of pins) assert.equal(new Set(uses.map(([, , hash]) => hash)).size, 1, action);
});

Deno.test("no job may do more than it needs, nor for longer", () => {
  for (const [name, { permissions, jobs }] of WORKFLOWS) {
    assert.ok(Object.values(permissions).every((right) => right === "read"), name);
    for (const [job, { uses, "timeout-minutes": minutes }] of Object.entries(jobs)) {
      if (uses === undefined) assert.ok(minutes! > 0, `${name}: ${job} has no limit`);
    }
  }
  const writers = Object.entries(RELEASE.jobs).flatMap(([job, { permissions = {} }]) =>
    Object.entries(permissions).filter(([, right]) => right === "write").map(([what]) => `${job}: ${what}`)
  );
  assert.deepEqual(writers, [
    "draft: contents",
    "draft: id-token",
    "draft: attestations",
    "pypi: id-token",
    "jsr: id-token",
    "public: contents",
  ]);
});

Deno.test("a release is built for each system that there is a program for, and everything with one Deno", async () => {
  const built = RELEASE.jobs.build!.strategy!.matrix.include!.map(({ target }) => target);
  assert.deepEqual(built.toSorted(), [...TARGETS].sort());
  const [, pinned] = /^version=(\S+)$/m.exec(await Deno.readTextFile(`${ROOT}.ci/run`))!;
  const steps = [...WORKFLOWS.values()].flatMap(({ jobs }) =>
    Object.values(jobs).flatMap(({ steps = [] }) => steps)
  );
  const versions = steps.filter(({ uses }) => uses?.startsWith("denoland/setup-deno@")).map((step) =>
    step.with!["deno-version"]
  );
  assert.ok(versions.length > 3);
  assert.deepEqual(new Set(versions), new Set([pinned]));
});
