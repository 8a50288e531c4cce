"""What the Ctrl K palette answers: rows of people, pages and actions."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the palette. icon: a Lucide name; hint: grey words at the right."""

    title: str
    href: str
    hint: str = ""
    icon: str = "arrow-right"
    detail: str = ""


def answer(request: HttpRequest, rows: Iterable[Found]) -> HttpResponse:
    """The rows as the options the palette puts into its list."""
    return render(request, "ui/palette_options.html", {"rows": list(rows)})
