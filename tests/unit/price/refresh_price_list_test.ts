import assert from "node:assert/strict";
import { homeOf } from "../../../lib/config/home.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { XcoreError } from "../../../lib/errors.ts";
import { isOld, refreshPriceList, watchedPrices } from "../../../lib/price/refresh_price_list.ts";
import { machine } from "../../support/machine.ts";
import { assertWording } from "../../support/wording.ts";

const HEADER =
  "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone";
const ROW = "c5.xlarge,,,4,8,,0.17,0.07,us-east-1,use1-az1";
const LIST =
  `${HEADER}\n${ROW}\nt3.small,,,2,2,,0.0208,,us-east-1,use1-az1\nt3.small,,,2,2,,0.02,,eu-west-1,euw1-az1\n`;

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

/** An answer that never ends, or not before 10 GB. */
function endless(): Response {
  const row = ROW.replace(",8,,", `,8,"${"T4 ".repeat(10_000)}",`);
  const part = new TextEncoder().encode(`${row}\n`.repeat(30));
  let sent = 0;
  return new Response(
    new ReadableStream({
      pull: (stream) => {
        if (sent === 0) stream.enqueue(new TextEncoder().encode(`${HEADER}\n`));
        stream.enqueue(part);
        sent += part.length;
        if (sent > 10e9) stream.close();
      },
    }),
  );
}

const HOSTILE: Readonly<Record<string, () => Response>> = {
  "a page": () => new Response("<!doctype html>\n<title>Sign in</title>\n"),
  "nothing": () => new Response(""),
  "not there": () => new Response("gone", { status: 404 }),
  "cut off in a line": () => new Response(LIST.slice(0, -20)),
  "cut off in quotes": () => new Response(`${HEADER}\n"c5.xlarge,,,4,8,,0.17,0.07,us-east-1,use1-az1\n`),
  "a negative price": () => new Response(LIST.replace("0.17", "-0.17")),
  "a price in words": () => new Response(LIST.replace("0.17", "cheap")),
  "an absurd price": () => new Response(LIST.replace("0.17", "1e300")),
  "a formula": () => new Response(LIST.replace("c5.xlarge", "=cmd|'/c calc'!A0")),
  "escapes": () => new Response(LIST.replace("c5.xlarge", "c5\u001b[31m")),
  "another region": () => new Response(LIST.replaceAll("us-east-1", "us-west-9")),
  "fewer columns": () => new Response("InstanceType,Price\nc5.xlarge,0.17\n"),
  "one long line": () => new Response(`${HEADER}\n${"x".repeat(200_000)}\n`),
  "ten gigabytes": endless,
  "an address without https": () => leadingTo("http://192.0.2.1/v8/aws/vms.csv"),
  "a file": () => leadingTo("file:///etc/passwd"),
  "a circle": () => leadingTo("/v8/aws/vms.csv"),
};

function leadingTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

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
