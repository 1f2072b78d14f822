"""How a cluster shows itself in a notebook: HTML, and where ipywidgets are there a widget that is up to date."""

from __future__ import annotations

import importlib
import re
import threading
import weakref
from html import escape as escape_html
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional

from .errors import CrosscoreError

if TYPE_CHECKING:
    from ._cluster import Cluster

MIME = "application/vnd.jupyter.widget-view+json"

# A widget asks for the status this often, and less and less often while nothing changes.
FIRST_S = 2.0
LAST_S = 10.0

CELL = "padding: 2px 10px 2px 0; text-align: left;"
# What a page, or a terminal, obeys in place of showing it: control characters, and those that turn what follows them.
OBEYED = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")

GIB = 1024**3
MIB = 1024**2


def escape(text: str) -> str:
    """
    Have a page show a text, whatever is in it.

    Parameters
    ----------
    text : str
        Of others, perhaps: the name of a worker, a problem.

    Returns
    -------
    str
        HTML, with what a page would obey as escapes.
    """

    return escape_html(OBEYED.sub(lambda found: "\\u{:04x}".format(ord(found.group())), text))


def html_of(document_of: Callable[[], Mapping[str, Any]], dashboard: str) -> str:
    """
    Show a cluster.

    Parameters
    ----------
    document_of : callable
        Gives what `xcore status --json` prints.
    dashboard : str
        The command that opens Dask's dashboard: its URL opens in no browser without the certificate.

    Returns
    -------
    str
        HTML with its state, tasks, workers, cost where it is known, and problems; or why it cannot be shown.
    """

    try:
        document = document_of()
    except CrosscoreError as error:
        return "<div>{}</div>".format("<br>".join(escape(line) for line in str(error).split("\n")))
    cluster = document["cluster"]
    parts = [
        "<h3 style='margin: 0;'>{}</h3>".format(escape(cluster["name"])),
        _table([], [[key, value] for key, value in _facts(document, dashboard) if value]),
        _workers(document["workers"]),
        *("<p>{}</p>".format(_both(problem)) for problem in document["problems"]),
    ]
    return "<div>{}</div>".format("\n".join(part for part in parts if part))


def _facts(document: Mapping[str, Any], dashboard: str) -> List[List[str]]:
    cluster, demand, cost = document["cluster"], document["demand"], document["cost"]
    where = " ".join(filter(None, [cluster["provider"], cluster["region"]]))
    tasks = "unknown: the scheduler does not answer"
    if demand is not None:
        known = {key: demand[key] for key in ("processing", "queued", "waiting", "done")}
        known["failed"] = demand.get("failed") or None  # an older scheduler does not count these two
        tasks = ", ".join("{} {}".format(count, key) for key, count in known.items() if count is not None)
    elif cluster["state"] in ("down", "stopping"):
        tasks = ""
    return [
        ["State", "{} ({})".format(escape(cluster["state"]), escape(where))],
        ["Scheduler", escape(cluster["url"] or "")],
        ["Dashboard", "<code>{}</code>".format(escape(dashboard)) if cluster["dashboard_url"] else ""],
        ["Tasks", tasks],
        ["Cost", _cost(cost)],
    ]


def _cost(cost: Mapping[str, Any]) -> str:
    """What the cluster costs, as far as that is known; nothing where it costs nothing."""
    now, since = cost["per_hour_usd"], cost["since_start_usd"]
    known = ["${:.2f} per hour".format(now)] if now else []
    today = cost.get("today_usd")  # an older xcore does not tell
    known += ["${:.2f} today".format(today)] if today else []
    known += ["${:.2f} since its start".format(since)] if since else []
    known += ["budget ${:.2f}".format(cost["budget_usd"])] if cost["budget_usd"] is not None else []
    return ", ".join(known)


def _workers(workers: List[Mapping[str, Any]]) -> str:
    if not workers:
        return "<p>There are no workers. They start when tasks are submitted.</p>"
    columns: Dict[str, Callable[[Mapping[str, Any]], str]] = {
        "Worker": lambda it: escape(it["name"]),
        "State": lambda it: escape(it["state"]),
        "Type": lambda it: escape(" ".join(filter(None, [it["type"], it["accelerator"]]))),
        "Tasks": lambda it: _number(it["processing"], "{}"),
        "Finished": lambda it: _number(it["completed"], "{}"),
        "CPU": lambda it: _number(it["cpu_percent"], "{:.0f} %"),
        "Memory": lambda it: _bytes(it["memory_bytes"]),
        "$ per hour": lambda it: _number(it["price_per_hour_usd"] or None, "{:.3f}"),
    }
    rows = {title: [cell(worker) for worker in workers] for title, cell in columns.items()}
    shown = [title for title, cells in rows.items() if any(cells)]
    return _table(shown, [list(row) for row in zip(*(rows[title] for title in shown))])


def _table(titles: List[str], rows: List[List[str]]) -> str:
    cell = "<td style='" + CELL + "'>{}</td>"
    head = "".join("<th style='{}'>{}</th>".format(CELL, title) for title in titles)
    body = "".join("<tr>{}</tr>".format("".join(cell.format(it) for it in row)) for row in rows)
    return "<table>{}{}</table>".format("<tr>{}</tr>".format(head) if head else "", body)


def _both(problem: Mapping[str, Any]) -> str:
    return "<br>".join(escape(line) for line in (problem["message"], problem["hint"]) if line)


def _number(value: Optional[float], form: str) -> str:
    return "" if value is None else form.format(value)


def _bytes(value: Optional[int]) -> str:
    if value is None:
        return ""
    return "{:.1f} GiB".format(value / GIB) if value >= GIB else "{:.0f} MiB".format(value / MIB)


class Widget:
    """
    A widget of ipywidgets that shows the cluster as it is now.

    Parameters
    ----------
    cluster : Cluster
        What it shows; the widget ends when nothing else refers to it.
    html : ipywidgets.HTML
        What it is drawn in.
    """

    def __init__(self, cluster: Cluster, html: Any) -> None:
        self._html = html
        self._stop = threading.Event()
        html.value = cluster._repr_html_()
        watch = threading.Thread(
            target=_watch, args=(weakref.ref(cluster), html, self._stop), name="crosscore widget", daemon=True
        )
        watch.start()

    @classmethod
    def of(cls, cluster: Cluster) -> Optional[Widget]:
        """
        The widget of a cluster.

        Parameters
        ----------
        cluster : Cluster
            What it shows.

        Returns
        -------
        Widget or None
            None where there are no ipywidgets.
        """

        try:
            html = importlib.import_module("ipywidgets").HTML()
        except ImportError:
            return None
        return cls(cluster, html)

    def mimebundle(self) -> Dict[str, Any]:
        """
        What a notebook shows it by.

        Returns
        -------
        dict
            By its MIME type; the same for ipywidgets 7 and 8.
        """

        return {MIME: {"version_major": 2, "version_minor": 0, "model_id": self._html.model_id}}

    def close(self) -> None:
        """Have it show what it shows from now on."""
        self._stop.set()


def _watch(cluster_of: weakref.ref[Cluster], html: Any, stop: threading.Event) -> None:
    pause_s = FIRST_S
    while not stop.wait(pause_s):
        cluster = cluster_of()
        if cluster is None:
            return
        now = cluster._repr_html_()
        del cluster
        pause_s = FIRST_S if now != html.value else min(LAST_S, pause_s * 1.2)
        html.value = now
