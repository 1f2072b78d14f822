"""`Cluster`: what Dask calls a cluster object, for the cluster of `xcore`."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json as _json
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Generator, List, Mapping, Optional, Tuple, TypeVar, cast

from . import _display, _program, _security
from ._sync_code import sync_code as _sync_code
from .cluster import _cost_words
from .errors import CrosscoreError, WorkersTimeoutError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Type, Union

    from distributed import Client

__all__ = ["Cluster"]

NOT_CONNECTED = "<not connected>"

# Exit code: not initialised, or no cluster running.
NOT_RUNNING = 3

# A cluster that was there so lately is not asked for again.
FRESH_S = 5.0

POLL_S = 0.5

# How long a request for workers lives that wait_for_workers() makes, and when it makes it anew: so long
# at least they stay when they are there and have nothing to do.
REQUEST_S = 600
RENEW_S = 300

T = TypeVar("T")


class Cluster:
    """
    The cluster of `xcore`, as Dask's `Client` and crossflow's take one.

    Workers come when tasks wait and leave when they are idle, so there is nothing to scale: `scale` and
    `wait_for_workers` ask for workers before there are tasks.

    Parameters
    ----------
    name : str, optional
        The cluster's name in the configuration, as `xcore -c NAME`; else XCORE_CLUSTER names it, or it is
        the only one.
    start : bool, optional
        Start it where it does not run.
    shutdown : bool, optional
        Shut it down by `close()`, at the end of a `with`, or when Python ends. Without it the cluster goes on:
        idle workers leave by themselves.
    asynchronous : bool, optional
        Have the methods return awaitables, and start by `await` or `async with`.

    Attributes
    ----------
    name : str
        Its name in the configuration.
    status : callable
        `status()` is the text of `xcore status`, `status(json=True)` its data. It also compares with
        `distributed.Status`, as Dask's clusters do.

    Raises
    ------
    CrosscoreError
        There is no configuration; or the cluster cannot be started, or does not run and `start` is false.

    Examples
    --------
    >>> from crosscore import Cluster
    >>> with Cluster() as cluster:  # doctest: +SKIP
    ...     client = cluster.get_client()
    ...     print(client.submit(sum, [1, 2]).result())
    3
    """

    def __init__(
        self,
        name: Optional[str] = None,
        start: bool = True,
        shutdown: bool = False,
        *,
        asynchronous: bool = False,
    ) -> None:
        self.name = name or ""
        self._flags = [] if name is None else ["-c", name]
        self._starts = start
        self._shuts_down = shutdown
        self._asynchronous = asynchronous
        self._thread = threading.get_ident()
        self._address = NOT_CONNECTED
        self._dashboard = ""
        self._tls: Optional[Mapping[str, str]] = None
        self._connected_at = -FRESH_S
        self._state = "created"  # by a name of distributed.Status
        self._widget: Optional[_display.Widget] = None
        if not asynchronous:
            self._connect()

    # What Dask's client reads of a cluster.

    @property
    def scheduler_address(self) -> str:
        """str: The scheduler's URL, `tls://host:port`."""
        return self._address

    @property
    def dashboard_link(self) -> str:
        """str: The URL of Dask's dashboard, empty where there is none. It answers to the client's certificate
        alone; `xcore dashboard` opens it in a browser."""
        return self._dashboard

    @property
    def security(self) -> Any:
        """distributed.Security: The certificates that a client connects with."""
        if self._tls is None:
            raise CrosscoreError(
                "Cannot give the certificates: this cluster is not connected yet",
                "Write `cluster = await Cluster(asynchronous=True)`, or `async with`.",
            )
        return _security.security_of(self._tls)

    @property
    def asynchronous(self) -> bool:
        """bool: Whether a method called now returns an awaitable."""
        if self._asynchronous:
            return True
        # A client without `asynchronous` calls from the thread of its event loop, which must not block.
        return threading.get_ident() != self._thread and _runs_in_loop()

    @property
    def status(self) -> _Status:
        """callable: See the class."""
        return _Status(self)

    # What a person asks of it.

    def get_client(self, sync_code: Union[bool, str] = False, **kwargs: Any) -> Client:
        """
        Get a Dask client of the cluster.

        Parameters
        ----------
        sync_code : bool or str, optional
            Send the modules beside the script to all workers, or those in this folder: see
            `crosscore.sync_code`.
        **kwargs
            For `distributed.Client`. Without any the current client is taken again, if it is one of this
            cluster's.

        Returns
        -------
        distributed.Client
            The client; where the cluster is asynchronous an awaitable of one.

        Raises
        ------
        CrosscoreError
            The cluster does not run; or the folder cannot be sent.
        """

        if self._asynchronous:
            kwargs.setdefault("asynchronous", True)
        elif self._is_stale():
            self._connect()
        client = None if set(kwargs) - {"asynchronous"} else self._current_client()
        if client is None:
            client = self._new_client(**kwargs)
        if sync_code is False:
            return client
        folder = None if sync_code is True else sync_code
        if client.asynchronous:
            return cast("Client", _synced(client, folder))
        _sync_code(client, folder)
        return client

    def scale(self, n: int, pool: Optional[str] = None, for_s: Optional[float] = None) -> Any:
        """
        Ask for workers before there are tasks: `xcore scale`.

        They start up to `max_workers`, and do not leave as idle while the request lives.

        Parameters
        ----------
        n : int
            How many; takes the place of an earlier request. 0 takes it back.
        pool : str, optional
            The pool that they shall be of.
        for_s : float, optional
            Seconds that the request lives; 1800 when not given.

        Raises
        ------
        CrosscoreError
            It is not a number of workers, there is no such pool, or no cluster runs.
        """

        return self._do(functools.partial(self._scale, n, pool, for_s))

    def adapt(self, minimum: Optional[int] = None, maximum: Optional[int] = None) -> Any:
        """
        Set how many workers there are at least and at most: the settings `min_workers` and `max_workers`.

        Parameters
        ----------
        minimum : int, optional
            Workers that are kept without tasks; as it is when not given.
        maximum : int, optional
            Workers that there may be; as it is when not given.

        Raises
        ------
        CrosscoreError
            They are no such numbers. Nothing is changed then.
        """

        return self._do(functools.partial(self._adapt, minimum, maximum))

    def wait_for_workers(self, n_workers: int, timeout: Optional[float] = None) -> Any:
        """
        Ask for this many workers, and wait until they run.

        They do not leave as idle for five minutes more.

        Parameters
        ----------
        n_workers : int
            How many, of all pools together.
        timeout : float, optional
            Seconds to wait at most; without it there is no limit.

        Raises
        ------
        WorkersTimeoutError
            There are fewer by then.
        CrosscoreError
            `max_workers` allows fewer, or no cluster runs.
        ValueError
            It is not a number of workers.
        """

        if not isinstance(n_workers, int) or n_workers < 1:
            raise ValueError(f"`n_workers` must be a positive integer. Instead got {n_workers}.")
        stop = threading.Event()
        wait = functools.partial(self._wait_for_workers, n_workers, timeout, stop)
        if not self.asynchronous:
            return self._do(wait)
        return _until_cancelled(wait, stop)

    def cost(self, by: str = "pool", since: Optional[str] = None) -> Any:
        """
        What the cluster has cost, also after a shutdown.

        Parameters
        ----------
        by : str, optional
            What to tell costs apart by: 'pool', 'type', 'day' or 'task'.
        since : str, optional
            A date, a date with a time, or how long ago ('3d'); the last start when not given.

        Returns
        -------
        dict
            As `crosscore.cluster.cost` gives it; 'usd' is in US dollars, 'hours' are those of instances.

        Raises
        ------
        CrosscoreError
            There is no configuration, `by` or `since` is none of these, or the history cannot be read.
        """

        words = _cost_words(by, since)
        return self._do(lambda: _json.loads(self._run(*words)))

    def logs(self, name: Optional[str] = None, lines: int = 100) -> Any:
        """
        Get logs: `xcore logs`.

        Parameters
        ----------
        name : str, optional
            A worker such as `worker-0`, or `scheduler`, or `daemon`.
        lines : int, optional
            How many of each, from its end.

        Returns
        -------
        str or dict
            That log; without a name, those of the daemon, the scheduler and all workers, by their names.

        Raises
        ------
        CrosscoreError
            There is no such log.
        """

        return self._do(functools.partial(self._logs, name, lines))

    def get_logs(self, cluster: bool = True, scheduler: bool = True, workers: bool = True) -> Any:
        """
        Get logs, as Dask's clusters give them.

        Parameters
        ----------
        cluster : bool, optional
            With the daemon's.
        scheduler : bool, optional
            With the scheduler's.
        workers : bool, optional
            With the workers'.

        Returns
        -------
        dict
            Each log by its name.
        """

        names = ["daemon"] * cluster + ["scheduler"] * scheduler
        return self._do(lambda: self._all_logs(names, bool(workers), 100))

    def close(self) -> Any:
        """
        Be done with it: a cluster made with `shutdown=True` is shut down, any other goes on.

        Raises
        ------
        CrosscoreError
            It cannot be shut down. Call it again, or type `xcore shutdown`.
        """

        return self._do(self._close)

    def __enter__(self) -> Cluster:
        if self._asynchronous:
            raise TypeError("Used 'with' with an asynchronous cluster; write 'async with'")
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._close()

    def __await__(self) -> Generator[Any, None, Cluster]:
        return self._awaited().__await__()

    async def __aenter__(self) -> Cluster:
        return await self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await _in_thread(self._close)

    def __reduce__(self) -> Tuple[Any, ...]:
        """In a task, as Prefect's which brings its runner, it is the address: `Client` takes that as well."""
        return str, (self._address,)

    def __copy__(self) -> Cluster:
        return self

    def __deepcopy__(self, memo: Any) -> Cluster:
        return self

    def __repr__(self) -> str:
        return f"<crosscore.Cluster {self.name!r}: {self._address}>"

    def _repr_html_(self) -> str:
        return _display.html_of(self._document, " ".join(["xcore", *self._flags, "dashboard"]))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Dict[str, Any]:
        if self._widget is None:
            self._widget = _display.Widget.of(self)
        bundle: Dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if self._widget is not None:
            bundle.update(self._widget.mimebundle())
        return bundle

    # How it is done.

    def _run(self, *args: str) -> str:
        return _program.run(*self._flags, *args)

    def _document(self) -> Dict[str, Any]:
        document: Dict[str, Any] = _json.loads(self._run("status", "--json"))
        return document

    def _do(self, work: Callable[[], T]) -> Any:
        """Does it now; or where the caller must not be kept waiting, gives it back as an awaitable."""
        if self.asynchronous:
            return _in_thread(work)
        result = work()
        # What has no result may have been awaited: Dask's client awaits `close()` whatever the cluster is.
        return _Done() if result is None and _runs_in_loop() else result

    def _connect(self) -> None:
        document = self._document()
        self.name = document["cluster"]["name"]
        runs = document["cluster"]["state"] in ("running", "degraded") and document["daemon"]["running"]
        if self._starts and not runs:
            _program.run_long(*self._flags, "start")
        answer = _json.loads(self._run("url", "--json"))
        self._address, self._tls = answer["url"], answer["tls"]
        self._dashboard = answer["dashboard_url"] or ""
        self._connected_at = time.monotonic()
        self._state = "running"
        _security.trust(self._address, answer["tls"])
        if self._shuts_down:
            atexit.unregister(self._close)
            atexit.register(self._close)

    async def _awaited(self) -> Cluster:
        """
        What `await` does: in the thread that has made the cluster this is a person's, or an asynchronous client's,
        and any other client awaits its cluster in the thread of its event loop.
        """
        if threading.get_ident() == self._thread:
            self._asynchronous = True
        if self._is_stale():
            await _in_thread(self._connect)
        return self

    def _is_stale(self) -> bool:
        """Whether it may have been shut down, or restarted elsewhere, since it was last asked for."""
        return self._state in ("created", "running") and time.monotonic() - self._connected_at > FRESH_S

    def _new_client(self, **kwargs: Any) -> Client:
        import distributed

        new: Any = distributed.Client
        client: Client = new(self, **kwargs)
        return client

    def _current_client(self) -> Optional[Client]:
        import distributed

        current: Any = distributed.Client.current
        try:
            client: Optional[Client] = current()
        except ValueError:
            return None
        return client if client is not None and client.cluster is self else None

    def _scale(self, n: int, pool: Optional[str], for_s: Optional[float]) -> None:
        self._request(n, pool, for_s)

    def _request(self, n: int, pool: Optional[str] = None, for_s: Optional[float] = None) -> Dict[str, Any]:
        args = ["scale", str(n), "--json"]
        if pool is not None:
            args += ["--pool", pool]
        if for_s is not None:
            args += ["--for", f"{round(for_s)}s"]
        answer: Dict[str, Any] = _json.loads(self._run(*args))
        return answer

    def _adapt(self, minimum: Optional[int], maximum: Optional[int]) -> None:
        given = {"min_workers": minimum, "max_workers": maximum}
        words = [word for key, value in given.items() if value is not None for word in (key, str(value))]
        if words:
            self._run("config", "set", *words)

    def _wait_for_workers(self, n: int, timeout: Optional[float], stop: threading.Event) -> None:
        began = time.monotonic()
        while True:
            document = self._document()
            running = sum(worker["state"] == "running" for worker in document["workers"])
            if running >= n:
                return
            if timeout is not None and time.monotonic() - began > timeout:
                raise WorkersTimeoutError(
                    f"Cannot wait longer for {_workers(n)}: only {running} running after {timeout} s",
                    "`xcore status` shows why; a larger timeout waits longer.",
                )
            if stop.is_set():  # while the status was asked for
                return
            self._keep_requested(n, document)
            if stop.wait(POLL_S):
                return

    def _keep_requested(self, n: int, document: Mapping[str, Any]) -> None:
        """Has the request live for this many, or for more where more were asked for."""
        by_pool = (document["demand"] or {}).get("by_pool", {})
        pool = by_pool.get("default", {})
        requested, for_s = pool.get("requested", 0), pool.get("requested_for_s") or 0
        if requested >= n and for_s > RENEW_S:
            return
        answer = self._request(max(n, requested), for_s=REQUEST_S)
        if answer["max_workers"] < n:
            self._request(requested, for_s=max(1, for_s) if requested else None)
            raise CrosscoreError(
                f"Cannot wait for {_workers(n)}: max_workers is {answer['max_workers']}",
                f"Run `xcore config set max_workers {n}`, or call `cluster.adapt(maximum={n})`.",
            )

    def _logs(self, name: Optional[str], lines: int) -> Any:
        if name is not None:
            return self._run("logs", name, "-n", str(lines))
        return self._all_logs(["daemon", "scheduler"], True, lines)

    def _all_logs(self, names: List[str], workers: bool, lines: int) -> Dict[str, str]:
        own = [worker["name"] for worker in self._document()["workers"]] if workers else []
        logs: Dict[str, str] = {}
        for name in names + own:
            try:
                logs[name] = self._logs(name, lines)
            except CrosscoreError as error:  # a worker that has left meanwhile, or has no log yet
                logs[name] = str(error)
        return logs

    def _close(self) -> None:
        if self._state in ("closing", "closed"):
            return
        if self._widget is not None:
            self._widget.close()
        before, self._state = self._state, "closing"  # Dask's client does not connect again from here on
        if self._shuts_down:
            try:
                _program.run_long(*self._flags, "shutdown", "--yes")
            except CrosscoreError as error:
                if error.exit_code != NOT_RUNNING:
                    self._state = before
                    raise
            atexit.unregister(self._close)
        self._state = "closed"


class _Status:
    """`cluster.status`: a method, and to Dask the state of the cluster object."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def __call__(self, json: bool = False) -> Any:
        """
        The status of the cluster.

        Parameters
        ----------
        json : bool, optional
            Give it as data: what `xcore status --json` prints.

        Returns
        -------
        str or dict
            Formatted status info; a dict when json is true.

        Raises
        ------
        CrosscoreError
            There is no cluster, or its state cannot be read.
        """

        cluster = self._cluster
        return cluster._do(cluster._document if json else functools.partial(cluster._run, "status"))

    @property
    def name(self) -> str:
        """str: That of `distributed.Status`: created, running, closing or closed."""
        return self._cluster._state

    def __eq__(self, other: object) -> bool:
        return bool(self.name == getattr(other, "name", other))

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<cluster.status: {self.name}>"


class _Done:
    """What a method without a result gives where it may be awaited."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()

    def _ipython_display_(self) -> None:
        """Shows nothing below a notebook's cell."""


def _workers(n: int) -> str:
    return "1 worker" if n == 1 else f"{n} workers"


def _runs_in_loop() -> bool:
    """Whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def _until_cancelled(work: Callable[[], T], stop: threading.Event) -> T:
    try:
        return await _in_thread(work)
    finally:
        stop.set()


async def _synced(client: Client, folder: Optional[str]) -> Client:
    await client
    await _sync_code(client, folder)
    return client
