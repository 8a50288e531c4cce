"""Another format for a field: its values are converted in one transaction, and undo gives the former ones back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange, Field
from quen.apps.contacts.rules.conversion import convert_value
from quen.apps.contacts.rules.options import FieldOptions
from quen.apps.contacts.services.bulk import apply_at_once
from quen.apps.contacts.types import (
    BulkOutcome,
    FieldChangedSince,
    FieldFormat,
    FormatWouldLose,
    ImportIsRunning,
)
from quen.apps.events import services as events
from quen.apps.import_export import queries as import_export
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, sql
from quen.core.actors import Actor
from quen.core.errors import DomainError
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

CHANGE_FORMAT = "change_format"


@transaction.atomic
def change_format(
    *, field: Field, format: str, choices: FieldOptions | Sequence[str] = (), actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Give a field another format and convert its values: at once, or as a job above settings.BULK_INLINE_LIMIT.

    choices: the options of a choice format; without any, those it has.
    Raises FormatWouldLose (then nothing changes), ImportIsRunning.
    """
    options = choices if isinstance(choices, FieldOptions) else field.options
    if choices and not isinstance(choices, FieldOptions):
        options = options.with_labels(choices)
    if queries.count_values(field) <= settings.BULK_INLINE_LIMIT:
        return change_format_at_once(field, format, options, actor=actor, now=now)
    _ensure_no_import()
    progress = team.start_progress(
        kind="contacts.change_format",
        title=_("Change the format of “%(name)s”") % {"name": field.name},
        path=f"/contacts/fields/{field.pk}/",
        actor=actor,
        data={"field": field.pk, "format": format, "choices": options.stored()},
    )
    jobs.enqueue("contacts.change_format", progress_id=progress.pk)
    return progress


def run_format_job(*, progress_id: int, clock: Callable[[], datetime]) -> None:
    """Change a format as a job, in one transaction; a second run finds it done."""
    progress = team_queries.get_progress(progress_id)
    if progress.ended_at is not None:
        return
    team.update_progress(progress, done=0, now=clock())
    field = queries.get_field(progress.data["field"])
    actor = team_queries.actor_of(progress.member_id)
    member = team_queries.members_by_id([progress.member_id or 0]).get(progress.member_id or 0)
    try:
        with transaction.atomic():
            options = FieldOptions.of(progress.data["choices"])
            outcome = change_format_at_once(field, progress.data["format"], options, actor=actor, now=clock())
            data = {"changed": outcome.changed, "change_id": outcome.change_id}
            team.end_progress(progress, state=ProgressState.DONE, now=clock(), data=data)
            if member is not None:
                team.notify(
                    member,
                    "contacts.bulk_change_finished",
                    now=clock(),
                    path=progress.path,
                    data={"changed": outcome.changed},
                )
    except DomainError as refusal:
        team.end_progress(progress, state=ProgressState.FAILED, now=clock(), data={"refusal": str(refusal)})


def change_format_at_once(
    field: Field, format_: str, options: FieldOptions, *, actor: Actor, now: datetime
) -> BulkOutcome:
    """Do what ``change_format`` does in this transaction, however many values there are."""
    _ensure_no_import()
    field = Field.objects.select_for_update().get(pk=field.pk)
    data = {
        "add": [field.name],
        "field": field.pk,
        "from": {"format": field.format, "choices": field.choices, "default": field.default},
        "to": {"format": format_, "choices": options.stored()},
    }
    nobody = queries.relation_of_ids([])  # the values are locked as they are read
    return apply_at_once(key=CHANGE_FORMAT, contacts=nobody, data=data, actor=actor, now=now)


def apply_format(
    change: BulkChange, _contacts: Relation, _actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    """Convert all values of a field and give it the format. Raises FormatWouldLose."""
    field = Field.objects.select_for_update().get(pk=change.data["field"])
    to = change.data["to"]
    seen, changed = _convert(field, to["format"], FieldOptions.of(to["choices"]), change=change, now=now)
    _store(field, to, now)
    return seen, changed, {}


def undo_format(change: BulkChange, _actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Give a field its former format back. Values of the change become what they were, later ones are converted.

    Raises FieldChangedSince, and FormatWouldLose when a later value does not fit the former format.
    """
    _ensure_no_import()
    field = Field.objects.select_for_update().filter(pk=change.data["field"]).first()
    if field is None or field.format != change.data["to"]["format"]:
        raise FieldChangedSince(name=field.name if field else "")
    former = change.data["from"]
    _seen, changed = _convert(
        field, former["format"], FieldOptions.of(former["choices"]), change=None, undone=change.pk, now=now
    )
    _store(field, former, now)
    left = change.count - changed
    return changed, {"changed_since": left} if left > 0 else {}


def _store(field: Field, given: dict[str, Any], now: datetime) -> None:
    default = given.get("default", field.default)
    options = FieldOptions.of(given["choices"])
    try:
        if "default" not in given:
            default = convert_value(field, default, given["format"], options)
    except ValueError:
        default = None
    field.format, field.choices, field.default = given["format"], options.stored(), default
    # Whose special day it is, is asked every day.
    field.indexed = field.indexed or field.format == FieldFormat.SPECIAL_DAY
    field.save(update_fields=["format", "choices", "default", "indexed"])
    registry.field_changed(field.key, now=now)
    if field.indexed:
        jobs.enqueue("contacts.index_field", lock=f"contacts.index_field:{field.pk}", field_id=field.pk)


def _convert(
    field: Field,
    format_: str,
    options: FieldOptions,
    *,
    change: BulkChange | None,
    now: datetime,
    undone: int | None = None,
) -> tuple[int, int]:
    """Convert the values of all contacts, a batch a statement. Returns how many have one and how many changed."""
    key, seen, changed, lost, example = str(field.pk), 0, 0, 0, ""
    for batch in _batches(key, undone):
        seen += len(batch)
        ids, old, new = [], [], []
        for contact_id, value, former in batch:
            try:
                fitting = former if former is not None else convert_value(field, value, format_, options)
            except ValueError:
                lost, example = lost + 1, example or _shown(field, value)
                continue
            if fitting != value or type(fitting) is not type(value):
                ids.append(contact_id)
                old.append(json.dumps(value))
                new.append(json.dumps(fitting))
        if ids and not lost:
            params = {"key": key, "ids": ids, "old": old, "new": new, "now": now}
            params |= {"change": change.pk if change else None}
            changed += sql.rows(Relation(sql.text("contacts/convert_values"), params))[0][0]
            events.notify_changed(queries.relation_of_ids(ids), fields=[f"attrs.{key}"], at=now)
    if lost:
        raise FormatWouldLose(count=lost, example=example)
    return seen, changed


def _batches(key: str, undone: int | None) -> Iterator[list[tuple[int, Any, Any]]]:
    last = 0
    while True:
        params = {"key": key, "last": last, "size": settings.BULK_BATCH_CONTACTS, "undone": undone}
        rows = sql.rows(Relation(sql.text("contacts/values_to_convert"), params))
        if not rows:
            return
        yield [(pk, _loaded(value), _loaded(former)) for pk, value, former in rows]
        last = rows[-1][0]


def _loaded(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _shown(field: Field, value: Any) -> str:
    words = field.in_words(value)
    return ", ".join(words) if isinstance(words, list) else str(words)


def _ensure_no_import() -> None:
    """An import has read the formats when it began, and would go on writing values of the former one."""
    if import_export.imports("contacts").filter(state__in=import_export.ACTIVE_STATES).exists():
        raise ImportIsRunning()
