"""Demo contacts, drawn one by one from a seeded generator, without reading the clock or the database."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from quen.apps.contacts.types import Consent, Gender, Status
from quen.cli.demo import data
from quen.core import names, provinces, text

COLUMNS = (
    "full_name", "family_name", "middle_name", "given_name", "call_name", "salutation", "sort_key", "email", "phone",
    "gender", "birth_on", "birth_day", "language", "country", "province", "province_before", "city", "district",
    "address_line", "status", "consent_email", "consent_sms", "consent_zalo", "first_source_id", "latest_source_id",
    "incomplete", "attrs", "member_since", "last_activity_at", "created_at", "updated_at",
)  # fmt: skip


class _WeightedChoice:
    """Weighted choice by bisection."""

    def __init__(self, weights: Mapping[Any, int]) -> None:
        self._values = list(weights)
        self._sums = list(accumulate(weights.values()))

    def __call__(self, rng: random.Random) -> Any:
        return self._values[bisect(self._sums, rng.random() * self._sums[-1])]


def draw_contacts(
    count: int, *, seed: int, now: datetime, sources: Sequence[int], fields: Mapping[str, int]
) -> Iterator[tuple[Any, ...]]:
    """Yield ``count`` contacts as rows. ``fields``: the ids of the custom fields "skin", "family" and of special days.

    The n-th contact of a seed is always the same apart from dates, which are relative to ``now``.
    """
    rng = random.Random(seed)
    family, women, men = (
        _WeightedChoice(data.FAMILY_NAMES),
        _WeightedChoice(data.WOMEN_MIDDLE),
        _WeightedChoice(data.MEN_MIDDLE),
    )
    place = _WeightedChoice({code: weight for code, (weight, _towns) in data.PLACES.items()})
    status = _WeightedChoice(
        {Status.SUBSCRIBED: 52, Status.NON_SUBSCRIBED: 36, Status.UNSUBSCRIBED: 8, Status.SAVED: 4}
    )
    sort_keys: dict[str, str] = {}
    base = rng.randrange(10**7)
    for number in range(count):
        is_woman = rng.random() < 0.63
        middle = (women if is_woman else men)(rng)
        given = rng.choice(data.WOMEN_GIVEN if is_woman else data.MEN_GIVEN)
        full_name = f"{family(rng)} {middle} {given}"
        key = sort_keys.get(full_name)
        if key is None:
            key = sort_keys[full_name] = text.sort_key(full_name)
        parts = names.split(full_name)
        # Each prefix has ten million numbers in a shuffled order, so that no two contacts share one.
        prefix = data.MOBILE_PREFIXES[number % len(data.MOBILE_PREFIXES)]
        subscriber = (base + number // len(data.MOBILE_PREFIXES) * 7_368_787) % 10**7
        phone = f"+84{prefix[1:]}{subscriber:07d}" if rng.random() < 0.97 else None
        email = None
        if rng.random() < 0.46 or phone is None:
            local = text.fold(f"{given}.{family_part(parts.family)}{number}").replace(" ", "")
            email = f"{local}@{rng.choice(data.MAIL_HOSTS)}"
        code = place(rng)
        old = provinces.OLD[code]
        age_days = int(rng.triangular(18, 68, 31) * 365.25)
        born: date | None = (now - timedelta(days=age_days + rng.randrange(365))).date()
        if rng.random() < 0.38:
            born = None
        state = status(rng)
        granted = state == Status.SUBSCRIBED and email is not None
        mail = (
            Consent.GRANTED
            if granted
            else Consent.WITHDRAWN
            if state == Status.UNSUBSCRIBED
            else Consent.NEVER_ASKED
        )
        sms = Consent.GRANTED if phone and rng.random() < 0.31 else Consent.NEVER_ASKED
        zalo = Consent.GRANTED if phone and rng.random() < 0.42 else Consent.NEVER_ASKED
        # More contacts joined recently than long ago: the shop grows.
        age = 900 * (1 - rng.random() ** 0.6)
        joined = now - timedelta(days=age, minutes=rng.randrange(600))
        attrs = _attrs(rng, fields) | draw_special_days(number, fields)
        source = sources[int(rng.random() ** 2 * len(sources))]
        knows_gender = rng.random() < 0.8
        yield (
                full_name, parts.family, parts.middle, parts.given, parts.given,
                # Nobody has decided yet how to address a quarter of them: Quen proposes it.
                ("chị" if is_woman else "anh") if knows_gender and number % 4 else "", key, email, phone,
                ("female" if is_woman else "male") if knows_gender else Gender.UNKNOWN.value,
                born, born.month * 100 + born.day if born else None, "vi", "VN", old.new_code, code, old.name,
                rng.choice(data.PLACES[code][1]),
                f"{rng.randrange(1, 400)} {rng.choice(data.STREETS)}" if rng.random() < 0.7 else "",
                int(state), int(mail), int(sms), int(zalo), source, source, phone is None, attrs, joined, joined,
                joined, joined,
        )  # fmt: skip


def family_part(family: str) -> str:
    """Return the family name as one lower-case word for an email address."""
    return text.fold(family).replace(" ", "")


def draw_special_days(number: int, fields: Mapping[str, int]) -> dict[str, Any]:
    """Return the special days of the n-th contact: the wedding day of one in eleven, a memorial day of one in 29."""
    days: dict[str, Any] = {}
    month, day = number // 11 % 12 + 1, number * 7 % 28 + 1
    if number % 11 == 3 and "wedding" in fields:
        year = "-" if number % 3 == 0 else str(1996 + number % 29)
        days[str(fields["wedding"])] = f"{year}-{month:02d}-{day:02d}"
    if number % 29 == 5 and "memorial" in fields:
        days[str(fields["memorial"])] = f"lunar --{month:02d}-{day:02d}"
    return days


def _attrs(rng: random.Random, fields: Mapping[str, int]) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    if rng.random() < 0.4:
        attrs[str(fields["skin"])] = rng.choice(data.SKIN_KINDS)
    if rng.random() < 0.25:
        attrs[str(fields["family"])] = rng.randrange(1, 7)
    return attrs
