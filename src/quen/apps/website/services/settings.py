"""Change the settings of the website."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.team import services as team
from quen.apps.website import queries
from quen.apps.website.models import WebsiteSettings
from quen.apps.website.rules.marks import origin_of
from quen.apps.website.types import (
    MAX_ORIGINS,
    LowContrast,
    MissingText,
    TooManyOrigins,
    UnreadableOrigin,
    WebsiteValues,
)
from quen.core import crypto
from quen.core.actors import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:|$)")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
#: of text on its background (WCAG 2.2, 1.4.3)
_MIN_CONTRAST = 4.5


@transaction.atomic
def update_settings(*, values: WebsiteValues, actor: Actor, now: datetime) -> WebsiteSettings:
    """Change the settings. Raises UnreadableOrigin, TooManyOrigins, MissingText, LowContrast."""
    settings = queries.website_settings()
    if any(not part.strip() for text in values.texts.values() for part in text):
        raise MissingText()
    if contrast(values.background, values.text_colour) < _MIN_CONTRAST:
        raise LowContrast()
    origins = read_origins(values.origins)
    if len(origins) > MAX_ORIGINS:
        raise TooManyOrigins(max=MAX_ORIGINS)
    new = {
        "enabled": values.enabled,
        "origins": origins,
        "banner": values.banner,
        "texts": {language: [part.strip() for part in text] for language, text in values.texts.items()},
        "privacy_url": values.privacy_url,
        "background": values.background,
        "text_colour": values.text_colour,
        "button": values.button,
        "retention_days": values.retention_days,
    }
    changed = [name for name, value in new.items() if getattr(settings, name) != value]
    if not changed and settings.pk:
        return settings
    for name, value in new.items():
        setattr(settings, name, value)
    settings.pk, settings.updated_at = settings.pk or 1, now
    settings.save()
    data = {"enabled": values.enabled, "fields": changed}
    team.audit(actor, "website.settings_changed", now=now, data=data)
    return settings


@transaction.atomic
def make_secret(*, actor: Actor, now: datetime) -> str:
    """Replace the secret with which the shop's server signs. Return it; it is never shown again."""
    settings = queries.website_settings()
    secret = f"qw_{secrets.token_urlsafe(32)}"
    settings.secret = crypto.encrypt(secret, purpose=queries.SECRET_PURPOSE)
    settings.pk, settings.secret_made_at, settings.updated_at = settings.pk or 1, now, now
    settings.save()
    team.audit(actor, "website.secret_made", now=now)
    return secret


def read_origins(lines: Iterable[str]) -> list[str]:
    """Return addresses as browsers send them; "trasen.vn" stands for both https://trasen.vn and https://www.trasen.vn.

    Raises UnreadableOrigin.
    """
    found: dict[str, None] = {}
    for line in filter(None, (each.strip().rstrip("/").lower() for each in lines)):
        local = _LOCAL.match(line) is not None
        address = line if "://" in line else f"http{'' if local else 's'}://{line}"
        origin = origin_of(address)
        host = origin.partition("://")[2].partition(":")[0]
        if not origin or not (local or _LOCAL.match(host) or _HOST.fullmatch(_ascii(host))):
            raise UnreadableOrigin(line=line)
        origin = origin.replace(host, _ascii(host), 1) if host else origin
        found[origin] = None
        if "://" not in line and not local and ":" not in line:
            plain = _ascii(host).removeprefix("www.")
            found[f"https://{plain}"] = None
            if plain.count(".") == 1 or _ascii(host).startswith("www."):
                found[f"https://www.{plain}"] = None
    return list(found)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG defines it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
