"""Two contacts side by side, with what is proposed for one: for the page on which they are merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.contacts.models import ConsentEntry, Contact, Field
from quen.apps.contacts.queries.fields import active_fields
from quen.apps.contacts.queries.identifiers import identifiers_of_many, identities_of
from quen.apps.contacts.queries.special_days import annual_day_text, special_day_text
from quen.apps.contacts.queries.tags import tags_of_many
from quen.apps.contacts.rules import merging
from quen.apps.contacts.rules.birthdays import stored_birthday
from quen.apps.contacts.rules.labels import LABELS, field_key
from quen.apps.contacts.types import MARKETING, Channel, Consent, FieldFormat, Gender, MergeSide, Status
from quen.core import phones, provinces
from quen.ui.tags.filters import day, money, num

_DAYS_AS_TEXT = frozenset({FieldFormat.DATE, FieldFormat.DATE_TIME})


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """A field of two contacts. chosen: whose value stays.  is_open: both say something, and not the same."""

    key: str
    label: str | Promise
    kept: str
    merged: str
    chosen: str
    is_open: bool

    @property
    def keeps_kept(self) -> bool:
        """Whether the kept contact's value stays."""
        return self.chosen in (MergeSide.KEPT, MergeSide.BOTH)

    @property
    def keeps_merged(self) -> bool:
        """Whether the merged contact's value stays."""
        return self.chosen in (MergeSide.MERGED, MergeSide.BOTH)


@dataclass(frozen=True, slots=True)
class ComparedConsent:
    """The consent of two contacts for a channel, and what holds for one. Nobody chooses it."""

    channel: str
    label: str | Promise
    kept: Consent
    merged: Consent
    result: Consent
    kept_at: datetime | None
    merged_at: datetime | None

    @property
    def is_locked(self) -> bool:
        """Whether a refusal stands."""
        return self.result in merging.REFUSALS


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """How much of something both contacts have, and what one of them will have."""

    label: str | Promise
    kept: str
    merged: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeComparison:
    """Two contacts side by side.

    open: fields to choose.  shared: phone, email and tags, of which both stay.  settled: fields in which they agree, or
    which only one has.  status: what holds afterwards.
    """

    kept: Contact
    merged: Contact
    open: Sequence[ComparedValue]
    shared: Sequence[ComparedValue]
    settled: Sequence[ComparedValue]
    consents: Sequence[ComparedConsent]
    figures: Sequence[ComparedFigure]
    status: str
    version: str


def compare_contacts(
    kept: Contact, merged: Contact, choices: Mapping[str, str], *, currency: str
) -> MergeComparison:
    """Return what is to choose between two contacts. choices: those made already."""
    mine, other = merging.columns_of(kept), merging.columns_of(merged)
    values = [*_groups(kept, merged, mine, other, choices), *_custom(mine, other, choices)]
    totals = {total.column: total.folded for total in registry.totals()}
    after = merging.merged_columns(mine, other, choices, totals=totals)
    return MergeComparison(
        kept=kept,
        merged=merged,
        open=[each for each in values if each.is_open],
        shared=_shared(kept, merged, choices),
        settled=[each for each in values if not each.is_open and (each.kept or each.merged)],
        consents=_consents(kept, merged, after),
        figures=_figures(kept, merged, currency),
        status=str(Status(after["status"]).label),
        version=f"{kept.updated_at.isoformat()} {merged.updated_at.isoformat()}",
    )


def merge_field_label(key: str) -> str:
    """Return the label of a field that undo of a merge restores."""
    if key.startswith("field_"):
        field = Field.objects.filter(pk=int(key.removeprefix("field_"))).first()
        return field.label if field else key
    if key == "address":
        return _now("Address")
    return str(LABELS.get(key) or {"first_source_id": _("First source")}.get(key, ""))


def _groups(
    kept: Contact,
    merged: Contact,
    mine: Mapping[str, Any],
    other: Mapping[str, Any],
    choices: Mapping[str, str],
) -> Iterable[ComparedValue]:
    for group in merging.GROUPS:
        texts = (_text(kept, group), _text(merged, group))
        both_notes = group == "note" and all(texts)
        preset = MergeSide.BOTH if both_notes else merging.preset(mine, other, group)
        label = _("Lives in") if group == "address" else LABELS[group]
        is_open = all(texts) and texts[0] != texts[1] and not both_notes
        yield ComparedValue(group, label, *texts, choices.get(group) or preset, is_open)


def _custom(
    mine: Mapping[str, Any], other: Mapping[str, Any], choices: Mapping[str, str]
) -> Iterable[ComparedValue]:
    for field in active_fields():
        key, name = str(field.pk), field_key(field.pk)
        texts = (_custom_text(field, mine["attrs"].get(key)), _custom_text(field, other["attrs"].get(key)))
        side = choices.get(name) or merging.preset_of_value(mine, other, key)
        yield ComparedValue(name, field.label, *texts, side, all(texts) and texts[0] != texts[1])


def _shared(kept: Contact, merged: Contact, choices: Mapping[str, str]) -> list[ComparedValue]:
    tags = tags_of_many([kept.pk, merged.pk])
    both = (kept, merged)
    texts: dict[str, tuple[str | Promise, list[str]]] = {
        "phone": (LABELS["phone"], [phones.display(each.phone) if each.phone else "" for each in both]),
        "email": (LABELS["email"], [each.email or "" for each in both]),
        "tags": (_("Tags"), [", ".join(tags.get(each.pk, [])) for each in both]),
    }
    return [
        ComparedValue(key, label, mine, other, choices.get(key, MergeSide.BOTH), bool(mine and other))
        for key, (label, (mine, other)) in texts.items()
        if mine or other
    ]


def _consents(kept: Contact, merged: Contact, after: Mapping[str, Any]) -> list[ComparedConsent]:
    entries = ConsentEntry.objects.filter(contact_id__in=(kept.pk, merged.pk), purpose=MARKETING)
    latest: dict[tuple[int, str], datetime] = {}
    for contact_id, channel, at in entries.order_by("at", "id").values_list("contact_id", "channel", "at"):
        latest[contact_id, channel] = at
    return [
        ComparedConsent(
            channel.value,
            channel.label,
            kept.consent(channel.value),
            merged.consent(channel.value),
            Consent(after[f"consent_{channel.value}"]),
            latest.get((kept.pk, channel.value)),
            latest.get((merged.pk, channel.value)),
        )
        for channel in Channel
        if kept.consent(channel.value) or merged.consent(channel.value)
    ]


def _figures(kept: Contact, merged: Contact, currency: str) -> list[ComparedFigure]:
    found = []
    if kept.orders_count or merged.orders_count:
        orders = (kept.orders_count, merged.orders_count)
        found.append(ComparedFigure(_("Total orders"), *map(num, (*orders, sum(orders)))))
        spent = (kept.spent, merged.spent, kept.spent + merged.spent)
        found.append(ComparedFigure(_("Total spent"), *(money(each, currency) for each in spent)))
    further = identifiers_of_many([kept.pk, merged.pk])
    codes = [", ".join(further.get(each.pk, {}).get("code", [])) for each in (kept, merged)]
    if any(codes):
        both = ", ".join(filter(None, codes))
        found.append(ComparedFigure(_("Customer code"), codes[0], codes[1], both))
    accounts = [len(identities_of(contact)) for contact in (kept, merged)]
    if any(accounts):
        found.append(
            ComparedFigure(_("Codes, further numbers and accounts"), *map(num, (*accounts, sum(accounts))))
        )
    for figure in registry.merge_figures():
        read = figure.read([kept.pk, merged.pk])
        counts = (read.get(kept.pk, 0), read.get(merged.pk, 0))
        if any(counts):
            found.append(ComparedFigure(figure.label, *map(num, (*counts, sum(counts)))))
    return found


def _text(contact: Contact, group: str) -> str:
    match group:
        case "birth_on":
            born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
            return annual_day_text(born)
        case "gender":
            return str(Gender(contact.gender).label) if contact.gender else ""
        case "address":
            unit = provinces.NEW.get(contact.province)
            city = unit.name if unit else contact.city
            return ", ".join(filter(None, (contact.address_line, contact.ward, contact.district, city)))
    return str(getattr(contact, group))


def _custom_text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.format == FieldFormat.YES_NO:
        return _now("Yes") if value else _now("No")
    if field.format == FieldFormat.NUMBER:
        return num(value)
    if field.format in _DAYS_AS_TEXT:
        return day(datetime.fromisoformat(value))
    if field.format == FieldFormat.PHONE:
        return phones.display(value)
    if field.format == FieldFormat.SPECIAL_DAY:
        return special_day_text(value)
    words = field.in_words(value)
    return ", ".join(words) if isinstance(words, list) else str(words)
