"""Events of demo contacts, drawn by PostgreSQL: a hash of (number, seed, purpose) is the random number.

Every statement draws a batch of events; the same seed and contacts always get the same events.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from quen.apps.events import registry
from quen.cli.demo import data, seasonality
from quen.core import clock, sql
from quen.core.sql import Relation

BATCH = 500_000
#: kinds of events and their shares; each order is followed by its payment
_SHARES = (
    ("product_viewed", 560), ("cart_added", 130), ("product_favourited", 45), ("ordered", 110),
    ("reviewed", 25), ("followed", 20), ("message_received", 30),
)  # fmt: skip
_DICE = "((hashint8extended(%(first)s + s.i, %(seed)s + {salt}) & 1048575)::float8 / 1048576)"

# Contacts with low numbers are more active. If the drawn instant is before the contact joined, or later than now, the
# event falls in between.
_DRAW = """
SELECT p.contact_id,
       CASE WHEN d.drawn < p.since OR d.drawn > %(until)s THEN p.since + (%(until)s - p.since) * d.minute
            ELSE d.drawn END AS at,
       d.kind, d.value, NULL::bigint AS ref, d.data
  FROM (
    SELECT s.i,
           floor(power({who}, 1.7) * %(contacts)s)::int AS n,
           (%(midnight)s::timestamptz
             - make_interval(days => (%(days)s::int[])[1 + floor({day} * %(day_slots)s)::int])
             + make_interval(secs => (%(hours)s::int[])[1 + floor({hour} * %(hour_slots)s)::int] + {minute} * 3600)
           ) AS drawn,
           {minute} AS minute,
           (%(kinds)s::smallint[])[s.what_kind] AS kind,
           CASE WHEN (%(valued)s::bool[])[s.what_kind]
                THEN (30000 + 5000 * floor(power({worth}, 2.2) * 420))::numeric END AS value,
           CASE (%(keys)s::text[])[s.what_kind]
             WHEN 'ordered' THEN jsonb_build_object('number', 'TS-' || (10000 + %(first)s + s.i))
             WHEN 'followed' THEN NULL
             WHEN 'message_received' THEN NULL
             ELSE jsonb_build_object('product', (%(products)s::text[])[1 + floor({what} * %(product_count)s)::int])
           END AS data
      FROM (
        SELECT g.i, 1 + width_bucket({kind}, %(upto)s::float8[]) AS what_kind
          FROM generate_series(0, %(count)s - 1) AS g(i)
      ) s
  ) d
  JOIN demo_contact p ON p.n = d.n
"""
_PAYMENTS = """
SELECT e.contact_id, least(e.at + interval '20 minutes', %(until)s) AS at, %(paid)s::smallint AS kind, e.value,
       NULL::bigint AS ref, e.data
  FROM {orders} e
"""


def draw_events(
    count: int, *, contacts_count: int, seed: int, now: datetime
) -> Iterator[tuple[Relation, Relation]]:
    """Yield batches of events to record: what contacts do, and the payments that follow their orders.

    Needs the temporary table demo_contact (n from 0, contact_id, since). About ``count`` events in total.
    """
    offsets, hours = seasonality.day_offsets(now), seasonality.seconds_of_day()
    kinds = [registry.get(key) for key, _share in _SHARES]
    total = sum(share for _key, share in _SHARES)
    upto, running = [], 0
    for _key, share in _SHARES:
        running += share
        upto.append(running / total)
    salts = {
        name: salt
        for salt, name in enumerate(("who", "day", "hour", "minute", "worth", "what", "kind"), start=1)
    }
    dice = {name: _DICE.format(salt=salt * 1000) for name, salt in salts.items()}
    template = _DRAW.format(**{**dice, "kind": dice["kind"].replace("s.i", "g.i")})
    ordered_share = 110 / total
    drawn = round(count / (1 + ordered_share))
    midnight = clock.day_start(clock.local_day(now, clock.VIETNAM), clock.VIETNAM)
    for first in range(0, drawn, BATCH):
        params = {
            "first": first,
            "count": min(BATCH, drawn - first),
            "seed": seed,
            "contacts": contacts_count,
            "until": now,
            "midnight": midnight,
            "days": offsets,
            "day_slots": len(offsets),
            "hours": hours,
            "hour_slots": len(hours),
            "products": list(data.PRODUCTS),
            "product_count": len(data.PRODUCTS),
            "kinds": [kind.code for kind in kinds],
            "keys": [kind.key for kind in kinds],
            "valued": [kind.has_value for kind in kinds],
            "upto": upto[:-1],
        }
        columns = ("contact_id", "at", "kind", "value", "ref", "data")
        batch = Relation(template, params, columns)
        ordered = Relation(
            "SELECT * FROM demo_drawn WHERE kind = %(ordered)s", {"ordered": registry.get("ordered").code}
        )
        payments = sql.compose(_PAYMENTS, orders=ordered, until=now, paid=registry.get("paid").code)
        yield batch, payments
