import { DAEMON, SCHEDULER } from "../../model/instance.ts";
import { type Context, placeOf } from "../context.ts";
import type { Candidate, Completer } from "./completer.ts";

/** How long a person who pressed Tab waits for a daemon that hangs. */
const PATIENCE_MS = 300;

/** Names of the workers there are, with their states; none where no daemon answers. */
export const workerNames: Completer = (_asked, context) => workers(context);

/** Names of the machines there are: the workers', and the scheduler's. */
export const machineNames: Completer = async (_asked, context) => [
  ...await workers(context),
  { value: SCHEDULER },
];

/** Names of all that prints something. */
export const printerNames: Completer = async (
  _asked,
  context,
) => [...await workers(context), { value: SCHEDULER }, { value: DAEMON }];

async function workers(context: Context): Promise<readonly Candidate[]> {
  const { askStatus } = await import("../../daemon/control.ts");
  const found = (await askStatus(placeOf(context).home, PATIENCE_MS))?.workers ?? [];
  return found.map(({ name, state }) => ({ value: name, about: state }));
}
