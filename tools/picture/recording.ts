/**
 * What some terminals have printed, and when; kept as lines of JSON, like an asciicast with a pane
 * for each event.
 * @module
 */

/** A terminal's size, and what is written above it. */
export interface Pane {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
}

/** Text that a terminal was sent. */
export interface Event {
  /** Seconds since the start. */
  readonly at: number;
  /** Which of the panes. */
  readonly pane: number;
  readonly text: string;
}

/** A session. */
export interface Recording {
  readonly panes: readonly Pane[];
  /** In the order of time. */
  readonly events: readonly Event[];
  /** Seconds at which the picture stands still for who wants no motion. */
  readonly still: number;
}

/** The recording as text: a heading, and a line for each event. */
export function written({ panes, events, still }: Recording): string {
  const lines = events.map(({ at, pane, text }) => [at, "o", text, pane]);
  return [{ version: 2, panes, still }, ...lines].map((line) => JSON.stringify(line) + "\n").join("");
}

/** The recording that such a text is. */
export function read(text: string): Recording {
  const [heading = "", ...lines] = text.trimEnd().split("\n");
  const { panes, still } = JSON.parse(heading);
  const events = lines.map((line) => {
    const [at, , text, pane] = JSON.parse(line);
    return { at, pane, text };
  });
  return { panes, still, events };
}
