"""Contacts with missing values, ties, and instants around midnight in Việt Nam."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.cast import NOW

from quen.apps.audience.tests.oracle import OracleContact
from quen.apps.contacts.models import Contact, ContactSettings, ContactTag, Field, Source, Tag
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.core.lunar import to_solar
from quen.core.text import sort_key

#: 00:00 of 14 October 2026 in Việt Nam
MIDNIGHT = datetime(2026, 10, 13, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INSTANTS = [
    NOW,
    NOW - SECOND,
    MIDNIGHT,
    MIDNIGHT - SECOND,
    *(MIDNIGHT - timedelta(days=n) for n in (7, 30, 90)),
    *(MIDNIGHT - timedelta(days=n) - SECOND for n in (7, 30, 90)),
    NOW - timedelta(days=400),
]
BIRTHS = [
    None,
    date(2008, 2, 29),
    date(2008, 2, 28),
    date(2000, 10, 14),
    date(2000, 10, 15),
    date(1991, 10, 20),
    date(1985, 12, 31),
    date(1986, 1, 1),
]
#: of the lunar calendar; 30 December 1990 exists
LUNAR_DAYS = [101, 815, 1230, 904]
NAMES = ["Nguyễn Thị Ân", "Trần Văn An", "Lê Đạt", "lê đạt", "100%_Trà", "", "O'Brien \\ An"]
FORMATS = {
    "size": "number",
    "visit": "date",
    "booked": "date_time",
    "skin": "single",
    "likes": "multiple",
    "vip": "yes_no",
    "motto": "text",
    "years": "number",
    "wedding": "special_day",
}
SKINS, LIKES = ["da dầu", "da khô"], ["trà", "gốm", "sen"]
KINDS = ["ordered", "product_viewed", "reviewed"]


def make_contact(**changes: Any) -> Contact:
    """Create a valid contact with plain defaults."""
    name = changes.get("full_name", "Nguyễn Văn An")
    defaults: dict[str, Any] = {
        "full_name": name,
        "sort_key": sort_key(name),
        "member_since": NOW,
        "last_activity_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Contact.objects.create(**(defaults | changes))


def make_fields() -> dict[str, Field]:
    """Create a custom field of every format that compares differently."""
    choices = {"single": SKINS, "multiple": LIKES}
    return {
        key: Field.objects.create(key=key, name=key, format=form, choices=choices.get(form, []))
        for key, form in FORMATS.items()
    }


def make_contacts(size: int, *, seed: int = 7) -> dict[int, OracleContact]:
    """Create contacts with tags, custom values and events. Return them by id as oracle contacts."""
    rng = random.Random(seed)  # a reproducible crowd
    fields = make_fields()
    ContactSettings.objects.update_or_create(pk=1, defaults={"age_field": fields["years"]})
    tags = [Tag.objects.create(name=name).pk for name in ("VIP", "Sỉ", "Mới")]
    sources = [Source.objects.create(name=name, code=name).pk for name in ("fb", "zalo")]
    contacts: dict[int, OracleContact] = {}
    events_to_record: list[NewEvent] = []
    for _number in range(size):
        custom = _custom(rng)
        columns = _columns(rng, sources)
        attrs = {str(fields[key].pk): value for key, value in custom.items()}
        contact = make_contact(**columns, attrs=attrs)
        contact_tags = {tag for tag in tags if rng.random() < 0.4}
        ContactTag.objects.bulk_create(
            [ContactTag(contact_id=contact.pk, tag_id=tag) for tag in contact_tags]
        )
        contact_events = [
            (rng.choice(KINDS), rng.choice(INSTANTS), rng.choice([None, 100, 250_000]))
            for _event in range(rng.choice([0, 0, 1, 2, 4]))
        ]
        events_to_record += [NewEvent(kind, contact.pk, at, value) for kind, at, value in contact_events]
        contacts[contact.pk] = OracleContact({**columns}, custom, contact_tags, contact_events)
    events.record_many(events_to_record)
    make_contact(deleted_at=NOW)
    return contacts


def _columns(rng: random.Random, sources: list[int]) -> dict[str, Any]:
    birth_on = rng.choice(BIRTHS)
    day = birth_on.month * 100 + birth_on.day if birth_on else rng.choice([None, 229, 1014])
    lunar_day = rng.choice([None, None, *LUNAR_DAYS])
    if lunar_day is not None:
        day = lunar_day
        birth_on = to_solar(1990, day // 100, day % 100) if rng.random() < 0.5 else None
    return {
        "full_name": rng.choice(NAMES),
        "company": rng.choice(["", "Trà Sen", "Gốm Đà Nẵng"]),
        "gender": rng.choice(["", "male", "female"]),
        "birth_on": birth_on,
        "birth_day": day,
        "birth_is_lunar": lunar_day is not None,
        "province": rng.choice(["", "48", "79"]),
        "province_before": rng.choice(["", "48", "49", "74"]),
        "spent": rng.choice([0, 100, 250_000]),
        "orders_count": rng.choice([0, 1, 2]),
        "first_order_at": rng.choice([None, *INSTANTS]),
        "last_activity_at": rng.choice(INSTANTS),
        "first_source_id": rng.choice([None, *sources]),
        "latest_source_id": rng.choice([None, *sources]),
        "incomplete": rng.choice([True, False]),
    }


def _custom(rng: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {
        "size": rng.choice([36, 36.5, 41]),
        "visit": rng.choice(["2026-10-14", "2026-10-13", "2026-09-14", "2026-10-21"]),
        "booked": rng.choice([NOW, MIDNIGHT - SECOND, NOW + timedelta(days=3)]).isoformat(),
        "skin": rng.choice(SKINS),
        "likes": rng.sample(LIKES, 2),
        "vip": rng.choice([True, False]),
        "motto": rng.choice(["Thử là mê", "thu la me", "%"]),
        "years": rng.choice([17, 25.5, 26, 35]),
        "wedding": rng.choice(["2008-02-29", "--02-28", "--10-14", "lunar --08-15", "lunar 1990-12-30"]),
    }
    return {key: value for key, value in values.items() if rng.random() < 0.7}
