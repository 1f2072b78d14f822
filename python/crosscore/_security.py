"""Gives Dask the cluster's certificates when, and only when, it connects to the cluster's address."""

KEY = "distributed.client.security-loader"
LOADER = __name__ + ".load"

_tls_of_address = {}
_previous_loader = None


def trust(address, tls):
    """
    From now on a Dask client for this address uses these certificates.

    Without Dask there is nothing to tell: the address is still good to know.

    Args:
        address (str): the scheduler's URL, tls://host:port
        tls (dict): paths, {ca_file, cert_file, key_file}
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


def load(info):
    """
    What Dask calls for each new client that was given an address and no security.

    Args:
        info (dict): {address}

    Returns:
        distributed.Security, or what the loader configured before ours says
    """

    tls = _tls_of_address.get(info["address"])
    if tls is not None:
        from distributed import Security

        return Security(
            require_encryption=True,
            tls_ca_file=_pem(tls["ca_file"]),
            tls_client_cert=_pem(tls["cert_file"]),
            tls_client_key=_pem(tls["key_file"]),
        )
    if _previous_loader:
        from distributed.utils import import_term

        return import_term(_previous_loader)(info)
    return None


def _pem(path):
    """A path as Dask takes it: one with a line break in it would be taken for the certificate itself."""

    if "\n" not in path:
        return path
    with open(path, encoding="ascii") as file:
        return file.read()
