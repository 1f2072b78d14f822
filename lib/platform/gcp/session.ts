/** Calls to Google. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { Runtime } from "../../runtime.ts";
import { cloudSession, type Session as CloudSession } from "../session.ts";
import type { Connection, Google } from "./client.ts";
import { checkCredentialsFile } from "./credentials_file.ts";
import { meaningOf } from "./errors.ts";

/** A way to call Google. */
export type Session = CloudSession<Google>;

/** A session for the config's project, or the one that the credentials name. */
export function gcpSession(runtime: Runtime, { projectName }: Pick<GcpConfig, "projectName">): Session {
  return cloudSession({
    async connect() {
      const connection = connectionOf(runtime, projectName);
      if (connection.accessToken === null) await checkCredentialsFile(runtime);
      const { connectGoogle } = await import("./client.ts");
      return await connectGoogle(connection);
    },
    meaningOf,
    health: "https://status.cloud.google.com",
  });
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
