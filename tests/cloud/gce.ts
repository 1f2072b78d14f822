/** The emulated Compute API for one test: started, spoken to, ended. */

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
    what: "times" | "limits" | "access" | "trouble" | "trouble" | "preempt" | "power_off" | "calls",
    body?: unknown,
  ): Promise<T>;
  /** One call of the API. */
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
}

const FOLDER = new URL("./", import.meta.url).pathname;
const PROJECT = "test-project";
const REGION = "us-central1";
const ZONE = "us-central1-a";
const TOKEN = "ya29.emulated";

/** Runs `body` with an emulation whose instances do not boot. */
export async function withGce(body: (gce: Gce) => Promise<void>): Promise<void> {
  const { gce, stop } = await startGce();
  try {
    await body(gce);
  } finally {
    await stop();
  }
}

/** Starts one; `stop` ends it. */
export async function startGce(): Promise<{ gce: Gce; stop: () => Promise<void> }> {
  const python = Deno.env.get("XCORE_TEST_PYTHON") ?? "python3";
  const server = new Deno.Command(python, {
    args: ["-m", "gce.server", "0", PROJECT],
    cwd: FOLDER,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stop = async () => {
    server.kill("SIGKILL");
    await server.status;
  };
  try {
    const gce = gceAt(await firstLine(server.stdout));
    await makeNetwork(gce);
    return { gce, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

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
    },
    control: (what, body = {}) => send("POST", `${address}/_control/${what}`, body),
    call: (method, path, body) => send(method, endpoint + path, body),
  };
}

/** The server says where it listens once it does; its output stays open, as it ends with a broken pipe otherwise. */
async function firstLine(output: ReadableStream<Uint8Array>): Promise<string> {
  const reader = output.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the emulation ended before it listened");
    text += value;
  }
  reader.releaseLock();
  return text.split("\n")[0]!;
}

async function makeNetwork({ control, call, subnetwork }: Gce): Promise<void> {
  await control("times", { network_s: 0, insert_s: 0.1, staging_s: 0.1, stop_s: 0.2 });
  const network = `projects/${PROJECT}/global/networks/test`;
  await call("POST", `projects/${PROJECT}/global/networks`, { name: "test", autoCreateSubnetworks: false });
  await call("POST", `projects/${PROJECT}/regions/${REGION}/subnetworks`, {
    name: "test",
    network,
    ipCidrRange: "10.128.0.0/20",
  });
  await call("GET", subnetwork);
}
