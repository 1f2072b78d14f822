/** config.yaml: it is read, and changed as `config set` changes it. @module */

import assert from "node:assert/strict";
import { editConfigAll, readAll } from "../../../lib/config/edit.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { readConfigText } from "../../../lib/config/load_config.ts";
import { isV0Config, parseConfig } from "../../../lib/config/parse_config.ts";
import { ConfigError, UsageError } from "../../../lib/errors.ts";
import type { Files, Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { Random } from "../../support/fakes/random.ts";
import { assertShown, numberOf, orRefusal, type Target } from "../target.ts";

const ID = "cluster_id: xcore-0a1b2c3d\n";

const SEEDS = [
  `provider: local\n${ID}max_workers: 4 # few\n`,
  `# mine\nprovider: aws\n${ID}region_name: eu-west-1\ntags: {a: b, "c": 'd'}\nprices:\n  c5.xlarge: 0.2\n`,
  `provider: gcp\n${ID}project_name: lab\nzones: [europe-west2-a]\npools:\n  - name: gpu # one\n    resources: {GPU: 1}\n    max_workers: 2\n`,
  `provider: local\r\n${ID}hold_results_s: unlimited\r\nenv:\r\n  A: "1"\r\n`,
  `{provider: local, cluster_id: xcore-0a1b2c3d, max_workers: 0x10}`,
  initialConfig({ provider: "aws", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" }).slice(0, 3000),
];

const PIECES = [
  "provider: ",
  "local",
  "aws",
  "gcp",
  ID,
  "\nmax_workers: ",
  "\nmin_workers: ",
  "\ntags:",
  "\nprices: {",
  "\npools:\n  - name: gpu\n",
  "\npools: [{name: ",
  "\nzones: [",
  "\nenv: {",
  "\npackages: [",
  "\nallowed_cidr: [",
  "\nbudget_usd: ",
  "\npython: ",
  "unlimited",
  "auto",
  "\n  ",
  "\n    - ",
  ": ",
  " # note",
  "? ",
  "|\n ",
  ">-\n ",
  "&a ",
  "*a",
  "!!int ",
  "%YAML 1.1\n",
  "---\n",
  "...\n",
  "<<: ",
  "{",
  "[",
  "\t",
  "0x3",
  "0o7",
  "1e3",
  ".nan",
  ".inf",
  "2026-01-01",
  "192.0.2.0/24",
];

/** Typed at the prompt. */
const EDITS: readonly (readonly [key: string, value: string])[] = [
  ["max_workers", "7"],
  ["hold_results_s", "unlimited"],
  ["tags.project", "thesis # one"],
  ["tags.a", "null"],
  ["prices.c5.xlarge", "0.5"],
  ["python", "/opt/a b: c"],
  ["pools.gpu.max_workers", "3"],
  ["boot_timeout_s", "90"],
];

/** A home whose files are these alone; what is written is kept in memory. */
function homeWith(input: Uint8Array): Runtime {
  const system = systemRuntime(null);
  const written = new Map([["/home/ann/.xcore/config.yaml", input]]);
  const text = (path: string) => {
    const bytes = written.get(path);
    return bytes === undefined ? null : new TextDecoder().decode(bytes);
  };
  const files: Partial<Files> = {
    size: (path) => Promise.resolve(written.get(path)?.length ?? null),
    exists: (path) => Promise.resolve(written.has(path)),
    readFrom: (path) => Promise.resolve(written.get(path)!),
    readTextIfExists: (path) => Promise.resolve(text(path)),
    realPath: (path) => Promise.resolve(path),
    tryLock: () => Promise.resolve({ release: () => {} }),
    writeText: (path, text) => Promise.resolve(void written.set(path, new TextEncoder().encode(text))),
  };
  const env = (name: string) => name === "HOME" ? "/home/ann" : undefined;
  return { ...system, env, files: files as Files };
}

const comments = (text: string) => text.split(/\r?\n/).filter((line) => /^#/.test(line));

/** A config.yaml on disk. */
export const config: Target = {
  seeds: SEEDS,
  pieces: PIECES,
  runs: 160,
  longest: 6000,
  async check(input) {
    const runtime = homeWith(input);
    const home = homeOf(runtime, null);
    const text = await orRefusal(() => readConfigText(runtime, home, assertShown), ConfigError);
    if (text === null) return;
    const parsed = await orRefusal(() => parseConfig(text, home.config), ConfigError);
    assert.ok(!isV0Config(text));
    if (parsed === null) return;
    const before = await readAll(text);
    const edit = new Random(numberOf(input)).pick(EDITS);
    const edited = await orRefusal(
      () => editConfigAll(text, [edit], home.config),
      UsageError,
      ConfigError,
    );
    if (edited === null) return;
    const after = await readAll(edited.text);
    const [whole = ""] = edit[0].split(".");
    assert.deepEqual({ ...after, [whole]: null }, { ...before, [whole]: null });
    const kept = comments(edited.text);
    for (const line of comments(text)) assert.ok(kept.includes(line), `${edit} takes away ${line}`);
  },
};
