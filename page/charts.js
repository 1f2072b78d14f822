/** The charts of what was over time; uPlot draws them. */

import { element, setText } from "./dom.js";
import { countText, markText, numberText, timeText, usdText } from "./format.js";

/** States that are drawn as one, from the bottom of the pile up. */
const PILE = [
  ["running", ["running"]],
  ["paused", ["paused"]],
  ["booting", ["requested", "pending", "booting"]],
  ["stopping", ["draining", "stopping"]],
  ["failed", ["failed"]],
  ["unknown", ["unknown"]],
];

const HEIGHT = 190;
const FIRST_HEIGHT = 240;

/** The workers by state; as the others: times, and curves with a name, a colour and values. */
function workersOf({ samples }) {
  const groups = PILE.filter(([name, states]) =>
    name === "running" || states.some((state) => samples.workers[state]?.some((count) => count > 0))
  );
  const curves = groups.map(([name, states]) => ({
    ...{ name, colour: name, isPiled: true },
    values: samples.at.map((_, i) =>
      isGap(samples, i) ? null : states.reduce((sum, state) => sum + (samples.workers[state]?.[i] ?? 0), 0)
    ),
  }));
  const target = { name: "target", colour: "target", dashed: true, values: samples.target };
  return { at: samples.at, curves: [...curves, target] };
}

/** Whether nothing was recorded then. */
function isGap({ workers }, i) {
  return Object.values(workers).some((counts) => counts[i] === null);
}

function tasksOf({ samples }) {
  return {
    at: samples.at,
    curves: [
      { name: "waiting for a worker", colour: "queued", values: samples.queued },
      { name: "on workers", colour: "processing", values: samples.processing },
    ],
  };
}

function costOf({ cost, to }) {
  if (cost === null) return null;
  const partMs = (cost.at[1] ?? to) - cost.at[0];
  const values = cost.usd.map((usd) => usd / partMs * 3_600_000);
  // The last part lasts until the end.
  return {
    at: [...cost.at, cost.at.at(-1) + partMs],
    curves: [{ name: "an hour", colour: "cost", isPiled: true, values: [...values, values.at(-1)] }],
    title: `Cost: ${usdText(cost.total_usd)} in this time`,
  };
}

const CHARTS = [
  { id: "workers", title: "Workers", read: workersOf, text: numberText, isFirst: true, marks: true },
  { id: "queue", title: "Tasks", read: tasksOf, text: numberText },
  { id: "cost", title: "Cost", read: costOf, text: usdText },
];

/** The charts in a place of the page; `zoom(from, to)` is called where a person drags across one. */
export function makeCharts(place, zoom) {
  const charts = CHARTS.map((about) => makeChart(about, place, zoom));
  let last = null;
  const redraw = () => last !== null && charts.forEach((chart) => chart.draw(last, true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  return {
    /** Draws the history; `from` and `to` are those of its axis. */
    draw(history, from, to) {
      last = { ...history, from, to };
      for (const chart of charts) chart.draw(last, false);
    },
  };
}

/** Pixels around a mark in which it is told of. */
const NEAR = 12;

function makeChart({ id, title, read, text, isFirst = false, marks = false }, place, zoom) {
  const heading = element("b", {}, title);
  const when = element("span", { className: "when" });
  const canvas = element("div", { role: "img" });
  const figure = element("figure", { id: `chart-${id}`, className: isFirst ? "first" : "" });
  const decided = element("p", { className: "decided" }, NO_MARK);
  figure.append(element("figcaption", {}, heading), canvas, ...(marks ? [decided] : []));
  place.append(figure);
  let plot = null;
  let shape = "";
  let drawn = null;
  let items = [];
  let decisions = [];

  /** Tells the values under the cursor, or the last ones. */
  function tell(at) {
    const index = at ?? drawn.at.length - 1;
    setText(when, index < 0 ? "" : timeText(drawn.at[index]));
    for (const [i, { values }] of drawn.curves.entries()) setText(items[i], text(values[index] ?? null));
    const near = decisions.map((each) => [Math.abs(plot.valToPos(each.at, "x") - plot.cursor.left), each])
      .filter(([distance]) => distance <= NEAR).sort(([a], [b]) => a - b)[0]?.[1];
    setText(decided, near === undefined ? NO_MARK : decisionText(near));
  }

  function setLegend() {
    items = drawn.curves.map(() => element("span", { className: "value" }));
    const entries = drawn.curves.map(({ name, colour, dashed }, i) => {
      const swatch = element("span", {
        className: dashed ? "swatch dashed" : "swatch",
        "aria-hidden": "true",
      });
      swatch.style[dashed ? "borderColor" : "background"] = `var(--${colour})`;
      return element("span", {}, swatch, `${name} `, items[i]);
    });
    figure.querySelector("figcaption").replaceChildren(heading, ...entries, when);
  }

  new ResizeObserver(() => plot?.setSize(sizeOf(canvas, isFirst))).observe(canvas);

  return {
    draw(history, afresh) {
      drawn = read(history);
      decisions = marks ? history.decisions : [];
      figure.hidden = drawn === null;
      if (drawn === null) return;
      setText(heading, drawn.title ?? title);
      const data = [drawn.at, ...piled(drawn.curves)];
      const nextShape = drawn.curves.map(({ name }) => name).join();
      if (plot === null || afresh || nextShape !== shape) {
        plot?.destroy();
        setLegend();
        plot = new uPlot(
          optionsOf(drawn, sizeOf(canvas, isFirst), text, {
            tell,
            zoom,
            mark: (plot) => mark(plot, decisions),
          }),
          data,
          canvas,
        );
        shape = nextShape;
      } else {
        plot.setData(data, false);
      }
      plot.setScale("x", { min: history.from, max: history.to });
      canvas.setAttribute("aria-label", summaryOf(drawn, heading.textContent, text));
      if (plot.cursor.idx === null || plot.cursor.idx === undefined) tell(null);
    },
  };
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** What stands below a chart with marks while none is under the cursor. */
const NO_MARK = "Marks at the top are decisions.";

const MARKS = { launch: "running", replay: "running", died: "failed", restarted: "failed" };

/** Draws a mark at the top for each decision. */
function mark({ ctx, bbox, valToPos }, decisions) {
  const size = 4 * devicePixelRatio;
  ctx.save();
  for (const { at, action } of decisions) {
    const x = valToPos(at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = colour(MARKS[action] ?? "stopping");
    ctx.beginPath();
    ctx.arc(x, bbox.top - size, size * 0.8, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}

function decisionText({ at, action, count, names, reason }) {
  const whom = count === 1 ? names[0] : countText(count, "worker");
  return `${timeText(at)} ${action} ${whom}: ${reason}`;
}

function sizeOf(canvas, isFirst) {
  return { width: Math.max(200, canvas.clientWidth), height: isFirst ? FIRST_HEIGHT : HEIGHT };
}

/** The last on the pile first, as what is drawn later covers it; then those that stand alone. */
function piled(curves) {
  const sums = [];
  let below = null;
  for (const { values, isPiled } of curves) {
    const sum = !isPiled || below === null
      ? values
      : values.map((value, i) => value === null || below[i] === null ? null : value + below[i]);
    if (isPiled) below = sum;
    sums.push(sum);
  }
  return inOrder(curves).map((i) => sums[i]);
}

function inOrder(curves) {
  const all = curves.map((_, i) => i);
  return [...all.filter((i) => curves[i].isPiled).reverse(), ...all.filter((i) => !curves[i].isPiled)];
}

function optionsOf({ curves }, size, text, { tell, zoom, mark }) {
  const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
  const stepped = uPlot.paths.stepped({ align: 1 });
  return {
    ...size,
    ms: 1,
    legend: { show: false },
    padding: [12, 6, 0, 0],
    cursor: {
      sync: { key: "xcore", setSeries: false },
      points: { show: false },
      y: false,
      drag: { x: true, y: false, setScale: false },
    },
    scales: {
      x: { time: true, auto: false },
      y: {
        range: (
          _plot,
          _low,
          high,
        ) => [0, Math.max(high > 0 && high < 1 ? high : Math.ceil(high ?? 0), 0) * 1.08 || 1],
      },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_plot, marks, _axis, _space, apart) => marks.map((ms) => markText(ms, apart)),
      },
      {
        ...axis,
        size: 52,
        incrs: text === numberText ? WHOLE_STEPS : undefined,
        values: (_plot, marks) => marks.map(text),
      },
    ],
    series: [
      {},
      ...inOrder(curves).map((i) => {
        const { colour: name, isPiled, dashed } = curves[i];
        return {
          paths: stepped,
          points: { show: false },
          stroke: colour(name),
          width: isPiled ? 0 : 2,
          ...(isPiled && { fill: colour(name) }),
          ...(dashed && { dash: [6, 4], width: 1.5 }),
        };
      }),
    ],
    hooks: {
      draw: [mark],
      setCursor: [({ cursor }) => tell(cursor.idx ?? null)],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 6) return;
        const [from, to] = [left, left + width].map((x) => plot.posToVal(x, "x"));
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        zoom(from, to);
      }],
    },
  };
}

/** There is no half worker. */
const WHOLE_STEPS = [1, 2, 5].flatMap((digit) => Array.from({ length: 8 }, (_, i) => digit * 10 ** i)).sort((
  a,
  b,
) => a - b);

/** What a chart says, for those who do not see it. */
function summaryOf({ at, curves }, title, text) {
  if (at.length === 0) return `${title}: nothing was recorded in this time.`;
  const parts = curves.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name} not known`;
    const most = known.reduce((one, other) => Math.max(one, other));
    return `${name} ${text(known.at(-1))} at the end, ${text(most)} at most`;
  });
  return `${title} from ${timeText(at[0])} to ${timeText(at.at(-1))}: ${parts.join("; ")}.`;
}
