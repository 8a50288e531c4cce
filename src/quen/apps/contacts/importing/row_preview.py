"""Preview of a row of a file as a contact, for the wizard."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.importing import issues
from quen.apps.contacts.importing.kind import ContactImportKind
from quen.apps.contacts.importing.refusals import Refusal
from quen.apps.contacts.rules.labels import LABELS
from quen.apps.contacts.types import Channel, Consent, Gender, ImportAnswer, Status
from quen.apps.import_export.registry import ImportContext, Row, RowIssue, RowPreview
from quen.core import countries, provinces
from quen.core.phones import display

if TYPE_CHECKING:
    from quen.apps.contacts.importing.prepare import PreparedContacts
    from quen.apps.contacts.models import Contact

STATUS_STYLES: Final[Mapping[int, tuple[str, str]]] = {
    Status.SUBSCRIBED: ("good", "circle-check"),
    Status.UNSUBSCRIBED: ("bad", "circle-slash"),
    Status.NON_SUBSCRIBED: ("", "circle-dashed"),
    Status.SAVED: ("", "archive"),
}
#: what becomes of an address that the file says is not to be written to
UNWANTED: Final[Mapping[Refusal, str | Promise]] = {
    Refusal.BLOCK: gettext_lazy("On a block list: added to the suppression list"),
    Refusal.COMPLAINT: gettext_lazy("Reported spam: added to the suppression list"),
    Refusal.BOUNCE: gettext_lazy("Bounced: added to the suppression list"),
}
Line = tuple[str, str]
Note = tuple[str, str, str]
Staged = Mapping[str, Any]


def preview_row(context: ImportContext, row: Row) -> RowPreview:
    """Return how one row will be imported. Writes nothing."""
    writer = ContactImportKind().open_dry_run(context)
    prepared = writer.prepare([row])
    writer.refuse_erased(prepared)
    if not prepared.staged.rows:
        return RowPreview(
            title=_("This row can't be imported"),
            state=(_("Rejected"), "bad", "circle-x"),
            lines=(),
            notes=[("circle-x", "bad", issues.message_for(issue)) for issue in prepared.refused],
            refused=True,
        )
    staged = dict(zip(writer.columns, prepared.staged.rows[0], strict=True))
    status = staged.get("status") or Status.NON_SUBSCRIBED
    return RowPreview(
        title=staged.get("full_name") or _phone(staged) or staged.get("email") or _("No name"),
        state=(str(Status(status).label), *STATUS_STYLES[status]),
        lines=list(_lines(staged, prepared, context)),
        notes=list(_notes(staged, prepared)),
    )


def _lines(staged: Staged, prepared: PreparedContacts, context: ImportContext) -> Iterator[Line]:
    plain: list[tuple[str, Callable[[Staged], str]]] = [
        (_("Phone"), _phone),
        (_("Email"), lambda row: row.get("email") or ""),
        (_("Form of address"), lambda row: row.get("salutation") or ""),
        (_("Date of birth"), _birthday),
        (_("Gender"), lambda row: str(Gender(row["gender"]).label) if row.get("gender") else ""),
        (_("Address"), lambda row: row.get("address_line") or ""),
        (_("Location"), _place),
        (_("Company"), lambda row: row.get("company") or ""),
    ]
    yield from ((label, text) for label, read in plain if (text := read(staged)))
    tags = list(dict.fromkeys(name for _number, name in prepared.staged.tags))
    tags += [name for name in context.settings.get("tags") or [] if name not in tags]
    if tags:
        yield _("Tags"), ", ".join(tags)
    for key, labels in registry.import_labels().items():
        names = [name for _number, of, name in prepared.staged.labels if of == key]
        names += context.settings.get(key) or []
        if labels.answers:
            names = [str(ImportAnswer(name).label) for name in names]
        if names:
            yield str(labels.label), ", ".join(dict.fromkeys(names))
    for _number, system, external_id in prepared.staged.identities:
        yield {"zalo": "Zalo", "facebook": "Facebook"}.get(system, _("Customer code")), external_id
    for channel in Channel:
        consent = staged.get(f"consent_{channel.value}")
        # The status next to the name already shows the consent to email.
        if consent == Consent.WITHDRAWN:
            yield str(channel.label), _("Refuses")
        elif consent and not (channel is Channel.EMAIL and "status" in staged):
            yield str(channel.label), str(Consent(consent).label)
    for _row, email, refusal in prepared.unwanted:
        yield email, str(UNWANTED[refusal])
    yield from _custom(staged)
    if staged.get("note"):
        yield str(LABELS["note"]), staged["note"]


def _custom(staged: Staged) -> Iterator[Line]:
    values = json.loads(staged.get("attrs") or "{}")
    fields = {str(field.pk): field for field in queries.active_fields()} if values else {}
    for key, value in values.items():
        field = fields.get(key)
        words = queries.special_day_text(value) or _value(field.in_words(value) if field else value)
        yield (field.label if field else key), words


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    try:
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    except ValueError:
        return str(value)


def _notes(staged: Staged, prepared: PreparedContacts) -> Iterator[Note]:
    matches = _matching_contacts(staged, prepared.staged.identities)
    if len({contact.pk for contact, _identifier in matches}) > 1:
        yield "circle-x", "bad", str(issues.MESSAGES["ambiguous_contact"])
    elif matches:
        yield (
            "user-check",
            "",
            _("Already in Quen (same %(identifier)s). You choose whether to overwrite in the next step.")
            % {"identifier": matches[0][1]},
        )
    before = staged.get("province_before")
    if before and provinces.NEW[staged["province"]].name not in staged["city"]:
        params = {"typed": staged["city"], "now": provinces.NEW[staged["province"]].name}
        yield "map-pin", "", _("“%(typed)s” now belongs to %(now)s. The former name is kept.") % params
    for issue in prepared.warnings:
        yield "triangle-alert", "wait", issues.message_for(issue)
    missing_fields = prepared.staged.missing_fields.get(staged["row"])
    if missing_fields:
        labels = [str(LABELS.get(_label_key(key), key)) for key in missing_fields]
        yield (
            "circle-dashed",
            "",
            _("Will be imported as incomplete. Missing: %(fields)s") % {"fields": ", ".join(labels)},
        )


def _matching_contacts(
    staged: Staged, identities: Sequence[tuple[int, str, str]]
) -> list[tuple[Contact, str]]:
    """Return the existing contacts that this row matches, with the name of the matching identifier."""
    found: list[tuple[Contact | None, str]] = [
        (queries.find_by_identity(system, external_id), _("customer code"))
        for _number, system, external_id in identities
    ]
    if staged.get("phone"):
        found.append((queries.find_by_phone(staged["phone"]), _("phone number")))
    if staged.get("email"):
        found.append((queries.find_by_email(staged["email"]), _("email")))
    return [(contact, identifier) for contact, identifier in found if contact is not None]


def _label_key(key: str) -> str:
    return {"birth_day": "birth_on"}.get(key, key)


def _phone(staged: Staged) -> str:
    return display(staged["phone"]) if staged.get("phone") else ""


def _birthday(staged: Staged) -> str:
    if staged.get("birth_on"):
        return f"{staged['birth_on']:%d/%m/%Y}"
    day = staged.get("birth_day")
    return f"{day % 100:02}/{day // 100:02}" if day else ""


def _place(staged: Staged) -> str:
    province = staged.get("province") or ""
    name = provinces.NEW[province].name if province in provinces.NEW else staged.get("city") or ""
    country = staged.get("country") or ""
    abroad = countries.name(country, get_language() or "vi") if country and country != "VN" else ""
    return ", ".join(filter(None, [staged.get("ward"), staged.get("district"), name, abroad]))


def estimate(context: ImportContext, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
    """Return how many of the rows can be imported, and why the others cannot: text and number. Ignores existing
    contacts.
    """
    writer = ContactImportKind().open_dry_run(context)
    prepared = writer.prepare(rows)
    writer.refuse_erased(prepared)
    reasons: Counter[tuple[str, str, str]] = Counter(
        (issue.code, issue.field, str(issue.params.get("cause", ""))) for issue in prepared.refused
    )
    reasons_with_counts = [
        (issues.message_for(RowIssue(0, code, field, {"cause": cause} if cause else {})), times)
        for (code, field, cause), times in reasons.most_common()
    ]
    return len(rows) - len(prepared.refused), reasons_with_counts
