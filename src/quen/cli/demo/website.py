"""A week of visits to the demo shop's website; some visitors are known, and what they did before joined them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Status
from quen.apps.ingest.types import StoredEvent
from quen.apps.website import queries as website_queries
from quen.apps.website import services as website
from quen.apps.website.types import KnownBy, WebsiteValues
from quen.cli.demo import data
from quen.core import schemas
from quen.core.clock import day_start, local_day
from quen.core.text import fold

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.core.actors import Actor

_DAYS, _VISITORS = 7, 150
_PAGES = (
    ("/", "Trà Sen – trà Việt ướp hoa"),
    ("/bo-suu-tap/tra", "Trà ướp hoa"),
    ("/bo-suu-tap/qua-tang", "Quà tặng"),
    ("/cau-chuyen", "Câu chuyện Trà Sen"),
    ("/cua-hang", "Cửa hàng Hải Châu"),
    ("/chinh-sach-giao-hang", "Chính sách giao hàng"),
)
_SOURCES = (
    ("", "", 30),
    ("https://www.google.com/", "", 30),
    ("https://l.facebook.com/", "utm_source=facebook&utm_campaign=trung-thu", 22),
    ("https://l.zalo.me/", "utm_source=zalo&utm_medium=oa", 12),
    ("", "utm_source=email&utm_campaign=tra-moi-ve", 14),
)
_BROWSERS = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) coc_coc_browser/125.0 Chrome/119.0.0.0 Safari/537.36",
)
#: most visits are in the evening
_HOURS = (8, 9, 10, 11, 12, 12, 14, 15, 17, 19, 20, 20, 20, 21, 21, 21, 22, 22)


def add_visits(workspace: Workspace, *, seed: int, actor: Actor, now: datetime) -> None:
    """Switch the website on and record the visits of a week, as the script would send them."""
    random = Random(seed)  # the same shop for the same seed
    origin = workspace.sender_website.rstrip("/")
    with schemas.use(workspace.schema_name):
        _switch_on(origin, actor, now)
        requests = sorted(_requests(random, workspace, origin, now), key=lambda each: each.at)
        website.process_visits(requests, now=now)
        known = contacts.contacts().filter(status=Status.SUBSCRIBED).order_by("id")
        for number, contact in enumerate(known[: _VISITORS // 3]):
            # Every third visitor is known; the ways are as they would be in a shop.
            how = random.choice((KnownBy.LINK, KnownBy.LINK, KnownBy.FORM, KnownBy.SIGN_IN))
            website.identify(_token(number * 3), contact.pk, now, known_by=how)


def _switch_on(origin: str, actor: Actor, now: datetime) -> None:
    settings = website_queries.website_settings()
    website.update_settings(
        values=WebsiteValues(
            enabled=True,
            origins=(origin,),
            banner=True,
            texts=website_queries.banner_texts(settings),
            privacy_url=f"{origin}/quyen-rieng-tu",
            background=settings.background,
            text_colour=settings.text_colour,
            button=settings.button,
            retention_days=settings.retention_days,
        ),
        actor=actor,
        now=now,
    )


def _requests(random: Random, workspace: Workspace, origin: str, now: datetime) -> list[StoredEvent]:
    today = local_day(now, workspace.zone)
    made: list[StoredEvent] = []
    for visitor in range(_VISITORS):
        agent = random.choice(_BROWSERS)
        for _visit in range(random.choice((1, 1, 1, 2, 2, 3))):
            day = day_start(today - timedelta(days=random.randrange(_DAYS)), workspace.zone)
            at = day + timedelta(hours=random.choice(_HOURS), seconds=random.randrange(3600))
            referrer, query, _share = random.choices(_SOURCES, [share for *_rest, share in _SOURCES])[0]
            landing = {"referrer": referrer, "query": query}
            for page in _pages(random):
                if at < now:
                    made.append(_request(len(made), _token(visitor), origin, at, agent, {**page, **landing}))
                landing = {}
                at += timedelta(seconds=random.randrange(15, 180))
    return made


def _pages(random: Random) -> list[dict[str, Any]]:
    """Return the pages of a visit: some of the shop, often products, now and then the cart."""
    pages: list[dict[str, Any]] = [
        {"path": path, "title": title} for path, title in random.choices(_PAGES, k=2)
    ]
    for product in random.sample(data.PRODUCTS, random.choice((0, 1, 1, 2, 3))):
        number = data.PRODUCTS.index(product)
        path = "/san-pham/" + "-".join(fold(product).split())
        price = 85_000 + 35_000 * number
        pages.append({"path": path, "title": product})
        pages.append(
            {"path": path, "type": "product", "code": f"TS-{number + 101}", "name": product, "value": price}
        )
        if random.random() < 0.25:
            line = {"code": f"TS-{number + 101}", "name": product, "quantity": random.choice((1, 1, 2))}
            pages.append({"path": path, "type": "cart", "value": price * line["quantity"], "items": [line]})
    return pages


def _request(
    number: int, token: str, origin: str, at: datetime, agent: str, page: dict[str, Any]
) -> StoredEvent:
    query = page.pop("query", "")
    url = f"{origin}{page.pop('path')}" + (f"?{query}" if query else "")
    event = {"type": "view", "id": f"demo-{number:08d}", "url": url, **page}
    return StoredEvent(number, at, website.cleaned({"visitor": token, "events": [event]}) | {"agent": agent})


def _token(visitor: int) -> str:
    return f"demo-visitor-{visitor:012d}"
