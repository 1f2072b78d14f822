/** Calls to Google. @module */

import { isAbsolute, join } from "node:path";
import type { GcpConfig } from "../../config/config.ts";
import { AuthError } from "../../errors.ts";
import { ObjectReader, ShapeError } from "../../util/object_reader.ts";
import type { Runtime } from "../../runtime.ts";
import { cloudSession, type Session as CloudSession } from "../session.ts";
import type { Client, Connection } from "./client.ts";
import { meaningOf } from "./errors.ts";

/** A way to call Google. */
export type Session = CloudSession<Client>;

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

/** What reading the file takes. */
export type FileAccess = Pick<Runtime, "files" | "env" | "cwd">;

/**
 * What a kind of file has to say. Others, of credentials that another organisation keeps, are for
 * the library to judge.
 * https://google.aip.dev/auth/4110
 */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  service_account: ["client_email", "private_key"],
  authorized_user: ["client_id", "client_secret", "refresh_token"],
};

const NAMED = "GOOGLE_APPLICATION_CREDENTIALS";
const MAKE_KEY =
  "Name the file that `gcloud iam service-accounts keys create FILE --iam-account=ACCOUNT` writes.";
const LOG_IN = "Log in again: `gcloud auth application-default login`.";

/**
 * Passes when the file is as it should be, or when there is none and the library may know another
 * way.
 *
 * @throws {AuthError} it is not there, or says too little
 */
export async function checkCredentialsFile(access: FileAccess): Promise<void> {
  const named = access.env(NAMED);
  if (named !== undefined) return await checkFile(access, NAMED, whole(access, named), MAKE_KEY);
  const path = join(access.env("HOME") ?? "/", ".config/gcloud/application_default_credentials.json");
  if (await access.files.exists(path)) {
    await checkFile(access, "the application-default credentials", path, LOG_IN);
  }
}

/**
 * Terraform and the daemon run in folders of their own, where a path from the current one would
 * lead elsewhere.
 */
function whole({ cwd }: FileAccess, path: string): string {
  if (isAbsolute(path)) return path;
  throw new AuthError(
    `Cannot use ${NAMED}: ${path} is a path from the current folder only`,
    `export ${NAMED}=${JSON.stringify(join(cwd(), path))}`,
  );
}

async function checkFile({ files }: FileAccess, from: string, path: string, fix: string): Promise<void> {
  const refusal = (found: string, cause?: unknown) =>
    new AuthError(`Cannot use ${from}: ${found}`, fix, cause);
  const text = await files.readTextIfExists(path).catch((error) => {
    throw refusal(`${path} cannot be read (${error.message})`, error);
  });
  if (text === null) throw refusal(`there is no file ${path}`);
  const found = wrongWith(text);
  if (found !== null) throw refusal(`${path} ${found}`);
}

/** What is wrong with such a file, to be said after its name; null: nothing. */
function wrongWith(text: string): string | null {
  try {
    const said = new ObjectReader(JSON.parse(text));
    const type = said.text("type");
    for (const key of REQUIRED[type] ?? []) said.text(key);
    const isKey = type !== "service_account" || said.text("private_key").startsWith("-----BEGIN ");
    return isKey ? null : "has no key in `private_key`";
  } catch (error) {
    if (error instanceof SyntaxError) return "is no JSON";
    if (!(error instanceof ShapeError)) throw error;
    return `is no such file: ${error.message}`;
  }
}
