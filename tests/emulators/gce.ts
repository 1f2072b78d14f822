/** The emulated Compute API for one test: started, spoken to, ended. */

import { recordCalls } from "./recorded_calls.ts";
import { startServer } from "./_server.ts";

/** A running emulation, with a network and a subnetwork in it. */
export interface Gce {
  /** Of the Compute API, ends with `/compute/v1/`. */
  readonly endpoint: string;
  readonly project: string;
  readonly region: string;
  readonly zone: string;
  readonly subnetwork: string;
  /** The access token that is good. */
  readonly token: string;
  /** What a person would set to work on it. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets or reads what only the cloud itself knows; see `gce/control.py` for what there is. */
  control<T = unknown>(
    what:
      | "times"
      | "limits"
      | "access"
      | "profile"
      | "trouble"
      | "preempt"
      | "power_off"
      | "print"
      | "calls"
      | "throttled"
      | "asked"
      | "age"
      | "bill",
    body?: unknown,
  ): Promise<T>;
  /** One call of the API. */
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
}

const PROJECT = "test-project";
const REGION = "us-central1";
const ZONE = "us-central1-a";
const TOKEN = "ya29.emulated";

/** What kind of cloud it is. */
export interface GceOptions {
  /** Whether instances boot; else they exist in the API alone, in any number. */
  readonly boot?: boolean;
  /** Whether booted instances have the tests' Python environment at /opt/xcore, as a prepared image would (true). */
  readonly prepared?: boolean;
}

/** Runs `body` with an emulation of its own, in which there is a network. */
export async function withGce(body: (gce: Gce) => Promise<void>, options: GceOptions = {}): Promise<void> {
  const { gce, stop } = await startGce(options);
  try {
    await body(gce);
    await recordCalls("gce", await gce.control("asked"));
  } finally {
    await stop();
  }
}

/** Starts one; `stop` ends it. */
export async function startGce(options: GceOptions = {}): Promise<{ gce: Gce; stop: () => Promise<void> }> {
  const { boot = false, prepared = true } = options;
  const { port, stop } = await startServer("gce", [
    ...(boot ? ["--boot"] : []),
    ...(prepared ? [] : ["--bare"]),
  ]);
  try {
    const gce = gceAt(`http://127.0.0.1:${port}`);
    await gce.control("times", boot ? BOOTING : QUICK);
    await makeNetwork(gce);
    return { gce, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Seconds that things take. */
const QUICK = { network_s: 0, insert_s: 0.1, staging_s: 0.1, stop_s: 0.2 };
const BOOTING = {
  network_s: 0,
  insert_s: 0.3,
  staging_s: 0.3,
  stop_s: 1,
  preemption_notice_s: 5,
  soft_off_s: 5,
};

function gceAt(address: string): Gce {
  const endpoint = `${address}/compute/v1/`;
  const subnetwork = `projects/${PROJECT}/regions/${REGION}/subnetworks/test`;
  const send = async <T>(method: string, url: string, body: unknown): Promise<T> => {
    const response = await fetch(url, {
      method,
      headers: { "authorization": `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error.message);
    return answer;
  };
  return {
    ...{ endpoint, project: PROJECT, region: REGION, zone: ZONE, subnetwork, token: TOKEN },
    env: {
      GOOGLE_COMPUTE_CUSTOM_ENDPOINT: endpoint,
      GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: `${address}/v1/`,
      GOOGLE_OAUTH_ACCESS_TOKEN: TOKEN,
      // Terraform's provider asks Google who the token is of; that it gets no answer is fine.
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
    },
    control: (what, body = {}) => send("POST", `${address}/_control/${what}`, body),
    call: (method, path, body) => send(method, endpoint + path, body),
  };
}

async function makeNetwork({ call, subnetwork }: Gce): Promise<void> {
  const network = `projects/${PROJECT}/global/networks/test`;
  await call("POST", `projects/${PROJECT}/global/networks`, { name: "test", autoCreateSubnetworks: false });
  await call("POST", `projects/${PROJECT}/regions/${REGION}/subnetworks`, {
    name: "test",
    network,
    ipCidrRange: "10.128.0.0/20",
  });
  await call("GET", subnetwork);
}
