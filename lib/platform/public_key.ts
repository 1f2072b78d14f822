/**
 * A person's public SSH key. A private one is never read further than is needed to know it for one.
 * @module
 */

import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { PrerequisiteError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { kindOfKey } from "./boot/host_keys.ts";

/** Enough to tell what a file is. */
const HEAD_BYTES = 40;

const PRIVATE = /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY|^-----BEGIN OPENSSH|^PuTTY-User-Key-File/;

const MAKE_ONE =
  "Make one with `ssh-keygen -t ed25519`, and set SSH_PUBLIC_KEY to the file whose name ends in .pub.";

/**
 * The key in a file, in the form of authorized_keys, its comment left out.
 *
 * @param path as a person gave it; `~/` is their home
 * @param kinds what the cloud takes: `ssh-ed25519`, `ssh-rsa`
 * @throws {PrerequisiteError} the file is not there, or something else
 */
export async function readPublicKey(
  runtime: Runtime,
  path: string,
  kinds: readonly string[],
): Promise<string> {
  let head: string;
  try {
    head = new TextDecoder().decode(await runtime.files.readHead(path, HEAD_BYTES));
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    const found = missing ? "there is no such file" : error instanceof Error ? error.message : String(error);
    throw new PrerequisiteError(`Cannot use the SSH key ${path}: ${found}`, MAKE_ONE, error);
  }
  if (PRIVATE.test(head)) {
    throw new PrerequisiteError(
      `Cannot use the SSH key ${path}: that is a private key`,
      `Give its public half: ${JSON.stringify(`${path}.pub`)}, made by \`ssh-keygen -y -f ${
        JSON.stringify(path)
      }\` if it is not there.`,
    );
  }
  const kind = head.split(/\s/)[0] ?? "";
  if (!kinds.includes(kind)) {
    const found = /^(ssh|ecdsa|sk)-/.test(kind)
      ? `it is of the kind ${kind}, and the cloud takes ${kinds.join(" or ")}`
      : "it is no public key";
    throw new PrerequisiteError(`Cannot use the SSH key ${path}: ${found}`, MAKE_ONE);
  }
  const [, blob = ""] = (await runtime.files.readText(path)).split(/\s+/);
  if (kindOfKey(blob) !== kind) {
    throw new PrerequisiteError(`Cannot use the SSH key ${path}: it is damaged`, MAKE_ONE);
  }
  return `${kind} ${blob}`;
}

/** The private half that stands beside a public key's file; null: there is none. It is not read. */
export async function privateHalf(
  { files }: Pick<Runtime, "files">,
  publicKeyPath: string,
): Promise<string | null> {
  const path = publicKeyPath.replace(/\.pub$/, "");
  return path !== publicKeyPath && await files.exists(path) ? path : null;
}

/** The full path of a key that a person named. */
export function keyPath(runtime: Runtime, given: string): string {
  if (given.startsWith("~/")) return join(runtime.env("HOME") ?? "/", given.slice(2));
  return given.startsWith("/") ? given : join(runtime.cwd(), given);
}

/**
 * The key that the config names; null: none, and no one may log in.
 *
 * @param kinds as for {@linkcode readPublicKey}
 * @throws {PrerequisiteError} the file is not there, or something else
 */
export async function publicKey(
  runtime: Runtime,
  { publicKeyPath }: Pick<Config, "publicKeyPath">,
  kinds: readonly string[],
): Promise<string | null> {
  return publicKeyPath === null ? null : await readPublicKey(runtime, publicKeyPath, kinds);
}
