"""What `xcore` adds to a Dask scheduler, loaded by `dask scheduler --preload xcore_scheduler` with this package's folder,
which also holds `xcore_state.py`, on PYTHONPATH.

The environment variable XCORE_PRELOAD names a JSON file {"cluster_id", "host", "port", "ca_file", "cert_file",
"key_file", "scatter_timeout_s", "daemon_grace_s", "orphan_timeout_s"}. The scheduler's own HTTP application, its dashboard
included, is served a second time on host:port to callers with a client certificate, and there /xcore/* answers:

    GET  /xcore/status                          what there is to do, who is connected, what each worker does and holds
    POST /xcore/retire {names, force}           hand over results, then close; never a busy worker, never a lost result
    POST /xcore/drain  {names, drain}           no new tasks, what executes goes on; drain=false brings it back
    POST /xcore/cancel {keys | holders, reason} cancel keys, or all that only these workers hold, for every client
    POST /xcore/lease  {daemon_id, ttl_s, daemon_grace_s, orphan_timeout_s}
                                                the daemon's claim on this cluster, and what follows when it lapses, from
                                                now on; 409 while another's is alive

Nobody has to call for what follows: daemon_grace_s after the lease has lapsed idle workers end, and orphan_timeout_s after
there was neither lease nor client nor running task the scheduler does. With XCORE_NODE_STATE set (see `switch.py`) it shows
life in that folder's `alive`, and leaves `over` when it ends for that reason.

Standard library, distributed (2022.12 or later) and tornado only; Python 3.8 or later.
"""

import os
import sys

from .server import refuse_to_run_open
from .settings import Settings
from .xcore import Xcore


async def dask_setup(scheduler):
    try:
        refuse_to_run_open(scheduler)
        Xcore(scheduler, Settings.from_environment()).start()
    except Exception as error:
        # Dask would log this and go on without us: a cluster that nobody guards. An exit through its event loop buries
        # the line under tracebacks, and there is nothing to put away yet.
        print("Cannot start the scheduler with xcore's preload: %s" % error, file=sys.stderr, flush=True)
        os._exit(1)
