/** Calls to Google: the client loaded when it is needed, errors in our words, credentials that end and are renewed. @module */

import type { Config } from "../../config/config.ts";
import { AuthError, PrerequisiteError, XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { meaningOf } from "./_failure.ts";
import type { Connection, Google } from "./_sdk.ts";

/** A way to call Google. */
export interface Session {
  /** Makes calls; what it throws is an XcoreError. */
  ask<T>(doing: string, call: (google: Google) => Promise<T>): Promise<T>;
  /** Makes calls; an error that is no XcoreError leaves open whether they were carried out. */
  change<T>(doing: string, call: (google: Google) => Promise<T>): Promise<T>;
}

/** A session for the config's project, or the one that the credentials name. */
export function gcpSession(runtime: Runtime, { projectName }: Pick<Config, "projectName">): Session {
  let connection: Promise<Google> | null = null;

  async function change<T>(doing: string, call: (google: Google) => Promise<T>): Promise<T> {
    connection ??= connect(connectionOf(runtime, projectName));
    try {
      return await call(await connection);
    } catch (error) {
      const meaning = meaningOf(error, doing);
      // The client keeps what credentials it has found: the next call looks for them anew.
      if (meaning instanceof AuthError || meaning instanceof PrerequisiteError) connection = null;
      throw meaning;
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
          "Look whether this machine is online, and at https://status.cloud.google.com; it is asked again.",
          error,
        );
      }
    },
  };
}

async function connect(connection: Connection): Promise<Google> {
  const { connectGoogle } = await import("./_sdk.ts");
  return await connectGoogle(connection);
}

/** What Terraform's google provider is told by the same variables: both see one Google. */
function connectionOf(runtime: Runtime, projectName: string | null): Connection {
  return {
    project: projectName ?? runtime.env("GOOGLE_CLOUD_PROJECT") ?? null,
    computeEndpoint: runtime.env("GOOGLE_COMPUTE_CUSTOM_ENDPOINT") ?? null,
    resourceManagerEndpoint: runtime.env("GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT") ??
      "https://cloudresourcemanager.googleapis.com/v1/",
    accessToken: runtime.env("GOOGLE_OAUTH_ACCESS_TOKEN") ?? null,
    clock: runtime.clock,
  };
}
