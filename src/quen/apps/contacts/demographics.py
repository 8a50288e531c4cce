"""Demographics of a set of contacts: one statement, however large the set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from quen.apps.contacts.types import Channel, Consent, Status
from quen.core import sql
from quen.core.sql import Relation

#: ages at which a band begins; the band below the first one has index 0
AGE_BANDS = (18, 25, 35, 45, 55)
#: channels of marketing whose consent column is in the covering index
REACH_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.ZALO)


@dataclass(frozen=True, slots=True)
class Demographics:
    """Counts and totals of a set of contacts. age_bands: by index in ``AGE_BANDS``, None for unknown ages.

    spent and last_order_at are totals of orders; buyers: contacts with at least one order.
    """

    contacts: int
    orders: int
    buyers: int
    spent: Decimal
    last_order_at: datetime | None
    genders: Mapping[str, int]
    age_bands: Mapping[int | None, int]
    provinces: Mapping[str, int]
    reach: Mapping[Channel, int]

    @property
    def average_order(self) -> Decimal | None:
        """Return the average value of an order."""
        return self.spent / self.orders if self.orders else None


@dataclass(frozen=True, slots=True)
class ChannelReach:
    """The number of contacts, and of those who consented to marketing, by channel."""

    contacts: int
    channels: Mapping[Channel, int]


def channel_reach(contacts: Relation) -> ChannelReach:
    """Return how many contacts consented to each channel, before sending rules exclude anyone."""
    statement = sql.text("contacts/channel_reach", contacts="{contacts}", counts=_counts())
    (row,) = sql.rows(sql.compose(statement, contacts=contacts))
    return ChannelReach(row[0], dict(zip(REACH_CHANNELS, row[1:], strict=True)))


def demographics(contacts: Relation, *, today: date, age_field_id: int | None = None) -> Demographics:
    """Return the demographics of a set; ``today`` is the local day on which ages are computed.

    age_field_id: the number field with the age of contacts whose date of birth is unknown.
    """
    consents = ", ".join(f"c.consent_{channel.value}" for channel in REACH_CHANNELS)
    age = "date_part('year', age(%(today)s::date, c.birth_on))::int"
    if age_field_id is not None:
        number = f"c.attrs -> '{int(age_field_id)}'"
        stated = f"CASE WHEN jsonb_typeof({number}) = 'number' THEN floor(({number})::numeric)::int END"
        age = f"coalesce({age}, {stated})"
    statement = sql.text(
        "contacts/demographics", contacts="{contacts}", consents=consents, counts=_counts(), age=age
    )
    found = sql.rows(sql.compose(statement, contacts=contacts, today=today, bands=list(AGE_BANDS)))
    genders: dict[str, int] = {}
    bands: dict[int | None, int] = {}
    provinces: dict[str, int] = {}
    totals: list[Any] = []
    for no_gender, no_band, no_province, gender, band, province, *figures in found:
        if not no_gender:
            genders[gender] = figures[0]
        elif not no_band:
            bands[band] = figures[0]
        elif not no_province:
            provinces[province] = figures[0]
        else:
            totals = figures
    count, orders, spent, buyers, last, *reached = totals  # the empty grouping set always returns its row
    return Demographics(
        contacts=count,
        orders=orders,
        buyers=buyers,
        spent=spent,
        last_order_at=last,
        genders=genders,
        age_bands=bands,
        provinces=provinces,
        reach=dict(zip(REACH_CHANNELS, reached, strict=True)),
    )


def _counts() -> str:
    """Return the SQL counts of consent; saved contacts get no marketing whatever they consented to (R-19)."""
    return ", ".join(
        f"count(*) FILTER (WHERE c.consent_{channel.value} = {int(Consent.GRANTED)}"
        f" AND c.status <> {int(Status.SAVED)})"
        for channel in REACH_CHANNELS
    )
