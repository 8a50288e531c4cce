"""What a person refused follows when contacts are merged, and stands on both when that is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from quen.apps.compliance.models import Suppression, TopicChoice, Unsubscribe
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import Consent, ContactRows
from quen.core import sql
from quen.core.sql import Relation

_SUPPRESSIONS = ContactRows(model=Suppression)
_UNSUBSCRIBES = ContactRows(model=Unsubscribe)
#: The stricter answer holds: a refusal is the greater number. Undo keeps it.
_CHOICES = ContactRows(
    model=TopicChoice,
    once=("topic_id", "channel"),
    fold={"consent": "greatest(k.consent, m.consent)", "at": "greatest(k.at, m.at)"},
)
MERGE_COLUMNS = {
    "compliance_suppression.contact_id": "follows",
    "compliance_unsubscribe.contact_id": "follows",
    "compliance_topicchoice.contact_id": "follows; of two answers the refusal stays",
}


def merge_refusals(pairs: Relation, now: datetime) -> None:
    """Give what merged contacts refused to the contacts that are kept."""
    for rows in (_SUPPRESSIONS, _UNSUBSCRIBES, _CHOICES):
        contacts.carry_rows(pairs, rows)


def unmerge_refusals(pairs: Relation, now: datetime) -> None:
    """Give it back; a topic that the kept contact refuses by now is refused by both.

    Who had refused it before is read first: what came with the merged contact returns to them, and stands on both.
    """
    refused = sql.rows(
        sql.compose(
            "SELECT p.kept_id, p.merged_id, k.topic_id, k.channel, k.at FROM {pairs} p"
            " JOIN compliance_topicchoice k ON k.contact_id = p.kept_id AND k.consent = %(withdrawn)s",
            pairs=pairs,
            withdrawn=Consent.WITHDRAWN,
        )
    )
    for rows in (_SUPPRESSIONS, _UNSUBSCRIBES, replace(_CHOICES, fold={})):
        contacts.return_rows(pairs, rows)
    both = [(pk, *answer) for kept, merged, *answer in refused for pk in (kept, merged)]
    sql.execute(
        Relation(
            "INSERT INTO compliance_topicchoice (contact_id, topic_id, channel, consent, at)"
            " SELECT contact_id, topic_id, channel, %(withdrawn)s, at FROM unnest(%(people)s::bigint[],"
            " %(topics)s::bigint[], %(channels)s::text[], %(times)s::timestamptz[])"
            " AS r (contact_id, topic_id, channel, at)"
            " ON CONFLICT (contact_id, topic_id, channel) DO UPDATE SET consent = excluded.consent, at = excluded.at"
            " WHERE compliance_topicchoice.consent <> excluded.consent",
            {
                "people": [row[0] for row in both],
                "topics": [row[1] for row in both],
                "channels": [row[2] for row in both],
                "times": [row[3] for row in both],
                "withdrawn": Consent.WITHDRAWN,
            },
        )
    )
