"""How contacts without a form of address could be addressed: a proposal and how certain it is (CON-69)."""

from __future__ import annotations

from datetime import date

from quen.apps.contacts.models import Contact
from quen.apps.contacts.queries.fields import age_field_id, contact_settings
from quen.apps.contacts.queries.lookup import contacts as all_contacts
from quen.apps.contacts.queries.lookup import relation_of, relation_of_ids
from quen.apps.contacts.types import Certainty, ProposedSalutation
from quen.core import sql
from quen.core.sql import Relation

_COLUMNS = ("contact_id", "salutation", "certainty", "reason")


def proposed_salutations(contacts: Relation, *, today: date) -> Relation:
    """Return proposals for those of the contacts (contact_id) who have no form of address.

    Columns contact_id, salutation, certainty, reason: see ProposedSalutation.
    """
    style = contact_settings()
    age_field = age_field_id(style)
    found = sql.compose(
        sql.text("contacts/proposed_salutations", contacts="{contacts}"),
        contacts=contacts,
        today=today,
        age_field=str(age_field or ""),
        young_form=style.young_form,
        young_below=style.young_below,
        aunt_from=style.aunt_from,
        elder_from=style.elder_from,
    )
    return Relation(found.text, found.params, _COLUMNS)


def proposed_salutation(contact: Contact, *, today: date) -> ProposedSalutation | None:
    """Return how a contact could be addressed; None if that is known, or nothing tells."""
    if contact.salutation or not contact.call_name:
        return None
    found = sql.rows(proposed_salutations(relation_of_ids([contact.pk]), today=today))
    if not found:
        return None
    _pk, salutation, certainty, reason = found[0]
    return ProposedSalutation(salutation, Certainty(certainty), reason)


def count_proposals(*, today: date) -> dict[Certainty, int]:
    """Return how many contacts have a proposal, by how certain it is."""
    undecided = relation_of(all_contacts().filter(salutation="").exclude(call_name=""))
    counted = sql.compose(
        "SELECT certainty, count(*) FROM {proposals} p GROUP BY certainty",
        proposals=proposed_salutations(undecided, today=today),
    )
    found = dict(sql.rows(counted))
    return {each: found.get(each.value, 0) for each in Certainty}


def with_proposal(at_least: Certainty, *, today: date) -> Relation:
    """Return the contacts (contact_id) that have a proposal at least so certain."""
    undecided = relation_of(all_contacts().filter(salutation="").exclude(call_name=""))
    found = sql.compose(
        "SELECT p.contact_id FROM {proposals} p WHERE p.certainty >= %(at_least)s",
        proposals=proposed_salutations(undecided, today=today),
        at_least=at_least.value,
    )
    return Relation(found.text, found.params, ("contact_id",))
