"""What a person refused follows when contacts are merged, and stands on both when that is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from quen.apps.compliance.models import PurposeAnswer, Suppression, TopicChoice, Unsubscribe
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
_ANSWERS = replace(_CHOICES, model=PurposeAnswer, once=("purpose",))
MERGE_COLUMNS = {
    "compliance_suppression.contact_id": "follows",
    "compliance_unsubscribe.contact_id": "follows",
    "compliance_topicchoice.contact_id": "follows; of two answers the refusal stays",
    "compliance_purposeanswer.contact_id": "follows; of two answers the refusal stays",
}


def merge_refusals(pairs: Relation, now: datetime) -> None:
    """Give what merged contacts refused to the contacts that are kept."""
    for rows in (_SUPPRESSIONS, _UNSUBSCRIBES, _CHOICES, _ANSWERS):
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
    uses = _refused_uses(pairs)
    for rows in (_SUPPRESSIONS, _UNSUBSCRIBES, replace(_CHOICES, fold={}), replace(_ANSWERS, fold={})):
        contacts.return_rows(pairs, rows)
    _refuse_uses(uses)
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


def _refused_uses(pairs: Relation) -> list[tuple[int, str, datetime]]:
    """Return contact, purpose and time of what the kept contacts refuse, for both contacts of each pair."""
    found = sql.rows(
        sql.compose(
            "SELECT p.kept_id, p.merged_id, k.purpose, k.at FROM {pairs} p"
            " JOIN compliance_purposeanswer k ON k.contact_id = p.kept_id AND k.consent = %(withdrawn)s",
            pairs=pairs,
            withdrawn=Consent.WITHDRAWN,
        )
    )
    return [(pk, purpose, at) for kept, merged, purpose, at in found for pk in (kept, merged)]


def _refuse_uses(both: list[tuple[int, str, datetime]]) -> None:
    sql.execute(
        Relation(
            "INSERT INTO compliance_purposeanswer (contact_id, purpose, consent, at)"
            " SELECT contact_id, purpose, %(withdrawn)s, at FROM unnest(%(people)s::bigint[],"
            " %(purposes)s::text[], %(times)s::timestamptz[]) AS r (contact_id, purpose, at)"
            " ON CONFLICT (contact_id, purpose) DO UPDATE SET consent = excluded.consent, at = excluded.at"
            " WHERE compliance_purposeanswer.consent <> excluded.consent",
            {
                "people": [row[0] for row in both],
                "purposes": [row[1] for row in both],
                "times": [row[2] for row in both],
                "withdrawn": Consent.WITHDRAWN,
            },
        )
    )
