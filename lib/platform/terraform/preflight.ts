/** What a base on Terraform needs of this machine. @module */

import { join } from "node:path";
import { notInstallable, probePython } from "../../python/python_environment.ts";
import type { Runtime } from "../../runtime.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../check_result.ts";
import { allowedRanges } from "../own_address.ts";
import type { PlatformOptions } from "../platform.ts";
import { readPublicKey } from "../public_key.ts";
import { findTerraform } from "./terraform.ts";

/** See `Base.check`. */
export async function* preflight(
  { runtime, config }: PlatformOptions,
  keyKinds: readonly string[],
  settingUp: boolean,
): AsyncIterable<CheckResult> {
  yield await guarded("Terraform", async () => {
    const { product, version } = await findTerraform(runtime);
    return passed("Terraform", `${product} ${version}`);
  });
  yield await guarded("SSH key", async () => {
    if (config.publicKeyPath === null) return await noKey(runtime, settingUp);
    const [kind] = (await readPublicKey(runtime, config.publicKeyPath, keyKinds)).split(" ");
    return passed("SSH key", `${config.publicKeyPath} (${kind})`);
  });
  const packages = await guarded("Python packages", () => packageCheck(runtime, config.python));
  if (packages.outcome !== "passed") yield packages;
  yield await guarded("Your address", async () => {
    return passed("Your address", `${(await allowedRanges(config)).join(", ")} may reach the cluster`);
  });
}

/** Checks that machines can install the same package versions, which come from an index. */
async function packageCheck(runtime: Runtime, python: string | null): Promise<CheckResult> {
  const name = "Python packages";
  const complaint = python === null ? null : notInstallable(await probePython(runtime, python));
  return complaint === null ? passed(name, "releases") : failed(name, complaint.message, complaint.hint);
}

/** Whose config says so by choice is only told what follows. */
async function noKey(runtime: Runtime, settingUp: boolean): Promise<CheckResult> {
  if (!settingUp) {
    const fix = "Name your public key with `xcore config set public_key_path PATH`, then `xcore restart`.";
    return warning("SSH key", "none: no one can log in to the machines", fix);
  }
  const folder = join(runtime.env("HOME") ?? "/", ".ssh");
  const there = (await runtime.files.list(folder)).find((name) => /^id_(ed25519|rsa)\.pub$/.test(name));
  const name = there ?? "id_ed25519.pub";
  const make = there === undefined ? "ssh-keygen -t ed25519 && " : "";
  return failed(
    "SSH key",
    "SSH_PUBLIC_KEY is not set",
    `${make}export SSH_PUBLIC_KEY=~/.ssh/${name}, or name the file with --public-key`,
  );
}
