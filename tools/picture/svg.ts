/**
 * A recording as one SVG that plays by itself: no script, no font, nothing from elsewhere.
 * @module
 */

import type { Recording } from "./recording.ts";
import { type Row, type Run, Screen } from "./screen.ts";

/** Measures, in the picture's own pixels. */
const FONT_PX = 14;
const COLUMN = 8.4;
const LINE = 19;
const MARGIN = 12;
const BAR = 28;
const GAP = 10;

const FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";
const BACKGROUND = "#0d1117";
const TEXT = "#d1d7e0";
const QUIET = "#9198a1";
/** Red, green, yellow … as terminals number them. */
const COLOURS = ["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#d1d7e0"];

/** What happens within this is one change. */
const FRAME_S = 0.08;
/**
 * The first terminal's silence that is shown as long as it was; the rest of it passes so many times
 * faster.
 */
const SILENCE_S = 1.2;
const FASTER = 4;
/** How long the end stays. */
const END_S = 5;

/** From when to when something is shown, in seconds of the picture. */
type Times = readonly (readonly [from: number, to: number])[];

/**
 * Draws the recording. Who wants no motion, or cannot see it, sees the moment `still`.
 *
 * @param title what is to be seen, for who cannot see it
 * @returns an SVG document
 */
export async function draw(recording: Recording, title: string): Promise<string> {
  const { panes, still } = recording;
  const shownAt = shownTime(recording);
  const frames = await framesOf(recording, shownAt);
  const endS = frames.at(-1)!.shownAt + END_S;
  const stillAt = (frames.find(({ at }) => at >= still) ?? frames.at(-1)!).shownAt;
  const classes = new Classes(endS, stillAt);

  const width = 2 * MARGIN + Math.max(...panes.map(({ columns }) => columns)) * COLUMN;
  const parts: string[] = [];
  let top = 0;
  for (const [i, { title, rows }] of panes.entries()) {
    const height = BAR + rows * LINE + MARGIN;
    parts.push(
      `<rect x=".5" y="${top + .5}" width="${width - 1}" height="${
        height - 1
      }" rx="8" fill="${BACKGROUND}" stroke="#3d444d"/>`,
      `<path d="M.5 ${top + BAR - .5}H${width - .5}" stroke="#3d444d"/>`,
      `<text class="q" x="${MARGIN}" y="${top + 19}">${escaped(title)}</text>`,
    );
    if (i === 0 && frames.length > 1) {
      const clock = intervals(frames, ({ at, isFast }) => [clockText(at, isFast)], endS);
      for (const [text, times] of clock) {
        parts.push(
          `<text class="q e${classes.of(times)}" x="${width - MARGIN}" y="${top + 19}">${text}</text>`,
        );
      }
    }
    for (let y = 0; y < rows; y++) {
      const at = round(top + BAR + 4 + y * LINE + FONT_PX);
      const runs = intervals(
        frames,
        ({ screens }) => screens[i]![y]!.map((run) => JSON.stringify(run)),
        endS,
      );
      for (const [run, times] of runs) parts.push(drawn(JSON.parse(run), at, classes.of(times)));
    }
    top += height + GAP;
  }
  const height = top - GAP;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" width="${
      round(width)
    }" height="${height}"` +
    ` role="img" aria-labelledby="t" xml:space="preserve">`,
    `<title id="t">${escaped(title)}</title>`,
    `<style>text{font:${FONT_PX}px ${FONT};fill:${TEXT};white-space:pre}.q{font-size:12px;fill:${QUIET}}.e{text-anchor:end}` +
    `.b{font-weight:bold}.d{fill:${QUIET}}${COLOURS.map((colour, i) => `.c${i}{fill:${colour}}`).join("")}` +
    `${classes.style()}</style>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** A moment at which something changes. */
interface Frame {
  /** Seconds of the session. */
  readonly at: number;
  /** Seconds of the picture. */
  readonly shownAt: number;
  /** Whether time passes faster here. */
  readonly isFast: boolean;
  readonly screens: readonly (readonly Row[])[];
}

/**
 * Maps seconds of the session to those of the picture: where the first terminal is silent for long,
 * time passes faster.
 */
function shownTime({ events }: Recording): (at: number) => number {
  const own = [0, ...events.filter(({ pane }) => pane === 0).map(({ at }) => at), Infinity];
  return (at) => {
    let shown = 0;
    for (let i = 1; i < own.length && own[i - 1]! < at; i++) {
      const silence = Math.min(own[i]!, at) - own[i - 1]!;
      shown += Math.min(silence, SILENCE_S) + Math.max(0, silence - SILENCE_S) / FASTER;
    }
    return shown;
  };
}

async function framesOf({ panes, events }: Recording, shownAt: (at: number) => number): Promise<Frame[]> {
  const screens = panes.map(({ columns, rows }) => new Screen(columns, rows));
  const frames: Frame[] = [];
  const own = events.filter(({ pane }) => pane === 0).map(({ at }) => at);
  for (const [i, { at, pane, text }] of events.entries()) {
    await screens[pane]!.write(text);
    const next = events[i + 1];
    if (next !== undefined && shownAt(next.at) - (frames.at(-1)?.shownAt ?? -1) < FRAME_S) continue;
    if (next !== undefined && next.at - at < 0.02) continue; // the rest of what was printed at once
    const last = Math.max(0, ...own.filter((each) => each <= at));
    const isFast = at - last > SILENCE_S;
    frames.push({ at, shownAt: round(shownAt(at)), isFast, screens: screens.map((screen) => screen.rows()) });
  }
  return frames;
}

/** Each different thing that is shown in one place, with the times at which it is. */
function intervals(
  frames: readonly Frame[],
  things: (frame: Frame) => readonly string[],
  endS: number,
): Map<string, Times> {
  const found = new Map<string, [number, number][]>();
  for (const [i, frame] of frames.entries()) {
    const [from, to] = [i === 0 ? 0 : frame.shownAt, frames[i + 1]?.shownAt ?? endS];
    for (const thing of things(frame)) {
      const times = found.get(thing) ?? [];
      const last = times.at(-1);
      if (last !== undefined && last[1] === from) last[1] = to;
      else times.push([from, to]);
      found.set(thing, times);
    }
  }
  return found;
}

/**
 * The classes of what is not always shown: each is an animation of its own, without which the still
 * moment is seen.
 */
class Classes {
  readonly #names = new Map<string, { name: string; times: Times }>();
  readonly #endS: number;
  readonly #stillAt: number;

  constructor(endS: number, stillAt: number) {
    this.#endS = endS;
    this.#stillAt = stillAt;
  }

  /** The class, after a blank, for what is shown at these times; nothing for what always is. */
  of(times: Times): string {
    if (times.length === 1 && times[0]![0] === 0 && times[0]![1] === this.#endS) return "";
    const key = JSON.stringify(times);
    const known = this.#names.get(key) ?? { name: `k${this.#names.size}`, times };
    this.#names.set(key, known);
    return ` ${known.name}`;
  }

  style(): string {
    const all = [...this.#names.values()];
    const hidden = all.filter(({ times }) =>
      !times.some(([from, to]) => from <= this.#stillAt && this.#stillAt < to)
    );
    const moving = all.map(({ name, times }) => {
      const steps = times.flatMap(([from, to]) => [
        ...(from === 0 ? [] : [`${this.#percent(from)}{visibility:visible}`]),
        ...(to === this.#endS ? [] : [`${this.#percent(to)}{visibility:hidden}`]),
      ]);
      const first = times[0]![0] === 0 ? "visible" : "hidden";
      return `.${name}{animation:${name} ${this.#endS}s step-end infinite}@keyframes ${name}{0%{visibility:${first}}${
        steps.join("")
      }}`;
    });
    return `${hidden.map(({ name }) => `.${name}`).join()}{visibility:hidden}` +
      `@media(prefers-reduced-motion:no-preference){${moving.join("")}}`;
  }

  #percent(at: number): string {
    return `${Math.round(at / this.#endS * 1e5) / 1e3}%`;
  }
}

function drawn({ column, text, look }: Run, y: number, times: string): string {
  const x = round(MARGIN + column * COLUMN);
  const looks = [
    look.colour === undefined ? "" : ` c${look.colour % 8}`,
    look.bold ? " b" : "",
    look.dim ? " d" : "",
  ];
  const classes = (looks.join("") + times).trim();
  const length = round([...text].length * COLUMN);
  return `<text x="${x}" y="${y}"${classes && ` class="${classes}"`} textLength="${length}">${
    escaped(text)
  }</text>`;
}

function clockText(at: number, isFast: boolean): string {
  const seconds = Math.floor(at);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return isFast ? `waits pass ${FASTER} times faster  ${clock}` : clock;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
