"""A row of a file as the person it will become, for the wizard."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quen.apps.contacts import queries
from quen.apps.contacts.importing import issues
from quen.apps.contacts.importing.kind import ContactImports
from quen.apps.contacts.rules.labels import LABELS
from quen.apps.contacts.types import Channel, Consent, Gender, Status
from quen.apps.import_export.registry import ImportOrder, Row, RowIssue, RowShown
from quen.core import countries, provinces
from quen.core.phones import display

if TYPE_CHECKING:
    from quen.apps.contacts.importing.prepare import PreparedPeople
    from quen.apps.contacts.models import Contact

STATES: Final[Mapping[int, tuple[str, str]]] = {
    Status.SUBSCRIBED: ("good", "circle-check"),
    Status.UNSUBSCRIBED: ("bad", "circle-slash"),
    Status.NON_SUBSCRIBED: ("", "circle-dashed"),
    Status.SAVED: ("", "archive"),
}
Line = tuple[str, str]
Note = tuple[str, str, str]
Staged = Mapping[str, Any]


def show_row(order: ImportOrder, row: Row) -> RowShown:
    """Read one row as the import will, and say what becomes of it. Writes nothing."""
    writer = ContactImports().begin_trial(order)
    prepared = writer.prepare([row])
    if not prepared.rows:
        return RowShown(
            title=_("This row does not come in"),
            state=(_("Refused"), "bad", "circle-x"),
            lines=(),
            notes=[("circle-x", "bad", issues.sentence(issue)) for issue in prepared.refused],
            refused=True,
        )
    names = [name for name, _type in writer.shape.named()]
    staged = dict(zip(names, prepared.rows[0], strict=True))
    status = staged.get("status") or Status.NON_SUBSCRIBED
    return RowShown(
        title=staged.get("full_name") or _shown_phone(staged) or staged.get("email") or _("Without a name"),
        state=(str(Status(status).label), *STATES[status]),
        lines=list(_lines(staged, prepared, order)),
        notes=list(_notes(staged, prepared)),
    )


def _lines(staged: Staged, prepared: PreparedPeople, order: ImportOrder) -> Iterator[Line]:
    plain: list[tuple[str, Callable[[Staged], str]]] = [
        (_("Phone"), _shown_phone),
        (_("Email"), lambda row: row.get("email") or ""),
        (_("Form of address"), lambda row: row.get("salutation") or ""),
        (_("Date of birth"), _birthday),
        (_("Gender"), lambda row: str(Gender(row["gender"]).label) if row.get("gender") else ""),
        (_("Address"), lambda row: row.get("address_line") or ""),
        (_("Lives in"), _place),
        (_("Company"), lambda row: row.get("company") or ""),
    ]
    yield from ((label, text) for label, read in plain if (text := read(staged)))
    tags = list(dict.fromkeys(name for _number, name in prepared.tags))
    tags += [name for name in order.settings.get("tags") or [] if name not in tags]
    if tags:
        yield _("Tags"), ", ".join(tags)
    for _number, system, external_id in prepared.identities:
        yield {"zalo": "Zalo", "facebook": "Facebook"}.get(system, _("Customer code")), external_id
    for channel in Channel:
        said = staged.get(f"consent_{channel.value}")
        # The status beside the name tells what the person said to mail.
        if said and not (channel is Channel.EMAIL and "status" in staged):
            yield str(channel.label), str(Consent(said).label)
    yield from _custom(staged)
    if staged.get("note"):
        yield str(LABELS["note"]), staged["note"]


def _custom(staged: Staged) -> Iterator[Line]:
    values = json.loads(staged.get("attrs") or "{}")
    labels = {str(field.pk): field.name for field in queries.active_fields()} if values else {}
    for key, value in values.items():
        yield labels.get(key, key), _value(value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    try:
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    except ValueError:
        return str(value)


def _notes(staged: Staged, prepared: PreparedPeople) -> Iterator[Note]:
    met = _met(staged, prepared.identities)
    if len({person.pk for person, _how in met}) > 1:
        yield "circle-x", "bad", str(issues.SENTENCES["two_people"])
    elif met:
        yield (
            "user-check",
            "",
            _("Already in Quen (same %(identifier)s). In the next step you choose to overwrite or to keep.")
            % {"identifier": met[0][1]},
        )
    before = staged.get("province_before")
    if before and provinces.NEW[staged["province"]].name not in staged["city"]:
        words = {"typed": staged["city"], "now": provinces.NEW[staged["province"]].name}
        yield "map-pin", "", _("“%(typed)s” now belongs to %(now)s. The former name is kept.") % words
    for issue in prepared.warnings:
        yield "triangle-alert", "wait", issues.sentence(issue)
    lacking = prepared.lacking.get(staged["row"])
    if lacking:
        labels = [str(LABELS.get(_label_key(key), key)) for key in lacking.split(",")]
        yield "circle-dashed", "", _("Comes in marked incomplete: %(fields)s") % {"fields": ", ".join(labels)}


def _met(staged: Staged, identities: Sequence[tuple[int, str, str]]) -> list[tuple[Contact, str]]:
    """The people already there that this row fits, with what tells it."""
    found: list[tuple[Contact | None, str]] = [
        (queries.find_by_identity(system, external_id), _("customer code"))
        for _number, system, external_id in identities
    ]
    if staged.get("phone"):
        found.append((queries.find_by_phone(staged["phone"]), _("phone number")))
    if staged.get("email"):
        found.append((queries.find_by_email(staged["email"]), _("email")))
    return [(person, how) for person, how in found if person is not None]


def _label_key(key: str) -> str:
    return {"birth_day": "birth_on"}.get(key, key)


def _shown_phone(staged: Staged) -> str:
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


def weigh(order: ImportOrder, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
    """Of some rows, how many come in, and why the others do not: sentence and number. Meets no people."""
    prepared = ContactImports().begin_trial(order).prepare(rows)
    reasons: Counter[tuple[str, str, str]] = Counter(
        (issue.code, issue.field, str(issue.params.get("because", ""))) for issue in prepared.refused
    )
    told = [
        (issues.sentence(RowIssue(0, code, field, {"because": because} if because else {})), times)
        for (code, field, because), times in reasons.most_common()
    ]
    return len(rows) - len(prepared.refused), told
