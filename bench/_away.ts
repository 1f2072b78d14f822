/**
 * Asks a scheduler that does not run for its report, again and again; prints {before, after},
 * resident megabytes.
 * @module
 */

import { makeCertificates } from "../lib/dask/make_certificates.ts";
import { schedulerClient } from "../lib/dask/scheduler_client.ts";
import { tlsFiles } from "../lib/dask/tls_files.ts";
import { systemRuntime } from "../lib/system_runtime.ts";
import { residentMb } from "./_process.ts";
import { DEFAULT_TERMS } from "../lib/protocol/messages.ts";

const reports = Number(Deno.args[0]);
const folder = await Deno.makeTempDir();
const tls = `${folder}/tls`;
const clusterId = "away-00000000";
await makeCertificates(systemRuntime(null), tls, clusterId);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr;
listener.close();

const scheduler = schedulerClient({ host: "127.0.0.1", port, tls: tlsFiles(tls), clusterId });
const claim = { daemonId: "bench", ttlS: 30, terms: DEFAULT_TERMS };
const report = () => Promise.allSettled([scheduler.report(), scheduler.lease(claim)]);
await report();
const before = await residentMb(Deno.pid);
for (let i = 0; i < reports; i++) await report();
console.log(JSON.stringify({ before, after: await residentMb(Deno.pid) }));
scheduler.close();
await Deno.remove(folder, { recursive: true });
