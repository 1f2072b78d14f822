/** Google's own client and credentials; the one file that imports them. @module */

import type { GoogleAuth } from "npm:google-auth-library@10.5.0";
import { PrerequisiteError } from "../../errors.ts";
import type { Clock } from "../../runtime.ts";
import { type Catalog, catalogCalls, type Resources, resourcesIn } from "./catalog.ts";
import { answerOf, type ClientFor, type Compute, computeCalls, type GoogleClient } from "./compute.ts";

/** How to reach Google. */
export interface Connection {
  /** Null: the one that the credentials name. */
  readonly project: string | null;
  /** Another address of the Compute API than Google's, or null. */
  readonly computeEndpoint: string | null;
  /** Where the Resource Manager API is, ends with `/v1/`. */
  readonly resourceManagerEndpoint: string;
  /** An access token to use instead of credentials, or null. */
  readonly accessToken: string | null;
  /** What a credentials file says, to be used before those that are found; null: they are found. */
  readonly credentials: Readonly<Record<string, unknown>> | null;
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
}

/** Google, connected. */
export interface Client {
  readonly project: string;
  readonly compute: Compute;
  readonly catalog: Catalog;
  readonly resources: Resources;
  readonly access: Access;
}

/** The account, and its permissions. */
export interface Access {
  /**
   * The account's e-mail address; null: an access token, or a person's own credentials, which do
   * not say.
   */
  account(): Promise<string | null>;
  /** Those of the permissions that this account has in the project. */
  permissions(wanted: readonly string[]): Promise<readonly string[]>;
}

/** A file each and not the package's root, which loads the hundred others too. */
const CLIENTS = {
  InstancesClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/instances_client.js"),
  ZoneOperationsClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/zone_operations_client.js"),
  MachineTypesClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/machine_types_client.js"),
  AcceleratorTypesClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/accelerator_types_client.js"),
  ZonesClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/zones_client.js"),
  RegionsClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/regions_client.js"),
  ImagesClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/images_client.js"),
  NetworksClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/networks_client.js"),
  SubnetworksClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/subnetworks_client.js"),
  FirewallsClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/firewalls_client.js"),
  ProjectsClient: () =>
    // @ts-types="./client_exports.d.ts"
    import("npm:@google-cloud/compute@6.15.0/build/src/v1/projects_client.js"),
};

const COMPUTE_API = "https://compute.googleapis.com";

/**
 * Google with these credentials.
 *
 * @throws {PrerequisiteError} the endpoint is no address, or no project is named
 */
export async function connectGoogle(connection: Connection): Promise<Client> {
  const auth = await authOf(connection);
  const project = connection.project ?? await projectOf(auth);
  const options = { fallback: true, projectId: project, auth, ...endpointOf(connection) };
  const made = new Map<string, Promise<GoogleClient>>();
  const make = async (name: string): Promise<GoogleClient> => {
    const module = await CLIENTS[name as keyof typeof CLIENTS]();
    const client = new (exported(module, name) as new (options: unknown) => GoogleClient)(options);
    // Each of its methods signs in first, and leaves a failure of that unhandled.
    await answerOf(client.initialize!());
    return client;
  };
  const clientFor: ClientFor = (name) => {
    const client = made.getOrInsertComputed(name, make);
    client.catch(() => made.delete(name));
    return client;
  };
  const post = async <T>(url: string, data: unknown, params: Readonly<Record<string, string>> = {}) => {
    const request = auth.request<T>({ url, method: "POST", data, params });
    return (await answerOf<Awaited<typeof request>>(request)).data;
  };
  const computeApi = new URL("/compute/v1/", connection.computeEndpoint ?? COMPUTE_API);
  return {
    project,
    compute: computeCalls(clientFor, project, connection.clock, {
      post: (path, body, params) => post(`${computeApi}${path}`, body, params),
    }),
    catalog: catalogCalls(clientFor, project),
    resources: resourcesIn(clientFor, project),
    access: {
      account: async () => (await auth.getCredentials()).client_email ?? null,
      async permissions(wanted) {
        const url = `${connection.resourceManagerEndpoint}projects/${project}:testIamPermissions`;
        const { permissions = [] } = await post<{ permissions?: string[] }>(url, { permissions: wanted });
        return permissions;
      },
    },
  };
}

/** Deno gives a CommonJS module's exports by name, a bundle of it as its default. */
function exported<M extends object, N extends string>(
  module: M,
  name: N,
): N extends keyof M ? M[N] : unknown {
  const { default: whole } = module as { default?: Record<string, unknown> };
  return ((module as Record<string, unknown>)[name] ?? whole?.[name]) as N extends keyof M ? M[N] : unknown;
}

async function authOf({ accessToken, credentials }: Connection): Promise<GoogleAuth> {
  const library = await import("npm:google-auth-library@10.5.0");
  const Auth = exported(library, "GoogleAuth");
  const scopes = "https://www.googleapis.com/auth/cloud-platform";
  if (accessToken === null) return new Auth({ scopes, ...(credentials !== null && { credentials }) });
  const authClient = new (exported(library, "OAuth2Client"))();
  authClient.setCredentials({ access_token: accessToken });
  return new Auth({ authClient, scopes });
}

async function projectOf(auth: GoogleAuth): Promise<string> {
  try {
    return await auth.getProjectId();
  } catch (error) {
    throw new PrerequisiteError(
      "Cannot tell which project to use: neither the config nor the credentials name one",
      "Name it: `xcore config set project_name ID`.",
      error,
    );
  }
}

function endpointOf({ computeEndpoint: endpoint }: Connection): Record<string, unknown> {
  if (endpoint === null) return {};
  if (!URL.canParse(endpoint)) {
    throw new PrerequisiteError(
      `Cannot reach Google: GOOGLE_COMPUTE_CUSTOM_ENDPOINT is ${
        JSON.stringify(endpoint)
      }, which is no address`,
      "Unset it, or give it an address such as https://compute.googleapis.com/compute/v1/.",
    );
  }
  const { protocol, hostname, port } = new URL(endpoint);
  const scheme = protocol.slice(0, -1);
  return { apiEndpoint: hostname, protocol: scheme, port: Number(port) || (scheme === "http" ? 80 : 443) };
}
