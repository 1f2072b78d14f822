"""Gives Dask the cluster's certificates when, and only when, it connects to the cluster's address."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

KEY = "distributed.client.security-loader"
LOADER = __name__ + ".load"

_tls_of_address: Dict[str, Mapping[str, str]] = {}
_previous_loader: Optional[str] = None


def trust(address: str, tls: Mapping[str, str]) -> None:
    """
    Have Dask's clients for this address use these certificates from now on.

    Without Dask there is nothing to tell: the address is still good to know.

    Parameters
    ----------
    address : str
        The scheduler's URL, `tls://host:port`.
    tls : dict
        Paths: `{"ca_file": …, "cert_file": …, "key_file": …}`.
    """

    global _previous_loader
    try:
        import dask.config
    except ImportError:
        return
    _tls_of_address[address] = tls
    current = dask.config.get(KEY, None)
    if current != LOADER:
        _previous_loader = current
        dask.config.set({KEY: LOADER})


def load(info: Mapping[str, Any]) -> Any:
    """
    What Dask calls for each new client that was given an address and no security.

    Parameters
    ----------
    info : dict
        `{"address": …}`

    Returns
    -------
    distributed.Security or None
        That of the address; or what the loader configured before this one says.
    """

    tls = _tls_of_address.get(info["address"])
    if tls is not None:
        return security_of(tls)
    if _previous_loader:
        from distributed.utils import import_term

        return import_term(_previous_loader)(info)
    return None


def security_of(tls: Mapping[str, str]) -> Any:
    """
    The certificates as Dask takes them.

    Parameters
    ----------
    tls : dict
        As `trust` takes it.

    Returns
    -------
    distributed.Security
    """

    import distributed

    security: Any = distributed.Security
    return security(
        require_encryption=True,
        tls_ca_file=_pem(tls["ca_file"]),
        tls_client_cert=_pem(tls["cert_file"]),
        tls_client_key=_pem(tls["key_file"]),
    )


def _pem(path: str) -> str:
    """A path as Dask takes it: one with a line break in it would be taken for the certificate itself."""

    if "\n" not in path:
        return path
    with open(path, encoding="ascii") as file:
        return file.read()
