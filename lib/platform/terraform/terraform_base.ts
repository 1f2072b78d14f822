/** A base that Terraform makes, on whichever cloud: its outputs say where it is. @module */

import { join } from "node:path";
import type { CloudConfig } from "../../config/config.ts";
import { NotRunningError, outcome, XcoreError } from "../../errors.ts";
import { clusterPrices } from "../../price/cluster_prices.ts";
import { keptPriceList } from "../../price/refresh_price_list.ts";
import { priceText } from "../../price/price_text.ts";
import { UnreachableIndexError } from "../../python/pinned_uv.ts";
import { cached } from "../../util/poll_until.ts";
import type { Base, BaseState, InstanceLife, Progress } from "../base.ts";
import { softwareFacts } from "../boot/user_data.ts";
import { warning } from "../check_result.ts";
import { type CloudResource, deleteResources, describeResource, unknownTo } from "../cloud.ts";
import { Interruption } from "../interruption.ts";
import { diagnoseAddress, ownAddress, rangesIn } from "../own_address.ts";
import { packerImages } from "../packer/packer_images.ts";
import { firstPlacement, nextPlacement, type Refusal } from "../placement.ts";
import type { PlatformOptions } from "../platform.ts";
import {
  forgetPlan,
  givenVariables,
  layTemplates,
  outputsFile,
  putStateAway,
  type StateFile,
  stateFile,
  statePath,
} from "./state_file.ts";
import { preflight } from "./preflight.ts";
import { ProviderLock } from "./provider_lock.ts";
import { findTerraform, type Planned, Terraform } from "./terraform.ts";
import type { ResourceTypes, TerraformSpec, Variables } from "./terraform_spec.ts";

/** An instance takes a minute to boot, and then installs Python and its packages. */
const SCHEDULER_WITHIN_S = 900;

/**
 * `xcore start` polls ten times a second; clouds allow an account some 20 calls a second, all tools
 * together.
 */
const POLL_EVERY_S = 10;

/** The service that tells it is free of charge; and a laptop that has moved stays for a while. */
const ASK_ADDRESS_EVERY_S = 60;

/** The base on a cloud. Nothing is asked before a method is called. */
export function terraformBase<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  spec: TerraformSpec<V>,
): Base {
  const { runtime, home, config } = options;
  const { files } = runtime;
  const { cloud } = spec;
  const cachedAddress = cached(
    runtime.clock,
    ASK_ADDRESS_EVERY_S,
    (url) => ownAddress(url).catch(() => null),
  );
  const lifeOf = cached(runtime.clock, POLL_EVERY_S, (id) => cloud.lifeOf(id));
  const tagged = cached(runtime.clock, POLL_EVERY_S, () => cloud.resources());
  const state = () => stateFile(files, home.terraform, config.clusterId);
  const file = JSON.stringify(statePath(home.terraform));

  /** Whether something of the base exists, when its outputs do not say so. */
  async function isBegun(): Promise<boolean> {
    const found = await state();
    if (!provesNothing(found)) return found === "some";
    // While the cloud does not answer, there may be something.
    return await tagged(config.clusterId).then(({ length }) => length > 0, () => true);
  }

  /** Removes, by their tags, the resources of which Terraform's state does not tell any more. */
  async function removeTagged(progress: Progress): Promise<void> {
    const found = await cloud.resources();
    const words = found.map(describeResource).join(", ") || "nothing";
    progress(`${file} ${whatIsWrong(await state())}, and proves nothing; by its tag the cloud has: ${words}`);
    await deleteResources(cloud, runtime.clock, found, progress);
    await putStateAway(files, home.terraform);
  }

  async function describe(): Promise<BaseState> {
    const made = await spec.made();
    if (made === null) {
      return { state: await isBegun() ? "partial" : "down", url: null, http: null, startedAtMs: null };
    }
    // A cloud that does not answer leaves it as it was made: that the scheduler is unreachable will
    // show.
    const life = await lifeOf(made.id).catch(() => "running" as const);
    return {
      state: isAlive(life) ? "up" : "partial",
      url: `tls://${made.host}:${config.schedulerPort}`,
      http: { host: made.host, port: config.dashboardPort },
      startedAtMs: await files.modifiedMs(outputsFile(home)),
    };
  }

  async function orphans(): Promise<CloudResource[]> {
    const resources = await cloud.resources();
    if (resources.length === 0) return [];
    if (await state() !== "some") {
      if (await spec.made() === null) return [...resources];
      throw new XcoreError(
        `Cannot tell orphans from the cluster itself: ${file} does not know the cluster any more`,
        "Run `xcore shutdown`: it removes what carries the cluster's tag. Or put the file back.",
      );
    }
    return unknownTo(await (await terraformOf(options, spec)).resources(), resources);
  }

  return {
    schedulerWithinS: SCHEDULER_WITHIN_S,
    images: packerImages(options, spec),
    suggestConfig: () => spec.suggestConfig(),
    async *check(settingUp) {
      yield* preflight(options, spec.keyKinds, settingUp);
      const found = await state();
      if (!provesNothing(found)) return;
      yield warning(
        "Terraform state",
        `${file} ${whatIsWrong(found)}, and proves nothing; the cloud is asked by tag what exists`,
        "`xcore restart` makes all of the base anew, `xcore shutdown` removes it.",
      );
    },
    recorded: () => new ProviderLock(files, home.terraform, config.provider).check(spec.userData.cloud),
    clockAheadMs: () => cloud.clockAheadMs(),
    prepare: (progress, confirm) => prepare(options, spec, progress, confirm),
    async plan(progress) {
      if ((await describe()).state === "up") return [];
      const known = await state();
      if (provesNothing(known)) {
        const found = (await cloud.resources()).map(describeResource).join(", ") || "nothing";
        return [
          `${file} ${whatIsWrong(known)}: a start first removes what carries the cluster's tag (${found}).`,
        ];
      }
      const before = await givenVariables(runtime, home.terraform);
      try {
        const { planned, variables, line } = await planChanges(options, spec, progress);
        const lines = await describePlan(options, planned, variables, spec);
        return line === null || lines.length === 0 ? lines : [line, ...lines];
      } finally {
        await forgetPlan(runtime, home.terraform, before);
      }
    },
    async up(progress) {
      if (provesNothing(await state())) await removeTagged(progress);
      const terraform = await applyChanges(options, spec, progress);
      await files.writeText(outputsFile(home), await terraform.outputs());
      return await describe();
    },
    // Its user data has its certificates: that there are others is what `up` replaces it for.
    abandon: () => files.remove(outputsFile(home)),
    async down(progress) {
      const wasMade = await files.exists(outputsFile(home));
      await files.remove(outputsFile(home));
      const found = await state();
      if (provesNothing(found) || (wasMade && found !== "some")) return await removeTagged(progress);
      if (found !== "some") return;
      const terraform = await terraformOf(options, spec);
      if (!await terraform.isReady()) await terraform.init(progress);
      await terraform.destroy(progress);
    },
    resources: async () => (await cloud.resources()).map(describeResource),
    orphans: async () => (await orphans()).map(describeResource),
    async deleteOrphans(progress) {
      const found = await orphans();
      await deleteResources(cloud, runtime.clock, found, progress);
      return found.map(describeResource);
    },
    async allow(progress) {
      if (await spec.made() === null) {
        throw new NotRunningError(
          "Cannot change the firewall: no cluster is running",
          "Start one with `xcore start`: it lets in the addresses in allowed_cidr.",
        );
      }
      if (await state() !== "some") {
        throw new XcoreError(
          `Cannot change the firewall: ${file} does not know the cluster any more`,
          "Run `xcore restart`: it makes a new one; results in the scheduler's memory are lost.",
        );
      }
      const before = await givenVariables(runtime, home.terraform);
      try {
        const { terraform, variables } = await readyTerraform(options, spec, progress);
        await terraform.apply(await terraform.plan({ target: spec.firewalls }), progress);
        return variables.allowed_cidr;
      } catch (error) {
        // What the templates were given stays what the firewall was made with.
        await forgetPlan(runtime, home.terraform, before);
        throw error;
      }
    },
    describe,
    async log(after) {
      const made = await spec.made();
      return made === null ? null : await cloud.console(made.id, after);
    },
    async machine() {
      const made = await spec.made();
      if (made === null) return null;
      return {
        id: made.uniqueId,
        address: made.host,
        launchedAtMs: () => cloud.launchedAtMs(made.id),
        life: () => lifeOf(made.id),
      };
    },
    async startupPhase() {
      const made = await spec.made();
      const pending = made !== null && await lifeOf(made.id) === "pending";
      return pending
        ? "the scheduler's instance to run"
        : "the scheduler to boot, install its packages and answer";
    },
    async repair() {
      const made = await spec.made();
      // An instance that cannot be read now may be alive.
      const life = made === null ? "gone" : await lifeOf(made.id).catch(() => "running" as const);
      if (isAlive(life)) return null;
      throw new XcoreError(
        `Cannot reach the scheduler: its instance ${made?.id ?? ""} ${DEATHS[life]}`,
        "Make a new one with `xcore restart`.",
      );
    },
    async diagnoseAccess() {
      const made = await spec.made();
      // Where the cloud does not answer either, this machine is cut off by something else.
      if (made === null || !config.publicIp || !isAlive(await lifeOf(made.id).catch(() => "gone"))) {
        return null;
      }
      return await diagnoseAddress(
        rangesIn(await givenVariables(runtime, home.terraform)),
        config,
        cachedAddress,
      );
    },
  };
}

/** Whether nothing of this cluster follows from such a state. */
function provesNothing(found: StateFile): boolean {
  return found === "damaged" || found === "foreign";
}

function whatIsWrong(found: StateFile): string {
  return found === "foreign" ? "is of another cluster" : "is empty or cut short";
}

const DEATHS = { stopping: "is being terminated", off: "is switched off", gone: "is gone" } as const;

function isAlive(life: InstanceLife): life is "pending" | "running" {
  return life === "pending" || life === "running";
}

/** A Terraform that is ready to plan, and what it was given. */
export interface ReadyTerraform<V> {
  readonly terraform: Terraform;
  readonly variables: V;
  /** Why the scheduler is of another type than the config names; null: it is not, or was said. */
  readonly line: string | null;
}

/** The cluster's Terraform, with the credentials that were found here. */
async function terraformOf<V extends Variables>(
  { runtime, home, config, interruption }: PlatformOptions,
  { cloud, classify, forgetsWhenStopped }: TerraformSpec<V>,
): Promise<Terraform> {
  const program = await findTerraform(runtime);
  await runtime.files.mkdir(home.logs);
  return new Terraform({
    runtime,
    program,
    folder: home.terraform,
    logPath: join(home.logs, "terraform.log"),
    env: await cloud.credentials(),
    interruption: interruption ?? new Interruption(),
    root: home.root,
    provider: config.provider,
    forgetsWhenStopped,
    classify,
  });
}

/** Lays out the templates and fetches the providers they need. */
async function prepare<V extends Variables>(
  options: PlatformOptions,
  spec: TerraformSpec<V>,
  progress: Progress,
  confirm?: (question: string) => Promise<boolean>,
): Promise<void> {
  await layTemplates(options.runtime, options.home.terraform, spec.userData.cloud, null);
  const terraform = await terraformOf(options, spec);
  // Beside it, as both wait for somebody's server.
  const packages = outcome(
    "find out which packages machines install",
    softwareFacts(options, spec.userData, "scheduler", progress),
  );
  await (confirm === undefined ? terraform.init(progress) : terraform.upgrade(progress, confirm));
  const found = await packages;
  if (!("error" in found)) return;
  if (!(found.error instanceof UnreachableIndexError)) throw found.error;
  progress(`Warning: ${found.error.message}; \`xcore start\` tries again`);
}

/** The same, with all that the templates are given. */
async function readyTerraform<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  spec: TerraformSpec<V>,
  progress: Progress,
  given?: V,
): Promise<ReadyTerraform<V>> {
  const { runtime, home } = options;
  const terraform = await terraformOf(options, spec);
  const first = given === undefined ? await placed(options, spec) : null;
  const variables = given ?? await spec.variables(first!.placement, progress);
  await layTemplates(runtime, home.terraform, spec.userData.cloud, variables);
  await terraform.init(progress);
  return { terraform, variables, line: first?.line ?? null };
}

/** Where the scheduler is to be: where the one that exists is, if its settings allow that. */
async function placed<V extends Variables>(
  { runtime, home, config }: PlatformOptions<CloudConfig>,
  spec: TerraformSpec<V>,
): Promise<ReturnType<typeof firstPlacement>> {
  const before = await stateFile(runtime.files, home.terraform, config.clusterId) === "some"
    ? await givenVariables(runtime, home.terraform)
    : null;
  const where = before === null ? null : spec.placementOf(before as Partial<V>);
  return firstPlacement(await spec.placements(), where, config.schedulerType);
}

/**
 * What is missing. A scheduler is replaced that others would not know, being made with other
 * certificates or packages, and one that is switched off: no plan sees that.
 *
 * @param given what the templates are given in place of what the spec says
 */
async function planChanges<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  spec: TerraformSpec<V>,
  progress: Progress,
  given?: V,
): Promise<ReadyTerraform<V> & { readonly planned: readonly Planned[] }> {
  const { terraform, variables, line } = await readyTerraform(options, spec, progress, given);
  const { runtime, home, config } = options;
  const scheduler = await stateFile(runtime.files, home.terraform, config.clusterId) === "some"
    ? (await terraform.resources()).find(({ address }) => address === spec.scheduler)
    : undefined;
  const isUseless = scheduler !== undefined &&
    (spec.isOutdated(scheduler.values, variables) ||
      await spec.cloud.lifeOf(String(scheduler.values.id)) === "off");
  return {
    terraform,
    variables,
    line,
    planned: await terraform.plan({ replace: isUseless ? [spec.scheduler] : [] }),
  };
}

/** Makes what is missing; a scheduler that the cloud refuses is tried elsewhere, or as another type. */
async function applyChanges<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  spec: TerraformSpec<V>,
  progress: Progress,
): Promise<Terraform> {
  const refused: Refusal[] = [];
  let given: V | undefined;
  for (;;) {
    const { terraform, planned, variables, line } = await planChanges(options, spec, progress, given);
    const lines = await describePlan(options, planned, variables, spec);
    for (const each of line === null || lines.length === 0 ? lines : [line, ...lines]) progress(each);
    try {
      await terraform.apply(planned, progress);
      return terraform;
    } catch (error) {
      if (!(error instanceof XcoreError)) throw error;
      refused.push({ placement: spec.placementOf(variables), error });
      const next = nextPlacement(await spec.placements(), refused, spec.noPlaceHint);
      if (next === null) throw error;
      progress(next.line);
      given = { ...variables, ...spec.placedAt(next.placement) };
    }
  }
}

/** The two lines; none when there is nothing to make. */
export async function describePlan<V extends Variables>(
  { runtime, home, config }: Pick<PlatformOptions<CloudConfig>, "runtime" | "home" | "config">,
  planned: readonly Planned[],
  variables: V,
  { types, extraPrices: extras }: Pick<TerraformSpec<V>, "types" | "extraPrices">,
): Promise<readonly string[]> {
  if (planned.length === 0) return [];
  const given = { ...config, schedulerType: variables.scheduler_type };
  const list = await keptPriceList(runtime, home, config);
  const costs = priceText(given, clusterPrices(given, { list, extras, spot: {}, types: {} }));
  return [whatIsMade(planned, variables, types), costs];
}

function whatIsMade(planned: readonly Planned[], variables: Variables, types: ResourceTypes): string {
  const count = (type: string | null) =>
    planned.filter((it) => it.type === type && it.change !== "delete").length;
  const subnets = count(types.subnet);
  const parts = [
    count(types.network) > 0 ? "a network" : "",
    subnets > 0 ? `${subnets} ${subnets === 1 ? "subnet" : "subnets"}` : "",
    count(types.firewall) > 0 ? `a firewall that lets in ${variables.allowed_cidr.join(", ")}` : "",
    count(types.key) > 0 ? "your SSH key" : "",
    count(types.instance) > 0
      ? `the scheduler (${variables.scheduler_type}, ${variables.disk_gb} GB disk)`
      : "",
  ].filter((part) => part !== "");
  const what = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  const resources = planned.length === 1 ? "resource" : "resources";
  return `To make in ${variables.region_name}, ${planned.length} ${resources}${what}.`;
}
