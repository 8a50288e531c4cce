"""What the script sends, as raw events, and tokens that a shop's server signs."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.events.models import Event
from quen.apps.ingest.types import StoredEvent
from quen.apps.website import services
from quen.apps.website.models import Visitor, WebsiteSettings
from quen.apps.website.rules.payload import read_batch
from quen.apps.website.types import BannerText, WebsiteValues
from quen.core.actors import SYSTEM

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
LAN, MINH = "lan-browser-0000000000000", "minh-browser-000000000000"
SHOP = "https://www.trasen.vn"
_numbers = count(1)


def hit(kind: str = "view", path: str = "/", **details: Any) -> dict[str, Any]:
    """Return an event as the script sends it."""
    return {"id": f"event-{next(_numbers):08d}", "type": kind, "url": f"{SHOP}{path}"} | details


def sent(*hits: dict[str, Any], visitor: str = LAN, at: datetime = NOW) -> StoredEvent:
    """Return the raw event of a request with these events."""
    body = read_batch(json.dumps({"visitor": visitor, "events": list(hits)}).encode()) | {"agent": PHONE}
    return StoredEvent(next(_numbers), at, body)


def process(*requests: StoredEvent, now: datetime = NOW) -> None:
    """Process requests as one batch."""
    services.process_visits(requests, now=now)


def minutes(number: float) -> datetime:
    """The instant so many minutes after NOW."""
    return NOW + timedelta(minutes=number)


def make_settings(**changes: Any) -> WebsiteSettings:
    """Switch the website on."""
    texts = {"vi": BannerText("Cho phép?", "Đồng ý", "Không"), "en": BannerText("May we?", "Yes", "No")}
    values: dict[str, Any] = {
        "enabled": True,
        "origins": (SHOP,),
        "banner": True,
        "texts": texts,
        "privacy_url": "",
        "background": "#ffffff",
        "text_colour": "#1f2328",
        "button": "#0f5c4a",
        "retention_days": 90,
    }
    return services.update_settings(values=WebsiteValues(**values | changes), actor=SYSTEM, now=NOW)


def signed(secret: str, *, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a JSON Web Token as the shop's server would make it."""

    def part(value: dict[str, Any]) -> str:
        return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    whole = {"exp": (NOW + timedelta(hours=1)).timestamp(), "visitor": LAN} | claims
    text = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(whole)}"
    signature = hmac.digest(secret.encode(), text.encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def events_of(contact_id: int, *kinds: str) -> list[Event]:
    """Return the events of a contact, oldest first."""
    from quen.apps.events import registry

    codes = [registry.get(kind).code for kind in kinds or ("page_viewed",)]
    return list(Event.objects.filter(contact_id=contact_id, kind__in=codes).order_by("at", "id"))


def visitors(token: str = LAN) -> Sequence[Visitor]:
    """Return the visitors of a browser, oldest first."""
    return list(Visitor.objects.filter(token=token).order_by("pk"))
