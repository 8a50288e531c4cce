"""The answer of the Ctrl K command palette: rows of contacts, pages and actions."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class PaletteResult:
    """One row of the palette. icon: a Lucide name; hint: grey text at the right."""

    title: str
    href: str
    hint: str = ""
    icon: str = "arrow-right"
    detail: str = ""


def palette_response(request: HttpRequest, rows: Iterable[PaletteResult]) -> HttpResponse:
    """Return the rows as the options the palette puts into its list."""
    return render(request, "ui/command_palette_options.html", {"rows": list(rows)})
