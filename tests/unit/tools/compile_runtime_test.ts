import assert from "node:assert/strict";
import { compileRuntime } from "../../../tools/compile_runtime.ts";

/** Deno's own site, as a test wants it: it counts who asks. */
async function withSite(
  answer: () => Response | Promise<Response>,
  body: (site: string, memory: string, asked: () => number) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "xcore-runtime-" });
  let asked = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return answer();
  });
  try {
    await body(`http://127.0.0.1:${server.addr.port}`, `${folder}/never/made/memory.json`, () => asked);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Neither a runtime that is named nor one that Deno has fetched: the site is asked. */
const NOTHING = { named: undefined, denoDir: "/nonexistent" };

Deno.test("DENORT_BIN wins, and has to be a file", async () => {
  const site = "http://127.0.0.1:1";
  assert.deepEqual(await compileRuntime({ named: Deno.execPath(), site }), { state: "here" });
  await assert.rejects(
    compileRuntime({ named: "/nonexistent", site }),
    /DENORT_BIN is \/nonexistent, which is not a file/,
  );
});

Deno.test("a runtime that Deno has fetched is here", async () => {
  const denoDir = await Deno.makeTempDir({ prefix: "xcore-runtime-" });
  try {
    const folder = `${denoDir}/dl/release/v${Deno.version.deno}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/denort-aarch64-apple-darwin.zip`, "");
    const places = { ...NOTHING, denoDir, site: "http://127.0.0.1:1", memory: `${denoDir}/memory.json` };
    assert.deepEqual(await compileRuntime({ ...places, target: "aarch64-apple-darwin" }), { state: "here" });
    assert.equal((await compileRuntime({ ...places, target: "x86_64-apple-darwin" })).state, "none");
  } finally {
    await Deno.remove(denoDir, { recursive: true });
  }
});

Deno.test("a runtime that Deno's site has is one to fetch", async () => {
  await withSite(() => new Response(), async (site, memory) => {
    assert.deepEqual(await compileRuntime({ ...NOTHING, site, memory }), { state: "to fetch" });
  });
});

Deno.test("a site that refuses is not asked again within a day, but with another proxy", async () => {
  await withSite(() => new Response(null, { status: 403 }), async (site, memory, asked) => {
    const host = new URL(site).host;
    const refused = { state: "none", why: `${host} answers 403` };
    for (let i = 0; i < 3; i++) assert.deepEqual(await compileRuntime({ ...NOTHING, site, memory }), refused);
    assert.equal(asked(), 1);

    const remembered = JSON.parse(await Deno.readTextFile(memory));
    const dayMs = 24 * 60 * 60 * 1000;
    for (
      const change of [{ atMs: Date.now() - dayMs }, { atMs: Date.now() + dayMs }, { way: "another proxy" }]
    ) {
      await Deno.writeTextFile(memory, JSON.stringify({ ...remembered, ...change }));
      const before = asked();
      assert.deepEqual(await compileRuntime({ ...NOTHING, site, memory }), refused);
      assert.equal(asked(), before + 1, JSON.stringify(change));
    }
    await Deno.writeTextFile(memory, "{");
    assert.deepEqual(await compileRuntime({ ...NOTHING, site, memory }), refused);
  });
});

Deno.test("a site that does not answer is given up, and one that is not there", async () => {
  let answered = () => {};
  const never = new Promise<Response>((resolve) => answered = () => resolve(new Response()));
  await withSite(() => never, async (site, memory) => {
    const { host } = new URL(site);
    assert.deepEqual(await compileRuntime({ ...NOTHING, site, memory, withinMs: 50 }), {
      ...{ state: "none", why: `${host} does not answer` },
    });
    answered();
  });
  await withSite(() => new Response(), async (_site, memory) => {
    assert.deepEqual(await compileRuntime({ ...NOTHING, site: "http://127.0.0.1:1", memory }), {
      ...{ state: "none", why: "127.0.0.1:1 cannot be reached" },
    });
  });
});

Deno.test("a memory that cannot be written costs no compilation", async () => {
  await withSite(() => new Response(null, { status: 404 }), async (site) => {
    const found = await compileRuntime({ ...NOTHING, site, memory: "/dev/null/memory.json" });
    assert.equal(found.state, "none");
  });
});
