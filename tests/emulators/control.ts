/** What a test asks of the emulated cloud beside AWS's own API. @module */

/** What a test can set; the defaults are in ec2/settings.py. */
export interface Settings {
  /** Seconds from the launch to `running` (1). */
  readonly pendingS: number;
  /** Seconds from `running` to the boot of its system, where it is booted (0). */
  readonly bootS: number;
  /** Processor seconds of a boot, for which a burstable type needs CPU credits (0). */
  readonly bootCpuS: number;
  /** Family of burstable types → the account's credit mode for launches that say none. */
  readonly defaultCredits: Readonly<Record<string, "standard" | "unlimited">>;
  /** Seconds from `shutting-down` to `terminated`, at least (1). */
  readonly stoppingS: number;
  /** Seconds to end by itself that a booted instance has which is told to (20). */
  readonly graceS: number;
  /** For so many seconds snapshots stay in use after their image was deregistered without them (2). */
  readonly snapshotBusyS: number;
  /** What becomes of snapshots that DeregisterImage is to delete (success). */
  readonly snapshotResult: "success" | "internal-error" | "client-error" | "missing-permissions";
  /** For so many seconds a new instance is missing from listings (0). */
  readonly listingLagS: number;
  /** The most instances in one page, whatever MaxResults says (1000). */
  readonly pageSize: number;
  /** Whether AWS's published token buckets apply (true). */
  readonly throttled: boolean;
  /** Pattern of actions → [tokens at most, tokens a second], in place of the published ones. */
  readonly buckets: Readonly<Record<string, readonly [number, number]>>;
  /** How many more instances can be had; the first rule that fits counts. */
  readonly capacity: readonly (Which & { readonly left: number })[];
  /** Whether the account is on the Free plan, which allows few types (false). */
  readonly freePlan: boolean;
  /** Whether the account launches nothing that answers IMDSv1 (false). */
  readonly httpTokensEnforced: boolean;
  /** Local Zones that the account has opted in to (none): `us-east-1-bos-1a`. */
  readonly localZones: readonly string[];
  /** What is accepted, and terminated with this StateReason where it would begin to run. */
  readonly deaths: readonly (Which & { readonly code: string; readonly message: string })[];
  /** The account's limits; each rule that fits counts. */
  readonly quotas: readonly (Omit<Which, "zone"> & { readonly vcpus: number })[];
  /** Errors to come. */
  readonly faults: readonly Fault[];
  /** Patterns of actions for which the caller has no permission. */
  readonly denied: readonly string[];
  /** What the caller's credentials are. */
  readonly credentials: "valid" | "expired" | "invalid";
  /** Ids of access keys that have expired, whatever the others are (none). */
  readonly expiredKeys: readonly string[];
  /** Instance type, or "type/zone" → USD an hour. */
  readonly spotPrices: Readonly<Record<string, number>>;
}

/** Which instances a rule is for; patterns as a shell's. */
export interface Which {
  readonly type?: string;
  readonly zone?: string;
  readonly market?: "spot" | "on-demand";
}

/** An error that the next calls meet. */
export interface Fault {
  /** Pattern of actions. */
  readonly action: string;
  readonly code: string;
  readonly message?: string;
  /** The answer's HTTP status (400). */
  readonly status?: number;
  /** How many calls meet it (1); null: all. */
  readonly times?: number | null;
  /** The call is carried out, and only its answer is lost. */
  readonly after?: boolean;
}

/** A call that was made. Times are seconds since 1970. */
export interface Call {
  readonly at: number;
  readonly service: "ec2" | "sts";
  readonly action: string;
  readonly status: number;
  /** The error's code; null when it went well. */
  readonly code: string | null;
  readonly dryRun: boolean;
  /** Which program made it; null: a test. */
  readonly client: "xcore" | "terraform" | "packer" | null;
  /** Whose credentials it was signed with. */
  readonly accessKeyId: string;
}

/** An instance as the cloud knows it. Times are seconds since 1970, null before they come. */
export interface CloudInstance {
  readonly id: string;
  readonly type: string;
  readonly zone: string;
  readonly market: "spot" | "on-demand";
  readonly state: string;
  readonly privateAddress: string;
  readonly publicAddress: string | null;
  readonly launchIndex: number;
  readonly clientToken: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** `userDataAt`, `userDataEndedAt` and `offAt` only where it is booted. */
  readonly times: Readonly<
    Record<"requestedAt" | "runningAt" | "bootAt" | "userDataAt" | "userDataEndedAt" | "offAt", number | null>
  >;
  /** Its processes, by their ids outside of it. */
  readonly pids: readonly number[];
  /** CPU credits, those left and those owed; null: its type has none. */
  readonly credits: {
    readonly mode: "standard" | "unlimited";
    readonly balance: number;
    readonly surplus: number;
  } | null;
}

/** What an instance is billed for, by the cloud's rules. */
export interface BillLine {
  readonly id: string;
  readonly type: string;
  readonly market: "spot" | "on-demand";
  /** Seconds of the machine, with the minimum. */
  readonly machineS: number;
  /** Seconds of its disk. */
  readonly diskS: number;
  readonly diskGb: number;
  /** True once nothing more is billed. */
  readonly isOver: boolean;
}

/** Levers and readings. */
export class Control {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Changes some settings; token buckets are full again. */
  async set(settings: Partial<Settings>): Promise<void> {
    await this.#ask("settings", mapKeys(settings, toSnake));
  }

  /** Makes it an account of a kind that people have, as ec2/settings.py says. */
  async profile(name: "free_plan" | "new_account" | "institute" | "stock_out" | "kms"): Promise<void> {
    await this.#ask("profile", { name });
  }

  /** All settings as they were at first; no call was made. Instances stay. */
  async reset(): Promise<void> {
    await this.#ask("reset");
  }

  /** Gives a spot instance its notice, and takes it away after so many seconds; AWS gives 120. */
  async interruptSpot(id: string, inS: number): Promise<void> {
    await this.#ask("interrupt", { id, in_s: inS });
  }

  /** Switches an instance off from inside, where it is not booted and cannot do so itself. */
  async powerOff(id: string): Promise<void> {
    await this.#ask("power-off", { id });
  }

  /** An instance prints something on its console, where it is not booted and cannot do so itself. */
  async print(id: string, text: string): Promise<void> {
    await this.#ask("print", { id, text });
  }

  /** The host under an instance fails: its peers get no word of it. */
  async cut(id: string): Promise<void> {
    await this.#ask("cut", { id });
  }

  /** Every call since the start or the last reset. */
  async calls(): Promise<Call[]> {
    return (await this.#ask<Record<string, unknown>[]>("calls")).map((call) =>
      mapKeys(call, toCamel) as unknown as Call
    );
  }

  /** How many calls of each action there were. */
  counts(): Promise<Record<string, number>> {
    return this.#ask("counts");
  }

  /** As if an instance had been launched, and had begun to run, so many seconds earlier. */
  async age(id: string, byS: number): Promise<void> {
    await this.#ask("age", { id, by_s: byS });
  }

  /** What the cloud would bill, a line an instance. */
  async bill(): Promise<BillLine[]> {
    return (await this.#ask<Record<string, unknown>[]>("bill")).map((line) =>
      mapKeys(line, toCamel) as unknown as BillLine
    );
  }

  /** Every instance, the terminated too. */
  async instances(): Promise<CloudInstance[]> {
    const all = await this.#ask<(Record<string, unknown> & { times: Record<string, unknown> })[]>(
      "instances",
    );
    return all.map((one) =>
      mapKeys({ ...one, times: mapKeys(one.times, toCamel) }, toCamel) as unknown as CloudInstance
    );
  }

  /** The user's computer is elsewhere: from now on booted instances see it at this address of 198.19.0.0/24. */
  async moveUser(address: string): Promise<void> {
    await this.#ask("move-user", { address });
  }

  async #ask<T>(path: string, body: unknown = {}): Promise<T> {
    const response = await fetch(`${this.#endpoint}/_cloud/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`the emulated cloud cannot answer ${path}: ${answer.error}`);
    return answer;
  }
}

function mapKeys(
  record: Readonly<Record<string, unknown>>,
  map: (key: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [map(key), value]));
}

function toSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toCamel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}
