"""Merging two contacts into one (R-09): everything follows, the stricter consent holds, and undo knows what was before.

The merged contact stays as a deleted row for 30 days; for good, its id leads to the contact that was kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import (
    BulkChange,
    ConsentEntry,
    Contact,
    ContactAddress,
    ContactIdentity,
    ContactMerge,
    ContactTag,
)
from quen.apps.contacts.rules import completeness, merging
from quen.apps.contacts.rules.further_addresses import further_address, is_empty
from quen.apps.contacts.services.consent import save_proof
from quen.apps.contacts.services.files import FILES
from quen.apps.contacts.services.locks import UPSERT_BATCH
from quen.apps.contacts.services.merge_moves import carry_rows, drop_rows
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import (
    AlreadyMerged,
    BulkAction,
    BulkOutcome,
    Channel,
    Consent,
    ConsentProof,
    ContactRows,
    MergeSide,
    NoIdentifier,
    SameContact,
)
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.apps.team import services as team
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.core.actors import Actor

IDENTITIES = ContactRows(model=ContactIdentity)
CONSENT_LOG = ContactRows(model=ConsentEntry)
TAGS = ContactRows(model=ContactTag, key=("tag_id",), once=("tag_id",))
ADDRESSES = ContactRows(model=ContactAddress)
MERGE_COLUMNS = {
    "contacts_contactidentity.contact_id": "follows",
    "contacts_consententry.contact_id": "follows",
    "contacts_contacttag.contact_id": "follows, each tag once",
    "contacts_contactfile.contact_id": "follows",
    "contacts_contactaddress.contact_id": "follows; the default address that is not kept becomes a further one",
    "contacts_bulkchangerow.contact_id": "stays: undo of an earlier change is about the contact as it was",
    "contacts_editsheetrow.contact_id": "stays: the row of a merged contact is not recognised when it comes back",
    "contacts_editsheetcell.contact_id": "stays with its row",
    "contacts_merge.kept_id": "leads from an old id to the contact kept",
    "contacts_merge.merged_id": "leads from an old id to the contact kept",
    "contacts_mergemove.rows": "rows as undo needs them",
    "events_event.contact_id": "follows",
    "events_consumerqueue.contact_id": "follows",
}
#: the name under which moved events are remembered
EVENTS = "events_event"
#: pairs of one transaction
BATCH_SIZE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePair:
    """Two contacts to merge, by id, and what was chosen; see ``rules.merging.merged_columns``."""

    kept_id: int
    merged_id: int
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Merged:
    """One pair as it is being merged. before, after: columns of the kept contact that change."""

    kept: Contact
    merged: Contact
    choices: Mapping[str, str]
    before: dict[str, Any]
    after: dict[str, Any]
    identifiers: list[tuple[str, str]]


@transaction.atomic
def merge_contacts(
    *,
    kept: Contact,
    merged: Contact,
    choices: Mapping[str, str] | None = None,
    actor: Actor,
    now: datetime,
) -> ContactMerge:
    """Merge one contact into another and return the merge, by which it is undone.

    choices: a MergeSide by field, see ``rules.merging.merged_columns``; what is not chosen is preset.
    Raises SameContact, AlreadyMerged when either is gone by now, NoIdentifier. Locks both contacts.
    """
    pair = MergePair(kept_id=kept.pk, merged_id=merged.pk, choices=choices or {})
    merge = merge_pairs(pairs=[pair], actor=actor, now=now)[0]
    # Without names: the log outlasts an erasure.
    team.audit(actor, "contacts.merged", now=now, target=kept)
    return merge


@transaction.atomic
def merge_pairs(
    *,
    pairs: Sequence[MergePair],
    change: BulkChange | None = None,
    skip_gone: bool = False,
    actor: Actor,
    now: datetime,
) -> list[ContactMerge]:
    """Merge pairs of contacts, in as many statements as for one. No contact may occur twice.

    change: the act they belong to.  skip_gone: leave out pairs of which a contact is gone, instead of AlreadyMerged.
    """
    ids = [each for pair in pairs for each in (pair.kept_id, pair.merged_id)]
    if len(set(ids)) < len(ids):
        raise SameContact()
    found = _lock(ids)
    gone = [pair for pair in pairs if not {pair.kept_id, pair.merged_id} <= found.keys()]
    if gone and not skip_gone:
        raise AlreadyMerged()
    required = accounts.current_workspace().required_fields
    work = [
        _plan(found[pair.kept_id], found[pair.merged_id], pair.choices, required)
        for pair in pairs
        if pair not in gone
    ]
    if not work:
        return []
    merges = ContactMerge.objects.bulk_create(
        ContactMerge(
            kept_id=each.kept.pk,
            merged_id=each.merged.pk,
            at=now,
            member_id=actor.member_id,
            member_name=actor.name,
            choices=dict(each.choices),
            before=merging.as_json(each.before),
            after=merging.as_json(each.after) | {"identifiers": [list(pair) for pair in each.identifiers]},
            change_id=change.pk if change else None,
        )
        for each in work
    )
    relation = pairs_of(merges)
    _write_contacts(work, now)
    under_blocks = _under_blocks(work)
    _move_rows(relation, merges, work, now)
    _write_consents(work, under_blocks, actor, now)
    _remember_events(relation)
    events.move_events(relation)
    registry.run_merge_handlers(relation, now=now)
    _record(merges, work, actor, now)
    return merges


def bulk_merge(change: BulkChange, pairs: Sequence[MergePair], actor: Actor, now: datetime) -> BulkOutcome:
    """Merge pairs as a part of one act, and count them in its change."""
    merges = merge_pairs(pairs=pairs, change=change, skip_gone=True, actor=actor, now=now)
    change.count += len(merges)
    change.save(update_fields=["count"])
    skipped = {"gone": len(pairs) - len(merges)} if len(merges) < len(pairs) else {}
    return BulkOutcome(change_id=change.pk, requested=len(pairs), changed=len(merges), skipped=skipped)


def start_merge_change(*, count: int, actor: Actor, now: datetime) -> BulkChange:
    """Return the change of one act over many pairs, written to the log."""
    change = BulkChange.objects.create(action=BulkAction.MERGE, member_id=actor.member_id, at=now)
    team.audit(actor, f"contacts.bulk_{BulkAction.MERGE}", now=now, target=change, data={"contacts": count})
    return change


def pairs_of(merges: Sequence[ContactMerge]) -> Relation:
    """Return merges as a Relation: merge_id, kept_id, merged_id."""
    return Relation(
        "SELECT * FROM unnest(%(merges)s::bigint[], %(kept)s::bigint[], %(merged)s::bigint[])"
        " AS p (merge_id, kept_id, merged_id)",
        {
            "merges": [each.pk for each in merges],
            "kept": [each.kept_id for each in merges],
            "merged": [each.merged_id for each in merges],
        },
        ("merge_id", "kept_id", "merged_id"),
    )


def fold_by_total() -> dict[str, str]:
    """Return how each registered total of two contacts becomes one."""
    return {total.column: total.folded for total in registry.totals()}


def _lock(ids: Sequence[int]) -> dict[int, Contact]:
    """Return the contacts that are not deleted, locked. Imports, which match contacts before they write, wait."""
    UPSERT_BATCH.acquire()
    found = Contact.all_objects.select_for_update().filter(pk__in=ids).order_by("pk")
    return {contact.pk: contact for contact in found if contact.deleted_at is None}


def _plan(kept: Contact, merged: Contact, choices: Mapping[str, str], required: Sequence[str]) -> _Merged:
    mine, other = merging.columns_of(kept), merging.columns_of(merged)
    after = merging.merged_columns(mine, other, choices, totals=fold_by_total())
    identifiers = merging.further_identifiers(mine, other, after, choices)
    if not completeness.is_identified(after):
        known = ContactIdentity.objects.filter(contact_id__in=(kept.pk, merged.pk), deleted_at=None)
        if not identifiers and not known.exists():
            raise NoIdentifier()
    after["incomplete"] = bool(completeness.missing(required, mine | after))
    # Undo has to know what these were, even where the merge left them alone.
    always = (*merging.CONSENTS, *merging.STATUS, "phone", "email")
    changed = {column: value for column, value in after.items() if value != mine[column] or column in always}
    before = {column: mine[column] for column in changed}
    return _Merged(kept, merged, choices, before, changed, identifiers)


def _write_contacts(work: Sequence[_Merged], now: datetime) -> None:
    """Take the merged contacts out first: their phone or email may be the kept ones' from now on."""
    Contact.all_objects.filter(pk__in=[each.merged.pk for each in work]).update(deleted_at=now)
    changed = {"updated_at"}
    for each in work:
        changed |= set(each.after)
        for column, value in each.after.items():
            setattr(each.kept, column, value)
        each.kept.updated_at = now
    names = [each.name for each in Contact._meta.concrete_fields if each.attname in changed]
    Contact.all_objects.bulk_update([each.kept for each in work], names, batch_size=BATCH_SIZE)


def _move_rows(
    relation: Relation, merges: Sequence[ContactMerge], work: Sequence[_Merged], now: datetime
) -> None:
    carry_rows(relation, IDENTITIES)
    ContactIdentity.objects.bulk_create(
        (
            ContactIdentity(contact=each.kept, system=system, external_id=value, created_at=now)
            for each in work
            for system, value in each.identifiers
        ),
        ignore_conflicts=True,
    )
    carry_rows(relation, CONSENT_LOG)
    carry_rows(relation, FILES)
    ContactAddress.objects.bulk_create(
        address for each in work if (address := _left_address(each, now)) is not None
    )
    carry_rows(relation, ADDRESSES)
    for side, left_out in ((MergeSide.MERGED, "kept_id"), (MergeSide.KEPT, "merged_id")):
        chosen = [merge for merge, each in zip(merges, work, strict=True) if each.choices.get("tags") == side]
        drop_rows(pairs_of(chosen), TAGS, of=left_out)
    carry_rows(relation, TAGS)


def _left_address(work: _Merged, now: datetime) -> ContactAddress | None:
    """Return the default address that the merge did not keep, as a further one of its contact."""
    after = further_address(vars(work.kept))
    kept = further_address(vars(work.kept) | work.before)
    for contact, address in ((work.kept, kept), (work.merged, further_address(vars(work.merged)))):
        if address != after and not is_empty(address):
            return ContactAddress(contact=contact, created_at=now, **address)
    return None


def _under_blocks(work: Sequence[_Merged]) -> dict[tuple[int, str], Consent]:
    """Return what holds once a block is removed, by kept contact and channel, where the two say different things.

    It is the stricter of both: of their logs alone, the later answer would hold (R-15).
    """
    blocked = [
        (each, channel.value)
        for each in work
        for channel in Channel
        if each.after[f"consent_{channel.value}"] == Consent.BLOCKED
    ]
    if not blocked:
        return {}
    logged = queries.consents_before_block(
        [contact.pk for each, _channel in blocked for contact in (each.kept, each.merged)]
    )

    def held(contact: Contact, channel: str, consent: int) -> int:
        return logged.get((contact.pk, channel), 0) if consent == Consent.BLOCKED else consent

    found = {}
    for each, channel in blocked:
        mine = held(each.kept, channel, each.before[f"consent_{channel}"])
        other = held(each.merged, channel, each.merged.consent(channel))
        if mine != other:
            found[each.kept.pk, channel] = merging.stricter_consent(mine, other)
    return found


def _write_consents(
    work: Sequence[_Merged], under_blocks: Mapping[tuple[int, str], Consent], actor: Actor, now: datetime
) -> None:
    """Write a line into the consent log for each consent of the kept contact that the merge changed.

    Before a block, one for what holds under it.
    """
    lines: list[tuple[Contact, str, int]] = []
    for each in work:
        for channel in Channel:
            column, under = f"consent_{channel.value}", under_blocks.get((each.kept.pk, channel.value))
            if under is not None:
                lines.append((each.kept, channel.value, under))
            if under is not None or each.after[column] != each.before[column]:
                lines.append((each.kept, channel.value, each.after[column]))
    if not lines:
        return
    proof = save_proof(ConsentProof(ground="", method="merge"), actor=actor, now=now)
    ConsentEntry.objects.bulk_create(
        ConsentEntry(contact=contact, channel=channel, consent=consent, proof=proof, at=now)
        for contact, channel, consent in lines
    )


def _remember_events(relation: Relation) -> None:
    """Keep the ids of the events that are about to move: they cannot be told from the kept contact's afterwards."""
    theirs = sql.compose("SELECT merged_id AS contact_id FROM {pairs} p", pairs=relation)
    statement = sql.compose(
        "WITH found AS MATERIALIZED (SELECT p.merge_id, jsonb_agg(e.id) AS rows FROM {pairs} p"
        " JOIN {theirs} e ON e.contact_id = p.merged_id GROUP BY p.merge_id)"
        ' INSERT INTO contacts_mergemove (merge_id, "table", kind, rows)'
        " SELECT merge_id, %(table)s, 'moved', rows FROM found",
        pairs=relation,
        theirs=event_queries.events_of(theirs),
        table=EVENTS,
    )
    sql.execute(statement)


def _record(merges: Sequence[ContactMerge], work: Sequence[_Merged], actor: Actor, now: datetime) -> None:
    events.record_many(
        [
            NewEvent(
                "contacts_merged",
                each.kept.pk,
                now,
                ref=merge.pk,
                data=dict(actor_data(actor)),
            )
            for merge, each in zip(merges, work, strict=True)
        ]
    )
    touched = [pk for each in work for pk in (each.kept.pk, each.merged.pk)]
    events.notify_changed(queries.relation_of_ids(touched), fields=[])
