"""``QUEN_HOME``: where the data lives, and the sentences for when it cannot."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = 0


def gettext_noop(text: str) -> str:
    """Mark a sentence for the catalogue and leave it as it is. Django's own asks for settings."""
    return text


class SetupError(Exception):
    """The machine stands in the way; ``text`` is one sentence (an English msgid) filled from ``params``."""

    def __init__(self, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.code = code
        self.text = text
        self.params = params


def default_home() -> Path:
    """Give the folder for the data when QUEN_HOME is silent: the system's for root, else the user's own."""
    if os.geteuid() == ROOT:
        return Path("/var/lib/quen")
    share = os.environ.get("XDG_DATA_HOME")
    return (Path(share) if share and Path(share).is_absolute() else Path.home() / ".local" / "share") / "quen"


def home_from_environment() -> Path:
    """Give QUEN_HOME, or the default, as an absolute path."""
    return Path(os.environ.get("QUEN_HOME") or default_home()).expanduser().absolute()


def prepare_home(home: Path) -> Path:
    """Make the folder and prove that it can be written.

    Root's is passable (0711), because PostgreSQL runs as a user of its own; anybody else's is closed (0700).
    Raises SetupError: home_not_a_folder, home_unwritable.
    """
    try:
        if not home.exists():
            home.mkdir(parents=True)
            home.chmod(0o711 if os.geteuid() == ROOT else 0o700)
        probe = home / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        raise SetupError(
            "home_not_a_folder",
            gettext_noop("QUEN_HOME is %(home)s, which is not a folder: choose another place for the data."),
            home=home,
        ) from error
    except OSError as error:
        raise SetupError(
            "home_unwritable",
            gettext_noop(
                "The data folder %(home)s cannot be written (%(reason)s): change its owner, or set QUEN_HOME"
                " to a folder of yours."
            ),
            home=home,
            reason=error.strerror,
        ) from error
    return home
