"""Only licences that fit Apache-2.0 pass."""

from __future__ import annotations

import pytest

from quen.cli import licenses_check


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("Apache License, Version 2.0", True),
        ("License :: OSI Approved :: BSD License", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-or-later", False),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", False),
        ("AGPL-3.0", False),
        ("GPL-2.0 OR MIT", True),
        ("", False),
        ("Proprietary", False),
    ],
)
def test_which_licences_fit(licence: str, fits: bool) -> None:
    assert licenses_check.fits(licence) is fits


def test_reads_what_python_and_what_the_browser_get() -> None:
    names = {name for name, _licence in licenses_check.packages()}
    assert {"django", "psycopg", "htmx.org"} <= names
    assert not {"pytest", "djlint", "vite"} & names
