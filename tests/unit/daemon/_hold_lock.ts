/**
 * A process of its own that takes the daemon's place in `$XCORE_HOME`, says so, and stays until it
 * is killed.
 */

import { homeOf } from "../../../lib/config/home.ts";
import { takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

const runtime = systemRuntime(null);
const place = await takeDaemonLock(runtime, homeOf(runtime, undefined));
console.log(place === null ? "taken" : "mine");
setInterval(() => {}, 1e6);
