import assert from "node:assert/strict";
import { localServer } from "../../../lib/dask/local_server.ts";
import { NotFoundError } from "../../../lib/errors.ts";
import { PAGE_PATH, pageHandler } from "../../../lib/page/page_handler.ts";
import { FakePageSource } from "../../support/fakes/page_source.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { runtime } from "../dask/_certificates.ts";

const NOW_MS = Date.parse("2026-01-02T00:00:00Z");

/** The page of a cluster of four workers, and how a browser gets what it serves. */
async function served() {
  const clock = new FakeClock();
  clock.wallOffsetMs = NOW_MS;
  const source = new FakePageSource(NOW_MS, 4);
  const handler = pageHandler(source, clock);
  const server = await localServer(runtime, [handler], PAGE_PATH);
  const entered = await fetch(server.url);
  await entered.body?.cancel();
  const cookie = entered.headers.getSetCookie()[0]!.split(";")[0]!;
  const get = (path: string) => fetch(new URL(path, server.url), { headers: { cookie } });
  const statusOf = async (path: string) => {
    const { status, body } = await get(path);
    await body?.cancel();
    return status;
  };
  return {
    ...{ source, clock, get, statusOf },
    async [Symbol.asyncDispose]() {
      handler.close();
      await server.close();
    },
  };
}

Deno.test("pageHandler() serves the page's files with a policy that leads nowhere else", async () => {
  await using page = await served();
  const whole = await page.get("/");
  const html = await whole.text();
  assert.match(html, /<title>xcore dashboard/);
  const policy = whole.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; /);
  assert.match(policy, /require-trusted-types-for 'script'; trusted-types 'none'$/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  assert.doesNotMatch(html, /https?:|style=| on\w+=/, "the policy forbids it");
  const paths = [...html.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path]) => path!);
  assert.ok(paths.includes("/page/uPlot.iife.min.js"), html);
  for (const path of paths) {
    const file = await page.get(path);
    const text = await file.text();
    assert.equal(file.status, 200, path);
    assert.match(file.headers.get("content-type")!, /^(text\/(css|javascript)|image\/svg)/);
    const modules = [...text.matchAll(/^import .* from "\.\/(.*)";$/gm)].map(([, name]) => name!);
    for (const name of modules) assert.equal(await page.statusOf(`/page/${name}`), 200, name);
  }
  assert.equal(await page.statusOf("/page/../python/x"), 404);
  assert.equal(await page.statusOf("/page/toString"), 404);
  assert.equal(await page.statusOf("/favicon.ico"), 200);
});

Deno.test("pageHandler() answers for a span of time, and refuses what is none", async () => {
  await using page = await served();
  const history = await (await page.get(`/page/history?from=${NOW_MS - 3_600_000}&to=${NOW_MS}`)).json();
  assert.deepEqual([history.from, history.to], [NOW_MS - 3_600_000, NOW_MS]);
  assert.equal(history.samples.at.length, history.samples.workers.running.length);
  for (const query of ["", "?from=1", "?from=2&to=1", "?from=x&to=9", "?from=-1&to=9", "?from=1&to=1e99"]) {
    assert.equal(await page.statusOf(`/page/history${query}`), 400, query);
  }
});

Deno.test("pageHandler() passes on what is wrong, and what to type", async () => {
  await using page = await served();
  page.source.log = (name) => Promise.reject(new NotFoundError(`there is no ${name}`, "Look again."));
  const answer = await page.get("/page/log?name=%3Cb%3E");
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.deepEqual(await answer.json(), { message: "there is no <b>", hint: "Look again." });
  assert.deepEqual(await (await page.get("/page/dask")).json(), { lack: null });
});

Deno.test("pageHandler() sends the status again and again, and goes on after a failure", async () => {
  await using page = await served();
  const { source, clock } = page;
  const reader = (await page.get("/page/live")).body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async () => {
    while (!text.includes("\n\n")) text += (await reader.read()).value;
    const [event = ""] = text.split("\n\n", 1);
    text = text.slice(event.length + 2);
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event)!;
    return { name, data: JSON.parse(data!) };
  };
  const first = await next();
  assert.deepEqual([first.name, first.data.status.cluster.name], ["status", "thesis"]);
  const { current } = source;
  source.status = () => Promise.reject(new NotFoundError("it is gone", "Look again."));
  await clock.advance(1000);
  assert.deepEqual(await next(), { name: "failure", data: { message: "it is gone", hint: "Look again." } });
  // Where no daemon answers a cloud may be asked, which is not done each second.
  source.status = () => Promise.resolve({ ...current, cluster: { ...current.cluster, name: "again" } });
  await clock.advance(9000);
  assert.equal(text, "");
  await clock.advance(1000);
  assert.equal((await next()).data.status.cluster.name, "again");
  await reader.cancel();
});
