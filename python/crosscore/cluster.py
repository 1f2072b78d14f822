"""
Functions to interact with the crosscore cluster from Python scripts.

They act on the cluster that `xcore` acts on: XCORE_HOME and XCORE_CLUSTER say
which one, as they do for the program.
"""

from json import loads as _parse

from . import _program, _security

__all__ = ["get_url", "set_max_workers", "set_worker_type", "status"]


def get_url():
    """
    Get the URL of the Dask scheduler

    Passed to Dask Client() calls. From then on a client that is given this
    URL, Dask's or crossflow's, connects with the cluster's certificates.

    Returns:
        str: tls://<hostname>:<port>

    Raises:
        CrosscoreError: there is no cluster running
    """

    answer = _parse(_program.run("url", "--json"))
    _security.trust(answer["url"], answer["tls"])
    return answer["url"]


def set_worker_type(worker_type, accelerator_type=None):
    """
    Set the worker type to be used.

    Args:
        worker_type (str): name of a valid instance type (e.g. 't2.small'
                           or 'n1-standard-4')
        accelerator_type (str, optional): name of a valid accelerator type
                                       (e.g. 'nvidia-tesla-t4') - for gcp only.

    Raises:
        CrosscoreError: the cloud has no such type, or the configuration
                        does not allow it
    """

    accelerator = [] if accelerator_type is None else [str(accelerator_type)]
    _program.run("__worker_type", str(worker_type), *accelerator)


def set_max_workers(max_workers):
    """
    Set maximum number of worker nodes that can be launched

    Args:
        max_workers (int): maximum number of workers

    Raises:
        CrosscoreError: it is not a number of workers
    """

    _program.run("config", "set", "max_workers", str(max_workers))


def status(json=False):
    """
    Return the status of the cluster

    Args:
        json (bool, optional): give it as data: what `xcore status --json`
                               prints

    Returns:
        str: formatted status info; or dict, when json is true

    Raises:
        CrosscoreError: there is no cluster, or its state cannot be read
    """

    if json:
        return _parse(_program.run("status", "--json"))
    return _program.run("status")
