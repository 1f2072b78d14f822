/**
 * What xcore, Terraform and Packer ask of a cloud, as far as any test has seen: calls of EC2, permissions of Google's. What
 * permissions/ grants is compared with that.
 * @module
 */

const CLIENTS = ["xcore", "terraform", "packer"] as const;

/** By program: the names of calls, or of permissions. */
export type RecordedCalls = Readonly<Record<(typeof CLIENTS)[number], readonly string[]>>;

const fileOf = (cloud: "ec2" | "gce") => new URL(`${cloud}/calls.json`, import.meta.url);

/** The record. */
export function recordedCalls(cloud: "ec2" | "gce"): RecordedCalls {
  return JSON.parse(Deno.readTextFileSync(fileOf(cloud)));
}

/**
 * Adds what was called in a test to the record, with XCORE_UPDATE_CALLS=1. Without that there is nothing to do: what is
 * granted by permissions/, which is never more than the record, is all that a cloud lets these programs do.
 */
export async function recordCalls(
  cloud: "ec2" | "gce",
  calls: readonly { readonly client: string | null; readonly call: string }[],
): Promise<void> {
  if (Deno.env.get("XCORE_UPDATE_CALLS") !== "1") return;
  using lock = await Deno.open(new URL("_server.ts", import.meta.url));
  await lock.lock(true);
  const before = recordedCalls(cloud);
  const after = Object.fromEntries(CLIENTS.map((client) => {
    const seen = calls.filter((one) => one.client === client).map(({ call }) => call);
    return [client, [...new Set([...before[client], ...seen])].sort()];
  }));
  Deno.writeTextFileSync(fileOf(cloud), `${JSON.stringify(after, null, 2)}\n`);
}
