/** The history: which span of it is shown, its charts, and its decisions. */

import { makeCharts } from "./charts.js";
import { byId, element, setChoices, setText } from "./dom.js";
import { countText, timeText } from "./format.js";

const MINUTE = 60_000;

/** Lengths of time to choose from; null: since the first record. */
const RANGES = [
  ["15 min", 15 * MINUTE],
  ["1 h", 60 * MINUTE],
  ["6 h", 360 * MINUTE],
  ["1 day", 1440 * MINUTE],
  ["7 days", 7 * 1440 * MINUTE],
  ["all", null],
];

const SHORTEST = 10_000;

/** In between, the live samples go on with what was read. */
const READ_AGAIN_MS = 30_000;

const DECISIONS_AT_ONCE = 50;

/**
 * Shows the history, from one hour ago until now at first; returns what takes a live sample.
 * `found` is called with what was read.
 */
export function showHistory(found) {
  const charts = makeCharts(byId("charts"), (from, to) => show(from, to));
  /** `length` is null where all is shown; `follows`: until now. */
  let view = { from: 0, to: 0, length: 60 * MINUTE, follows: true };
  let history = null;
  let asked = 0;
  let shown = DECISIONS_AT_ONCE;
  let listed = "";
  let isFirst = true;

  const buttons = RANGES.map(([name, length]) => {
    const button = element("button", { type: "button", "aria-pressed": "false" }, name);
    button.addEventListener("click", () => {
      view = { ...view, length, follows: true };
      shown = DECISIONS_AT_ONCE;
      void read();
    });
    byId("ranges").append(button);
    return button;
  });

  function spanNow() {
    if (!view.follows) return view;
    const to = Date.now();
    const begun = history?.begun ?? to - 60 * MINUTE;
    const from = view.length === null ? Math.min(begun, to - SHORTEST) : to - view.length;
    return { ...view, from, to };
  }

  /** Shows another span. */
  function show(from, to) {
    const length = Math.max(SHORTEST, to - from);
    const end = Math.min(to, Date.now());
    const begin = Math.max(1, end - length);
    const follows = end >= Date.now() - 2000;
    view = { from: begin, to: end, length, follows };
    shown = DECISIONS_AT_ONCE;
    void read();
  }

  async function read() {
    view = spanNow();
    const own = ++asked;
    draw();
    const query = `from=${Math.floor(view.from)}&to=${Math.ceil(view.to)}`;
    const answer = await fetch(`/page/history?${query}`).catch(() => null);
    if (own !== asked || answer === null) return;
    const body = await answer.json().catch(() => null);
    if (!answer.ok || body === null) {
      byId("no-history").hidden = false;
      return setText(
        byId("no-history"),
        `${body?.message ?? "The history cannot be read"}. ${body?.hint ?? ""}`,
      );
    }
    const wasFirst = isFirst;
    isFirst = false;
    history = body;
    // Where nothing was in the last hour, what was before is shown.
    if (
      wasFirst && history.begun !== null && history.samples.at.length === 0 && history.decisions.length === 0
    ) {
      view = { ...view, length: null };
      return read();
    }
    if (view.length === null && history.begun !== null && history.begun < view.from) return read();
    draw();
    drawDecisions();
    found(history);
  }

  function draw() {
    const { from, to, length, follows } = view;
    for (const [i, [, each]] of RANGES.entries()) {
      buttons[i].setAttribute("aria-pressed", String(follows && each === length));
    }
    byId("follow").setAttribute("aria-pressed", String(follows));
    byId("later").disabled = follows;
    setText(byId("span"), `${timeText(from)} – ${follows ? "now" : timeText(to)}`);
    if (history === null) return;
    charts.draw(history, from, to);
    const isEmpty = history.begun === null && history.samples.at.length === 0;
    byId("charts").hidden = isEmpty;
    byId("no-history").hidden = !isEmpty;
    if (isEmpty) {
      setText(byId("no-history"), "Nothing is recorded yet: the history begins with the first start.");
    }
  }

  function drawDecisions() {
    const action = byId("actions").value;
    setChoices(byId("actions"), history.decisions.map(({ action }) => action));
    const those = history.decisions.filter((each) => action === "" || each.action === action);
    const items = those.slice(0, shown);
    const text = JSON.stringify(items);
    if (text !== listed) byId("decisions").replaceChildren(...items.map(decisionItem));
    listed = text;
    byId("decisions").tabIndex = those.length > 0 ? 0 : -1;
    byId("no-decisions").hidden = those.length > 0;
    byId("more-decisions").hidden = those.length <= shown;
    byId("older-decisions").hidden = !history.more_decisions || those.length > shown;
  }

  const move = (share) => {
    const { from, to } = spanNow();
    show(from + (to - from) * share, to + (to - from) * share);
  };
  const scale = (factor) => {
    const { from, to, follows } = spanNow();
    const length = (to - from) * factor;
    if (follows) return show(to - length, to);
    show((from + to - length) / 2, (from + to + length) / 2);
  };
  byId("earlier").addEventListener("click", () => move(-0.5));
  byId("later").addEventListener("click", () => move(0.5));
  byId("closer").addEventListener("click", () => scale(0.5));
  byId("wider").addEventListener("click", () => scale(2));
  byId("follow").addEventListener("click", () => {
    view = { ...view, follows: true };
    void read();
  });
  byId("actions").addEventListener("change", drawDecisions);
  byId("more-decisions").addEventListener("click", () => {
    shown += DECISIONS_AT_ONCE;
    drawDecisions();
  });
  setInterval(() => view.follows && !document.hidden && void read(), READ_AGAIN_MS);
  void read();

  /** Goes on with what was read, up to now. */
  return {
    add(sample, decidedAt) {
      if (history === null || !view.follows) return;
      append(history.samples, sample);
      view = spanNow();
      draw();
      const newest = history.decisions[0]?.at ?? 0;
      if (decidedAt > newest + 1000) void read();
    },
  };
}

/** Adds a row to the columns. */
function append({ at, workers, target, queued, processing }, sample) {
  if (sample.atMs <= (at.at(-1) ?? 0)) return;
  for (const state of Object.keys(sample.workers)) workers[state] ??= at.map(() => 0);
  for (const [state, counts] of Object.entries(workers)) counts.push(sample.workers[state] ?? 0);
  at.push(sample.atMs);
  target.push(sample.target);
  queued.push(sample.queued);
  processing.push(sample.processing);
}

function decisionItem({ at, action, names, count, reason }) {
  const more = count > names.length ? `, … (${countText(count, "worker")})` : "";
  const time = element("time", { dateTime: new Date(at).toISOString() }, timeText(at));
  const whom = element("span", { className: "names" }, names.join(", ") + more);
  return element(
    "li",
    {},
    time,
    element("span", { className: `action ${action}` }, action),
    element("span", {}, reason),
    whom,
  );
}
