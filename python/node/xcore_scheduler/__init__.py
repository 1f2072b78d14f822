"""What `xcore` adds to a Dask scheduler, loaded by `dask scheduler --preload xcore_scheduler` with
this package's folder, which also holds what it imports from beside it, on PYTHONPATH.

The environment variable XCORE_PRELOAD names a JSON file, settings.schema.json of lib/protocol. The
scheduler's own HTTP application, its dashboard included, is served over mutual TLS on host:port and
nowhere else, and there /xcore/* answers callers with a client's certificate, by the schema of each
route's name:

    GET  /xcore/status   demand, clients, what each worker does and holds, the lease
    GET  /xcore/changes?after=CHANGES   the status' `changes`, once they are others, or within half a
                         minute
    POST /xcore/retire   hand over results, then close; never a busy worker, never a lost result
    POST /xcore/drain    no new tasks, what executes goes on; or tasks again
    POST /xcore/cancel   cancel keys, or all that only these workers hold, for every client
    POST /xcore/scale    ask for workers of a pool, for a limited time; 0 takes that back
    POST /xcore/bundle   keep what workers fetch when they boot
    GET  /xcore/bundle/SHA256   that text, for a worker's certificate, too
    POST /xcore/lease    claim the lease, with the settings from now on; 409 while another holds it

A caller of another protocol version (the header Xcore-Protocol) may only ask for the status. No
call is needed for what follows: idle workers end daemon_grace_s after the lease has expired, and
the scheduler when there was neither lease nor client nor running task for orphan_timeout_s. With
XCORE_NODE_STATE set (see `node_state.py`) it touches `alive` in that folder, and writes `over` when
it ends for that reason; bundles are kept in the folder that XCORE_BUNDLES names.

Standard library, distributed (2022.12 or later) and tornado only; Python 3.8 or later.
"""

import os
import sys

from limit_handshakes import limit_handshakes

from .messages import CONFIG_VARIABLE, Settings
from .mutual_tls_server import replace_http_server
from .routes import refuse_to_run_open
from .xcore import Xcore


def give_up(error):
    # Dask would log this and go on without the preload: an unguarded cluster. An exit through its
    # event loop buries the line under tracebacks, and there is nothing to clean up yet.
    print("Cannot start the scheduler with xcore's preload: %s" % error, file=sys.stderr, flush=True)
    os._exit(1)


async def dask_setup(scheduler):
    try:
        settings = Settings.from_environment()
        refuse_to_run_open(scheduler)
        Xcore(scheduler, settings).start()
    except Exception as error:
        give_up(error)


# Dask imports its preloads before it makes its HTTP server.
if os.environ.get(CONFIG_VARIABLE):
    limit_handshakes()
    try:
        replace_http_server(Settings.from_environment(), give_up)
    except Exception as error:
        give_up(error)
