import assert from "node:assert/strict";
import { homeOf } from "../../../lib/config/home.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { XcoreError } from "../../../lib/errors.ts";
import { isOld, refreshPriceList, watchedPrices } from "../../../lib/price/refresh_price_list.ts";
import { machine } from "../../support/machine.ts";
import { HEADER, HOSTILE, leadingTo, LIST, ROW } from "../../support/price_lists.ts";
import { assertWording } from "../../support/wording.ts";

type Asked = Parameters<typeof refreshPriceList>[2];
type Refresh = (over?: Partial<Asked>, nowMs?: number) => ReturnType<typeof refreshPriceList>;

/** Runs `body` with a home of its own, and a server that answers as it is told to. */
async function withServer(
  answer: (path: string) => Response | Promise<Response>,
  body: (refresh: Refresh) => Promise<void>,
): Promise<void> {
  await using here = await machine();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(new URL(request.url).pathname),
  );
  const priceListUrl = `http://127.0.0.1:${server.addr.port}/`;
  await body((over = {}, nowMs = Date.now()) => {
    const runtime = { ...here.runtime, clock: { ...here.runtime.clock, nowMs: () => nowMs } };
    return refreshPriceList(runtime, homeOf(runtime), {
      ...{ provider: "aws", regionName: "us-east-1", priceListUrl },
      ...over,
    });
  });
}

async function until(good: () => boolean): Promise<void> {
  while (!good()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const DAY_MS = 24 * 3600_000;

Deno.test("the list of the region is fetched, kept for a week, and fetched again then", async () => {
  const asked: string[] = [];
  await withServer((path) => {
    asked.push(path);
    return new Response(LIST);
  }, async (refresh) => {
    const nowMs = Date.now();
    const { list, error } = await refresh({}, nowMs);
    assert.equal(error, null);
    assert.deepEqual(list?.types, {
      "c5.xlarge": { onDemand: 0.17, spot: { "use1-az1": 0.07 }, withAccelerators: false },
      "t3.small": { onDemand: 0.0208, spot: {}, withAccelerators: false },
    });
    assert.deepEqual(asked, ["/v8/aws/vms.csv"]);
    assert.equal((await refresh({}, nowMs + 6 * DAY_MS)).list?.fetchedAtMs, nowMs);
    assert.equal(asked.length, 1);
    assert.equal((await refresh({}, nowMs + 8 * DAY_MS)).list?.fetchedAtMs, nowMs + 8 * DAY_MS);
    assert.equal((await refresh({ regionName: "eu-west-1" }, nowMs)).list?.types["t3.small"]?.onDemand, 0.02);
    assert.ok(isOld(null, nowMs));
  });
});

Deno.test("no list is asked for where price_list_url is none", async () => {
  await withServer(() => assert.fail("it was asked"), async (refresh) => {
    assert.deepEqual(await refresh({ priceListUrl: "none" }), { list: null, error: null });
  });
});

Deno.test("watchedPrices() fetches beside other work, tells of a new list once, and tries again after an hour", async () => {
  await using here = await machine();
  let asks = 0;
  let works = false;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asks++;
    return works ? new Response(LIST) : new Response("", { status: 503 });
  });
  const config = await parseConfig(
    "provider: aws\ncluster_id: xcore-0a1b2c3d\nregion_name: us-east-1\n" +
      `price_list_url: http://127.0.0.1:${server.addr.port}\n`,
    "config.yaml",
  );
  let nowMs = 0;
  const runtime = { ...here.runtime, clock: { ...here.runtime.clock, monotonicMs: () => nowMs } };
  const said: string[] = [];
  const isNew = watchedPrices(runtime, homeOf(runtime), (line) => said.push(line));
  assert.equal(isNew(config), false);
  await until(() => said.length === 1);
  assert.equal(isNew(config), false);
  works = true;
  nowMs += 3_600_001;
  await until(() => isNew(config));
  assert.deepEqual([isNew(config), asks, said.length], [false, 2, 1]);
});

Deno.test("a price list is found where its address leads on to", async () => {
  const answer = (path: string) => path === "/moved" ? new Response(LIST) : leadingTo("/moved");
  await withServer(answer, async (refresh) => {
    const { list, error } = await refresh();
    assert.equal(error, null);
    assert.equal(list?.types["c5.xlarge"]?.onDemand, 0.17);
  });
});

Deno.test("what is no price list is refused, says why, and leaves the old one in place", async () => {
  let answer = () => new Response(LIST);
  await withServer(() => answer(), async (refresh) => {
    const nowMs = Date.now();
    assert.equal((await refresh({}, nowMs)).error, null);
    for (const [name, hostile] of Object.entries(HOSTILE)) {
      answer = hostile;
      const { list, error } = await refresh({}, nowMs + 8 * DAY_MS);
      assert.ok(error instanceof XcoreError, name);
      assert.equal(list?.fetchedAtMs, nowMs, name);
      assertWording("price_list", name, error.message.replace(/http:\S+\/v8/, "URL/v8"));
    }
    answer = () =>
      new Response(
        `${LIST}m5.large,,,2,8,,0.1,,us-east-1,use1-az1\nm5.xlarge,,,2,8,,0.2,,us-east-1,use1-az1\n`,
      );
    assert.equal((await refresh({}, nowMs + 8 * DAY_MS)).error, null);
    answer = () => new Response(`${HEADER}\n${ROW}\n`);
    const { error } = await refresh({}, nowMs + 16 * DAY_MS);
    assertWording("price_list", "fewer types than before", error!.message);
  });
});
