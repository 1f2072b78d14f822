/** Launches the attempt in its argument, as a program of its own, and prints the instances' ids. */

import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

const { home, config, attempt } = JSON.parse(Deno.args[0]!);
const provider = localProvider({ runtime: systemRuntime(null), home, config });
const { instances } = await provider.launch(attempt);
console.log(JSON.stringify(instances.map(({ id }) => id).sort()));
