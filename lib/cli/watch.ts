/** `xcore status --watch`: the status over and over, until a person has seen enough. @module */

import type { Status } from "../model/mod.ts";
import type { Context } from "./context.ts";
import { screenOn } from "./screen.ts";
import { ENDLESS, type Room, statusText } from "./status_text.ts";

const LOOK_EVERY_MS = 1000;

const FOOTER = "Ctrl-C ends this; the cluster goes on.";

/** Where the watched is shown. */
interface View {
  show(status: Status): void;
  close(): void;
}

/**
 * Shows what `look` finds, each second until Ctrl-C: on a terminal in place, with --json a document a line, elsewhere
 * once and then whenever more than ages and loads has changed.
 */
export async function watch(context: Context, look: () => Promise<Status>): Promise<void> {
  const { runtime, printer } = context;
  const view = context.options().json
    ? documents(context)
    : printer.screen() === null
    ? changes(context)
    : drawing(context);
  const stop = new AbortController();
  const stopped = new Promise<null>((resolve) => stop.signal.addEventListener("abort", () => resolve(null)));
  const offSignals = runtime.onSignal(["SIGINT", "SIGTERM"], () => stop.abort());
  try {
    while (!stop.signal.aborted) {
      const found = await Promise.race([look(), stopped]);
      if (found !== null) view.show(found);
      await runtime.clock.sleep(LOOK_EVERY_MS, stop.signal);
    }
  } finally {
    view.close();
    offSignals();
  }
}

function documents({ printer }: Context): View {
  return { show: (status) => printer.raw(`${JSON.stringify(status)}\n`), close: () => {} };
}

function changes({ printer, runtime }: Context): View {
  let last = "";
  return {
    show(status) {
      const lasting = statusText(withoutAges(status), printer.colour, 0);
      if (lasting === last) return;
      if (last !== "") printer.out("");
      printer.out(statusText(status, printer.colour, runtime.clock.nowMs()));
      last = lasting;
    },
    close: () => {},
  };
}

function withoutAges({ cluster, daemon, workers, ...rest }: Status): Status {
  return {
    ...rest,
    cluster: { ...cluster, started_at: null },
    daemon: { ...daemon, last_tick_at: null },
    workers: workers.map((worker) => ({ ...worker, since: null, cpu_percent: null })),
  };
}

function drawing({ printer, runtime }: Context): View {
  const screen = screenOn(printer);
  let last: Status | null = null;
  const textIn = (status: Status, room: Room) =>
    statusText(status, printer.colour, runtime.clock.nowMs(), room);
  const draw = () => {
    const room = printer.screen() ?? ENDLESS;
    if (last === null) return;
    const text = textIn(last, room);
    const hasRoom = text.split("\n").length + 2 <= room.rows;
    screen.draw(hasRoom ? `${text}\n\n${printer.colour.dim(FOOTER)}` : text);
  };
  const offSignals = [
    runtime.onSignal(["SIGWINCH"], draw),
    runtime.onSignal(["SIGTSTP"], () => {
      screen.close(); // Ctrl-Z gives the shell its terminal back; `fg` goes on with the next line
      runtime.kill(runtime.pid, "SIGSTOP");
      draw();
    }),
  ];
  return {
    show(status) {
      last = status;
      draw();
    },
    close() {
      for (const off of offSignals) off();
      screen.close();
      if (last !== null) printer.out(textIn(last, { ...(printer.screen() ?? ENDLESS), rows: Infinity }));
    },
  };
}
