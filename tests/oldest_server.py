"""Runs tests on the oldest supported PostgreSQL, if Debian's package of it is installed.

python -m tests.oldest_server [paths and options of pytest]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quen.core.postgres.binaries import choose_user, run_as
from quen.core.postgres.cluster import OLDEST_VERSION, THROWAWAY

PROGRAMS = Path(f"/usr/lib/postgresql/{OLDEST_VERSION}/bin")
IS_INSTALLED = (PROGRAMS / "postgres").exists()


@contextmanager
def oldest_server() -> Iterator[str]:
    """Run a temporary server; yield the URL of its maintenance database, as superuser."""
    folder = Path(tempfile.mkdtemp(prefix="quen-older-"))
    folder.chmod(0o711)
    data, socket = folder / "data", folder / "socket"
    user = choose_user(data)
    for made in (data, socket):
        made.mkdir(mode=0o700)
        if user is not None:
            os.chown(made, user.pw_uid, user.pw_gid)
    initdb = [str(PROGRAMS / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*initdb, "--locale=C", "-N"], check=True, cwd="/", capture_output=True, **run_as(user))
    command = [str(PROGRAMS / "pg_ctl"), "-D", str(data), "-l", str(socket / "log"), "-w"]
    settings = " ".join(
        f"-c {name}={value}" for name, value in {**THROWAWAY, "listen_addresses": "''"}.items()
    )
    start = [*command, "-o", f"-k {socket} -c max_locks_per_transaction=1024 {settings}", "start"]
    subprocess.run(start, check=True, cwd="/", stdout=subprocess.DEVNULL, **run_as(user))
    try:
        yield f"postgresql://postgres@/postgres?host={socket}"
    finally:
        stop = [*command, "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, cwd="/", stdout=subprocess.DEVNULL, **run_as(user))
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, or 0 with a message when that PostgreSQL is not installed."""
    if not IS_INSTALLED:
        sys.stdout.write(f"PostgreSQL {OLDEST_VERSION} is not installed: the older server is skipped.\n")
        return 0
    with oldest_server() as url:
        environment = {**os.environ, "QUEN_TEST_SERVER": url}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
