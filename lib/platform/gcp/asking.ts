/** Asking Google's client, whose classes are generated and all alike. @module */

import { GoogleRefusal } from "./compute.ts";

/** One of the client's generated classes, as far as it is used here: calls answer `[response, …]`. */
export interface Client {
  [method: string]: (request?: unknown, options?: unknown) => unknown;
}

/** Makes the client of the API's part of that name, `InstancesClient`; it is loaded when it is first asked for, and kept. */
export type ClientFor = (name: string) => Promise<Client>;

/** As long as AWS is given. Google's client has no limit: a connection that a laptop's sleep has cut would be waited for always. */
const ANSWER_WITHIN_MS = 60_000;

/**
 * Whatever the client rejects with, as the refusal that Google sent; else as it is.
 *
 * @throws {Error} there is no answer in time: whether the call was carried out is open
 */
export async function asking<T>(answer: unknown, withinMs = ANSWER_WITHIN_MS): Promise<T> {
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
    const [found] = await asking<[T]>(answer);
    return found;
  } catch (error) {
    if (error instanceof GoogleRefusal && error.status === 404) return null;
    throw error;
  }
}

/** An HTTP error comes with its status, and with Google's whole answer for a message. */
function refusalOf(error: unknown): unknown {
  const { status, message = "" } = error as { status?: unknown; message?: string };
  if (typeof status !== "number") return error;
  const said = answerIn(message);
  return new GoogleRefusal(status, said?.reason ?? tokenReason(message), said?.message ?? message, error);
}

/** `invalid_grant: Invalid JWT Signature.`: a call for a token was refused, and the library words it so. */
function tokenReason(message: string): string {
  return /^([a-z]+_[a-z]+): /.exec(message)?.[1] ?? "";
}

function answerIn(text: string): { readonly message: string; readonly reason: string } | null {
  try {
    const { error: { message, errors, details } } = JSON.parse(text) as {
      error: { message: string; errors?: { reason?: string }[]; details?: { reason?: string }[] };
    };
    const reasons = [...errors ?? [], ...details ?? []].map(({ reason }) => reason);
    return { message, reason: reasons.find((reason) => reason !== undefined) ?? "" };
  } catch {
    return null; // a proxy's page, or nothing
  }
}
