import { join } from "node:path";
import { homeOf } from "../../config/home.ts";
import type { Completer } from "./completer.ts";

/** Names of the clusters that have a folder, for `-c`. */
export const clusterNames: Completer = async (_asked, { runtime }) => {
  const { root } = homeOf({
    ...runtime,
    env: (name) => name === "XCORE_CLUSTER" ? undefined : runtime.env(name),
  });
  const names = await runtime.files.list(join(root, "clusters"));
  return names.map((value) => ({ value }));
};
