/** `xcore config`: reading and changing a cluster's settings. @module */

import { readKey } from "../config/edit.ts";
import { loadConfig, updateConfig } from "../config/load.ts";
import type { Place } from "./cluster.ts";
