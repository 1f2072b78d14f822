/** The page of `xcore dashboard`: the cluster as it is, by server-sent events, and what it was. */

import { byId, element, gauge, setText, withCode } from "./dom.js";
import { agoText, countText, durationText, memoryText, numberText, usdText } from "./format.js";
import { openLog } from "./log.js";
import { showHistory } from "./over_time.js";
import { showTasks, showWorkers } from "./tables.js";

/** What functions cost, by the history; the others are of the last news. */
let functions = [];
let tasks = null;
let isUp = false;

const history = showHistory((found) => {
  functions = found.functions;
  showTasks(tasks, isUp, functions);
});
const workers = showWorkers(openLog);

for (const button of document.querySelectorAll("[data-log]")) {
  button.addEventListener("click", () => openLog(button.dataset.log));
}

function setLink(text, kind) {
  byId("link").className = `link ${kind}`;
  setText(byId("link"), text);
}

const live = new EventSource("/page/live");
live.addEventListener("status", ({ data }) => {
  const { status, sample, problems } = JSON.parse(data);
  setLink("live", "live");
  showHead(status);
  showProblems(problems);
  showTiles(status);
  isUp = status.cluster.state !== "down";
  tasks = status.tasks;
  showTasks(tasks, isUp, functions);
  workers.set(status.workers, isUp);
  history.add(sample, Math.max(0, ...status.decisions.map(({ at }) => Date.parse(at))));
});
live.addEventListener("failure", ({ data }) => {
  const { message, hint } = JSON.parse(data);
  setLink("no answer", "broken");
  showProblems([{ severity: "error", message, hint }]);
});

/** The browser tries again every few seconds, until a new run of the command, with another token, refuses it. */
let failures = 0;
live.addEventListener("open", () => failures = 0);
live.addEventListener("error", () => {
  failures += 1;
  const isOver = live.readyState === EventSource.CLOSED || failures > 1;
  setLink(isOver ? "ended: run xcore dashboard again" : "connecting …", isOver ? "broken" : "");
});

function showHead({ cluster, daemon, scheduler }) {
  setText(byId("name"), cluster.name);
  document.title = `${cluster.name} (${cluster.state}) – xcore`;
  const state = byId("state");
  if (state.textContent !== cluster.state) void showDask();
  state.hidden = false;
  state.className = `pill ${cluster.state}`;
  setText(state, cluster.state);
  const memory = scheduler === null || scheduler.memory_bytes === null
    ? null
    : `scheduler: ${memoryText(scheduler.memory_bytes, scheduler.memory_limit_bytes)}`;
  const facts = [
    [cluster.provider, cluster.region].filter(Boolean).join(", "),
    cluster.started_at === null ? null : `for ${agoText(cluster.started_at)}`,
    cluster.url,
    daemon.running ? "daemon running" : "daemon not running",
    memory,
    cluster.ends_in_s === null ? null : `ends in ${durationText(cluster.ends_in_s)}`,
    cluster.shut_down === null ? null : shutDownText(cluster.shut_down),
  ];
  setText(byId("facts"), facts.filter(Boolean).join(" · "));
}

function shutDownText({ at, by, reason, finished }) {
  const who = by === "daemon" ? ` by the daemon${reason === null ? "" : ` (${reason})`}` : "";
  return `shut down ${agoText(at)} ago${who}${finished ? "" : ", not finished"}`;
}

function showProblems(problems) {
  const section = byId("problems");
  section.hidden = problems.length === 0;
  const text = JSON.stringify(problems);
  if (section.dataset.shown === text) return;
  section.dataset.shown = text;
  const items = problems.map(({ severity, message, hint }) =>
    element(
      "li",
      { className: severity },
      element("b", {}, severity === "error" ? "Error: " : "Warning: "),
      ...[
        element("span", {}, ...withCode(message)),
        element("div", {}, ...withCode(hint)),
      ],
    )
  );
  section.querySelector("ul").replaceChildren(...items);
}

/** Each a name, a large text, smaller ones, and how full something is. */
function tilesOf({ workers, demand, cost }) {
  const running = workers.filter(({ state }) => state === "running").length;
  const others = workers.length - running;
  const slots = workers.reduce((sum, { slots }) => sum + (slots ?? 0), 0);
  const executing = workers.reduce((sum, { executing }) => sum + (executing ?? 0), 0);
  const failed = demand?.failed ?? 0;
  const tiles = [
    ["Workers running", numberText(running), [
      demand === null ? null : `${numberText(demand.target)} wanted`,
      others === 0 ? null : `${numberText(others)} in other states`,
    ]],
    ["Tasks waiting", numberText(demand?.queued), [
      demand === null ? null : `${countText(demand.clients, "client")} connected`,
    ]],
    ["Tasks running", numberText(executing), [
      slots === 0 ? null : `of ${numberText(slots)} at a time`,
    ], slots === 0 ? null : { share: executing / slots, warns: false }],
    ["Tasks done", numberText(demand?.done ?? null), [
      demand === null ? null : failed === 0 ? "none failed" : `${numberText(failed)} failed`,
    ]],
  ];
  if (cost.per_hour_usd !== 0 || cost.since_start_usd > 0) {
    const { budget_usd: budget, budget_left_usd: left } = cost;
    const { budget_per_day_usd: dayBudget, budget_left_today_usd: dayLeft } = cost;
    tiles.push(
      ["Cost an hour", usdText(cost.per_hour_usd), [
        cost.unknown_prices === 0 ? null : `${countText(cost.unknown_prices, "price")} not known`,
      ]],
      ["Cost since the start", usdText(cost.since_start_usd), [
        budget === null ? null : `budget ${usdText(budget)}, ${usdText(left)} left`,
      ], budget === null || left === null ? null : { share: 1 - left / budget }],
      ["Cost today", usdText(cost.today_usd), [
        dayBudget === null ? null : `budget ${usdText(dayBudget)}, ${usdText(dayLeft)} left`,
      ], dayBudget === null || dayLeft === null ? null : { share: 1 - dayLeft / dayBudget }],
    );
  }
  return tiles;
}

function showTiles(status) {
  const tiles = tilesOf(status).map(([name, text, more, full]) =>
    element(
      "div",
      {},
      element("dt", {}, name),
      element("dd", { className: "big" }, text),
      ...more.filter(Boolean).map((line) => element("dd", { className: "more" }, line)),
      ...(full ? [element("dd", {}, gauge(full.share, full.warns))] : []),
    )
  );
  byId("tiles").replaceChildren(...tiles);
}

/** Leads to Dask's dashboard, or says why it cannot be shown; which changes with the cluster's state. */
async function showDask() {
  const answer = await fetch("/page/dask").catch(() => null);
  if (!answer?.ok) return;
  const { lack } = await answer.json();
  byId("dask").hidden = lack !== null;
  byId("dask-lack").hidden = lack === null;
  byId("dask-lack").replaceChildren(...(lack === null ? [] : withCode(`${lack.message}. ${lack.hint}`)));
}
