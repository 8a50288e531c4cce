"""Custom fields of a workspace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.text import slugify

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.options import FieldOptions, Option
from quen.apps.contacts.rules.special_days import key_in_sql
from quen.apps.contacts.rules.values import field_value
from quen.apps.contacts.services.field_formats import change_format_at_once
from quen.apps.contacts.types import (
    BadValue,
    FieldFormat,
    FieldInUse,
    FieldNameTaken,
    FieldUsed,
    FormatWouldLose,
    ValueNotUnique,
)
from quen.apps.team import services as team
from quen.core import jobs, sql, text
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime


_NUMERIC = frozenset({FieldFormat.NUMBER})


@transaction.atomic
def create_field(
    *,
    name: str,
    name_en: str = "",
    format: str = FieldFormat.TEXT,
    help: str = "",
    choices: FieldOptions | Sequence[str] = (),
    default: Any = None,
    required: bool = False,
    unique: bool = False,
    indexed: bool = False,
    shown: bool = True,
    is_lunar: bool = False,
    actor: Actor,
    now: datetime,
) -> Field:
    """Create a custom field for all contacts, last in order. Raises FieldNameTaken, BadValue (the default)."""
    name = text.clean(name)
    field = Field(
        key=_free_key(name),
        name=name,
        name_en=text.clean(name_en),
        format=format,
        help=text.clean(help),
        choices=_options(FieldOptions(), choices).stored(),
        required=required,
        unique=unique,
        indexed=_is_indexed(format, indexed=indexed, unique=unique),
        shown=shown,
        is_lunar=is_lunar,
        position=(Field.objects.aggregate(last=Max("position"))["last"] or 0) + 1,
    )
    field.default = _read_default(field, default)
    _save(field)
    team.audit(actor, "contacts.field_created", now=now, target=field, data={"name": name})
    if field.indexed:
        _enqueue_index(field)
    return field


@transaction.atomic
def update_field(
    *,
    field: Field,
    name: str,
    name_en: str = "",
    format: str,
    help: str = "",
    choices: FieldOptions | Sequence[str] = (),
    default: Any = None,
    required: bool = False,
    unique: bool = False,
    indexed: bool = False,
    shown: bool = True,
    is_lunar: bool = False,
    position: int | None = None,
    actor: Actor,
    now: datetime,
) -> Field:
    """Change a field; its format only when every stored value can be converted.

    choices: labels; one that differs from a former one only in case or accents is the same option, see rules.options.
    Raises FieldNameTaken, FormatWouldLose, ValueNotUnique, BadValue (the default). Locks the field.
    """
    field = Field.objects.select_for_update().get(pk=field.pk)
    options, was_indexed = _options(field.options, choices), field.indexed
    asks_differently = (format, options) != (field.format, field.options)
    becomes_unique = unique and not field.unique
    if format != field.format:
        change_format_at_once(field, format, options, actor=actor, now=now)
        field.refresh_from_db()
    elif field.has_options:
        _ensure_unused([one for one in field.options if options.get(one.id) is None], field)
    field.name, field.format, field.help = text.clean(name), format, text.clean(help)
    field.name_en, field.is_lunar = text.clean(name_en), is_lunar
    field.choices = options.stored()
    field.required, field.unique, field.shown = required, unique, shown
    field.indexed = _is_indexed(format, indexed=indexed, unique=unique)
    field.position = field.position if position is None else position
    field.default = _read_default(field, default)
    if becomes_unique:
        _ensure_all_unique(field)
    _save(field)
    team.audit(actor, "contacts.field_changed", now=now, target=field, data={"name": field.name})
    if asks_differently:
        registry.field_changed(field.key, now=now)
    if field.indexed or was_indexed:
        _enqueue_index(field)
    return field


@transaction.atomic
def archive_field(*, field: Field, actor: Actor, now: datetime) -> None:
    """Archive a field; its values are kept and return with it. Conditions that ask for it match nobody meanwhile."""
    field.archived_at = now
    field.save(update_fields=["archived_at"])
    registry.field_changed(field.key, now=now)
    team.audit(actor, "contacts.field_archived", now=now, target=field, data={"name": field.name})


@transaction.atomic
def restore_field(*, field: Field, actor: Actor, now: datetime) -> None:
    """Restore an archived field. Raises FieldNameTaken."""
    field.archived_at = None
    _save(field)
    registry.field_changed(field.key, now=now)
    team.audit(actor, "contacts.field_restored", now=now, target=field, data={"name": field.name})


@transaction.atomic
def delete_field(*, field: Field, actor: Actor, now: datetime) -> None:
    """Delete a field without values that nothing uses. Raises FieldInUse, FieldUsed."""
    uses = registry.uses_of_field(field.key)
    if uses:
        names = ", ".join(f"“{use.name}”" for use in uses[:3]) + ("…" if len(uses) > 3 else "")
        raise FieldUsed(name=field.name, uses=names)
    used = queries.count_values(field)
    if used:
        raise FieldInUse(name=field.name, count=used)
    team.audit(actor, "contacts.field_deleted", now=now, target=field, data={"name": field.name})
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {_index_name(field.pk)}")
    field.delete()


@transaction.atomic
def move_field(*, field: Field, up: bool) -> None:
    """Move a field one position up or down in the form."""
    fields = queries.active_fields()
    place = next(i for i, f in enumerate(fields) if f.pk == field.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(fields):
        fields[place], fields[other] = fields[other], fields[place]
    for position, each in enumerate(fields, start=1):
        each.position = position
    Field.objects.bulk_update(fields, ["position"])


def index_field(field_id: int) -> None:
    """Create the index of a field marked as indexed; drop it otherwise."""
    field = Field.objects.filter(pk=field_id).first()
    name = _index_name(field_id)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {name}")
        if field is None or not field.indexed:
            return
        value = f"attrs->>'{int(field.pk)}'"
        value = f"({value})::numeric" if field.format in _NUMERIC and not field.unique else value
        value = key_in_sql(field.pk) if field.format == FieldFormat.SPECIAL_DAY else value
        cursor.execute(f"CREATE INDEX {name} ON contacts_contact (({value})) WHERE deleted_at IS NULL")


def index_restored_fields(*, now: datetime) -> None:
    """Create the indexes of fields that a restored workspace lacks: the backup of a workspace contains only rows."""
    for field in Field.objects.filter(indexed=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NULL", [_index_name(field.pk)])
            is_missing = cursor.fetchone()[0]
        if is_missing:
            index_field(field.pk)


def is_taken(field: Field, value: Any, *, exclude_contact_id: int | None) -> bool:
    """Return whether another contact has the value in a unique field."""
    statement = Relation(
        f"SELECT 1 FROM contacts_contact WHERE deleted_at IS NULL AND attrs->>'{int(field.pk)}' = %(value)s"
        " AND id IS DISTINCT FROM %(exclude)s LIMIT 1",
        {
            "value": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
            "exclude": exclude_contact_id,
        },
    )
    return bool(sql.rows(statement))


def _ensure_unused(removed: Sequence[Option], field: Field) -> None:
    counts = queries.option_counts(field) if removed else {}
    used = [(one.label, count) for one in removed if (count := sum(counts.get(pk, 0) for pk in one.ids))]
    if used:
        raise FormatWouldLose(count=sum(count for _label, count in used), example=used[0][0])


def _ensure_all_unique(field: Field) -> None:
    statement = Relation(
        f"SELECT attrs->>'{int(field.pk)}' FROM contacts_contact"
        f" WHERE deleted_at IS NULL AND attrs ? '{int(field.pk)}' GROUP BY 1 HAVING count(*) > 1 LIMIT 1"
    )
    for (value,) in sql.rows(statement):
        raise ValueNotUnique(value=value, label=field.name, key="unique")


def _options(current: FieldOptions, given: FieldOptions | Sequence[str]) -> FieldOptions:
    return given if isinstance(given, FieldOptions) else current.with_labels(given)


def _read_default(field: Field, raw: Any) -> Any:
    try:
        return field_value(field, raw, zone=UTC)
    except ValueError as refusal:
        reason = getattr(refusal, "code", "syntax")
        raise BadValue(value=str(raw), label=field.name, key="default", reason=reason) from refusal


def _free_key(name: str) -> str:
    base = slugify(text.fold(name)).replace("-", "_")[:50] or "field"
    taken = set(Field.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(
        key for n in range(1, len(taken) + 2) if (key := base if n == 1 else f"{base}_{n}") not in taken
    )


def _save(field: Field) -> None:
    # Compared here too: a server with the C locale treats accented letters of different case as different. A column
    # of a file finds its field by either name.
    others = Field.objects.filter(archived_at=None).exclude(pk=field.pk).values_list("name", "name_en")
    names = {name.upper() for pair in others for name in pair if name}
    for name in (field.name, field.name_en):
        if field.archived_at is None and name.upper() in names:
            raise FieldNameTaken(name=name)
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError as clash:
        raise FieldNameTaken(name=field.name) from clash


def _enqueue_index(field: Field) -> None:
    jobs.enqueue("contacts.index_field", lock=f"contacts.index_field:{field.pk}", field_id=field.pk)


def _is_indexed(format_: str, *, indexed: bool, unique: bool) -> bool:
    """Return whether a field has an index; special days do, for what happens on them."""
    return indexed or unique or format_ == FieldFormat.SPECIAL_DAY


def _index_name(field_id: int) -> str:
    return f"contacts_field_{int(field_id)}"
