/** `xcore status --watch`: the status, updated until Ctrl-C. @module */

import type { Status } from "../model/mod.ts";
import { durationText } from "../util/duration_text.ts";
import { cut, textWidth } from "../util/text_width.ts";
import type { Context } from "./context.ts";
import type { Printer } from "./printer.ts";
import { sparkline, Trend } from "./sparkline.ts";
import { ENDLESS, type Room, statusText } from "./status_text.ts";

const POLL_MS = 1000;

/** Shown below the status. */
export const FOOTER = "Press Ctrl-C to stop watching; the cluster keeps running.";

/** How the status is shown. */
interface View {
  show(status: Status): void;
  close(): void;
}

/**
 * Shows what `read` returns, every second until Ctrl-C: on a terminal in place; with --json one
 * document a line; elsewhere once, and again when more than ages and loads has changed.
 */
export async function watch(context: Context, read: () => Promise<Status>): Promise<void> {
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
      const found = await Promise.race([read(), stopped]);
      if (found !== null) view.show(found);
      await runtime.clock.sleep(POLL_MS, stop.signal);
    }
  } finally {
    view.close();
    offSignals();
  }
}

function documents({ printer }: Context): View {
  return { show: (status) => printer.part(`${JSON.stringify(status)}\n`), close: () => {} };
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

function withoutAges({ cluster, daemon, scheduler, workers, ...rest }: Status): Status {
  return {
    ...rest,
    scheduler: scheduler && { ...scheduler, memory_bytes: null },
    cluster: { ...cluster, started_at: null, ends_in_s: null },
    daemon: { ...daemon, last_tick_at: null },
    workers: workers.map((worker) => ({
      ...worker,
      ...{
        since: null,
        seen_at: null,
        cpu_percent: null,
        memory_bytes: null,
        leaves_in_s: null,
        boot_s: null,
        lifetime_left_s: null,
      },
    })),
  };
}

function drawing({ printer, runtime }: Context): View {
  const screen = screenOn(printer);
  const trends = { queue: new Trend(TREND_WIDTH), workers: new Trend(TREND_WIDTH) };
  const startedMs = runtime.clock.monotonicMs();
  let last: Status | null = null;
  const textIn = (status: Status, room: Room) =>
    statusText(status, printer.colour, runtime.clock.nowMs(), room);
  const draw = () => {
    const room = printer.screen() ?? ENDLESS;
    if (last === null) return;
    const text = textIn(last, room);
    const passed = durationText((runtime.clock.monotonicMs() - startedMs) / 1000);
    const below = ["", ...trendLines(trends, passed), "", printer.colour.dim(FOOTER)];
    const shown = [below, below.slice(-2)].find(({ length }) =>
      text.split("\n").length + length <= room.rows
    );
    screen.draw([text, ...shown ?? []].join("\n"));
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
      trends.queue.add(queueOf(status));
      trends.workers.add(status.workers.length);
      draw();
    },
    close() {
      for (const off of offSignals) off();
      screen.close();
      if (last !== null) printer.out(textIn(last, { ...(printer.screen() ?? ENDLESS), rows: Infinity }));
    },
  };
}

/** Bars of a trend, at most. */
const TREND_WIDTH = 60;

/** Tasks that could run and do not. */
function queueOf({ demand, workers }: Status): number {
  if (demand === null) return 0;
  const executing = workers.reduce((sum, worker) => sum + (worker.executing ?? 0), 0);
  return demand.queued + Math.max(0, demand.processing - executing);
}

/**
 * `queue   ▁▃█▅ 6` and `workers ▁▁▃▃ 3, within 4 min`
 *
 * @param passed since the first of the numbers
 */
export function trendLines(
  { queue, workers }: { readonly queue: Trend; readonly workers: Trend },
  passed: string,
): string[] {
  const now = ({ values }: Trend) => `${sparkline(values)} ${values.at(-1) ?? 0}`;
  return [`queue   ${now(queue)}`, `workers ${now(workers)}, within ${passed}`];
}

const ESC = "\x1b[";
/** The terminal's alternate screen, without a cursor and without line wrapping. */
const OPEN = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const CLOSE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const CLEAR_TO_LINE_END = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;

/** A screen that is drawn again and again. */
export interface Screen {
  /**
   * Replaces what was drawn before; lines that do not fit are cut. The first drawing opens the
   * screen.
   */
  draw(text: string): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** The screen of the printer's terminal. */
export function screenOn(printer: Printer): Screen {
  let open = false;
  return {
    draw(text) {
      const { columns, rows } = printer.screen() ?? { columns: 80, rows: 24 };
      const lines = printer.visible(text).split("\n").slice(0, Math.max(1, rows)).map((line) => {
        const shown = cut(line, columns);
        // Behind the last column the cursor is still in it: clearing to the line's end would erase
        // its character.
        return textWidth(shown) < columns ? shown + CLEAR_TO_LINE_END : shown;
      });
      const below = lines.length < rows ? `\r\n${CLEAR_BELOW}` : "";
      // One write without clearing first: the terminal shows the old drawing or the new one.
      printer.draw(`${open ? "" : OPEN}${HOME}${lines.join("\r\n")}${below}`);
      open = true;
    },
    close() {
      if (open) printer.draw(CLOSE);
      open = false;
    },
  };
}
