"""Colours of a form: the shop's, darkened until they can be read."""

from __future__ import annotations

import re

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
#: WCAG 2.2, 1.4.3
READABLE = 4.5
_STEP = 0.94


def read_colour(raw: str) -> str | None:
    """Return a colour as "#rrggbb"; None for anything else."""
    found = _HEX.fullmatch(raw.strip())
    return f"#{found[1].lower()}" if found else None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG: 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, *, on: str = "#ffffff") -> str:
    """Return the colour, darkened in small steps until text can be read in it on a light ground, and white on it."""
    while contrast(colour, on) < READABLE or contrast(colour, "#ffffff") < READABLE:
        darker = "#" + "".join(f"{int(part * _STEP):02x}" for part in _parts(colour))
        if darker == colour:
            return "#000000"
        colour = darker
    return colour


def light_ground(colour: str) -> str:
    """Return the colour, lightened until dark text can be read on it."""
    while contrast(colour, "#1d1d1b") < READABLE * 2:
        lighter = "#" + "".join(f"{min(255, part + 6):02x}" for part in _parts(colour))
        if lighter == colour:
            break
        colour = lighter
    return colour


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (part / 255 for part in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
