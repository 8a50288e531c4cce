"""A supervisor whose processes are small scripts: ``python -m quen.cli.tests.supervisor_script HOME``.

Each script writes its process id and its child's to a file, then waits.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from quen.cli.supervisor import ManagedProcess, Supervisor, shutdown_on_signals
from quen.core import postgres
from quen.core.postgres.cluster import THROWAWAY

SCRIPT = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
target = pathlib.Path(sys.argv[1])
partial = target.with_suffix(".partial")
partial.write_text(f"{os.getpid()} {child.pid}")
partial.rename(target)
time.sleep(600)
"""


def main(home: Path) -> None:
    """Run two processes and a database until stopped."""
    cluster = postgres.Cluster(home, settings=THROWAWAY)
    with shutdown_on_signals(), postgres.running(cluster, as_child=True):
        names = ("web", "worker")
        Supervisor(
            processes=[
                ManagedProcess(name, [sys.executable, "-c", SCRIPT, str(home / f"{name}.pids")])
                for name in names
            ],
            environment=os.environ,
            cluster=cluster,
        ).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
