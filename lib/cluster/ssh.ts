/** `xcore ssh`: a shell, or a command, on one of the cluster's machines. @module */

import { basename } from "node:path";
import { NotFoundError, PrerequisiteError, UsageError, XcoreError } from "../errors.ts";
import { SCHEDULER } from "../model/mod.ts";
import { hostKeys } from "../platform/boot/host_keys.ts";
import type { LogPart } from "../platform/provider.ts";
import { type Cluster, noSuchName, openCluster, type Scope } from "./cluster.ts";
import type { Machine } from "../platform/base.ts";
import { platformOf } from "../platform/platforms.ts";
import { privateHalf } from "../platform/public_key.ts";

/** Without it, ssh waits for minutes. */
const CONNECT_TIMEOUT_S = 20;

/**
 * Runs ssh on this terminal. The machine has to have the host key that its console showed.
 *
 * @param name `scheduler`, or a worker's
 * @param command as ssh takes it; empty: a shell
 * @returns the exit code of the command, or 255 for a failure that ssh has explained
 * @throws {UsageError} the cluster's processes run on this machine
 * @throws {NotFoundError} no machine has this name
 * @throws {NotRunningError} there is no config, or no cluster is running
 * @throws {PrerequisiteError} there is no ssh, or the machines have no key
 */
export async function ssh(scope: Scope, name: string, command: readonly string[]): Promise<number> {
  const cluster = await openCluster(scope);
  const { runtime, home, config, provider, base } = cluster;
  if (!platformOf(config).traits.machines) throw runsLocally(name);
  const machine = await machineNamed(cluster, name);
  if (config.publicKeyPath === null) throw noLoginKey(name);
  const console = () => name === SCHEDULER ? base.log() : provider.bootLog(name, null);
  if (!await isKnownHost(scope, machine, console)) throw hostKeyUnknown(name);
  const options = {
    // A relative path: ssh would split the home's path at blanks and quotes.
    UserKnownHostsFile: basename(home.knownHosts),
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: "yes",
    HostKeyAlias: machine.id,
    CheckHostIP: "no",
    UpdateHostKeys: "no",
    ConnectTimeout: String(CONNECT_TIMEOUT_S),
  };
  const key = await privateHalf(runtime, config.publicKeyPath);
  const words = [
    "ssh",
    ...Object.entries(options).flatMap(([option, value]) => ["-o", `${option}=${value}`]),
    ...(key === null ? [] : ["-i", key.replaceAll("%", "%%"), "-o", "IdentitiesOnly=yes"]),
    ...(config.userName === null ? [] : ["-l", config.userName]),
    ...["--", machine.address, ...command],
  ];
  try {
    return await runtime.runOnTerminal(words, { cwd: home.dir });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new PrerequisiteError(
      `Cannot log in to ${name}: there is no ssh on PATH`,
      "Install the OpenSSH client: `apt install openssh-client` or `dnf install openssh-clients`.",
      error,
    );
  }
}

async function machineNamed(cluster: Cluster, name: string): Promise<Machine> {
  const { provider, base } = cluster;
  const doing = `log in to ${name}`;
  if (name === SCHEDULER) {
    const machine = await base.machine();
    if (machine !== null) return machine;
    throw await noSuchName(cluster, doing, name, []);
  }
  const { instances } = await provider.list();
  const [newest] = instances.filter((one) => one.name === name).sort((one, other) => one.ageS - other.ageS);
  if (newest === undefined) throw await noSuchName(cluster, doing, name, [SCHEDULER]);
  if (newest.address !== null) return { id: newest.id, address: newest.address };
  throw new NotFoundError(`Cannot ${doing}: it has no address yet`, "Try again in a few seconds.");
}

function runsLocally(name: string): UsageError {
  return new UsageError(
    `Cannot log in to ${name}: a local cluster runs as processes on this machine`,
    `\`xcore logs ${name}\` shows its output.`,
  );
}

function noLoginKey(name: string): PrerequisiteError {
  return new PrerequisiteError(
    `Cannot log in to ${name}: its machine has no SSH key`,
    "Run `xcore config set public_key_path PATH`, then `xcore restart`.",
  );
}

function hostKeyUnknown(name: string): XcoreError {
  return new XcoreError(
    `Cannot log in to ${name}: its console does not show its host key yet`,
    "Try again in a minute or two.",
  );
}

/**
 * Whether a machine's host keys are known; if they were not, they are read from its console over
 * the cloud's API. Known keys are kept: a machine that shows others is another machine.
 */
export async function isKnownHost(
  { runtime: { files }, home }: Scope,
  { id }: Machine,
  console: () => Promise<LogPart | null>,
): Promise<boolean> {
  const known = await files.readTextIfExists(home.knownHosts) ?? "";
  const lines = known.split("\n");
  const cutOff = lines.pop(); // by a full disk, in the middle of a key
  if (lines.some((line) => line.startsWith(`${id} `))) return true;
  const keys = hostKeys((await console())?.text ?? "").map((key) => `${id} ${key}\n`).join("");
  if (keys === "") return false;
  if (cutOff === "") await files.append(home.knownHosts, keys);
  else await files.writeText(home.knownHosts, lines.map((line) => `${line}\n`).join("") + keys);
  return true;
}

/** Saves the scheduler's host keys while its console still shows them. */
export async function recordSchedulerHostKeys({ base, ...scope }: Cluster): Promise<void> {
  try {
    const machine = await base.machine();
    if (machine !== null) await isKnownHost(scope, machine, () => base.log());
  } catch {
    // `xcore ssh` reports it.
  }
}
