"""What a scheduler or a worker takes of its user's Dask configuration."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

NODE = pathlib.Path(__file__).resolve().parents[2] / "python" / "node"

CONFIGURE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import dask, distributed, node_process
spec = {"ca_file": "/tls/ca.pem", "cert_file": "/tls/worker.pem", "key_file": "/tls/worker.key"}
node_process.configure("worker", spec, {"distributed.worker.http.routes": []})
print(json.dumps({key: dask.config.get(key) for key in sys.argv[2:]}))
"""


@pytest.fixture
def configured(tmp_path):
    """Dask's settings of these keys in a worker's program, by the text of the user's file and their variables."""

    def read(*keys, file="", **variables):
        (tmp_path / "dask.yaml").write_text(file)
        env = dict(os.environ, DASK_CONFIG=str(tmp_path), PYTHONDONTWRITEBYTECODE="1", **variables)
        command = [sys.executable, "-c", CONFIGURE, str(NODE), *keys]
        return json.loads(subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True).stdout)

    return read


def test_configure_overrides_what_would_end_or_break_a_cluster_and_tells_which(configured):
    found = configured(
        "distributed.scheduler.idle-timeout", "distributed.worker.lifetime.duration",
        "distributed.scheduler.work-stealing", "xcore.overridden",
        file="distributed:\n  worker:\n    lifetime:\n      duration: 1h\n  scheduler:\n    work-stealing: False\n",
        DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT="10s",
    )  # fmt: skip
    assert found == {
        "distributed.scheduler.idle-timeout": None,
        "distributed.worker.lifetime.duration": None,
        "distributed.scheduler.work-stealing": True,
        "xcore.overridden": [
            "distributed.scheduler.idle-timeout",
            "distributed.worker.lifetime.duration",
            "distributed.scheduler.work-stealing",
        ],
    }


def test_configure_leaves_all_else_to_the_user(configured):
    found = configured(
        "distributed.worker.memory.pause", "distributed.scheduler.allowed-failures", "xcore.overridden",
        file="distributed:\n  worker:\n    memory:\n      pause: False\n",
        DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="7", DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING="True",
    )  # fmt: skip
    assert found == {
        "distributed.worker.memory.pause": False,
        "distributed.scheduler.allowed-failures": 7,
        "xcore.overridden": [],
    }


def test_configure_gives_clients_in_the_process_its_certificate(configured):
    assert configured("distributed.comm.tls.client.cert", "distributed.comm.tls.client.key") == {
        "distributed.comm.tls.client.cert": "/tls/worker.pem",
        "distributed.comm.tls.client.key": "/tls/worker.key",
    }
