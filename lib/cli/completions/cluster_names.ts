import { homesOf } from "../../config/home.ts";
import type { Completer } from "./completer.ts";

/** Names of the clusters that have a folder, for `-c`. */
export const clusterNames: Completer = async (_asked, { runtime }) => {
  const homes = await homesOf(runtime);
  return homes.flatMap(({ cluster }) => cluster === null ? [] : [{ value: cluster }]);
};
