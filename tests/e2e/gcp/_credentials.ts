/** Credentials as Google hands them out, and the address at which they are changed for tokens. */

import { join } from "node:path";
import { authorityFor } from "../../emulators/authority.ts";
import type { Gce } from "../../emulators/gce.ts";

/** A project whose credentials are files. */
export interface CredentialFiles {
  /** What makes programs find no credentials, and leads them to that address. */
  readonly env: Readonly<Record<string, string>>;
  /** The key file of a service account. */
  readonly keyFile: string;
  readonly email: string;
  /** What `gcloud auth application-default login` leaves behind. */
  readonly ownFile: string;
}

/** Google's own, which its libraries ask for a token whatever stands in a key file. */
const TOKENS = "oauth2.googleapis.com";
const EMAIL = "robot@test-project.iam.gserviceaccount.com";

/** Runs `body` with files that the project knows, and with somebody at the address of the tokens. */
export async function withCredentialFiles(
  gce: Gce,
  body: (files: CredentialFiles) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-credentials-" });
  const { authorityFile, certFile, keyFile: tlsKey } = await authorityFor([TOKENS], folder);
  const [cert, key] = await Promise.all([certFile, tlsKey].map((file) => Deno.readTextFile(file)));
  const tokens = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: cert!, key: key!, onListen: () => {} },
    (request) => forwarded(gce, request),
  );
  const proxy = proxyTo(tokens.addr.port);
  const [keyFile, ownFile] = [join(folder, "key.json"), join(folder, "own.json")];
  try {
    await Deno.writeTextFile(keyFile, await serviceAccount(gce));
    await Deno.writeTextFile(ownFile, await ownCredentials(gce));
    const env = {
      GOOGLE_OAUTH_ACCESS_TOKEN: "",
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      DENO_CERT: authorityFile, // xcore's trust
      SSL_CERT_FILE: authorityFile, // Terraform's
    };
    await body({ env, keyFile, ownFile, email: EMAIL });
  } finally {
    proxy.close();
    await tokens.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

async function forwarded({ endpoint }: Gce, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const { method, headers } = request;
  const body = await request.text();
  return await fetch(new URL(pathname, endpoint), { method, headers, ...(body !== "" && { body }) });
}

/** A proxy that knows the way to one server, by its name, and no other. */
function proxyTo(port: number): { readonly port: number; close(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async (caller: Deno.Conn) => {
    const asked = new Uint8Array(4096);
    const length = await caller.read(asked) ?? 0;
    const meant = new TextDecoder().decode(asked.subarray(0, length)).startsWith(`CONNECT ${TOKENS}:443 `);
    await caller.write(
      new TextEncoder().encode(`HTTP/1.1 ${meant ? "200 Connected" : "403 Not from here"}\r\n\r\n`),
    );
    if (!meant) return caller.close();
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    await Promise.allSettled([
      caller.readable.pipeTo(server.writable),
      server.readable.pipeTo(caller.writable),
    ]);
  };
  (async () => {
    for await (const caller of listener) serve(caller).catch(() => {}); // who hangs up has what he came for
  })();
  return { port: listener.addr.port, close: () => listener.close() };
}

/** https://cloud.google.com/iam/docs/keys-create-delete: what a service account's key file holds. */
async function serviceAccount({ control, project }: Gce): Promise<string> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, hash: "SHA-256" };
  const pair = await crypto.subtle.generateKey(
    { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const [secret, open] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  await control("access", { accounts: { [EMAIL]: pem("PUBLIC KEY", open) } });
  return JSON.stringify({
    type: "service_account",
    project_id: project,
    private_key_id: "0123456789abcdef0123456789abcdef01234567",
    private_key: pem("PRIVATE KEY", secret),
    client_email: EMAIL,
    client_id: "103456789012345678901",
    token_uri: `https://${TOKENS}/token`,
  });
}

async function ownCredentials({ control }: Gce): Promise<string> {
  const refreshToken = "1//emulated-refresh-token";
  await control("access", { refresh_tokens: [refreshToken] });
  return JSON.stringify({
    type: "authorized_user",
    client_id: "764086051850-emulated.apps.googleusercontent.com",
    client_secret: "emulated",
    refresh_token: refreshToken,
  });
}

function pem(label: string, der: ArrayBuffer): string {
  const lines = new Uint8Array(der).toBase64().match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
