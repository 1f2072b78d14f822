import type { WorkerStatus } from "../../model/mod.ts";
import { type Context, placeOf } from "../context.ts";
import type { Completer } from "./completer.ts";

/** How long a person who pressed Tab waits for a daemon that hangs. */
const PATIENCE_MS = 300;

/** Names of the workers there are, with their states; none where no daemon answers. */
export const workerNames: Completer = async (_asked, context) =>
  (await workers(context)).map(({ name, state }) => ({ value: name, about: state }));

async function workers(context: Context): Promise<readonly WorkerStatus[]> {
  const { askStatus } = await import("../../daemon/control.ts");
  return (await askStatus(placeOf(context).home, PATIENCE_MS))?.workers ?? [];
}
