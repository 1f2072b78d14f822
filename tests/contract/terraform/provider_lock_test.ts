/** What Terraform does with recorded packages of providers, and what comes of it. No package here is a real provider's: init runs none. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { PrerequisiteError } from "../../../lib/errors.ts";
import { Interruption } from "../../../lib/platform/interruption.ts";
import { ProviderLock } from "../../../lib/platform/terraform/provider_lock.ts";
import { findTerraform, Terraform } from "../../../lib/platform/terraform/terraform.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { pollUntil } from "../../../lib/util/poll_until.ts";
import { needing, programs } from "../../support/needs.ts";
import { assertWording } from "../../support/wording.ts";

const LACK = programs("terraform", "python3");
const system = systemRuntime(null);
const PLATFORM = `${Deno.build.os}_${Deno.build.arch === "aarch64" ? "arm64" : "amd64"}`;

const templates = (version: string) => `
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "${version}"
    }
  }
}
`;

/** A home's folder, mirrors of packages, and clusters with their Terraform. */
class Place implements AsyncDisposable {
  readonly said: string[] = [];
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<Place> {
    const place = new Place(await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-locks-" })));
    await place.publish("registry", "1.0.0", "the first");
    return place;
  }

  /** Puts a package into a mirror. */
  async publish(mirror: string, version: string, content: string): Promise<void> {
    const folder = join(this.root, mirror, "registry.terraform.io/hashicorp/aws");
    await Deno.mkdir(folder, { recursive: true });
    const program = join(folder, `terraform-provider-aws_v${version}`);
    await Deno.writeTextFile(program, content);
    const archive = join(folder, `terraform-provider-aws_${version}_${PLATFORM}.zip`);
    const { code, stderr } = await system.run(["python3", "-m", "zipfile", "-c", archive, program]);
    assert.equal(code, 0, stderr);
    await Deno.remove(program);
  }

  folder(cluster: string): string {
    return join(this.root, cluster, "terraform");
  }

  lockOf(cluster: string): string {
    return join(this.folder(cluster), ".terraform.lock.hcl");
  }

  /** The Terraform of a cluster whose packages come from a mirror. */
  async terraform(
    cluster: string,
    { mirror = "registry", range = ">= 1.0.0, < 2.0.0" } = {},
  ): Promise<Terraform> {
    const folder = this.folder(cluster);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "main.tf"), templates(range));
    const config = join(this.root, `${mirror}.tfrc`);
    const block = `filesystem_mirror {\n path = ${JSON.stringify(join(this.root, mirror))}\n }\n`;
    await Deno.writeTextFile(config, `provider_installation {\n ${block} }\n`);
    const given = { TF_CLI_CONFIG_FILE: config, TF_PLUGIN_CACHE_DIR: "" };
    const runtime: Runtime = {
      ...system,
      env: (name) => name in given ? given[name as keyof typeof given] || undefined : system.env(name),
      environment: () => ({ ...system.environment(), ...given }),
      runDetached: (command, options, ...rest) =>
        system.runDetached(command, { ...options, env: { ...given, ...options.env } }, ...rest),
    };
    return new Terraform({
      runtime,
      program: await findTerraform(runtime),
      folder,
      logPath: join(this.root, `${cluster}.log`),
      env: {},
      interruption: new Interruption(),
      root: this.root,
      provider: "aws",
      forgetsWhenStopped: false,
      classify: () => null,
    });
  }

  async init(cluster: string, from: Parameters<Place["terraform"]>[1] = {}): Promise<void> {
    await (await this.terraform(cluster, from)).init((line) => void this.said.push(line));
  }

  /** @param answer to the question, which is in `said` */
  async upgrade(
    cluster: string,
    answer: boolean,
    from: Parameters<Place["terraform"]>[1] = {},
  ): Promise<void> {
    await (await this.terraform(cluster, from)).upgrade((line) => void this.said.push(line), (question) => {
      this.said.push(question);
      return Promise.resolve(answer);
    });
  }

  async version(cluster: string): Promise<string | undefined> {
    return /version\s*=\s*"(.*)"/.exec(await Deno.readTextFile(this.lockOf(cluster)))?.[1];
  }

  wording(what: string, text: string): void {
    assertWording("provider_lock", what, text.replaceAll(this.root, "/home/me/.xcore"));
  }

  async refused(what: string, run: Promise<void>): Promise<void> {
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof PrerequisiteError, String(error));
      this.wording(what, `${error.message}\n${error.hint}`);
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

Deno.test(
  needing(LACK, "init() keeps to the provider of the first init until a newer one is asked for", async () => {
    await using place = await Place.make();
    await place.init("one");
    place.wording("recorded", place.said.at(-1)!);
    await place.publish("registry", "1.1.0", "newer");
    await Deno.remove(join(place.folder("one"), ".terraform"), { recursive: true });
    await place.init("one");
    assert.equal(await place.version("one"), "1.0.0");

    await place.upgrade("one", false);
    place.wording("question", place.said.find((line) => line.endsWith("?"))!);
    assert.equal(await place.version("one"), "1.0.0");
    await place.init("one");
    await place.upgrade("one", true);
    assert.equal(await place.version("one"), "1.1.0");
    await place.init("one");
    await place.upgrade("one", false);
    place.wording("none newer", place.said.at(-1)!);
  }),
);

Deno.test(
  needing(
    LACK,
    "init() refuses a package that is not the recorded one, and says how to take it",
    async () => {
      await using place = await Place.make();
      await place.init("one");
      await place.publish("other", "1.0.0", "not the first");
      // As on another computer, or after a cache was emptied.
      await Deno.remove(join(place.root, "terraform-plugins"), { recursive: true });
      await Deno.remove(join(place.folder("one"), ".terraform"), { recursive: true });
      await place.refused("another package", place.init("one", { mirror: "other" }));
      await place.upgrade("one", true, { mirror: "other" });
      await place.init("one", { mirror: "other" });
    },
  ),
);

Deno.test(
  needing(LACK, "init() refuses a recorded version that the templates do not allow any more", async () => {
    await using place = await Place.make();
    await place.init("one");
    await place.publish("registry", "1.1.0", "newer");
    await place.refused("not allowed", place.init("one", { range: ">= 1.1.0, < 2.0.0" }));
    await place.upgrade("one", true, { range: ">= 1.1.0, < 2.0.0" });
    assert.equal(await place.version("one"), "1.1.0");
  }),
);

Deno.test(
  needing(LACK, "a lock file that was changed is named, one that is gone is written again", async () => {
    await using place = await Place.make();
    await place.init("one");
    await place.publish("registry", "1.1.0", "newer");
    const text = await Deno.readTextFile(place.lockOf("one"));
    await Deno.remove(place.lockOf("one"));
    await place.init("one");
    place.wording("written again", place.said.at(-1)!);
    assert.equal(await Deno.readTextFile(place.lockOf("one")), text);

    await Deno.writeTextFile(place.lockOf("one"), text.replace('"1.0.0"', '"1.1.0"'));
    await place.refused("changed", place.init("one"));
    const check = async () =>
      (await new ProviderLock(system.files, place.folder("one"), "aws").check("aws"))[0]!;
    assert.equal((await check()).outcome, "failed");
    await place.upgrade("one", true);
    assert.equal(await place.version("one"), "1.1.0");
    // The real templates do not allow 1.1.0.
    const refused = await check();
    assert.equal(refused.outcome, "failed");
    place.wording("doctor, not allowed", `${refused.message}\n${refused.fix}`);
    for (const name of [".terraform.lock.hcl", "xcore.lock.hcl"]) {
      await Deno.writeTextFile(join(place.folder("one"), name), text.replace('"1.0.0"', '"6.1.0"'));
    }
    const passed = await check();
    assert.equal(passed.outcome, "passed");
    place.wording("doctor", passed.message);
  }),
);

Deno.test(needing(LACK, "hashes of either kind alone are enough", async () => {
  await using place = await Place.make();
  await place.init("one");
  const archive = join(
    place.root,
    `registry/registry.terraform.io/hashicorp/aws/terraform-provider-aws_1.0.0_${PLATFORM}.zip`,
  );
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(archive));
  const text = await Deno.readTextFile(place.lockOf("one"));
  assert.match(text, /"h1:/); // what a mirror of files gives: no zh
  const zh = text.replace(/"h1:.*"/, `"zh:${new Uint8Array(digest).toHex()}"`);
  for (const name of [".terraform.lock.hcl", "xcore.lock.hcl"]) {
    await Deno.writeTextFile(join(place.folder("one"), name), zh);
  }
  await Deno.remove(join(place.folder("one"), ".terraform"), { recursive: true });
  await place.init("one");
  // What other commands ask for is the hash of the files.
  assert.equal(
    await Deno.readTextFile(place.lockOf("one")).then((now) => now.includes(/"h1:.*"/.exec(text)![0])),
    true,
  );
  await place.init("one");
}));

Deno.test(needing(LACK, "clusters share packages, and fetch them one after the other", async () => {
  await using place = await Place.make();
  const clusters = ["one", "two", "three"];
  const cache = join(place.root, "terraform-plugins");
  await system.files.mkdir(cache);
  const lock = await system.files.tryLock(join(cache, ".xcore-init.lock"));
  const inits = clusters.map((cluster) => place.init(cluster));
  const waiting = () => place.said.filter((line) => line.startsWith("Waiting for another xcore")).length;
  const waited = await pollUntil(
    system.clock,
    { everyMs: 50, withinMs: 60_000 },
    () => Promise.resolve(waiting() === clusters.length || null),
  );
  assert.equal(waited, true);
  lock!.release();
  await Promise.all(inits);
  const folder = join(place.root, "terraform-plugins/registry.terraform.io/hashicorp/aws/1.0.0", PLATFORM);
  for (const cluster of clusters) {
    const link = `.terraform/providers/registry.terraform.io/hashicorp/aws/1.0.0/${PLATFORM}`;
    assert.equal(await Deno.realPath(join(place.folder(cluster), link)), folder);
  }
}));
