import assert from "node:assert/strict";
import { hostKeys, kindOfKey } from "../../../../lib/platform/boot/host_keys.ts";

const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINbxeAT11rvVjw2yJxiZvM0KHJPujR7WTCEGFY2O4d4D";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIuF9Wg8o2OKBoTUyDP3LU9BhkiYtzvP4ckn3bJUXBVs";
const BEGIN = "-----BEGIN SSH HOST KEY KEYS-----";
const END = "-----END SSH HOST KEY KEYS-----";

Deno.test("hostKeys() reads what cloud-init shows, with carriage returns and comments", () => {
  const console = [
    "[   12.3] cloud-init[700]: -----BEGIN SSH HOST KEY FINGERPRINTS-----",
    "256 SHA256:abc root@ip-10-0-0-7 (ED25519)",
    "-----END SSH HOST KEY FINGERPRINTS-----",
    BEGIN,
    `${ED25519} root@ip-10-0-0-7`,
    END,
    "login: ",
  ].join("\r\n");
  assert.deepEqual(hostKeys(console), [ED25519]);
});

Deno.test("hostKeys() reads them from lines of Google's log, and among others' lines", () => {
  const log = "Nov 24 09:10:16 name google_metadata_script_runner[680]: startup-script: ";
  const console = [log + BEGIN, "[   14.0] a kernel's line", `${log}${ED25519} root@name`, log + END].join(
    "\n",
  );
  assert.deepEqual(hostKeys(console), [ED25519]);
});

Deno.test("hostKeys() takes those that were shown first, and not twice", () => {
  const shown = (...keys: string[]) => [BEGIN, ...keys, END].join("\n");
  assert.deepEqual(hostKeys([shown(ED25519, ED25519), shown(OTHER)].join("\n")), [ED25519]);
  assert.deepEqual(hostKeys([shown(), shown(OTHER)].join("\n")), [OTHER], "an image whose sshd came later");
});

Deno.test("hostKeys() finds none on a console without, before all are shown, and in what is damaged", () => {
  const consoles = [
    "",
    ED25519,
    [BEGIN, ED25519].join("\n"),
    [BEGIN, END, ED25519].join("\n"),
    [BEGIN, ED25519.replace("ed25519", "rsa"), END].join("\n"),
    [BEGIN, ED25519.replace("AAAAC3Nz", "AAAA\n"), END].join("\n"),
  ];
  for (const console of consoles) assert.deepEqual(hostKeys(console), [], console);
});

Deno.test("kindOfKey() is what a key says of itself", () => {
  assert.equal(kindOfKey(ED25519.split(" ")[1]!), "ssh-ed25519");
  for (const blob of ["", "AAAA", "no base64!"]) assert.equal(kindOfKey(blob), null, blob);
});
