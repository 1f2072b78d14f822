/**
 * The part of the Compute Engine API that a running cluster uses, in the API's own words, and the
 * calls to Google's client.
 * @module
 */

import type { Clock } from "../../runtime.ts";
import { pollUntil } from "../../util/poll_until.ts";

/** https://cloud.google.com/compute/docs/reference/rest/v1/instances, as far as it is read here. */
export interface GceInstance {
  readonly name: string;
  readonly networkInterfaces?: readonly {
    readonly networkIP?: string;
    readonly accessConfigs?: readonly { readonly natIP?: string }[];
  }[];
  readonly status: string;
  /** Link, path or bare name. */
  readonly zone: string;
  readonly machineType: string;
  readonly creationTimestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly guestAccelerators: readonly {
    readonly acceleratorType: string;
    readonly acceleratorCount: number;
  }[];
  readonly scheduling: { readonly provisioningModel?: string; readonly preemptible?: boolean };
}

/**
 * https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations, as far as it is read
 * here.
 */
export interface GceOperation {
  readonly name: string;
  /** Nothing more happens. */
  readonly done: boolean;
  /**
   * Why it did not do all it should have, in the order Google gives; empty: it did, or is not done.
   */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** Instances of all zones. */
export interface GceListing {
  readonly instances: readonly GceInstance[];
  /** Scopes that did not answer, `zones/us-central1-a`. */
  readonly unreachable: readonly string[];
}

/**
 * https://cloud.google.com/compute/docs/reference/rest/v1/machineTypes, as far as it is read here.
 */
export interface GceMachineType {
  readonly name: string;
  readonly guestCpus: number;
  readonly accelerators: readonly {
    readonly guestAcceleratorType: string;
    readonly guestAcceleratorCount: number;
  }[];
}

/**
 * Calls by the names they have in the API; every one of them rejects with {@linkcode GoogleRefusal}
 * for an HTTP error.
 */
export interface Compute {
  /**
   * Accepts; the operation is followed with {@linkcode Compute.operation}. `requestId`: a UUID, the
   * idempotency token.
   */
  bulkInsert(zone: string, requestId: string, body: unknown): Promise<GceOperation>;
  /** The operation as it is now; `waitMs`: or as soon as it is done, for that long at most. */
  operation(zone: string, name: string, waitMs: number): Promise<GceOperation>;
  /** Instances that the filter takes, in all zones, to the last page. */
  instances(filter: string): Promise<GceListing>;
  /** Null: there is none. */
  instance(zone: string, name: string): Promise<GceInstance | null>;
  /** Accepts; no such instance is success. */
  delete(zone: string, name: string): Promise<void>;
  /**
   * What the instance printed to its first serial port from a byte on, of the last 1 MB; null when
   * there is none. `next`: the byte to go on with.
   */
  serialPortOutput(
    zone: string,
    name: string,
    start: string,
  ): Promise<{ readonly contents: string; readonly next: string } | null>;
  /** Null: the zone has none of that name. */
  machineType(zone: string, name: string): Promise<GceMachineType | null>;
}

/** What Google says of a refused call, beside its sentence. */
export interface RefusalDetails {
  /**
   * `SERVICE_DISABLED`, `rateLimitExceeded`, …: those of its ErrorInfo (google.aip.dev/193) first,
   * which say more than the `errors` of older APIs.
   */
  readonly reasons: readonly string[];
  /** The API that the refusal is about, `compute.googleapis.com`; null: not told. */
  readonly service?: string | null;
  /** The project that the call counts for, `projects/1234`; null: not told. */
  readonly consumer?: string | null;
}

/** An HTTP error as Google words it. */
export class GoogleRefusal extends Error {
  /** @param status HTTP */
  constructor(
    readonly status: number,
    readonly details: RefusalDetails,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }

  /** Whether it gives this reason. */
  gives(reason: string): boolean {
    return this.details.reasons.includes(reason);
  }
}

/**
 * One of the client's generated classes, as far as it is used here: calls answer `[response, …]`.
 */
export interface GoogleClient {
  [method: string]: (request?: unknown, options?: unknown) => unknown;
}

/**
 * Makes the client of the API's part of that name, `InstancesClient`; it is loaded when it is first
 * asked for, and kept.
 */
export type ClientFor = (name: string) => Promise<GoogleClient>;

/**
 * As long as AWS is given. Google's client has no limit: a connection that a laptop's sleep has cut
 * would be waited for always.
 */
const ANSWER_WITHIN_MS = 60_000;

/**
 * Whatever the client rejects with, as the refusal that Google sent; else as it is.
 *
 * @throws {Error} there is no answer in time: whether the call was carried out is open
 */
export async function answerOf<T>(answer: unknown, withinMs = ANSWER_WITHIN_MS): Promise<T> {
  const silence = Promise.withResolvers<never>();
  const giveUp = () => silence.reject(new Error(`no answer within ${withinMs / 1000} s`));
  const timeIsUp = AbortSignal.timeout(withinMs);
  timeIsUp.addEventListener("abort", giveUp);
  try {
    return await Promise.race([answer as Promise<T>, silence.promise]);
  } catch (error) {
    throw refusalOf(error);
  } finally {
    timeIsUp.removeEventListener("abort", giveUp);
  }
}

/** The first part of the answer, null for what is not there. */
export async function ifThere<T>(answer: unknown): Promise<T | null> {
  try {
    const [found] = await answerOf<[T]>(answer);
    return found;
  } catch (error) {
    if (error instanceof GoogleRefusal && error.status === 404) return null;
    throw error;
  }
}

/**
 * An HTTP error as Google's libraries throw it: with its status, and Google's whole answer as the
 * message or, where the library took its sentence for that, as the response's data.
 */
function refusalOf(error: unknown): unknown {
  const { status, message = "", response } = error as {
    status?: unknown;
    message?: string;
    response?: { data?: unknown };
  };
  if (typeof status !== "number") return error;
  const said = answerIn(message) ?? answerIn(response?.data);
  return new GoogleRefusal(
    status,
    said?.details ?? { reasons: tokenReasons(message) },
    said?.message ?? message,
    error,
  );
}

/**
 * `invalid_grant: Invalid JWT Signature.`: a call for a token was refused, and the library words it
 * so.
 */
function tokenReasons(message: string): string[] {
  const [, reason] = /^([a-z]+_[a-z]+): /.exec(message) ?? [];
  return reason === undefined ? [] : [reason];
}

/** https://google.aip.dev/193, and the `errors` that Compute Engine gives beside it. */
interface RawError {
  readonly message: string;
  readonly errors?: readonly { readonly reason?: string }[];
  readonly details?: readonly {
    readonly reason?: string;
    readonly metadata?: { readonly service?: string; readonly consumer?: string };
  }[];
}

/** Google's answer, as text or read already; null: a proxy's page, or nothing. */
function answerIn(
  answer: unknown,
): { readonly message: string; readonly details: RefusalDetails } | null {
  try {
    const read = typeof answer === "string" ? JSON.parse(answer) : answer;
    const { error: { message, errors = [], details = [] } } = read as { error: RawError };
    if (typeof message !== "string") return null;
    const { service = null, consumer = null } = details.find(({ metadata }) => metadata)?.metadata ?? {};
    const reasons = [...details, ...errors].flatMap(({ reason }) => reason ?? []);
    return { message, details: { reasons, service, consumer } };
  } catch {
    return null;
  }
}

/**
 * Calls as they are written in the API's reference. Google's client drops what its version does not
 * know, and says nothing: of a launch that would be `preemptionNoticeDuration`.
 */
export interface Rest {
  /**
   * @param path below `compute/v1/`
   * @param params the query
   * @throws {GoogleRefusal} refused
   */
  post<T>(path: string, body: unknown, params: Readonly<Record<string, string>>): Promise<T>;
}

/** Between two polls of an operation. */
const POLL_EVERY_MS = 500;

/** The calls of a running cluster. */
export function computeCalls(
  clientFor: ClientFor,
  project: string,
  clock: Pick<Clock, "monotonicMs" | "sleep">,
  rest: Rest,
): Compute {
  const instances = () => clientFor("InstancesClient");
  return {
    async bulkInsert(zone, requestId, body) {
      const path = `projects/${project}/zones/${zone}/instances/bulkInsert`;
      return operationOf(await rest.post<RawOperation>(path, body, { requestId }));
    },
    async operation(zone, operation, waitMs) {
      const operations = await clientFor("ZoneOperationsClient");
      let latest: RawOperation | null = null;
      // Google's own way to wait for one may take two minutes, however little time there is.
      await pollUntil(clock, { everyMs: POLL_EVERY_MS, withinMs: waitMs }, async () => {
        [latest] = await answerOf<[RawOperation]>(operations.get!({ project, zone, operation }));
        return latest.status === "DONE" ? latest : null;
      });
      return operationOf(latest!);
    },
    async instances(filter) {
      const listed = await listEverywhere<GceInstance>(await instances(), "instances", { project, filter });
      return { instances: listed.found, unreachable: listed.unreachable };
    },
    instance: async (zone, instance) => await ifThere((await instances()).get!({ project, zone, instance })),
    async delete(zone, instance) {
      await ifThere((await instances()).delete!({ project, zone, instance }));
    },
    async serialPortOutput(zone, instance, start) {
      const answer = (await instances()).getSerialPortOutput!({ project, zone, instance, port: 1, start });
      const output = await ifThere<{ contents?: string; next?: number | string }>(answer);
      return output && { contents: output.contents ?? "", next: String(output.next ?? start) };
    },
    machineType: async (zone, machineType) =>
      await ifThere((await clientFor("MachineTypesClient")).get!({ project, zone, machineType })),
  };
}

interface RawOperation {
  readonly name: string;
  readonly status: string;
  readonly error?:
    | { readonly errors?: readonly { readonly code: string; readonly message: string }[] }
    | null;
}

function operationOf({ name, status, error }: RawOperation): GceOperation {
  return { name, done: status === "DONE", errors: error?.errors ?? [] };
}

interface RawPage<T> {
  readonly items?: Readonly<Record<string, Readonly<Record<string, readonly T[] | undefined>>>>;
  readonly unreachables?: readonly string[];
  readonly nextPageToken?: string;
}

/**
 * Resources of all zones or regions that answer. The client's own paging drops `unreachables`,
 * which say that a listing is not whole.
 *
 * @param noun what an answer calls them: `instances`
 */
export async function listEverywhere<T>(
  client: GoogleClient,
  noun: string,
  request: Record<string, unknown>,
): Promise<{ readonly found: readonly T[]; readonly unreachable: readonly string[] }> {
  const found: T[] = [];
  const unreachable = new Set<string>();
  let pageToken = "";
  do {
    const partial = { ...request, returnPartialSuccess: true, ...(pageToken !== "" && { pageToken }) };
    const page = await answerOf<RawPage<T>>(pageOf(client, partial));
    for (const scope of Object.values(page.items ?? {})) found.push(...scope[noun] ?? []);
    for (const scope of page.unreachables ?? []) unreachable.add(scope);
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
  return { found, unreachable: [...unreachable] };
}

/**
 * One page as Google sent it: the call underneath the paging gives items, the next request and
 * this.
 */
async function pageOf<T>(client: GoogleClient, request: unknown): Promise<RawPage<T>> {
  await client.initialize!();
  const calls = client.innerApiCalls as unknown as GoogleClient;
  const [, , page] = await calls.aggregatedList!(request, { autoPaginate: false }) as [
    unknown,
    unknown,
    RawPage<T>,
  ];
  return page;
}
