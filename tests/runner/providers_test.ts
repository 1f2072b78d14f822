import assert from "node:assert/strict";
import { findProviders, lackOfProviders, type MirrorOptions } from "./providers.ts";

/** Makes what `terraform providers mirror` makes, and notes that it was run. */
const MIRRORS = `echo "$@" >>"$PLACE/calls"
for folder; do :; done
case $1 in *aws) name=aws;; *) name=google;; esac
mkdir -p "$folder/registry.terraform.io/hashicorp/$name"`;

interface Place {
  readonly folder: string;
  /** How `terraform` was run. */
  calls(): Promise<string[]>;
  find(options?: MirrorOptions): ReturnType<typeof findProviders>;
}

/**
 * A machine with nothing but a Terraform that does this, and a registry that answers; `null`: no
 * Terraform.
 */
async function withPlace(terraform: string | null, body: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-providers-" });
  const names = ["PATH", "HOME", "XDG_CACHE_HOME", "TF_CLI_CONFIG_FILE", "XCORE_TEST_NO_PROVIDERS", "PLACE"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("{}"));
  const set = (values: Iterable<readonly [string, string | undefined]>) => {
    for (const [name, value] of values) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };
  try {
    await Deno.mkdir(`${folder}/bin`);
    if (terraform !== null) {
      await Deno.writeTextFile(`${folder}/bin/terraform`, `#!/bin/sh\n${terraform}\n`, { mode: 0o755 });
    }
    set([
      ["PATH", terraform === null ? `${folder}/bin` : `${folder}/bin:/usr/bin:/bin`],
      ["HOME", folder],
      ["XDG_CACHE_HOME", `${folder}/cache`],
      ["TF_CLI_CONFIG_FILE", `${folder}/not-there`],
      ["XCORE_TEST_NO_PROVIDERS", undefined],
      ["PLACE", folder],
    ]);
    const registry = `http://127.0.0.1:${server.addr.port}`;
    await body({
      folder,
      calls: async () =>
        (await Deno.readTextFile(`${folder}/calls`).catch(() => "")).split("\n").filter(Boolean),
      find: (options) => findProviders({ registry, ...options }),
    });
  } finally {
    set(before);
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findProviders() makes the mirror once, and names the configuration that has it", () =>
  withPlace(MIRRORS, async ({ find, calls, folder }) => {
    // Two at once, as two runs may be.
    const [one, two] = await Promise.all([find(), find()]);
    assert.deepEqual(one, two);
    assert.equal(one.lack, null);
    assert.equal((await calls()).length, 2);
    assert.match((await calls())[0]!, /^-chdir=\S+terraform\/aws providers mirror -platform=\w+_\w+ \S+$/);
    Deno.env.set("TF_CLI_CONFIG_FILE", one.env.TF_CLI_CONFIG_FILE!);
    assert.equal(lackOfProviders(), null);
    assert.ok(one.env.TF_CLI_CONFIG_FILE!.startsWith(`${folder}/cache/`));
    assert.deepEqual(await find(), one);
    assert.equal((await calls()).length, 2);
  }));

Deno.test("findProviders() takes the mirror that the user has configured, if it has all", () =>
  withPlace(MIRRORS, async ({ find, calls, folder }) => {
    for (
      const [name, text] of [
        [
          ".terraformrc",
          (path: string) => `provider_installation {\n  filesystem_mirror {\n    path = "${path}"\n  }\n}\n`,
        ],
        [
          "mirror.tfrc.json",
          (path: string) => JSON.stringify({ provider_installation: { filesystem_mirror: { path } } }),
        ],
      ] as const
    ) {
      await Deno.mkdir(`${folder}/mirror/registry.terraform.io/hashicorp/aws`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text(`${folder}/mirror`));
      if (name === ".terraformrc") Deno.env.delete("TF_CLI_CONFIG_FILE");
      else Deno.env.set("TF_CLI_CONFIG_FILE", `${folder}/${name}`);
      assert.match(String(lackOfProviders()), /^no mirror/);
      await Deno.mkdir(`${folder}/mirror/registry.terraform.io/hashicorp/google`);
      assert.equal(lackOfProviders(), null);
      assert.deepEqual(await find(), { env: { TF_CLI_CONFIG_FILE: `${folder}/${name}` }, lack: null });
      await Deno.remove(`${folder}/mirror`, { recursive: true });
    }
    assert.deepEqual(await calls(), []);
  }));

Deno.test("findProviders() lacks what a registry that does not answer has, in a moment, and says what to do", () =>
  withPlace(MIRRORS, async ({ find, calls }) => {
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const registry = `http://127.0.0.1:${silent.addr.port}`;
      const { env, lack } = await find({ registry, answerMs: 50 });
      assert.match(lack!, /registry\.terraform\.io does not answer: .*`terraform providers mirror FOLDER`/);
      for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
      assert.equal(lackOfProviders(), lack);
      assert.deepEqual(await calls(), []);
    } finally {
      silent.close();
    }
  }));

Deno.test("findProviders() begins anew after a download that failed or took too long", () =>
  withPlace(
    `[ ! -e "$PLACE/bad" ] || { echo "Error: no space left" >&2; exit 1; }\n${MIRRORS}`,
    async (place) => {
      await Deno.writeTextFile(`${place.folder}/bad`, "");
      assert.match((await place.find()).lack!, /^Terraform cannot fetch its providers \(no space left\): /);
      await Deno.remove(`${place.folder}/bad`);
      await Deno.writeTextFile(`${place.folder}/bin/terraform`, "#!/bin/sh\nexec sleep 1000\n");
      assert.match(
        (await place.find({ downloadMs: 50 })).lack!,
        /^Terraform cannot fetch its providers \(not within /,
      );
      await Deno.writeTextFile(`${place.folder}/bin/terraform`, `#!/bin/sh\n${MIRRORS}\n`);
      assert.equal((await place.find()).lack, null);
    },
  ));

Deno.test("findProviders() asks for Terraform first", () =>
  withPlace(null, async ({ find }) => {
    assert.match((await find()).lack!, /^terraform is not installed: /);
    assert.match(lackOfProviders()!, /^terraform is not installed: /);
  }));
