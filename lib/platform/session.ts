/**
 * Calls to a cloud: its SDK loaded when it is needed, errors in our words, credentials that end and
 * are renewed.
 * @module
 */

import { AuthError, XcoreError } from "../errors.ts";

/** A way to call a cloud. */
export interface Session<C> {
  /** Makes calls; what it throws is an XcoreError. */
  ask<T>(doing: string, call: (cloud: C) => Promise<T>): Promise<T>;
  /** Makes calls; an error that is no XcoreError leaves open whether they were carried out. */
  change<T>(doing: string, call: (cloud: C) => Promise<T>): Promise<T>;
}

/** What a session has to know of a cloud. */
export interface SessionOptions<C> {
  connect(): Promise<C>;
  /** An error as one of this project; what is no answer stays what it is. */
  meaningOf(error: unknown, doing: string): unknown;
  /** Where the cloud tells how it is. */
  readonly health: string;
}

/** A session, connected by its first call. */
export function cloudSession<C>({ connect, meaningOf, health }: SessionOptions<C>): Session<C> {
  let connection: Promise<C> | null = null;

  async function change<T>(doing: string, call: (cloud: C) => Promise<T>): Promise<T> {
    const isNew = connection === null;
    try {
      connection ??= connect().catch((error) => {
        connection = null;
        throw error;
      });
      return await call(await connection);
    } catch (error) {
      const meaning = meaningOf(error, doing);
      if (!(meaning instanceof AuthError)) throw meaning;
      // An SDK keeps what credentials it has found, and there may be newer ones by now.
      connection = null;
      if (isNew) throw meaning;
      return await change(doing, call);
    }
  }

  return {
    change,
    async ask(doing, call) {
      try {
        return await change(doing, call);
      } catch (error) {
        if (error instanceof XcoreError) throw error;
        const found = error instanceof Error ? error.message : String(error);
        throw new XcoreError(
          `Cannot ${doing}: ${found.split("\n")[0]}`,
          `Check that this machine is online, and see ${health}; xcore tries again.`,
          error,
        );
      }
    },
  };
}
