"""What becomes of visits when contacts are erased, merged and parted again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import Channel, ContactRows
from quen.apps.website.models import Visitor
from quen.core import phones, sql
from quen.core.sql import Relation

_VISITORS: Final = ContactRows(model=Visitor)
MERGE_COLUMNS: Final = {"website_visitor.contact_id": "follows"}
#: texts are searched for so many people at most; what is found of more expires
_MAX_NAMED: Final = 1_000
_OF_VISITORS: Final = (
    "website_websiteaction",
    "website_websitesession",
    "website_visitorclaim",
    "website_linkuse",
)


def erase_people(erased: Relation, now: datetime) -> None:
    """Erase the visits of contacts, and what others left that holds their addresses."""
    visitors = [
        row[0]
        for row in sql.rows(
            sql.compose(
                "SELECT v.id FROM website_visitor v"
                " WHERE v.contact_id IN (SELECT contact_id FROM {erased} e) ORDER BY v.id FOR UPDATE",
                erased=erased,
            )
        )
    ]
    for table, column in (*((table, "visitor_id") for table in _OF_VISITORS), ("website_visitor", "id")):
        _delete(table, f"{column} = ANY(%(visitors)s)", visitors=visitors)
    texts = _addresses(erased)
    if not texts:
        return
    _delete("website_visitorclaim", "value = ANY(%(texts)s)", texts=texts)
    holds = "EXISTS (SELECT 1 FROM unnest(%(texts)s::text[]) AS t(value) WHERE position(t.value in lower({})) > 0)"
    lowered = sorted({spelling for text in texts for spelling in _spellings(text)})
    _delete(
        "website_websiteaction", holds.format("concat_ws(' ', page, title, name, data::text)"), texts=lowered
    )
    _delete("website_websitesession", holds.format("concat_ws(' ', landing_page, referrer)"), texts=lowered)


def merge_people(pairs: Relation, now: datetime) -> None:
    """Give the visitors of merged contacts to those that are kept."""
    contacts.carry_rows(pairs, _VISITORS)


def unmerge_people(pairs: Relation, now: datetime) -> None:
    """Give them back."""
    contacts.return_rows(pairs, _VISITORS)


def _delete(table: str, where: str, **params: list[int] | list[str]) -> None:
    sql.execute(Relation(f"DELETE FROM {table} WHERE {where}", params))


def _addresses(erased: Relation) -> list[str]:
    """Return the emails, phones and codes of contacts; nothing when they are too many to look for each."""
    ids = [row[0] for row in sql.rows(sql.compose("SELECT contact_id FROM {erased} e", erased=erased))]
    if len(ids) > _MAX_NAMED:
        return []
    found: set[str] = set()
    for channel in (Channel.EMAIL, Channel.SMS):
        statement = sql.compose(
            "SELECT s.address FROM {status} s WHERE s.contact_id = ANY(%(ids)s) AND s.address IS NOT NULL",
            status=contact_queries.channel_status(channel),
            ids=ids,
        )
        found.update(address for (address,) in sql.rows(statement))
    for identifiers in contact_queries.identifiers_of_many(ids).values():
        found.update(value for kind in ("email", "phone") for value in identifiers.get(kind, []))
    return sorted(found)


def _spellings(address: str) -> set[str]:
    spelt = {address.lower()}
    if address.startswith("+"):
        spelt |= {address.removeprefix("+"), phones.display(address).replace(" ", "")}
    return spelt
