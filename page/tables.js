/** The tables: tasks by function, and workers. */

import { byId, element, gauge, setChoices, setText } from "./dom.js";
import { agoText, countText, durationText, memoryText, numberText, usdText } from "./format.js";

const ROWS = 50;

/** The columns of the tasks' table: since the scheduler started, and, where it costs, since the cluster was. */
const TASKS = [
  ["Done", ({ done }) => numberText(done)],
  ["Running", ({ running }) => numberText(running)],
  ["Waiting", ({ waiting }) => numberText(waiting)],
  ["Failed", ({ failed }) => numberText(failed)],
  ["Skipped", ({ skipped }) => numberText(skipped)],
];
const TASK_COSTS = [
  ["Worker time", ({ hours }) => hours === undefined ? "–" : `${hours.toFixed(1)} h`],
  ["Cost", ({ usd }) => usdText(usd)],
];

/** Those that the scheduler tells of, with what they cost; and those of which only that is known. */
function functionsOf(tasks, costs) {
  const named = new Map(costs.map((each) => [each.name, each]));
  const told = (tasks?.functions ?? []).map((each) => ({ ...each, ...named.get(each.name) }));
  const known = new Set(told.map(({ name }) => name));
  const { others } = tasks ?? {};
  const hasOthers = others !== undefined && Object.values(others).some((count) => count > 0);
  return [
    ...told,
    ...(hasOthers ? [{ ...others, name: "all other functions" }] : []),
    ...costs.filter(({ name }) => !known.has(name)),
  ];
}

/** Shows what became of the tasks (null: it is not known), and what those of each function cost. */
export function showTasks(tasks, isUp, costs) {
  const columns = costs.length > 0 ? [...TASKS, ...TASK_COSTS] : TASKS;
  const rows = functionsOf(tasks, costs);
  byId("no-tasks").hidden = rows.length > 0;
  setText(
    byId("no-tasks"),
    tasks !== null
      ? "No task since the scheduler started."
      : isUp
      ? "Not known."
      : "No scheduler is running.",
  );
  const table = byId("tasks");
  table.parentElement.hidden = rows.length === 0;
  const text = JSON.stringify(rows);
  if (table.dataset.shown === text) return;
  table.dataset.shown = text;
  const head = element("tr", {}, element("th", { scope: "col" }, "Function"));
  head.append(...columns.map(([name]) => element("th", { scope: "col", className: "number" }, name)));
  head.append(element("th", { scope: "col" }, "First error"));
  const body = rows.map((row) => {
    const cells = columns.map(([name, read]) => {
      const isBad = name === "Failed" && row.failed > 0;
      return element("td", { className: isBad ? "number bad" : "number" }, read(row));
    });
    const error = element("td", { className: "error text" }, row.first_error ?? "");
    return element("tr", {}, element("th", { scope: "row" }, row.name), ...cells, error);
  });
  table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...body));
}

const byNumber = new Intl.Collator("en", { numeric: true }).compare;

/** The columns of the workers' table: `sort` gives what it is sorted by, `fill` what a cell shows. */
const WORKERS = [
  { name: "Worker", sort: ({ name }) => name },
  { name: "State", sort: ({ state }) => state, fill: fillState },
  { name: "Tasks", sort: ({ executing }) => executing ?? -1, fill: fillTasks },
  { name: "CPU", sort: ({ cpu_percent }) => cpu_percent ?? -1, fill: fillCpu, className: "number wide" },
  { name: "Memory", sort: ({ memory_bytes }) => memory_bytes ?? -1, fill: fillMemory },
  {
    name: "Where",
    sort: whereText,
    fill: (cell, worker) => setText(cell, whereText(worker)),
    className: "wide",
  },
  { name: "Cost", sort: (w) => w.price_per_hour_usd ?? -1, fill: fillCost, className: "number wide cost" },
  { name: "Why", sort: ({ reason }) => reason ?? "", fill: fillReason, className: "text" },
];

function fillState(cell, { state, since, leaves_in_s }) {
  const [badge = element("span"), more = element("div", { className: "names" })] = cell.children;
  badge.className = `state ${state}`;
  setText(badge, state);
  setText(more, leaves_in_s === null ? agoText(since) : `retires in ${durationText(leaves_in_s)}`);
  if (cell.children.length === 0) cell.append(badge, more);
}

function fillTasks(cell, { executing, slots, runs }) {
  const names = Object.entries(runs ?? {}).map(([name, count]) => count > 1 ? `${count} × ${name}` : name);
  const busy = executing === null ? "–" : `${executing} of ${slots}`;
  setText(cell, names.length === 0 ? busy : `${busy}: ${names.join(", ")}`);
}

function fillCpu(cell, { cpu_percent }) {
  setText(cell, cpu_percent === null ? "–" : `${Math.round(cpu_percent)} %`);
}

function fillMemory(cell, { memory_bytes, memory_limit_bytes }) {
  const text = memoryText(memory_bytes, memory_limit_bytes);
  const share = memory_bytes === null || memory_limit_bytes === null
    ? null
    : memory_bytes / memory_limit_bytes;
  cell.replaceChildren(text, ...(share === null ? [] : [gauge(share)]));
}

function whereText({ pool, type, accelerator, zone, market }) {
  return [pool, type, accelerator, zone, market === "spot" ? "spot" : null].filter(Boolean).join(" · ");
}

function fillCost(cell, { price_per_hour_usd: price }) {
  setText(cell, price === null ? "–" : `${usdText(price)}/h`);
}

function fillReason(cell, { reason }) {
  setText(cell, reason ?? "");
}

/** Shows workers; `openLog` is called with a worker's name. Returns what takes the news of them. */
export function showWorkers(openLog) {
  let workers = [];
  let isUp = false;
  let sorted = { column: WORKERS[0], sign: 1 };
  let page = 0;
  const rows = new Map();

  const heads = WORKERS.map((column) => {
    const button = element("button", { type: "button" }, column.name);
    button.addEventListener("click", () => {
      sorted = { column, sign: sorted.column === column ? -sorted.sign : 1 };
      page = 0;
      draw();
    });
    return element("th", { scope: "col", className: column.className ?? "" }, button);
  });
  const [first, ...others] = heads;
  const head = element("tr", {}, first, element("th", { scope: "col" }, "Log"), ...others);
  const body = element("tbody");
  byId("workers").append(element("thead", {}, head), body);

  function rowOf(worker) {
    const known = rows.get(worker.name);
    if (known !== undefined) return known;
    const cells = WORKERS.slice(1).map(({ className = "" }) => element("td", { className }));
    const log = element("button", { type: "button", "aria-label": `Log of ${worker.name}` }, "Log");
    log.addEventListener("click", () => openLog(worker.name));
    const row = element(
      "tr",
      {},
      element("th", { scope: "row" }, worker.name),
      element("td", {}, log),
      ...cells,
    );
    const made = { row, cells };
    rows.set(worker.name, made);
    return made;
  }

  function matching() {
    const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const state = byId("states").value;
    const textOf = (worker) =>
      `${worker.name} ${whereText(worker)} ${Object.keys(worker.runs ?? {}).join(" ")} ${worker.reason ?? ""}`
        .toLowerCase();
    return workers.filter((worker) =>
      (state === "" || worker.state === state) &&
      (words.length === 0 || words.every((word) => textOf(worker).includes(word)))
    );
  }

  function draw() {
    const { column, sign } = sorted;
    for (const [i, head] of heads.entries()) {
      if (WORKERS[i] === column) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    const compare = (a, b) => {
      const [one, other] = [column.sort(a), column.sort(b)];
      return sign * (typeof one === "number" ? one - other : byNumber(one, other)) ||
        byNumber(a.name, b.name);
    };
    const found = matching().toSorted(compare);
    page = Math.max(0, Math.min(page, Math.ceil(found.length / ROWS) - 1));
    const shown = found.slice(page * ROWS, (page + 1) * ROWS);
    const there = new Set(workers.map(({ name }) => name));
    for (const name of rows.keys()) if (!there.has(name)) rows.delete(name);
    for (const [i, worker] of shown.entries()) {
      const { row, cells } = rowOf(worker);
      for (const [i, { fill }] of WORKERS.slice(1).entries()) fill(cells[i], worker);
      // Only where it is elsewhere: one that is moved would lose the focus.
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    }
    while (body.children.length > shown.length) body.lastChild.remove();
    byId("workers").classList.toggle("free", workers.every((worker) => worker.price_per_hour_usd === 0));
    byId("workers").parentElement.hidden = shown.length === 0;
    byId("no-workers").hidden = shown.length > 0;
    setText(
      byId("no-workers"),
      workers.length > 0
        ? "No worker is like that."
        : isUp
        ? "No worker is there. They start when a script submits tasks."
        : "No worker is there.",
    );
    byId("pages").hidden = found.length <= ROWS;
    byId("before").disabled = page === 0;
    byId("after").disabled = (page + 1) * ROWS >= found.length;
    const first = page * ROWS + 1;
    setText(byId("shown"), `${first}–${first + shown.length - 1} of ${countText(found.length, "worker")}`);
    setChoices(byId("states"), workers.map(({ state }) => state));
  }

  byId("find").addEventListener("input", () => (page = 0, draw()));
  byId("states").addEventListener("change", () => (page = 0, draw()));
  byId("before").addEventListener("click", () => (page -= 1, draw()));
  byId("after").addEventListener("click", () => (page += 1, draw()));

  return {
    set(next, nextIsUp) {
      [workers, isUp] = [next, nextIsUp];
      draw();
    },
  };
}
