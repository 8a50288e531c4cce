"""Undo of merges for 30 days: moved identifiers leave the kept contact first, then both are restored.

Consent never rises: what stands on the kept contact when a merge is undone, a refusal, stands on both. While they were
one, a refusal was said for both, and one that repeated an earlier one left no trace of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
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
    MergeMove,
    Tag,
    undo_deadline,
)
from quen.apps.contacts.rules import completeness, merging
from quen.apps.contacts.rules.further_addresses import further_address
from quen.apps.contacts.services.consent import save_proof
from quen.apps.contacts.services.files import FILES
from quen.apps.contacts.services.locks import UPSERT_BATCH
from quen.apps.contacts.services.merge_forgetting import forget_merges
from quen.apps.contacts.services.merge_moves import return_rows
from quen.apps.contacts.services.merging import (
    ADDRESSES,
    CONSENT_LOG,
    EVENTS,
    IDENTITIES,
    TAGS,
    fold_by_total,
    pairs_of,
)
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import (
    MARKETING,
    Channel,
    Consent,
    ConsentProof,
    EmailInUse,
    KeptIsDeleted,
    MergedOn,
    PhoneInUse,
    Status,
    TooLateToUndo,
)
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.apps.team import services as team
from quen.core import phones, sql

if TYPE_CHECKING:
    from quen.core.actors import Actor

_UNDO_DAYS = 30


@transaction.atomic
def undo_merge(
    *, merge: ContactMerge, restore: Collection[str] = (), actor: Actor, now: datetime
) -> tuple[Contact, Contact]:
    """Undo a merge and return the kept and the merged contact.

    restore: fields that somebody edited since and that get their former value all the same; the others stay as edited.
    Raises TooLateToUndo, MergedOn, KeptIsDeleted, PhoneInUse, EmailInUse. Locks both contacts.
    """
    kept, merged = _undo(merge, restore, actor, now)
    team.audit(actor, "contacts.merge_undone", now=now, target=kept)
    return kept, merged


def undo_merge_change(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Undo the merges of one act, those that nothing blocks. Returns how many, and how many not."""
    undone = blocked = 0
    for merge in ContactMerge.objects.filter(change_id=change.pk, undone_at=None).order_by("-id"):
        try:
            with transaction.atomic():
                _undo(merge, (), actor, now)
                undone += 1
        except (MergedOn, KeptIsDeleted, PhoneInUse, EmailInUse, TooLateToUndo):
            blocked += 1
    return undone, {"in_use": blocked} if blocked else {}


def end_merges(*, now: datetime) -> int:
    """Delete what undo of merges older than 30 days would need, with the merged contacts. Returns how many.

    Nobody is erased: what identified these contacts belongs to those that were kept.
    """
    old = ContactMerge.objects.filter(at__lt=now - timedelta(days=_UNDO_DAYS), undone_at=None)
    with transaction.atomic():
        ids = list(old.exclude(before={}, after={}).values_list("pk", "merged_id"))
        forget_merges([pk for pk, _merged in ids])
        gone = Contact.all_objects.filter(pk__in=[merged for _pk, merged in ids], deleted_at__isnull=False)
        return gone.delete()[1].get("contacts.Contact", 0)


def _undo(
    merge: ContactMerge, restore: Collection[str], actor: Actor, now: datetime
) -> tuple[Contact, Contact]:
    UPSERT_BATCH.acquire()
    merge = ContactMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None or now >= undo_deadline(merge.at) or not merge.after:
        raise TooLateToUndo()
    ids = (merge.kept_id, merge.merged_id)
    found = {
        each.pk: each for each in Contact.all_objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    if len(found) < len(ids):
        raise TooLateToUndo()
    kept, merged = found[merge.kept_id], found[merge.merged_id]
    _ensure_unblocked(merge, kept, merged)
    consents_before = {each.pk: _consents(each) for each in (kept, merged)}
    preview = queries.preview_undo(merge)
    _restore_kept(kept, merged, merge, {*preview.returning, *restore}, now)
    _tighten(merged, kept, now)
    merged.deleted_at = None
    ContactMerge.objects.filter(pk=merge.pk).update(undone_at=now)
    _take_identifiers(kept, merged, merge)
    kept.save()
    merged.save()
    pairs = pairs_of([merge])
    for rows in (IDENTITIES, CONSENT_LOG, TAGS, FILES, ADDRESSES):
        return_rows(pairs, rows)
    # A tag that was deleted since does not come back.
    ContactTag.objects.filter(contact_id__in=ids).exclude(tag_id__in=Tag.objects.values("pk")).delete()
    _forget_default_addresses(kept, merged)
    moved = sql.compose(
        "SELECT (x #>> '{}')::bigint AS event_id, p.kept_id, p.merged_id FROM {pairs} p"
        ' JOIN contacts_mergemove v ON v.merge_id = p.merge_id AND v."table" = %(table)s'
        " CROSS JOIN LATERAL jsonb_array_elements(v.rows) x",
        pairs=pairs,
        table=EVENTS,
    )
    events.return_events(moved)
    _log_consents(consents_before, (kept, merged), actor, now)
    _log_under_blocks(merge, kept, merged, actor, now)
    registry.run_unmerge_handlers(pairs, now=now)
    both = (kept.pk, merged.pk)
    events.record_many(
        [NewEvent("contacts_unmerged", pk, now, ref=merge.pk, data=dict(actor_data(actor))) for pk in both]
    )
    events.notify_changed(queries.relation_of_ids(both), fields=[])
    return kept, merged


def _ensure_unblocked(merge: ContactMerge, kept: Contact, merged: Contact) -> None:
    further = ContactMerge.objects.filter(merged_id=kept.pk, undone_at=None).first()
    if further is not None:
        other = Contact.all_objects.filter(pk=further.kept_id).first()
        raise MergedOn(name=str(kept), other=str(other or f"#{further.kept_id}"))
    if kept.deleted_at is not None:
        raise KeptIsDeleted(name=str(kept))
    for column, refusal in (("phone", PhoneInUse), ("email", EmailInUse)):
        value = getattr(merged, column)
        if not value:
            continue
        find = queries.find_by_phone if column == "phone" else queries.find_by_email
        owner = find(value) or queries.find_by_identity(column, value)
        if owner is not None and owner.pk != kept.pk:
            shown = phones.display(value) if column == "phone" else value
            raise refusal(**{"name": str(owner), column: shown, "contact_id": owner.pk})


def _forget_default_addresses(*contacts: Contact) -> None:
    """Delete the further addresses that the merge made of default ones, which are default again."""
    for contact in contacts:
        ContactAddress.objects.filter(contact=contact, **further_address(vars(contact))).delete()


def _restore_kept(
    kept: Contact, merged: Contact, merge: ContactMerge, groups: Collection[str], now: datetime
) -> None:
    """Set the former values of the chosen groups; totals lose what the merged contact brought."""
    before, after = merge.before, merge.after
    for group in groups:
        for column in merging.UNDO_GROUPS.get(group, ()):
            if column in before:
                setattr(kept, column, _value(column, before[column]))
    for key in merging.changed_attrs(before, after):
        if f"field_{key}" in groups:
            kept.attrs.pop(key, None)
            if key in before["attrs"]:
                kept.attrs[key] = before["attrs"][key]
    for column, how in fold_by_total().items():
        if column in before:
            _reduce_total(kept, column, how, before[column], after[column])
    for channel in Channel:
        column = f"consent_{channel.value}"
        if column in before and getattr(kept, column) == after[column]:
            setattr(kept, column, merging.lower_consent(before[column], after[column]))
    if "status" in before and kept.status == after["status"]:
        status = merging.lower_status(before["status"], after["status"])
        if status == before["status"]:
            kept.status_before_saved = _lower_before_saved(kept, before)
        kept.status = status
    required = accounts.current_workspace().required_fields
    for contact in (kept, merged):
        contact.incomplete = bool(completeness.missing(required, vars(contact)))
        contact.updated_at = now


def _lower_before_saved(kept: Contact, before: Mapping[str, Any]) -> int | None:
    """Return what an archived contact was before: a refusal that the merge brought, or that came since, stays."""
    refused = before["status"] == Status.SAVED and kept.status_before_saved == Status.UNSUBSCRIBED
    return Status.UNSUBSCRIBED if refused else before["status_before_saved"]


def _reduce_total(kept: Contact, column: str, how: str, before: Any, after: Any) -> None:
    current = getattr(kept, column)
    if how == "sum" and None not in (before, after, current):
        setattr(kept, column, current - (_value(column, after) - _value(column, before)))
    elif merging.as_json({column: current})[column] == after:
        setattr(kept, column, _value(column, before))


def _tighten(merged: Contact, kept: Contact, now: datetime) -> None:
    """Let refusals and a restriction that stand on the kept contact stand on the merged one too."""
    merged.restricted_at = merged.restricted_at or kept.restricted_at
    for channel in Channel:
        column = f"consent_{channel.value}"
        if getattr(kept, column) in merging.REFUSALS:
            setattr(merged, column, merging.lower_consent(getattr(merged, column), getattr(kept, column)))
    refused = Status.UNSUBSCRIBED in (kept.status, kept.status_before_saved)
    if refused and merged.status == Status.SAVED:
        merged.status_before_saved = Status.UNSUBSCRIBED
    elif refused:
        merged.status = Status.UNSUBSCRIBED


def _take_identifiers(kept: Contact, merged: Contact, merge: ContactMerge) -> None:
    """Take off the kept contact what came with the merged one, also where it is the main phone or email by now."""
    for system, value in merge.after.get("identifiers", []):
        if value != merge.before[system]:
            ContactIdentity.objects.filter(contact=kept, system=system, external_id=value).delete()
    theirs = {
        (each.system, each.external_id)
        for each in ContactIdentity.objects.filter(contact_id=merged.pk, system__in=("phone", "email"))
    }
    moved = MergeMove.objects.filter(merge_id=merge.pk, table=ContactIdentity._meta.db_table)
    rows = [row[0] for each in moved for row in each.rows]
    for each in ContactIdentity.objects.filter(pk__in=rows):
        theirs.add((each.system, each.external_id))
    for column in ("phone", "email"):
        value = getattr(merged, column)
        if value:
            theirs.add((column, value))
            ContactIdentity.objects.filter(contact=kept, system=column, external_id=value).delete()
        if (column, getattr(kept, column)) in theirs:
            former = merge.before[column]
            setattr(kept, column, former if _is_free(column, former, kept) else None)
        ContactIdentity.objects.filter(
            contact=kept, system=column, external_id=getattr(kept, column) or ""
        ).delete()


def _is_free(column: str, value: str | None, kept: Contact) -> bool:
    if not value:
        return False
    find = queries.find_by_phone if column == "phone" else queries.find_by_email
    owner = find(value) or queries.find_by_identity(column, value)
    return owner is None or owner.pk == kept.pk


def _log_consents(
    before: Mapping[int, Mapping[str, int]], contacts: Collection[Contact], actor: Actor, now: datetime
) -> None:
    """Write a line into the consent log for each consent that undo left other than the log says."""
    entries = [
        (contact, channel, value)
        for contact in contacts
        for channel, value in _consents(contact).items()
        if value != before[contact.pk][channel]
    ]
    if not entries:
        return
    proof = save_proof(ConsentProof(ground="", method="undo"), actor=actor, now=now)
    ConsentEntry.objects.bulk_create(
        ConsentEntry(contact=contact, channel=channel, consent=value, proof=proof, at=now)
        for contact, channel, value in entries
    )


def _log_under_blocks(
    merge: ContactMerge, kept: Contact, merged: Contact, actor: Actor, now: datetime
) -> None:
    """Write what holds under a block that stands now, where the logs would give back more when it ends.

    On the kept contact, no more than before the merge: what the other agreed to went back with it. On the other one, a
    refusal that was said while they were one.
    """
    logged = queries.consents_before_block([kept.pk, merged.pk])
    lines: list[tuple[Contact, str, int]] = []
    for channel in Channel.values:
        if kept.consent(channel) != Consent.BLOCKED:
            continue
        mine, other = (logged.get((each.pk, channel), Consent.NEVER_ASKED) for each in (kept, merged))
        under = merging.lower_consent(mine, _before_merge(merge, kept, channel))
        if under != mine:
            lines += [(kept, channel, under), (kept, channel, Consent.BLOCKED)]
        if merged.consent(channel) == Consent.BLOCKED and mine in merging.REFUSALS:
            under = merging.lower_consent(other, mine)
            if under != other:
                lines += [(merged, channel, under), (merged, channel, Consent.BLOCKED)]
    if not lines:
        return
    proof = save_proof(ConsentProof(ground="", method="undo"), actor=actor, now=now)
    ConsentEntry.objects.bulk_create(
        ConsentEntry(contact=contact, channel=channel, consent=consent, proof=proof, at=now)
        for contact, channel, consent in lines
    )


def _before_merge(merge: ContactMerge, kept: Contact, channel: str) -> Consent:
    """Return what held on the kept contact before the merge; under a block, what held under it."""
    consent = Consent(merge.before[f"consent_{channel}"])
    if consent != Consent.BLOCKED:
        return consent
    entries = ConsentEntry.objects.filter(contact=kept, channel=channel, purpose=MARKETING, at__lt=merge.at)
    last = entries.exclude(consent=Consent.BLOCKED).order_by("-at", "-id").first()
    return Consent(last.consent) if last else Consent.NEVER_ASKED


def _consents(contact: Contact) -> dict[str, int]:
    return {channel.value: int(contact.consent(channel.value)) for channel in Channel}


def _value(column: str, stored: Any) -> Any:
    """Return the value of a column that was kept as JSON."""
    field = next(each for each in Contact._meta.concrete_fields if each.attname == column)
    value = field.to_python(stored)
    return Decimal(value) if isinstance(value, float) else value
