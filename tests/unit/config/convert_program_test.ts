import assert from "node:assert/strict";
import { oldFile, oldFileWith } from "./_old_files.ts";

const MAIN = new URL("../../../main.ts", import.meta.url).pathname;

/** A home with an old config.yaml, and a way to run the program in it. */
async function homeWith(text: string) {
  const dir = await Deno.makeTempDir({ prefix: "xcore-old-" });
  await Deno.writeTextFile(`${dir}/config.yaml`, text);
  return {
    dir,
    async xcore(...args: string[]) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--cached-only", MAIN, ...args],
        env: { XCORE_HOME: dir, XCORE_CLUSTER: "", NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

Deno.test("xcore config get answers from a converted file, and says once what changed", async () => {
  await using home = await homeWith(oldFile("aws_running"));
  const first = await home.xcore("config", "get", "max_workers");
  assert.deepEqual([first.code, first.stdout], [0, "10\n"]);
  const lines = first.stderr.trimEnd().split("\n");
  assert.match(lines[0]!, /^Converted .*config\.yaml from the Python tool's form/);
  assert.ok(lines.includes("  max_idle_time: 300 → max_idle_time_s: 300"), first.stderr);
  assert.match(lines.at(-1)!, /^Warning: a cluster that the Python tool made may still run/);
  assert.equal(await Deno.readTextFile(`${home.dir}/config.yaml.0.0.1`), oldFile("aws_running"));

  const again = await home.xcore("config", "get", "max_workers");
  assert.deepEqual(again, { code: 0, stdout: "10\n", stderr: "" });
});

Deno.test("xcore --json prints nothing but the document when it converts", async () => {
  await using home = await homeWith(oldFile("gcp_gpu"));
  const { stdout, stderr } = await home.xcore("--json", "config", "set", "max_workers", "3");
  assert.deepEqual(JSON.parse(stdout), { max_workers: 3 });
  assert.match(stderr, /^Converted /);
});

Deno.test("xcore init on an old file converts it, and keeps to its provider", async () => {
  await using home = await homeWith(oldFile("aws"));
  const { code, stderr } = await home.xcore("init", "local");
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^Converted .*\nCannot set up local here: .*config\.yaml is for aws\n.*-c NAME init local/s,
  );
  assert.equal(await Deno.readTextFile(`${home.dir}/config.yaml.0.0.1`), oldFile("aws"));
});

Deno.test("several xcore at once convert once", async () => {
  await using home = await homeWith(oldFile("aws"));
  const ran = await Promise.all(Array.from({ length: 4 }, () => home.xcore("config", "get", "cluster_id")));
  assert.deepEqual(ran.map(({ code }) => code), [0, 0, 0, 0]);
  assert.equal(new Set(ran.map(({ stdout }) => stdout)).size, 1);
  assert.equal(ran.filter(({ stderr }) => stderr.startsWith("Converted ")).length, 1);
  const kept = (await Array.fromAsync(Deno.readDir(home.dir), ({ name }) => name)).sort();
  assert.deepEqual(kept, ["config.schema.json", "config.yaml", "config.yaml.0.0.1", "config.yaml.lock"]);
});

Deno.test("xcore leaves an old file alone when it cannot read it, and when it need not", async () => {
  const text = oldFileWith("aws", "cloud_provider: aws", "cloud_provider: moon");
  await using home = await homeWith(text);
  const { code, stderr } = await home.xcore("status");
  assert.equal(code, 1);
  assert.match(stderr, /line 8, terraform_config\.cloud_provider: found moon, allowed aws or gcp\n/);
  assert.equal((await home.xcore("config", "path")).code, 0);
  assert.equal(await Deno.readTextFile(`${home.dir}/config.yaml`), text);
});
