/** What AWS says of its machine types. @module */

import { nearestFew } from "../../util/nearest.ts";
import type { MachineType, MachineTypes, SpotPrices } from "../../model/mod.ts";
import type { InstanceTypeInfo, InstanceTypeName } from "./client.ts";
import type { ZoneFacts } from "./placements.ts";
import type { Session } from "./session.ts";

/** A machine type with what only a check needs. */
export interface Ec2Type extends MachineType {
  /** Processor architectures, `x86_64`, `arm64`. */
  readonly architectures: readonly string[];
  /** Whether an account on AWS's Free plan may launch it. */
  readonly freeTier: boolean;
  /** GPUs that xcore installs no driver for, in words. */
  readonly otherGpus: readonly string[];
}

/**
 * Zones as they are given, and the facts of machine types.
 *
 * @param known types by name that were described before; those of this call are added
 */
export async function machineTypes(
  session: Session,
  known: Record<string, MachineType>,
  zones: readonly string[],
  names: readonly string[],
): Promise<MachineTypes> {
  const unknown = names.filter((name) => known[name] === undefined);
  if (unknown.length > 0) Object.assign(known, await describeTypes(session, unknown));
  const found = names.flatMap((name) => known[name] ?? []);
  const missing = names.filter((name) => known[name] === undefined);
  return {
    zones,
    types: Object.fromEntries(found.map((type) => [type.name, type])),
    ...(missing.length > 0 && { missing: await likelyTypes(session, missing) }),
  };
}

/** The pages of an answer, one after the other. */
async function* pagesOf<Page extends { readonly NextToken?: string | undefined }>(
  ask: (token: string | undefined) => Promise<Page>,
): AsyncIterable<Page> {
  let token: string | undefined;
  do {
    const page = await ask(token);
    yield page;
    token = page.NextToken;
  } while (token !== undefined && token !== "");
}

/** The most that DescribeInstanceTypes gives at once. */
const PAGE_SIZE = 100;

/** The facts of these types, by name; one that this region does not have is missing. */
export async function describeTypes(
  session: Session,
  names: readonly string[],
): Promise<Record<string, Ec2Type>> {
  const types: Record<string, Ec2Type> = {};
  for (let done = 0; done < names.length; done += PAGE_SIZE) {
    // A filter finds what there is; asked for by name, one unknown type fails the whole call.
    const Filters = [{ Name: "instance-type", Values: names.slice(done, done + PAGE_SIZE) }];
    const pages = pagesOf((NextToken) =>
      session.ask(
        "read machine types",
        (aws) => aws.describeInstanceTypes({ Filters, MaxResults: PAGE_SIZE, NextToken }),
      )
    );
    for await (const { InstanceTypes = [] } of pages) {
      for (const info of InstanceTypes) types[info.InstanceType ?? ""] = typeFrom(info);
    }
  }
  return types;
}

type Gpu = NonNullable<NonNullable<InstanceTypeInfo["GpuInfo"]>["Gpus"]>[number];

/**
 * The driver of Ubuntu's archive serves whole GPUs of NVIDIA's. A part of one (g6f: Count 0,
 * LogicalGpuCount 1, GpuPartitionSize 0.125) takes NVIDIA's GRID driver; others are AMD's (g4ad) or
 * Habana's (dl1). https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/install-nvidia-driver.html
 */
function isServed({ Manufacturer = "NVIDIA", Count = 0, GpuPartitionSize = 1 }: Gpu): boolean {
  return /^nvidia$/i.test(Manufacturer) && Count > 0 && GpuPartitionSize >= 1;
}

function typeFrom(info: InstanceTypeInfo): Ec2Type {
  const all = info.GpuInfo?.Gpus ?? [];
  const gpus = all.filter(isServed);
  return {
    name: info.InstanceType ?? "",
    cores: info.VCpuInfo?.DefaultVCpus ?? 1,
    accelerator: gpus[0]?.Name ?? null,
    acceleratorCount: gpus.reduce((sum, { Count = 0 }) => sum + Count, 0),
    freeTier: info.FreeTierEligible ?? false,
    architectures: info.ProcessorInfo?.SupportedArchitectures ?? [],
    otherGpus: all.filter((gpu) => !isServed(gpu)).map(({ Manufacturer = "", Name = "", Count = 0 }) =>
      `${Count === 0 ? "part of a GPU: " : ""}${`${Manufacturer} ${Name}`.trim()}`
    ),
  };
}

/** The smallest type of the same family with one GPU; null: there is none. */
export async function singleGpuType(session: Session, type: string): Promise<string | null> {
  const family = Object.values(await describeTypes(session, [`${type.split(".")[0]}.*`]));
  const singles = family.filter(({ acceleratorCount }) => acceleratorCount === 1);
  return singles.toSorted((a, b) => a.cores - b.cores)[0]?.name ?? null;
}

/** Where this region offers types: name → zones. Of all types when none is named. */
export async function zonesByType(
  session: Session,
  names: readonly string[] = [],
): Promise<Map<string, string[]>> {
  const zones = new Map<string, string[]>();
  const Filters = names.length === 0 ? undefined : [{ Name: "instance-type", Values: [...names] }];
  const asked = { LocationType: "availability-zone" as const, Filters, MaxResults: 1000 };
  const pages = pagesOf((NextToken) =>
    session.ask("read machine types", (aws) => aws.describeInstanceTypeOfferings({ ...asked, NextToken }))
  );
  for await (const { InstanceTypeOfferings = [] } of pages) {
    for (const { InstanceType = "", Location = "" } of InstanceTypeOfferings) {
      zones.set(InstanceType, [...zones.get(InstanceType) ?? [], Location].sort());
    }
  }
  return zones;
}

/**
 * What spot instances cost now: a history that begins now has the last price of each type in each
 * zone. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
 */
export async function spotPrices(
  session: Session,
  types: readonly string[],
  nowMs: number,
): Promise<SpotPrices> {
  const prices: Record<string, number> = {};
  const asked = {
    InstanceTypes: types as InstanceTypeName[],
    ProductDescriptions: ["Linux/UNIX"],
    StartTime: new Date(nowMs),
  };
  const pages = pagesOf((NextToken) =>
    session.ask("read spot prices", (aws) => aws.describeSpotPriceHistory({ ...asked, NextToken }))
  );
  for await (const { SpotPriceHistory = [] } of pages) {
    for (const { InstanceType, AvailabilityZone, SpotPrice } of SpotPriceHistory) {
      const price = Number(SpotPrice);
      if (price > 0) prices[`${InstanceType}/${AvailabilityZone}`] ??= price; // the newest comes first
    }
  }
  return prices;
}

/** What AWS says of zones, as far as machines of these types, in these subnets, go by it. */
export async function zoneFacts(
  session: Session,
  types: readonly string[],
  subnetIds: readonly string[],
): Promise<ZoneFacts> {
  const [offered, regional, subnets] = await Promise.all([
    zonesByType(session, types),
    regionalZones(session),
    subnetIds.length > 0 ? zonesOfSubnets(session, subnetIds) : null,
  ]);
  return { offered, regional, subnets };
}

/**
 * The region's own zones, sorted. A Local or Wavelength Zone that the account has opted in to sorts
 * before them (`us-west-2-lax-1a`), and is for those who name it.
 */
async function regionalZones(session: Session): Promise<string[]> {
  const own = [{ Name: "opt-in-status", Values: ["opt-in-not-required"] }];
  const { AvailabilityZones = [] } = await session.ask(
    "read the zones",
    (aws) => aws.describeAvailabilityZones(own),
  );
  return AvailabilityZones.map(({ ZoneName = "" }) => ZoneName).sort();
}

/** The zones of subnets, in their order, each once. */
async function zonesOfSubnets(session: Session, ids: readonly string[]): Promise<string[]> {
  const { Subnets = [] } = await session.ask("find the subnets", (aws) => aws.describeSubnets(ids));
  const zones = ids.map((id) => Subnets.find(({ SubnetId }) => SubnetId === id)?.AvailabilityZone);
  return [...new Set(zones.filter((zone) => zone !== undefined))];
}

/**
 * For types that this region does not have, those of its own that may have been meant, the
 * likeliest first.
 */
export async function likelyTypes(
  session: Session,
  names: readonly string[],
): Promise<Record<string, readonly string[]>> {
  const offered = [...(await zonesByType(session)).keys()];
  return Object.fromEntries(names.map((name) => {
    const near = nearestFew(name, offered.sort());
    return [name, near.length > 0 ? near : sameSize(name, offered)];
  }));
}

/** `t2.small` → `t3.small`: the next of its line where a region has the newer ones only. */
function sameSize(name: string, offered: readonly string[]): string[] {
  const [family = "", size] = name.split(".");
  return offered.filter((other) => other[0] === family[0] && other.endsWith(`.${size}`)).sort().slice(0, 1);
}
