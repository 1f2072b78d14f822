/** What a person has before the first command, whichever cloud it is for. */

import assert from "node:assert/strict";
import { join } from "node:path";

/** The Python that the person runs scripts with. */
export const PYTHON = Deno.env.get("XCORE_TEST_PYTHON") ?? "";

/** Where booted instances see the user's programs come from, until the test moves the user. */
export const USER_ADDRESS = "198.19.0.1";

/** A uv for a person who reaches no package index: see there. */
export const UV = new URL("uv", import.meta.url).pathname;

/** One person, at this machine. */
export interface Person {
  /** The file that SSH_PUBLIC_KEY names; the private half is beside it. */
  readonly publicKey: string;
  /** What the person's programs see. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the service that tells this machine's address tells this one. */
  tellAddress(address: string): void;
  /** How often that service was asked. */
  addressAsks(): number;
}

/** Runs `body` with a person who has a key, and a service that tells this machine's address. */
export async function withPerson(body: (person: Person) => Promise<void>): Promise<void> {
  let address = USER_ADDRESS;
  let asks = 0;
  const service = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asks++;
    return new Response(`${address}\n`);
  });
  const keys = await Deno.makeTempDir({ prefix: "xcore-keys-" });
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  const providers = `${cache}/xcore-tests/terraform/${Deno.env.get("XCORE_TEST_PROVIDERS") ?? "by hand"}`;
  await Deno.mkdir(providers, { recursive: true });
  const privateKey = join(keys, "id");
  const publicKey = `${privateKey}.pub`;
  try {
    const args = ["-q", "-t", "ed25519", "-N", "", "-C", "me@here", "-f", privateKey];
    assert.ok((await new Deno.Command("ssh-keygen", { args }).output()).success);
    await body({
      publicKey,
      tellAddress: (told) => address = told,
      addressAsks: () => asks,
      env: {
        SSH_PUBLIC_KEY: publicKey,
        // A provider of some 200 MB is unpacked once and not for each home.
        TF_PLUGIN_CACHE_DIR: providers,
        XCORE_PRICE_LIST_URL: "none",
        XCORE_UV: UV,
        XCORE_ADDRESS_URL: `http://127.0.0.1:${service.addr.port}/`,
      },
    });
  } finally {
    await service.shutdown();
    await Deno.remove(keys, { recursive: true });
  }
}
