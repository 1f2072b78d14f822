/** Machine types and accelerators that a change of the config names and that cannot be had. @module */

import type { Config } from "../config/config.ts";
import type { Edited } from "../config/edit.ts";
import { ConfigError } from "../errors.ts";
import { providerFor } from "../platform/platforms.ts";
import type { Place } from "./cluster.ts";

/** What a config names, and the key that names it, as `config set` takes it. */
interface Named {
  readonly key: string;
  readonly name: string;
}

/**
 * Looks for what the edits add. A provider that cannot be asked, and a file that is just being mended, are no reason to
 * refuse.
 *
 * @throws {ConfigError} it cannot be had
 */
export async function refuseMissing({ runtime, home }: Place, { before, config }: Edited): Promise<void> {
  if (before === null) return;
  const types = added(typesIn, before, config);
  const accelerators = added(acceleratorsIn, before, config);
  if (types.length + accelerators.length === 0) return;
  const provider = await providerFor({ runtime, home, config });
  const offerings = await provider.offerings(namesOf(types), namesOf(accelerators)).catch(() => null);
  for (const { key, name } of types) {
    const likely = offerings?.missing?.[name];
    if (likely === undefined) continue;
    throw new ConfigError(
      `Cannot set ${key}: there is no machine type ${name} in this region`,
      likely.length === 0
        ? "Your cloud's console lists those there are."
        : `Did you mean ${likely.join(" or ")}?`,
    );
  }
  for (const { key, name } of accelerators) {
    const others = offerings?.lacking?.[name];
    if (others === undefined) continue;
    const zones = offerings!.zones.join(" and ");
    throw new ConfigError(
      `Cannot set ${key}: there is no ${name} in ${zones}, only ${
        others.join(", ") || "machines without any"
      }`,
      "`gcloud compute accelerator-types list` shows which zones have it; name them under `zones`.",
    );
  }
}

function added(namedIn: (config: Config) => Named[], before: Config, after: Config): Named[] {
  const known = namedIn(before);
  return namedIn(after).filter(({ key, name }) =>
    !known.some((other) => other.key === key && other.name === name)
  );
}

function typesIn({ schedulerType, workerType, fallbackWorkerTypes, pools }: Config): Named[] {
  return [
    ...named("scheduler_type", schedulerType),
    ...named("worker_type", workerType),
    ...fallbackWorkerTypes.flatMap((type) => named("fallback_worker_types", type)),
    ...pools.flatMap(({ name, workerType }) => named(`pools.${name}.worker_type`, workerType)),
  ];
}

function acceleratorsIn({ acceleratorType, pools }: Config): Named[] {
  return [
    ...named("accelerator_type", acceleratorType),
    ...pools.flatMap(({ name, acceleratorType }) => named(`pools.${name}.accelerator_type`, acceleratorType)),
  ];
}

function named(key: string, name: string | null): Named[] {
  return name === null ? [] : [{ key, name }];
}

function namesOf(named: readonly Named[]): string[] {
  return named.map(({ name }) => name);
}
