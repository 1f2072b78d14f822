/** Calls to AWS. @module */

import type { Clock } from "../../runtime.ts";
import { cloudSession, type Session as CloudSession } from "../session.ts";
import type { Client } from "./client.ts";
import { meaningOf } from "./errors.ts";

/** A way to call AWS. */
export interface Session extends CloudSession<Client> {
  /** Wall clock as AWS has it, milliseconds since 1970: what its times are to be compared with. */
  nowMs(): number;
}

/** A session in this region; null: in the one that AWS's own settings name. */
export function awsSession(clock: Clock, region: string | null): Session {
  let clockOffsetMs = () => 0;
  let fromEnvironment = false;
  const session = cloudSession({
    async connect() {
      const { connectAws } = await import("./client.ts");
      const aws = connectAws(region, () => clock.nowMs());
      clockOffsetMs = aws.clockOffsetMs;
      // That there are none is for the call itself to say.
      fromEnvironment = (await aws.credentialSource().catch((): string[] => [])).includes(
        "CREDENTIALS_ENV_VARS",
      );
      return aws;
    },
    meaningOf: (error, doing) => meaningOf(error, doing, fromEnvironment),
    health: "https://health.aws.amazon.com",
  });
  return { ...session, nowMs: () => clock.nowMs() + clockOffsetMs() };
}
