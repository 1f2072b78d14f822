import assert from "node:assert/strict";
import { PrerequisiteError } from "../../../lib/errors.ts";
import { allowedRanges, isWithin, ownAddress } from "../../../lib/platform/own_address.ts";

/** A service on this machine that answers so. */
async function answering<T>(answer: Response, body: (url: string) => Promise<T>): Promise<T> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => answer.clone());
  try {
    return await body(`http://127.0.0.1:${server.addr.port}/`);
  } finally {
    await server.shutdown();
    await answer.body?.cancel();
  }
}

const refused = (found: RegExp) => (error: unknown) =>
  error instanceof PrerequisiteError && found.test(error.message) &&
  error.hint.includes("`xcore config set allowed_cidr '[RANGE]'`");

Deno.test("ownAddress() is what the service says", async () => {
  assert.equal(await answering(new Response("192.0.2.7\n"), ownAddress), "192.0.2.7");
});

Deno.test("ownAddress() tells a machine with IPv6 only that it is one", async () => {
  const answer = answering(new Response("2001:db8::7\n"), ownAddress);
  await assert.rejects(answer, refused(/IPv6 address only, 2001:db8::7/));
});

Deno.test("ownAddress() takes nothing else for an address", async () => {
  const page = answering(new Response("<html>Please log in to the hotel's network</html>"), ownAddress);
  await assert.rejects(page, refused(/does not answer with an address/));
  const error = answering(new Response("192.0.2.7", { status: 503 }), ownAddress);
  await assert.rejects(error, refused(/HTTP 503/));
  const long = answering(new Response("x".repeat(10_000_000)), ownAddress);
  await assert.rejects(long, refused(/does not answer with an address/));
  const nobody = await answering(new Response(""), (url) => Promise.resolve(url));
  await assert.rejects(ownAddress(nobody), refused(/does not answer \(/));
});

Deno.test("ownAddress() asks by no proxy, as Dask connects by none", () =>
  answering(new Response("192.0.2.7"), (url) =>
    answering(new Response("198.51.100.9"), async (proxy) => {
      const module = new URL("../../../lib/platform/own_address.ts", import.meta.url);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          "--cached-only",
          `import { ownAddress } from ${JSON.stringify(module)};
          console.log(await (await fetch(${JSON.stringify(url)})).text(), await ownAddress(${
            JSON.stringify(url)
          }));`,
        ],
        env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: "" },
      }).output();
      const text = new TextDecoder();
      assert.equal(text.decode(stdout), "198.51.100.9 192.0.2.7\n", text.decode(stderr));
    })));

Deno.test("allowedRanges() puts this machine's address in the place of auto, and asks for it only where it is needed", () =>
  answering(new Response("192.0.2.7"), async (addressUrl) => {
    assert.deepEqual(await allowedRanges({ allowedCidr: ["auto", "198.51.100.0/24"], addressUrl }), [
      "192.0.2.7/32",
      "198.51.100.0/24",
    ]);
    const unasked = { allowedCidr: ["198.51.100.0/24"], addressUrl: "http://127.0.0.1:1/" };
    assert.deepEqual(await allowedRanges(unasked), ["198.51.100.0/24"]);
  }));

Deno.test("isWithin() goes by as many bits as the range has", () => {
  const inside = ["192.0.2.7/32", "192.0.2.0/24", "192.0.0.0/22", "128.0.0.0/1", "0.0.0.0/0", "192.0.2.4/30"];
  for (const range of inside) assert.equal(isWithin("192.0.2.7", range), true, range);
  const outside = ["192.0.2.6/32", "192.0.3.0/24", "192.0.4.0/22", "0.0.0.0/1", "192.0.2.0/30"];
  for (const range of outside) assert.equal(isWithin("192.0.2.7", range), false, range);
});
