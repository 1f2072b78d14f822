/** Calls to AWS: the SDK loaded when it is needed, errors in our words, credentials that end and are renewed. @module */

import { AuthError, XcoreError } from "../../errors.ts";
import type { Clock } from "../../runtime.ts";
import { meaningOf } from "./_errors.ts";
import type { Aws } from "./_sdk.ts";

/** A way to call AWS. */
export interface Session {
  /** Makes a call; what it throws is an XcoreError. */
  ask<T>(doing: string, call: (aws: Aws) => Promise<T>): Promise<T>;
  /** Makes a call; an error that is no XcoreError leaves open whether it was carried out. */
  change<T>(doing: string, call: (aws: Aws) => Promise<T>): Promise<T>;
  /** Wall clock as AWS has it, milliseconds since 1970: what its times are to be compared with. */
  nowMs(): number;
}

/** A session in this region; null: in the one that AWS's own settings name. */
export function awsSession(clock: Clock, region: string | null): Session {
  let connection: Promise<Aws> | null = null;
  let clockOffsetMs = () => 0;

  async function change<T>(doing: string, call: (aws: Aws) => Promise<T>): Promise<T> {
    connection ??= connect();
    try {
      return await call(await connection);
    } catch (error) {
      const meaning = meaningOf(error, doing);
      // The SDK keeps what credentials it has found: the next call looks for them anew.
      if (meaning instanceof AuthError) connection = null;
      throw meaning;
    }
  }

  async function connect(): Promise<Aws> {
    const { connectAws } = await import("./_sdk.ts");
    const aws = connectAws(region, () => clock.nowMs());
    clockOffsetMs = aws.clockOffsetMs;
    return aws;
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
          `Cannot ${doing}: ${found}`,
          "Look whether this machine is online, and at https://health.aws.amazon.com; it is asked again.",
          error,
        );
      }
    },
    nowMs: () => clock.nowMs() + clockOffsetMs(),
  };
}
