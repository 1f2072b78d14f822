/** Whether AWS would let us do what we do: it is asked to pretend. @module */

import { type CheckResult, failed, passed } from "../check_result.ts";
import type { Checked } from "./checked.ts";
import type { Aws } from "./client.ts";
import { codeOf } from "./errors.ts";
import type { Image } from "./images.ts";

/** The only answers to a pretended call that are about permissions; all others came after that question. */
const REFUSALS = new Set(["UnauthorizedOperation", "AuthFailure"]);

/** Any public key: it is not looked at when a call is only pretended. */
const SOME_KEY = new TextEncoder().encode("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI xcore");

/** Asks for one call of each kind that xcore and its Terraform templates make. */
export async function permissionCheck(
  { session, config }: Checked,
  image: Image | null,
): Promise<CheckResult> {
  const name = "EC2 permissions";
  const refused = await session.ask("ask for permissions", (aws) =>
    refusedAmong({
      ...aws.dryRuns,
      RunInstances: () => aws.dryRuns.RunInstances(image?.id ?? "ami-00000000000000000", config.workerType),
      ImportKeyPair: () => aws.dryRuns.ImportKeyPair(SOME_KEY),
    }));
  if (refused.length === 0) return passed(name, "machines, network, firewall and key may be made");
  return failed(
    name,
    `AWS refuses ${refused.join(", ")}`,
    "Have the policy AmazonEC2FullAccess attached to this user or role.",
  );
}

type DryRuns = { readonly [Action in keyof Aws["dryRuns"]]: () => Promise<unknown> };

async function refusedAmong(calls: DryRuns): Promise<string[]> {
  const answers = Object.entries(calls).map(async ([action, call]) => {
    const code = await call().then(() => "", codeOf);
    return REFUSALS.has(code) ? [action] : [];
  });
  return (await Promise.all(answers)).flat();
}
