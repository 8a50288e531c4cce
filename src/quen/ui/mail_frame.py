"""Showing an email in an iframe that runs nothing."""

from __future__ import annotations

from django.http import HttpResponse

from quen.core import mail_theme

#: It runs no scripts, submits nothing and opens nothing; images are the shop's own.
_POLICY = (
    "default-src 'none'; img-src 'self' https: http: data:; style-src 'unsafe-inline'; form-action 'none';"
    " frame-ancestors 'self'; base-uri 'none'; sandbox"
)


def mail_frame(html: str, *, theme: str = mail_theme.LIGHT) -> HttpResponse:
    """Respond with an email as a program with this theme shows it. The view needs ``xframe_options_sameorigin``."""
    response = HttpResponse(mail_theme.with_theme(html, theme))
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
