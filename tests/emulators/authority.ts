/** Certificates of an authority that nobody knows but who is told: for servers of a test that go by another's name. */

import { join } from "node:path";

/** What a server with these names needs, and what its callers do. */
export interface Authority {
  /** The authority's certificate, PEM. */
  readonly authorityFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes an authority in the folder, and a certificate of it for a server that has these names. */
export async function authorityFor(names: readonly string[], folder: string): Promise<Authority> {
  const openssl = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: folder }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  };
  const authority = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority"];
  await openssl("req", "-x509", ...CURVE, ...authority);
  await openssl("req", ...CURVE, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=Server");
  const subjects = names.map((name) => `DNS:${name}`).join();
  await Deno.writeTextFile(
    join(folder, "server.ext"),
    `basicConstraints=CA:FALSE\nsubjectAltName=${subjects}\n`,
  );
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "server.ext"];
  await openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...signed);
  return {
    authorityFile: join(folder, "ca.pem"),
    certFile: join(folder, "server.pem"),
    keyFile: join(folder, "server.key"),
  };
}
