"""Creating and updating one contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import IntegrityError, transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, Field, Source
from quen.apps.contacts.rules import completeness, labels
from quen.apps.contacts.rules.addresses import complete_address
from quen.apps.contacts.rules.birthdays import read_birthday, stored_birthday
from quen.apps.contacts.rules.identifiers import LABELS as IDENTIFIER_LABELS
from quen.apps.contacts.rules.identifiers import SYSTEMS, read_identifiers
from quen.apps.contacts.rules.names import PARTS, complete_names
from quen.apps.contacts.rules.values import ParsedValues, parse_values
from quen.apps.contacts.services.consent import apply_status, has_ground
from quen.apps.contacts.services.customer_codes import give_codes_to_new
from quen.apps.contacts.services.fields import is_taken
from quen.apps.contacts.services.identifiers import (
    ensure_free,
    forget_erasure,
    keep_former,
    set_identifiers,
)
from quen.apps.contacts.services.locks import UNIQUE_VALUES
from quen.apps.contacts.services.tags import actor_data, add_tags
from quen.apps.contacts.types import (
    BadValue,
    ConsentProof,
    EmailInUse,
    FieldRequired,
    NoIdentifier,
    PersonErased,
    PhoneInUse,
    ProofMissing,
    Status,
    ValueNotUnique,
)
from quen.apps.events import services as events
from quen.core import clock, phones
from quen.core.actors import SYSTEM, Actor

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.accounts.models import Workspace

Values = Mapping[str, Any]
_NAMES = ("full_name", *PARTS, "call_name", "salutation")
_ADDRESS = ("country", "province", "city")


@transaction.atomic
def create_contact(
    *,
    workspace: Workspace,
    values: Values,
    tags: Iterable[str] = (),
    status: int = Status.NON_SUBSCRIBED,
    proof: ConsentProof | None = None,
    source: Source | None = None,
    returned: bool = False,
    actor: Actor,
    now: datetime,
) -> Contact:
    """Create a contact entered by staff: the fields that the workspace requires must have values.

    returned: the person was erased and came back on their own; without it such a person is refused.

    values: raw or parsed values by the keys of rules.labels.LABELS and rules.identifiers.SYSTEMS, custom ones by
    ``field_<id>``. Raises NoIdentifier, FieldRequired, BadValue, EmailInUse, PhoneInUse, CodeInUse, ValueNotUnique,
    ProofMissing, PersonErased.
    """
    _check_required(values, workspace, queries.active_fields())
    if not returned and queries.erased_identifiers(_typed_identifiers(values, workspace)):
        raise PersonErased()
    return create_contact_from_source(
        workspace=workspace,
        values=values,
        tags=tags,
        status=status,
        proof=proof,
        source=source,
        actor=actor,
        now=now,
    )


@transaction.atomic
def create_contact_from_source(
    *,
    workspace: Workspace,
    values: Values,
    tags: Iterable[str] = (),
    status: int = Status.NON_SUBSCRIBED,
    proof: ConsentProof | None = None,
    source: Source | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
) -> Contact:
    """Create a contact from chat, a shop or an order: a missing field marks it incomplete, never refuses it (R-01).

    The person did something on their own, so they may have been erased before (CON-68).
    Raises what create_contact raises, except FieldRequired and PersonErased.
    """
    if status == Status.SUBSCRIBED and not has_ground(proof):
        raise ProofMissing()
    fields = {field.pk: field for field in queries.active_fields()}
    identifiers, values = _split_identifiers(values)
    parsed = _read(values, fields, workspace, now)
    contact = Contact(
        member_since=now,
        last_activity_at=now,
        created_at=now,
        updated_at=now,
        first_source=source,
        latest_source=source,
    )
    _set_values(contact, parsed)
    defaults = {str(f.pk): f.default for f in fields.values() if f.default is not None}
    contact.attrs = {key: value for key, value in (defaults | parsed.attrs).items() if value is not None}
    if not completeness.is_identified(vars(contact), identities=sum(map(len, identifiers.values()))):
        raise NoIdentifier()
    contact.incomplete = bool(completeness.missing(workspace.required_fields, vars(contact)))
    _ensure_unique(contact, fields, [int(key) for key in contact.attrs])
    ensure_free(contact, ("phone", "email"))
    _save(contact)
    set_identifiers(contact, identifiers, now=now)
    forget_erasure(contact)
    data = ({"source": source.name} if source else {}) | actor_data(actor)
    events.record("contact_created", contact_id=contact.pk, at=now, data=data)
    if status != Status.NON_SUBSCRIBED:
        apply_status(contact, Status(status), proof=proof, actor=actor, now=now)
    if tags:
        add_tags(contact=contact, names=tags, actor=actor, now=now)
    give_codes_to_new(queries.relation_of_ids([contact.pk]), now=now)
    return contact


@transaction.atomic
def update_contact(
    *,
    workspace: Workspace,
    contact: Contact,
    values: Values,
    source: Source | None = None,
    actor: Actor,
    now: datetime,
) -> Contact:
    """Change values of a contact and return it as stored. Nothing is recorded when nothing changes.

    A required value cannot be emptied; other missing required values do not prevent the change. Locks the contact.
    Raises what create_contact raises.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    fields = {field.pk: field for field in Field.objects.all()}
    identifiers, values = _split_identifiers(values)
    parsed = _read(values, fields, workspace, now)
    before = dict(vars(contact))
    _set_values(contact, parsed)
    contact.attrs = {k: v for k, v in (contact.attrs | parsed.attrs).items() if v is not None}
    changed = [key for key in _columns() if before[key] != vars(contact)[key]]
    custom = [key for key in parsed.attrs if before["attrs"].get(key) != contact.attrs.get(key)]
    changed_identifiers = set_identifiers(contact, identifiers, now=now)
    if not changed and not custom and not changed_identifiers:
        return contact
    _check_required_kept(values, contact, workspace, fields)
    identities = len(queries.identities_of(contact)) if not (contact.email or contact.phone) else 0
    if not completeness.is_identified(vars(contact), identities=identities):
        raise NoIdentifier()
    contact.incomplete = bool(completeness.missing(workspace.required_fields, vars(contact)))
    _ensure_unique(contact, fields, [int(key) for key in custom])
    ensure_free(contact, [key for key in ("phone", "email") if key in changed])
    contact.latest_source = source or contact.latest_source
    contact.updated_at = now
    _save(contact, update_fields=[*changed, "attrs", "incomplete", "latest_source", "updated_at"])
    keep_former(contact, before, now=now)
    if changed_identifiers or {"phone", "email"} & set(changed):
        forget_erasure(contact)
    changed_fields = [
        "birth_on" if key == "birth_day" else key for key in changed if key not in _DERIVED_COLUMNS
    ]
    data = {
        "fields": [
            *dict.fromkeys(changed_fields),
            *changed_identifiers,
            *(labels.field_key(int(key)) for key in custom),
        ]
    } | actor_data(actor)
    events.record("contact_changed", contact_id=contact.pk, at=now, data=data)
    return contact


#: columns derived from others
_DERIVED_COLUMNS = frozenset({"sort_key", "province_before"})


def _columns() -> list[str]:
    return [*labels.LABELS, "province_before", "birth_day", "sort_key"]


def _split_identifiers(values: Values) -> tuple[dict[str, list[str]], Values]:
    """Return the identifiers by key, parsed, and the other values. Raises BadValue."""
    found = {}
    for key in SYSTEMS:
        if key in values:
            try:
                found[key] = read_identifiers(key, values[key])
            except ValueError as refusal:
                reason = getattr(refusal, "code", "syntax")
                raise BadValue(
                    value=str(values[key]), label=IDENTIFIER_LABELS[key], key=key, reason=reason
                ) from refusal
    return found, {key: value for key, value in values.items() if key not in found}


def _typed_identifiers(values: Values, workspace: Workspace) -> list[tuple[str, str]]:
    """Return (kind, value) of what would identify a contact with these values."""
    identifiers, others = _split_identifiers(values)
    main = {key: others[key] for key in ("phone", "email") if key in others}
    columns = _read(main, {}, workspace, None).columns
    found = [(key, str(value)) for key, value in columns.items() if value]
    return [*found, *((SYSTEMS[key], value) for key, each in identifiers.items() for value in each)]


def _read(
    values: Values, fields: Mapping[int, Field], workspace: Workspace, now: datetime | None
) -> ParsedValues:
    today = clock.local_day(now, workspace.zone) if now is not None else None
    parsed = parse_values(values, fields=fields, zone=workspace.zone, today=today)
    for key, reason in parsed.refused.items():
        raise BadValue(value=str(values[key]), label=_label(key, fields), key=key, reason=reason)
    return parsed


def _set_values(contact: Contact, parsed: ParsedValues) -> None:
    values, before = parsed.columns, vars(contact)
    columns = dict(values)
    if any(key in values for key in _NAMES):
        columns |= complete_names(values, {key: before[key] for key in _NAMES})
    if any(key in values for key in _ADDRESS):
        columns |= complete_address(values, {key: before[key] for key in _ADDRESS})
    if "birth_is_lunar" in values and "birth_day" not in values:
        columns |= _recalculated_birthday(contact, is_lunar=values["birth_is_lunar"])
    for key, value in columns.items():
        setattr(contact, key, value)


def _recalculated_birthday(contact: Contact, *, is_lunar: bool) -> dict[str, Any]:
    """Return the columns of the same day, year and month read in the other calendar."""
    born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
    if born is None:
        return {"birth_is_lunar": False}
    try:
        return read_birthday(born.typed(), lunar=is_lunar).columns()
    except ValueError as refusal:
        label = str(labels.LABELS["birth_on"])
        raise BadValue(value=born.typed(), label=label, key="birth_on", reason="impossible") from refusal


def _check_required(values: Values, workspace: Workspace, fields: Iterable[Field]) -> None:
    requested_keys = [
        *workspace.required_fields,
        *(labels.field_key(f.pk) for f in fields if f.required and f.default is None),
    ]
    by_id = {f.pk: f for f in fields}
    for key in requested_keys:
        if not _has_value(values, key):
            raise FieldRequired(label=_label(key, by_id), key=key)


def _check_required_kept(
    values: Values, contact: Contact, workspace: Workspace, fields: Mapping[int, Field]
) -> None:
    requested_keys = set(values)
    for key in completeness.missing(
        [k for k in workspace.required_fields if k in requested_keys], vars(contact)
    ):
        raise FieldRequired(label=_label(key, fields), key=key)
    for field in fields.values():
        if (
            field.required
            and labels.field_key(field.pk) in requested_keys
            and str(field.pk) not in contact.attrs
        ):
            raise FieldRequired(label=field.label, key=labels.field_key(field.pk))


def _has_value(values: Values, key: str) -> bool:
    if key in {"full_name", "given_name"}:
        return any(str(values.get(k) or "").strip() for k in ("full_name", *PARTS))
    if key == "province":
        return any(str(values.get(k) or "").strip() for k in ("province", "city"))
    value = values.get(key)
    return bool(value.strip() if isinstance(value, str) else value not in (None, [], ()))


def _label(key: str, fields: Mapping[int, Field]) -> str:
    number = labels.field_id_of(key)
    return fields[number].name if number is not None else str(labels.LABELS[key])


def _ensure_unique(contact: Contact, fields: Mapping[int, Field], touched: Iterable[int]) -> None:
    guarded = [fields[i] for i in touched if i in fields and fields[i].unique and str(i) in contact.attrs]
    if not guarded:
        return
    UNIQUE_VALUES.acquire()
    for field in guarded:
        value = contact.attrs[str(field.pk)]
        if is_taken(field, value, exclude_contact_id=contact.pk):
            raise ValueNotUnique(value=str(value), label=field.label, key=labels.field_key(field.pk))


def _save(contact: Contact, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            contact.save(update_fields=update_fields)
    except IntegrityError as clash:
        _raise_in_use(contact, clash)


def _raise_in_use(contact: Contact, clash: IntegrityError) -> NoReturn:
    """Raise the refusal that names the contact who has this email address or phone number; anything else again."""
    # Asked by value: Citus does not say which constraint was violated.
    email, phone = contact.email, contact.phone
    if email and (other := queries.find_by_email(email)) and other.pk != contact.pk:
        raise EmailInUse(name=str(other), email=email, contact_id=other.pk) from clash
    if phone and (other := queries.find_by_phone(phone)) and other.pk != contact.pk:
        raise PhoneInUse(name=str(other), phone=phones.display(phone), contact_id=other.pk) from clash
    raise clash
