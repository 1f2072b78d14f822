"""
Functions to interact with the crosscore cluster from Python scripts.

They act on the cluster that `xcore` acts on: XCORE_HOME and XCORE_CLUSTER say
which one, as they do for the program.
"""

from __future__ import annotations

from json import loads as _parse
from typing import Any, Dict, List, Optional, Union, cast

from . import _program, _security

__all__ = ["cost", "get_url", "set_max_workers", "set_worker_type", "status"]


def get_url() -> str:
    """
    Get the URL of the Dask scheduler.

    Passed to Dask Client() calls. From then on a client that is given this
    URL, Dask's or crossflow's, connects with the cluster's certificates.

    Returns
    -------
    str
        tls://<hostname>:<port>

    Raises
    ------
    CrosscoreError
        There is no cluster running.
    """

    answer = _parse(_program.run("url", "--json"))
    _security.trust(answer["url"], answer["tls"])
    return cast(str, answer["url"])


def set_worker_type(worker_type: str, accelerator_type: Optional[str] = None) -> None:
    """
    Set the worker type to be used.

    Parameters
    ----------
    worker_type : str
        Name of a valid instance type (e.g. 't2.small' or 'n1-standard-4').
    accelerator_type : str, optional
        Name of a valid accelerator type (e.g. 'nvidia-tesla-t4') - for gcp
        only.

    Raises
    ------
    CrosscoreError
        The cloud has no such type, or the configuration does not allow it.
    """

    accelerator = [] if accelerator_type is None else [str(accelerator_type)]
    _program.run("__worker_type", str(worker_type), *accelerator)


def set_max_workers(max_workers: int) -> None:
    """
    Set maximum number of worker nodes that can be launched.

    Parameters
    ----------
    max_workers : int
        Maximum number of workers.

    Raises
    ------
    CrosscoreError
        It is not a number of workers.
    """

    _program.run("config", "set", "max_workers", str(max_workers))


def cost(by: str = "pool", since: Optional[str] = None) -> Dict[str, Any]:
    """
    Return what the cluster has cost: what `xcore cost --json` prints.

    It comes from the history on this machine, also after a shutdown; neither
    the scheduler nor the cloud is asked.

    Parameters
    ----------
    by : str, optional
        What to tell costs apart by: 'pool', 'type', 'day' or 'task'.
    since : str, optional
        A date ('2026-11-01'), a date with a time, or how long ago ('3d');
        the last start when not given.

    Returns
    -------
    dict
        'usd' (float, US dollars), 'hours' (float, of instances together),
        'instances' (int) and 'unknown_prices' (int, instances whose price is
        not known, which are not in 'usd'); 'rows' (list of dict) has the same
        of each part with its 'name' and, by task, its 'kind' ('task',
        'others', 'idle', 'not_joined', 'scheduler'). 'since' and 'until' (str)
        are ISO 8601 in UTC; 'costs' (bool) is False where nothing costs.

    Raises
    ------
    CrosscoreError
        There is no configuration, `by` or `since` is none of these, or the
        history cannot be read.
    """

    return cast(Dict[str, Any], _parse(_program.run(*_cost_words(by, since))))


def _cost_words(by: str, since: Optional[str]) -> List[str]:
    return ["cost", "--json", "--by", str(by), *([] if since is None else ["--since", str(since)])]


def status(json: bool = False) -> Union[str, Dict[str, Any]]:
    """
    Return the status of the cluster.

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

    if json:
        return cast(Dict[str, Any], _parse(_program.run("status", "--json")))
    return _program.run("status")
