"""``QUEN_HOME``, the data folder, and the errors about it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

ROOT = 0


def gettext_noop(text: str) -> str:
    """Mark a message for translation and return it unchanged. Django's own function needs settings."""
    return text


class SetupError(Exception):
    """The machine prevents Quen from starting; ``text`` is one sentence (an English msgid) filled from ``params``."""

    def __init__(self, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.code = code
        self.text = text
        self.params = params


def default_home() -> Path:
    """Return the data folder used without QUEN_HOME: the system's for root, otherwise the user's own."""
    if os.geteuid() == ROOT:
        return Path("/var/lib/quen")
    share = os.environ.get("XDG_DATA_HOME")
    return (Path(share) if share and Path(share).is_absolute() else Path.home() / ".local" / "share") / "quen"


def home_from_environment() -> Path:
    """Return QUEN_HOME, or the default, as an absolute path."""
    return Path(os.environ.get("QUEN_HOME") or default_home()).expanduser().absolute()


def prepare_home(home: Path) -> Path:
    """Create the folder and check that it can be written.

    Root's has mode 0711, because PostgreSQL runs as another user and must pass through; anybody else's has 0700.
    The files in it are for their owner alone, those of an older version too.
    Raises SetupError: home_not_a_folder, home_unwritable.
    """
    try:
        missing = [folder for folder in (home, *home.parents) if not folder.exists()]
        home.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            folder.chmod(0o711 if os.geteuid() == ROOT else 0o700)
        for path in home.iterdir():
            with suppress(FileNotFoundError, PermissionError):  # another process's
                if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o077:
                    path.chmod(0o600)
        probe = home / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        raise SetupError(
            "home_not_a_folder",
            gettext_noop("QUEN_HOME (%(home)s) is not a folder. Choose another location for the data."),
            home=home,
        ) from error
    except OSError as error:
        raise SetupError(
            "home_unwritable",
            gettext_noop(
                "Can't write to the data folder %(home)s (%(reason)s). Change its owner, or set"
                " QUEN_HOME to one of your own folders."
            ),
            home=home,
            reason=error.strerror,
        ) from error
    return home
