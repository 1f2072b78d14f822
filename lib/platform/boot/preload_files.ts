/** The Python files that Dask's preloads are made of. @module */

import { EMBEDDED } from "../../_embedded.ts";

const FOLDER = "python/node/";
const PACKAGE = `${FOLDER}xcore_scheduler/`;

/** By role; paths in python/node/, to be laid out in one folder alike. */
export const PRELOAD_FILES: Readonly<Record<"worker" | "scheduler", readonly string[]>> = {
  worker: ["worker_preload.py", "xcore_state.py"],
  scheduler: [
    "xcore_state.py",
    ...Object.keys(EMBEDDED).filter((path) => path.startsWith(PACKAGE)).map((path) =>
      path.slice(FOLDER.length)
    ),
  ],
};
