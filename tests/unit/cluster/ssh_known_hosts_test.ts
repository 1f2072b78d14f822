import assert from "node:assert/strict";
import { isKnownHost } from "../../../lib/cluster/ssh.ts";
import { placeWith } from "../config/_home.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINbxeAT11rvVjw2yJxiZvM0KHJPujR7WTCEGFY2O4d4D";
const SHOWN = `-----BEGIN SSH HOST KEY KEYS-----\n${KEY} root@it\n-----END SSH HOST KEY KEYS-----\n`;
const machine = { id: "i-1", address: "198.18.0.1" };

Deno.test("isKnownHost() keeps the key that the console shows, and does not read the console again", async () => {
  await using place = await placeWith(null);
  const consoles = ["booting\n", SHOWN];
  const look = () => Promise.resolve({ text: consoles.shift()!, end: "" });
  assert.equal(await isKnownHost(place, machine, look), false);
  assert.equal(await place.runtime.files.exists(place.home.knownHosts), false);
  assert.equal(await isKnownHost(place, machine, look), true);
  assert.equal(await isKnownHost(place, machine, look), true);
  assert.equal(await Deno.readTextFile(place.home.knownHosts), `i-1 ${KEY}\n`);
  assert.equal((await Deno.stat(place.home.knownHosts)).mode! & 0o777, 0o600);
});

Deno.test("isKnownHost() knows machines apart whose ids begin alike, and none without a console", async () => {
  await using place = await placeWith(null);
  const shown = () => Promise.resolve({ text: SHOWN, end: "" });
  assert.equal(await isKnownHost(place, { ...machine, id: "i-10" }, shown), true);
  assert.equal(await isKnownHost(place, machine, () => Promise.resolve(null)), false);
  assert.equal(await isKnownHost(place, machine, shown), true);
  assert.equal(await Deno.readTextFile(place.home.knownHosts), `i-10 ${KEY}\ni-1 ${KEY}\n`);
});
