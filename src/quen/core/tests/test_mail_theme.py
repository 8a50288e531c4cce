"""An email in a theme of its own."""

from __future__ import annotations

import pytest

from quen.core.mail_theme import DARK, LIGHT, with_theme

MAIL = "<style>@media screen and (prefers-color-scheme:dark){body{color:#fff}}</style><p>Chào</p>"


@pytest.mark.parametrize(("theme", "holds"), [(DARK, "(min-width: 0)"), (LIGHT, "(max-width: 0)")])
def test_its_queries_hold_for_the_chosen_theme_only(theme: str, holds: str) -> None:
    shown = with_theme(MAIL, theme)
    assert "prefers-color-scheme" not in shown
    assert f"@media screen and {holds}{{" in shown
    assert with_theme(shown, LIGHT) == shown
