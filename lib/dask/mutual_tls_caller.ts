/** HTTP calls to one address over mutual TLS. @module */

import { X509Certificate } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { checkServerIdentity } from "node:tls";
import type { Clock, Files } from "../runtime.ts";
import type { LeafFiles } from "./tls_files.ts";

/** Where to call, and as whom. */
export interface MutualTlsAddress {
  readonly host: string;
  readonly port: number;
  /** The DNS name in the other side's certificate, whatever its address. */
  readonly serverName: string;
  readonly caFile: string;
  readonly own: LeafFiles;
}

/** One call. */
export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For all of it, connecting included. */
  readonly timeoutS: number;
  /** Gives it up when aborted. */
  readonly giveUp?: AbortSignal;
}

/** The head of a request whose answer is read as it comes. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A call got no answer within its time. */
export class DeadlineError extends Error {}

/** More than any cluster's status; a longer one is not a scheduler's. */
const MAX_BODY_MB = 32;

/** The PEM texts a connection is made with. */
interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Calls one address, over connections that are kept open between calls. */
export class MutualTlsCaller {
  readonly #address: MutualTlsAddress;
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #credentials: Credentials | null = null;

  constructor(address: MutualTlsAddress, files: Files, clock: Clock) {
    this.#address = address;
    this.#files = files;
    this.#clock = clock;
  }

  /**
   * Calls and reads the whole answer, whatever its status. The certificates are read from disk when
   * a new connection is needed.
   *
   * @throws {DeadlineError} no answer in time, or it was given up
   * @throws {Deno.errors.NotFound} a certificate is missing
   * @throws {Error} connecting, TLS or the connection failed; the many classes are those of Deno
   *   and Node
   */
  async call(call: Call): Promise<Answer> {
    return await within(this.#clock, call.timeoutS, async (late) => {
      const credentials = await this.#connectable(late, !this.#hasFreeConnection());
      return await this.#exchange(call, credentials, late);
    }, call.giveUp);
  }

  /**
   * Begins a request, whose end and answer are the caller's to handle.
   *
   * @param own whether it gets a connection of its own, as one that becomes a websocket
   * @param timeoutS for finding out whether the other side can be talked to
   * @throws as {@linkcode call}
   */
  async begin(head: RequestHead, own: boolean, timeoutS: number): Promise<ClientRequest> {
    return await within(this.#clock, timeoutS, async (late) => {
      const credentials = await this.#connectable(late, own || !this.#hasFreeConnection());
      return request({ ...this.#connection(credentials), ...head, ...own && { agent: false } });
    });
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }

  #hasFreeConnection(): boolean {
    return Object.values(this.#agent.freeSockets).some((sockets) =>
      sockets?.some((socket) => !socket.destroyed)
    );
  }

  /** The credentials; where a connection is to be made, it can be made with them. */
  async #connectable(late: AbortSignal, isNew: boolean): Promise<Credentials> {
    if (this.#credentials !== null && !isNew) return this.#credentials;
    this.#credentials = await this.#readCredentials();
    await this.#shakeHands(this.#credentials, late);
    return this.#credentials;
  }

  async #readCredentials(): Promise<Credentials> {
    const { caFile, own } = this.#address;
    return {
      ca: await this.#files.readText(caFile),
      cert: await this.#files.readText(own.certFile),
      key: await this.#files.readText(own.keyFile),
    };
  }

  /**
   * Finds out with Deno's own TLS whether the other side can be talked to. Each connection that
   * fails in node:https keeps 50 to 80 kB for good, and a daemon asks once a second for as long as
   * it lives.
   */
  async #shakeHands({ ca, cert, key }: Credentials, late: AbortSignal): Promise<void> {
    const { host, port } = this.#address;
    const connection = await Deno.connectTls({
      hostname: host,
      port,
      caCerts: [ca],
      cert,
      key,
      // The certificate is for a name and this calls an address; node:https checks the name.
      unsafelyDisableHostnameVerification: true,
    });
    const close = once(() => connection.close());
    late.addEventListener("abort", close);
    try {
      if (!late.aborted) await connection.handshake();
    } finally {
      late.removeEventListener("abort", close);
      close();
    }
  }

  /** What node:https connects with. */
  #connection(credentials: Credentials) {
    const { host, port, serverName } = this.#address;
    const checkServerIdentity = isSignedBy(credentials.ca);
    return { host, port, servername: serverName, agent: this.#agent, ...credentials, checkServerIdentity };
  }

  #exchange(call: Call, credentials: Credentials, late: AbortSignal): Promise<Answer> {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    return new Promise((resolve, reject) => {
      const headers = {
        ...call.headers,
        ...body !== null && {
          "content-type": "application/json",
          "content-length": String(new TextEncoder().encode(body).length),
        },
      };
      const { method, path } = call;
      const options = { ...this.#connection(credentials), method, path, headers };
      const sent = request(options, (response) => readWhole(response).then(resolve, abandon));
      function abandon(error: unknown) {
        sent.reusedSocket = false; // or Deno would make the call again: https://github.com/denoland/deno/issues/36786
        sent.destroy();
        reject(error);
      }
      sent.on("error", abandon);
      if (late.aborted) return abandon(late.reason);
      late.addEventListener("abort", () => abandon(late.reason), { once: true });
      sent.end(body ?? undefined);
    });
  }
}

/**
 * Deno trusts this machine's authorities beside the one it is given: here that one alone counts.
 */
function isSignedBy(ca: string): typeof checkServerIdentity {
  return (name, certificate) =>
    isSignature(certificate.raw, ca) ? checkServerIdentity(name, certificate) : new Error("UnknownIssuer");
}

function isSignature(certificate: Uint8Array, ca: string): boolean {
  try {
    return new X509Certificate(certificate).verify(new X509Certificate(ca).publicKey);
  } catch {
    return false; // made with another kind of key: Deno cannot even compare them, and what is thrown here ends the process
  }
}

async function readWhole(response: IncomingMessage): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BODY_MB * 1e6) throw new Error(`its answer is more than ${MAX_BODY_MB} MB`);
  }
  if (!response.complete) throw new Error("the connection was cut in the middle of the answer");
  return { status: response.statusCode ?? 0, text: await new Blob(chunks as BlobPart[]).text() };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

/**
 * Does `work` for `timeoutS` seconds at most, or until `giveUp` aborts; then aborts the signal it was
 * given, and waits for it no longer.
 *
 * @throws {DeadlineError} the time was up, or it was given up
 */
async function within<T>(
  clock: Clock,
  timeoutS: number,
  work: (late: AbortSignal) => Promise<T>,
  giveUp?: AbortSignal,
): Promise<T> {
  const late = new AbortController();
  const waited = new AbortController();
  const stopWaiting = () => waited.abort();
  let isDone = false;
  if (giveUp?.aborted) stopWaiting();
  giveUp?.addEventListener("abort", stopWaiting);
  const timer = clock.sleep(timeoutS * 1000, waited.signal).then(() => {
    if (isDone) return;
    const error = new DeadlineError(
      giveUp?.aborted ? "the call was given up" : `no answer within ${timeoutS} s`,
    );
    late.abort(error);
    throw error;
  });
  try {
    return await Promise.race([work(late.signal), timer as Promise<never>]);
  } finally {
    isDone = true;
    giveUp?.removeEventListener("abort", stopWaiting);
    stopWaiting();
  }
}
