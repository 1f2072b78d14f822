/** Durations and counts in words. @module */

/** Seconds of an hour. */
export const HOUR_S = 3600;

/** Seconds as `42 s`, `3 min`, `2 h 05 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The time since a moment; empty for null. */
export function ageText(iso: string | null, nowMs: number): string {
  return iso === null ? "" : durationText((nowMs - Date.parse(iso)) / 1000);
}

/** A moment on this machine's clock: `03:12`, or `30 Nov, 03:12` where that is another day than now's. */
export function clockText(iso: string, nowMs: number): string {
  const [at, now] = [new Date(iso), new Date(nowMs)];
  const two = (part: number) => String(part).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  const year = at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`;
  return `${at.getDate()} ${MONTHS[at.getMonth()]}${year}, ${time}`;
}

/** A moment on this machine's clock: `2026-11-30 03:12:07`. */
export function momentText(iso: string): string {
  const at = new Date(iso);
  const two = (part: number) => String(part).padStart(2, "0");
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}

/** A moment by UTC, which reads the same everywhere: `2026-11-30 09:12:07`. */
export function utcText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** A mark on an axis by UTC whose marks are so far apart: `09:12`, `09:12:07`, or `30 Nov` for its midnight. */
export function utcMark(ms: number, apartMs: number): string {
  const at = new Date(ms);
  const time = utcText(ms).slice(11);
  if (time === "00:00:00") return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  return apartMs < 60_000 ? time : time.slice(0, 5);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A count with its noun: `1 task`, `3 tasks`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?$/;

/** The seconds of a text such as `90s`, `30m`, `1h30m` or `2 h 05 min`; null: it is none. */
export function secondsOf(text: string): number | null {
  const found = DURATION.exec(text.replaceAll(" ", ""));
  if (found === null || found[0] === "") return null;
  const [days, hours, minutes, seconds] = found.slice(1).map((amount) => Number(amount ?? 0));
  return ((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!;
}
