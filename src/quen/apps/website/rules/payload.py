"""What the script sends, cleaned: addresses without what could name a person, texts without what no column can hold.

A query string may hold a mail address, a token or a search for a name. Only campaign parameters are kept of it, apart
from the address, and the numbers by which some shops tell their pages from each other.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from quen.apps.website.types import MAX_EVENTS_PER_REQUEST, Action, ActionKind, BadBatch
from quen.core.text import clean

VISITOR: Final = re.compile(r"[A-Za-z0-9_-]{20,40}")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,40}")
CAMPAIGN: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
#: numbers of pages and products in the query string, as WordPress and others write them
_PAGE_NUMBERS: Final = frozenset({"p", "page_id", "product_id"})
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_ADDRESS: Final = re.compile(r"[^/@]+@[^/@]+\.[^/@]+")
_MAX_PAGE_CHARS: Final = 300
_MAX_TEXT_CHARS: Final = 200
_MAX_LINES: Final = 50
#: events wait in the browser while it is offline
_MAX_AGE: Final = timedelta(hours=24)
_MAX_VALUE: Final = Decimal(10) ** 12
_KINDS: Final = {
    "view": ActionKind.VIEW,
    "product": ActionKind.PRODUCT,
    "cart": ActionKind.CART,
    "event": ActionKind.CUSTOM,
    # begins a visit, or says who it is: nothing that counts as an action
    "start": None,
    "link": None,
    "identify": None,
}


def read_batch(body: bytes) -> dict[str, Any]:
    """Return the body of a request as it is stored: the visitor's token and at most 50 cleaned events.

    Raises BadBatch. Events that cannot be understood are left out.
    """
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBatch("not JSON") from error
    if not isinstance(sent, dict) or not isinstance(sent.get("events"), list):
        raise BadBatch("no events")
    visitor = sent.get("visitor")
    if not isinstance(visitor, str) or VISITOR.fullmatch(visitor) is None:
        raise BadBatch("no visitor")
    if len(sent["events"]) > MAX_EVENTS_PER_REQUEST:
        raise BadBatch("too many events")
    events = [cleaned for each in sent["events"] if (cleaned := _event(each)) is not None]
    return {"visitor": visitor, "events": events}


def actions_of(body: Mapping[str, Any], *, at: datetime) -> list[Action]:
    """Return the actions of a stored request. at: when it was received; each event says how long before it happened."""
    return [
        Action(
            id=each["id"],
            kind=_KINDS[each["type"]],
            at=at - min(timedelta(seconds=each.get("age", 0)), _MAX_AGE),
            page=each.get("page", ""),
            title=each.get("title", ""),
            referrer=each.get("referrer", ""),
            campaign=each.get("campaign", {}),
            code=each.get("code", ""),
            name=each.get("name", ""),
            value=each.get("value"),
            data=each.get("data", {}),
            token=each.get("token", "") if each["type"] == "identify" else "",
            mark=each.get("token", "") if each["type"] == "link" else "",
            claims=tuple((kind, each[kind]) for kind in ("email", "phone") if each.get(kind)),
        )
        for each in body.get("events", [])
    ]


def page_of(url: str) -> str:
    """Return an address as "www.trasen.vn/tra-sen": no scheme, no query but page numbers, no mail address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    path = "/".join("…" if _ADDRESS.search(piece) else piece for piece in unquote(parts.path).split("/"))
    numbers = [
        f"{name}={value}"
        for name, value in parse_qsl(parts.query, max_num_fields=None)
        if name in _PAGE_NUMBERS and _NUMBER.fullmatch(value)
    ]
    query = f"?{'&'.join(numbers)}" if numbers else ""
    return _text(f"{host}{path.rstrip('/') or '/'}{query}", _MAX_PAGE_CHARS)


def campaign_of(url: str) -> dict[str, str]:
    """Return the campaign parameters of an address."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return {}
    found = {name: _text(value, 100) for name, value in parse_qsl(query) if name in CAMPAIGN}
    return {name: value for name, value in found.items() if value and not _ADDRESS.search(value)}


def _event(sent: object) -> dict[str, Any] | None:
    if not isinstance(sent, dict) or sent.get("type") not in _KINDS:
        return None
    ident = sent.get("id")
    if not isinstance(ident, str) or _ID.fullmatch(ident) is None:
        return None
    url = _text(sent.get("url"), 2_000)
    page, referrer = page_of(url), page_of(_text(sent.get("referrer"), 2_000))
    if referrer.partition("/")[0] == page.partition("/")[0]:
        referrer = ""
    made = {
        "id": ident,
        "type": sent["type"],
        "age": _seconds(sent.get("age")),
        "page": page,
        "title": _text(sent.get("title"), _MAX_TEXT_CHARS),
        "referrer": referrer,
        "campaign": campaign_of(url),
        "code": _text(sent.get("code"), 100),
        "name": _text(sent.get("name"), 120),
        "value": _value(sent.get("value")),
        "data": _details(sent),
        "token": _text(sent.get("token"), 2_000),
        "email": _text(sent.get("email"), 254),
        "phone": _text(sent.get("phone"), 30),
    }
    return {key: value for key, value in made.items() if value or key in ("id", "type")}


def _details(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lines of a cart, or what the shop tells about an event of its own: short values by short names."""
    if isinstance(lines := sent.get("items"), list):
        kept = [
            {
                "code": _text(line.get("code"), 100),
                "name": _text(line.get("name"), 120),
                "quantity": _count(line.get("quantity")),
            }
            for line in lines[:_MAX_LINES]
            if isinstance(line, dict)
        ]
        return {"items": [line for line in kept if line["code"] or line["name"]]}
    if not isinstance(details := sent.get("data"), dict):
        return {}
    made = {}
    for name, value in list(details.items())[:20]:
        if isinstance(value, float) and not math.isfinite(value):
            continue  # the database has no such number
        if isinstance(value, bool | int | float) or (isinstance(value, str) and value):
            made[_text(name, 40)] = _text(value, _MAX_TEXT_CHARS) if isinstance(value, str) else value
    return {name: value for name, value in made.items() if name}


def _text(value: object, max_chars: int) -> str:
    return clean(value[: max_chars * 2])[:max_chars].strip() if isinstance(value, str) else ""


def _seconds(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return round(min(float(value), 86_400.0), 3) if is_number and 0 < value < 1e12 else 0.0  # type: ignore[arg-type, operator]  # checked


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 100_000 else 1


def _value(value: object) -> str | None:
    """Return an amount of money as text; None for what is none, or out of reach."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value)[:20])
    except InvalidOperation:
        return None
    return str(amount) if amount.is_finite() and 0 <= amount < _MAX_VALUE else None
