/** {@linkcode Compute} over Google's client. @module */

import type { Clock } from "../../runtime.ts";
import { asking, type Client, type ClientFor, ifThere } from "./asking.ts";
import type { Compute, GceInstance, GceListing, GceOperation } from "./compute.ts";

/** Between two looks at an operation. */
const LOOK_EVERY_MS = 500;

/** The calls of a running cluster. */
export function computeCalls(
  clientFor: ClientFor,
  project: string,
  clock: Pick<Clock, "monotonicMs" | "sleep">,
): Compute {
  const instances = () => clientFor("InstancesClient");
  return {
    async bulkInsert(zone, requestId, body) {
      const request = { project, zone, requestId, bulkInsertInstanceResourceResource: body };
      const answer = (await instances()).bulkInsert!(request);
      const [{ latestResponse }] = await asking<[{ latestResponse: RawOperation }]>(answer);
      return operationOf(latestResponse);
    },
    async operation(zone, operation, waitMs) {
      const operations = await clientFor("ZoneOperationsClient");
      const deadlineMs = clock.monotonicMs() + waitMs;
      for (;;) {
        // Google's own way to wait for one may take two minutes, however little time there is.
        const [found] = await asking<[RawOperation]>(operations.get!({ project, zone, operation }));
        if (found.status === "DONE" || clock.monotonicMs() >= deadlineMs) return operationOf(found);
        await clock.sleep(LOOK_EVERY_MS);
      }
    },
    instances: async (filter) =>
      await allPages(await instances(), { project, filter, returnPartialSuccess: true }),
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

interface RawPage {
  readonly items?: Readonly<Record<string, { readonly instances?: readonly GceInstance[] }>>;
  readonly unreachables?: readonly string[];
  readonly nextPageToken?: string;
}

/** The client's own paging drops `unreachables`, which say that a listing is not whole. */
async function allPages(instances: Client, request: Record<string, unknown>): Promise<GceListing> {
  const found: GceInstance[] = [];
  const unreachable = new Set<string>();
  let pageToken = "";
  do {
    const page = await asking<RawPage>(
      pageOf(instances, { ...request, ...(pageToken !== "" && { pageToken }) }),
    );
    for (const { instances: inZone = [] } of Object.values(page.items ?? {})) found.push(...inZone);
    for (const scope of page.unreachables ?? []) unreachable.add(scope);
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
  return { instances: found, unreachable: [...unreachable] };
}

/** One page as Google sent it: the call underneath the paging gives items, the next request and this. */
async function pageOf(instances: Client, request: unknown): Promise<RawPage> {
  await instances.initialize!();
  const calls = instances.innerApiCalls as unknown as Client;
  const [, , page] = await calls.aggregatedList!(request, { autoPaginate: false }) as [
    unknown,
    unknown,
    RawPage,
  ];
  return page;
}
