/** The part of the Compute Engine API that this provider uses, in the API's own words. @module */

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

/** https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations, as far as it is read here. */
export interface GceOperation {
  readonly name: string;
  /** Nothing more happens. */
  readonly done: boolean;
  /** Why it did not do all it should have, in the order Google gives; empty: it did, or is not done. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** Instances of all zones. */
export interface GceListing {
  readonly instances: readonly GceInstance[];
  /** Scopes that did not answer, `zones/us-central1-a`. */
  readonly unreachable: readonly string[];
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/machineTypes, as far as it is read here. */
export interface GceMachineType {
  readonly name: string;
  readonly guestCpus: number;
  readonly accelerators: readonly {
    readonly guestAcceleratorType: string;
    readonly guestAcceleratorCount: number;
  }[];
}

/** Calls by the names they have in the API; every one of them rejects with {@linkcode GoogleRefusal} for an HTTP error. */
export interface Compute {
  /** Accepts; the operation is followed with {@linkcode Compute.operation}. `requestId`: a UUID, the idempotency token. */
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
   * What the instance printed to its first serial port from a byte on, of the last 1 MB; null when there is none.
   * `next`: the byte to go on with.
   */
  serialPortOutput(
    zone: string,
    name: string,
    start: string,
  ): Promise<{ readonly contents: string; readonly next: string } | null>;
  /** Null: the zone has none of that name. */
  machineType(zone: string, name: string): Promise<GceMachineType | null>;
}

/** An HTTP error as Google words it. */
export class GoogleRefusal extends Error {
  /**
   * @param status HTTP
   * @param reason `rateLimitExceeded`, `notFound`, …; empty when Google gave none
   */
  constructor(readonly status: number, readonly reason: string, message: string, cause?: unknown) {
    super(message, { cause });
  }
}
