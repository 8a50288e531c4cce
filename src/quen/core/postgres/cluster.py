"""The embedded cluster: created once, run as a child process, with a socket that only its owner can open."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from quen.core.postgres.binaries import binaries_for, can_enter, choose_user, run_as
from quen.core.postgres.home import SetupError, gettext_noop, prepare_home
from quen.core.postgres.processes import (
    alive,
    die_with_parent,
    exists,
    is_server_of,
    send_signal,
    servers_of,
    wait_until,
)

DATABASE = "quen"
#: owns the databases; not a superuser, so that nothing can come to depend on being one
ROLE = "quen"
ADMIN = "postgres"
#: fills the schema of a workspace being restored, and has no other right
RESTORE_ROLE = "quen_restore"
OLDEST_VERSION = 15
#: the path of a Unix socket is limited to 107 bytes, and the server adds a file name
_MAX_SOCKET_PATH_BYTES = 100
_SOCKET_NAME = ".s.PGSQL.5432"
_START_SECONDS = 300  # crash recovery of a large database takes long
_STOP_SECONDS = 60  # so does the shutdown checkpoint: 10 s measured with a hundred workspaces
_MAX_LOG_BYTES = 10 * 1024 * 1024
_MB = 1024 * 1024

#: tuned for counts over a million contacts on a small machine
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "jit": "off",  # compiling costs more than it saves in queries under a second
    "random_page_cost": "1.1",
    "max_locks_per_transaction": "1024",  # one transaction may touch all tables of several workspaces
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "max_parallel_workers_per_gather": "2",
    "autovacuum_vacuum_insert_scale_factor": "0.05",  # index-only counts need fresh visibility maps
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
}
#: for a temporary cluster: no fsync
THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "128MB",
}


class Cluster:
    """The PostgreSQL of one home folder.

    ``settings`` are added to ours. Starting a cluster that already runs does nothing.
    """

    def __init__(self, home: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self.data = self.home / "postgres" / "data"
        self.log = self.home / "postgres.log"
        self.settings = {**SETTINGS, **_memory_settings(), **(settings or {})}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, as_child: bool = False) -> None:
        """Create the cluster if absent, start it unless it runs, and wait until it accepts connections.

        as_child: the kernel stops the server when the calling thread ends, however it ends.
        Raises SetupError.
        """
        prepare_home(self.home)
        if self.is_running():
            self._wait_until_ready(self.pid())
            return
        user = choose_user(self.data)
        self._make_folders()
        if not can_enter(user, self.data.parent):
            raise SetupError(
                "home_closed",
                gettext_noop(
                    "The data folder %(home)s is inside a folder that the user %(user)s can't open."
                    " When root starts Quen, this user runs the database. Set QUEN_HOME to an"
                    " accessible location, such as /var/lib/quen."
                ),
                home=self.home,
                user=user.pw_name if user else "",
            )
        programs = binaries_for(user, self.home)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(programs)
        self._check_version(programs)
        self._clean_up_after_crash()
        self._start_process(programs, as_child=as_child)
        self._wait_until_ready(self._child.pid if self._child else None)
        self._ensure_role()
        self.ensure_database(DATABASE)

    def stop(self) -> None:
        """Shut the server down cleanly, whichever process started it; do nothing when it does not run."""
        pid = self.pid()
        if pid is not None:
            send_signal(pid, signal.SIGINT)
            if not self._exits_within(pid, _STOP_SECONDS):
                send_signal(pid, signal.SIGQUIT)
                if not self._exits_within(pid, 10):
                    send_signal(pid, signal.SIGKILL)
                    self._exits_within(pid, 10)
        if self._child is not None:
            self._child.wait()
            self._child = None
        socket = self._outside_socket_folder()
        if socket.exists() and not self.is_running():
            shutil.rmtree(socket, ignore_errors=True)

    def is_running(self) -> bool:
        """Return whether a server is running on our data folder."""
        return self.pid() is not None

    def pid(self) -> int | None:
        """Return the process id of the running server, or None. A stale pid file of another process counts as None."""
        if self._child is not None:
            self._child.poll()
        lines = self._lock_file()
        if not lines or not lines[0].lstrip("-").isdigit():
            return None
        pid = abs(int(lines[0]))
        return pid if is_server_of(pid, self.data) else None

    def url(self, database: str = DATABASE, *, role: str = ROLE) -> str:
        """Return the URL of a database."""
        port = f"&port={self.settings['port']}" if "port" in self.settings else ""
        folder = quote(str(self.socket_folder()), safe="/")
        return f"postgresql://{role}@/{quote(database)}?host={folder}{port}"

    def admin_url(self) -> str:
        """Return the URL for work that needs a superuser: creating roles, never the application's own work."""
        return self.url("postgres", role=ADMIN)

    def ensure_database(self, name: str) -> None:
        """Create an empty database owned by the application's role, unless it exists."""
        with psycopg.connect(self.admin_url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(ROLE))
                )

    def socket_folder(self) -> Path:
        """Return the socket folder: the running server's, otherwise the one it will use."""
        lines = self._lock_file()
        if len(lines) > 4 and lines[4]:
            return Path(lines[4])
        if len(os.fsencode(self.data / _SOCKET_NAME)) <= _MAX_SOCKET_PATH_BYTES:
            return self.data
        return self._outside_socket_folder()

    def _outside_socket_folder(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"quen-{os.geteuid()}-{digest}"

    def _lock_file(self) -> list[str]:
        return _lines(self.data / "postmaster.pid")

    def _make_folders(self) -> None:
        """Create the folders around the data. Under root only the data folder belongs to the server's user."""
        folder = self.data.parent
        folder.mkdir(exist_ok=True)
        if choose_user(self.data) is not None:
            # Created by another user they may be closed; only the right to pass through is added.
            for passed in (self.home, folder):
                passed.chmod(passed.stat().st_mode | 0o011)

    def _initialise(self, programs: Path) -> None:
        """Create the data folder under a temporary name and rename it, so that an interrupted start leaves no part."""
        user = choose_user(self.data)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=self.data.parent))
        if user is not None:
            os.chown(fresh, user.pw_uid, user.pw_gid)
        command = [str(programs / "initdb"), "-D", str(fresh), "-U", ADMIN, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        done = subprocess.run(
            command, cwd="/", env=_environment(), capture_output=True, text=True, check=False, **run_as(user)
        )
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise SetupError(
                "cluster_not_made",
                gettext_noop("The database could not be created in %(data)s: %(reason)s"),
                data=self.data,
                reason=_last_line(done.stderr),
            )
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _check_version(self, programs: Path) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        shown = subprocess.run(
            [programs / "postgres", "--version"],
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
            **run_as(choose_user(self.data)),
        )
        ours = shown.stdout.split()[-1].partition(".")[0]
        if have != ours:
            raise SetupError(
                "other_version",
                gettext_noop(
                    "The data in %(data)s is from PostgreSQL %(have)s, but this version of Quen uses"
                    " %(ours)s. Dump it with the old version and restore it; see docs/operators.md."
                ),
                data=self.data,
                have=have,
                ours=ours,
            )

    def _clean_up_after_crash(self) -> None:
        """Clean up after a crash.

        PostgreSQL removes stale lock files of data and socket itself, unless a process with their id exists: another
        program, as after the restart of a container, or the killed server until its parent has waited for it. Orphans
        of a killed server are ended first: they still write to the data.
        """
        if not wait_until(lambda: not any(servers_of(self.data)), 3):
            for pid in servers_of(self.data):
                send_signal(pid, signal.SIGQUIT)
            wait_until(lambda: not any(servers_of(self.data)), 10)
        for lock in (self.data / "postmaster.pid", *self.socket_folder().glob(".s.PGSQL.*.lock")):
            lines = _lines(lock)
            if lines and lines[0].isdigit() and exists(int(lines[0])) and not any(servers_of(self.data)):
                lock.unlink()

    def _start_process(self, programs: Path, *, as_child: bool) -> None:
        user = choose_user(self.data)
        socket = self._make_socket_folder()
        if self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
            self.log.rename(self.log.with_suffix(".log.1"))
        command = [str(programs / "postgres"), "-D", str(self.data), "-k", str(socket)]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.log.chmod(0o600)  # an error message may quote a row
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT) if as_child else None,
                **run_as(user),
            )

    def _make_socket_folder(self) -> Path:
        if len(os.fsencode(self.data / _SOCKET_NAME)) <= _MAX_SOCKET_PATH_BYTES:
            return self.data
        user = choose_user(self.data)
        owner = user.pw_uid if user else os.geteuid()
        folder = self._outside_socket_folder()
        if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != owner):
            raise SetupError(
                "socket_folder_taken",
                gettext_noop("The folder %(folder)s belongs to another user. Remove it and start again."),
                folder=folder,
            )
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        return folder

    def _wait_until_ready(self, pid: int | None) -> None:
        limit = time.monotonic() + _START_SECONDS
        while True:
            child = self._child
            if child is not None and child.pid == pid:
                dead = child.poll() is not None
            else:
                dead = pid is None or not alive(pid)
            if dead or time.monotonic() > limit:
                raise SetupError(
                    "server_not_started",
                    gettext_noop("The database didn't start: %(reason)s (full log: %(log)s)"),
                    reason=_last_error(self.log),
                    log=self.log,
                )
            try:
                psycopg.connect(self.admin_url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.03)
            else:
                return

    def _ensure_role(self) -> None:
        with psycopg.connect(self.admin_url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
            if (
                connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [RESTORE_ROLE]).fetchone()
                is None
            ):
                names = {"restore": sql.Identifier(RESTORE_ROLE), "role": sql.Identifier(ROLE)}
                with connection.transaction():
                    connection.execute(sql.SQL("CREATE ROLE {restore} NOLOGIN").format(**names))
                    connection.execute(sql.SQL("GRANT {restore} TO {role}").format(**names))

    def _exits_within(self, pid: int, seconds: float) -> bool:
        def gone() -> bool:
            if self._child is not None:
                self._child.poll()
            return not alive(pid)

        return wait_until(gone, seconds)


def server_version(url: str) -> int:
    """Return the major version of a server that is reachable and new enough.

    Raises SetupError: database_unreachable, server_too_old.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise SetupError(
            "database_unreachable",
            gettext_noop("Can't connect to the database in DATABASE_URL: %(reason)s"),
            reason=str(error).splitlines()[0],
        ) from error
    if version < OLDEST_VERSION:
        raise SetupError(
            "server_too_old",
            gettext_noop(
                "The database in DATABASE_URL is PostgreSQL %(version)d. Quen needs %(oldest)d or newer."
            ),
            version=version,
            oldest=OLDEST_VERSION,
        )
    return version


def _memory_settings() -> dict[str, str]:
    ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MB
    settings = {
        "shared_buffers": f"{min(max(ram // 4, 128), 2048)}MB",
        "effective_cache_size": f"{max(ram // 2, 256)}MB",
    }
    shared = Path("/dev/shm")  # noqa: S108  # only its size is read
    if not shared.exists() or shutil.disk_usage(shared).free < 512 * _MB:
        # Containers have 64 MB by default, too little for the workers of one parallel query.
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", "LC_ALL": "C"}


def _lines(path: Path) -> list[str]:
    """Return the lines of a file, none if it cannot be read."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "?"


def _last_error(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()[-50:]
    except OSError:
        lines = []
    errors = [line.strip() for line in lines if "FATAL:" in line or "PANIC:" in line or "ERROR:" in line]
    return errors[-1] if errors else _last_line("\n".join(lines))
