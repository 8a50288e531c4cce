"""Checks that no runtime dependency has a licence incompatible with Apache-2.0, such as the GPL.

Reads ``requirements.lock`` with the metadata of the installed packages, and what the browser gets from
``frontend/package-lock.json``. The LGPL is fine for a library that is imported and can be exchanged (psycopg).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: permits use in an Apache-2.0 product without conditions on our own code
ACCEPTED = re.compile(
    r"\b(MIT|MIT-0|Apache|BSD|0BSD|ISC|PSF|Python Software Foundation|MPL|OFL|BlueOak|LGPL|Unlicense|CC0)",
    re.IGNORECASE,
)
REFUSED = re.compile(r"(?<!L)\b(A?GPL|GNU General Public|GNU Affero|SSPL|Commons Clause)", re.IGNORECASE)


def main() -> int:
    """Print each package with an incompatible licence; return 1 when there is one."""
    wrong = [f"{name}: {licence or 'no licence known'}" for name, licence in packages() if not fits(licence)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def fits(licence: str) -> bool:
    """Return whether a package under ``licence`` may be a runtime dependency. Of "A or B" one may be chosen."""
    choices = re.split(r"\bOR\b", licence)
    return any(ACCEPTED.search(choice) and not REFUSED.search(choice) for choice in choices)


def packages() -> Iterator[tuple[str, str]]:
    """Yield each runtime package with its licence."""
    lock = (ROOT / "requirements.lock").read_text()
    for name in sorted(set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))):
        try:
            yield name, _licence(metadata.metadata(name))
        except metadata.PackageNotFoundError:
            # For another Python or another system: locked, not installed here.
            continue
    for path, package in json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"].items():
        if path and not package.get("dev"):
            yield path.removeprefix("node_modules/"), package.get("license", "")


def _licence(about: metadata.PackageMetadata) -> str:
    classifiers = [line for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    expressions, texts = about.get_all("License-Expression", []), about.get_all("License", [])
    return " AND ".join(expressions or classifiers) or "".join(texts).split("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
