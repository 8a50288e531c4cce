"""What a shop puts into its own pages: the script's settings, and plain HTML."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse

from quen.apps.accounts.access import PublicVisit
from quen.apps.signup.types import FormContent

if TYPE_CHECKING:
    from quen.apps.signup.rules.tokens import SignupToken

_ENTRY = "src/forms/embed.ts"


def script_of(public: PublicVisit[SignupToken, Any], content: FormContent | None) -> HttpResponse:
    """Return the script with a form's settings. content: None for a form that is closed, which shows nothing."""
    options: dict[str, Any] = {"open": content is not None}
    if content is not None:
        options |= {
            "url": f"{settings.BASE_URL}/f/{public.token}/",
            "trigger": content.trigger,
            "amount": content.amount,
            "days": content.days,
            "language": public.language if public.query else "",
            "languages": list(content.languages),
        }
    script = f"(function(){{const QUEN_FORM={json.dumps(options)};{_built(_manifest_time())}}})();"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _manifest_time() -> float:
    return _manifest().stat().st_mtime


def _manifest() -> Path:
    return Path(settings.PACKAGE) / "ui" / "dist" / "manifest.json"


@cache
def _built(_time: float) -> str:
    """Return the built script, which imports nothing."""
    entry = json.loads(_manifest().read_text())[_ENTRY]
    return (_manifest().parent / str(entry["file"])).read_text()
