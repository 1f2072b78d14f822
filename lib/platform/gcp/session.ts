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
      refuseHalf(runtime);
      const connection = await connectionOf(runtime, projectName);
      const { accessToken, credentials } = connection;
      if (accessToken === null && credentials === null) await checkCredentialsFile(runtime);
      const { connectGoogle } = await import("./client.ts");
      return await connectGoogle(connection);
    },
    meaningOf,
    health: "https://status.cloud.google.com",
  });
}

/**
 * Terraform's provider takes this variable, Google's client does not: the two would act as two
 * accounts.
 *
 * @throws {AuthError} it is set
 */
function refuseHalf({ env }: Pick<Runtime, "env">): void {
  const account = env("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT");
  if (!account) return;
  throw new AuthError(
    `Cannot use GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: Terraform alone would act as ${account}`,
    `Unset it, and have both do so: \`gcloud auth application-default login --impersonate-service-account=${account}\`.`,
  );
}

/** What Terraform's google provider is told by the same variables: both see one Google. */
async function connectionOf(runtime: Runtime, projectName: string | null): Promise<Connection> {
  const credentials = await givenCredentials(runtime);
  return {
    project: projectName ?? runtime.env("GOOGLE_CLOUD_PROJECT") ?? credentials?.projectId ?? null,
    credentials: credentials?.file ?? null,
    computeEndpoint: runtime.env("GOOGLE_COMPUTE_CUSTOM_ENDPOINT") ?? null,
    resourceManagerEndpoint: runtime.env("GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT") ??
      "https://cloudresourcemanager.googleapis.com/v1/",
    accessToken: runtime.env("GOOGLE_OAUTH_ACCESS_TOKEN") ?? null,
    clock: runtime.clock,
  };
}

/**
 * The variables in which Terraform's provider takes a key file, or all of its text, before those
 * that Google's client knows.
 * https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
 */
export const FOR_TERRAFORM = [
  "GOOGLE_CREDENTIALS",
  "GOOGLE_CLOUD_KEYFILE_JSON",
  "GCLOUD_KEYFILE_JSON",
] as const;

/** The credentials that one of those variables has; null: none is set. */
async function givenCredentials(
  access: FileAccess,
): Promise<{ readonly file: Readonly<Record<string, unknown>>; readonly projectId: string | null } | null> {
  const name = FOR_TERRAFORM.find((name) => access.env(name));
  if (name === undefined) return null;
  const value = access.env(name)!;
  const isText = value.trimStart().startsWith("{");
  if (!isText) await checkFile(access, name, whole(access, name, value), MAKE_KEY);
  const text = isText ? value : await access.files.readTextIfExists(value) ?? "";
  const wrong = wrongWith(text);
  if (wrong !== null) throw new AuthError(`Cannot use ${name}: its text ${wrong}`, MAKE_KEY);
  const file = JSON.parse(text);
  return { file, projectId: typeof file.project_id === "string" ? file.project_id : null };
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
  if (named !== undefined) return await checkFile(access, NAMED, whole(access, NAMED, named), MAKE_KEY);
  const path = join(access.env("HOME") ?? "/", ".config/gcloud/application_default_credentials.json");
  if (await access.files.exists(path)) {
    await checkFile(access, "the application-default credentials", path, LOG_IN);
  }
}

/**
 * Terraform and the daemon run in folders of their own, where a path from the current one would
 * lead elsewhere.
 */
function whole({ cwd }: FileAccess, variable: string, path: string): string {
  if (isAbsolute(path)) return path;
  throw new AuthError(
    `Cannot use ${variable}: ${path} is a path from the current folder only`,
    `export ${variable}=${JSON.stringify(join(cwd(), path))}`,
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
