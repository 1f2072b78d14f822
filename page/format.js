/** Numbers and times as people read them. */

const whole = new Intl.NumberFormat("en");
const GIB = 1024 ** 3;

export const numberText = (value) => value === null || value === undefined ? "–" : whole.format(value);

export function countText(count, noun) {
  return `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Cents, and more digits where there are no cents. */
export function usdText(usd) {
  if (usd === null || usd === undefined) return "–";
  const digits = usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2;
  return new Intl.NumberFormat("en", {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(usd);
}

export function memoryText(bytes, limit) {
  if (bytes === null) return "–";
  const used = (bytes / GIB).toFixed(1);
  return limit === null ? `${used} GiB` : `${used} of ${(limit / GIB).toFixed(1)} GiB`;
}

/** The largest unit alone: `3 min`. */
export function durationText(seconds) {
  const units = [[86_400, "d"], [3600, "h"], [60, "min"]];
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

export function agoText(iso) {
  return iso === null ? "–" : durationText(Math.max(0, (Date.now() - Date.parse(iso)) / 1000));
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** The time of this machine; with its day if that is not today. */
export function timeText(ms) {
  const date = new Date(ms);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** A mark on an axis whose marks are so many milliseconds apart. */
export function markText(ms, apartMs) {
  const date = new Date(ms);
  if (apartMs >= 86_400_000) return day.format(date);
  if (date.getHours() + date.getMinutes() + date.getSeconds() === 0) return day.format(date);
  return apartMs < 60_000 ? clock.format(date) : clock.format(date).slice(0, -3);
}
