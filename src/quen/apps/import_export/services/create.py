"""Create an import and store the wizard's answers: read options, matching, settings."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.conf import settings as django_settings
from django.db import transaction

from quen.apps.import_export import queries, registry
from quen.apps.import_export.models import Import, SavedMatching
from quen.apps.import_export.tables import ReadOptions, cell_text, first_rows
from quen.apps.import_export.types import (
    DuplicateTarget,
    ImportState,
    ImportStep,
    InvalidImportState,
    NoIdentifyingColumn,
    NothingPasted,
    UnknownSetting,
    UnknownTarget,
    UploadTooLarge,
)
from quen.apps.team import services as team
from quen.core.actors import Actor

#: unfinished imports are deleted after this (IMX-19)
RETENTION_DAYS = 30
PASTED_NAME = "pasted.txt"


@transaction.atomic
def create_from_upload(
    *,
    content: BinaryIO | Iterable[bytes],
    filename: str,
    actor: Actor,
    now: datetime,
    kind: str,
    retry_of: Import | None = None,
    pasted: bool = False,
) -> Import:
    """Store a file and return its import with a proposed matching. The content is read a megabyte at a time.

    Raises UploadTooLarge and the errors of readers; nothing is stored then.
    """
    file = team.store_file(
        name=filename,
        content=_limited(content),
        actor=actor,
        expires_at=now + timedelta(days=RETENTION_DAYS),
    )
    import_ = Import.objects.create(
        kind=kind,
        filename=filename[:300],
        file=file,
        pasted=pasted,
        member_id=actor.member_id,
        member_name=actor.name,
        retry_of=retry_of,
        created_at=now,
    )
    _read_file(import_, ReadOptions())
    return import_


def create_from_paste(
    *, text: str, actor: Actor, now: datetime, kind: str, retry_of: Import | None = None
) -> Import:
    """Store pasted rows like a file; cells are separated by tabs (IMX-03). Raises NothingPasted and as above."""
    if not text.strip():
        raise NothingPasted()
    content = io.BytesIO(text.encode("utf-8", "replace"))
    return create_from_upload(
        content=content,
        filename=PASTED_NAME,
        actor=actor,
        now=now,
        kind=kind,
        retry_of=retry_of,
        pasted=True,
    )


@transaction.atomic
def set_read_options(*, import_: Import, options: Mapping[str, Any]) -> Import:
    """Read the file with other options: encoding, delimiter, header_row, sheet, column_encodings, quotes.

    Options that are missing are detected. Raises InvalidImportState and the errors of readers.
    """
    _ensure_changeable(import_)
    _read_file(import_, queries.read_options(dict(options)))
    return import_


@transaction.atomic
def auto_match(*, import_: Import) -> list[str]:
    """Match the columns that need no review, skip the others, and return the headers skipped for that reason.

    Dates whose order no row of the file decides are read day first, as is usual in Vietnam.
    """
    preview = queries.preview(import_)
    stored = import_.matching
    unanswered = []
    entries = []
    for guess in preview.matching.columns:
        doubtful_order = guess.reason_code == "date_order_ambiguous" and guess.target is not None
        if guess.target is not None and (not guess.needs_review or doubtful_order):
            order = stored[guess.index].get("date_order") if doubtful_order else None
            entries.append(queries.as_entry(guess) | ({"date_order": order} if order else {}))
            continue
        if guess.needs_review or guess.new_field_format:
            unanswered.append(guess.header)
        entries.append({"target": None})
    import_.matching = entries
    import_.save(update_fields=["matching"])
    return unanswered


@transaction.atomic
def set_matching(
    *, import_: Import, entries: Sequence[Mapping[str, Any]], actor: Actor, now: datetime
) -> Import:
    """Store what each column is matched to; one entry per column.

    entries: {"target": key, "date_order": "dmy"|"mdy"|"ymd"}, {"target": None} to skip, or {"new_field": {"name",
    "format"}} to create a field; with "answered" where somebody chose, which is remembered for files with the same
    headers. Raises InvalidImportState, NoIdentifyingColumn, DuplicateTarget, UnknownTarget and the kind's errors about
    the new field; nothing is stored then.
    """
    _ensure_changeable(import_)
    kind = registry.get(import_.kind)
    entries = list(entries)[: len(import_.headers)]
    entries += [{"target": None}] * (len(import_.headers) - len(entries))
    resolved_entries = [
        _create_field_entry(kind, import_, index, entry, actor, now)
        if entry.get("new_field")
        else dict(entry)
        for index, entry in enumerate(entries)
    ]
    known = {target.key: target for target in kind.targets()}
    meanings = {target.meaning: target.key for target in reversed(known.values())}
    headers_by_target: dict[str, str] = {}
    for entry, header in zip(resolved_entries, import_.headers, strict=True):
        target = entry.get("target")
        if target is None:
            continue
        key = target if target in known else meanings.get(target)
        if key is None:
            raise UnknownTarget(target=target, header=header)
        if key in headers_by_target and not known[key].repeatable:
            raise DuplicateTarget(first=headers_by_target[key], second=header, label=str(known[key].label))
        entry["target"] = key
        headers_by_target[key] = header
    if not kind.identifies(list(headers_by_target)):
        raise NoIdentifyingColumn(fields=str(kind.texts.identifying))
    import_.matching = resolved_entries
    import_.step = ImportStep.SETTINGS
    import_.dry_run_report = None
    import_.save(update_fields=["matching", "step", "dry_run_report"])
    SavedMatching.objects.update_or_create(
        kind=import_.kind,
        header_signature=import_.header_signature,
        defaults={"matching": resolved_entries, "used_at": now},
    )
    return import_


@transaction.atomic
def set_settings(*, import_: Import, settings: Mapping[str, Any]) -> Import:
    """Store settings of an import; settings not passed keep their values.

    settings: conflict_policy, one of the kind's policies, and the names in the kind's settings_names(). Raises
    InvalidImportState, UnknownSetting and the kind's errors.
    """
    _ensure_changeable(import_)
    kind = registry.get(import_.kind)
    merged = {"conflict_policy": kind.policies[0].value, **import_.settings, **settings}
    for name in merged.keys() - kind.settings_names() - {"conflict_policy"}:
        raise UnknownSetting(name=name, kind=str(kind.label))
    if merged["conflict_policy"] not in [policy.value for policy in kind.policies]:
        raise UnknownSetting(name=f"conflict_policy={merged['conflict_policy']}", kind=str(kind.label))
    kind.validate_settings(merged)
    import_.settings = merged
    import_.step = ImportStep.DRY_RUN
    import_.dry_run_report = None
    import_.save(update_fields=["settings", "step", "dry_run_report"])
    return import_


def _limited(content: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    limit = django_settings.IMPORT_MAX_BYTES
    size = 0
    for chunk in _chunks(content):
        size += len(chunk)
        if size > limit:
            raise UploadTooLarge(limit_mb=limit >> 20)
        yield chunk


def _chunks(content: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    read = getattr(content, "read", None)
    if read is None:
        yield from content
        return
    while chunk := read(1 << 20):
        yield chunk


def _read_file(import_: Import, options: ReadOptions) -> None:
    """Read the file and store a proposed matching, which replaces an earlier one."""
    import_.read_options = asdict(options)
    with queries.opened(import_) as table:
        sample = first_rows(table, queries.MATCH_ROWS)
        # What this import is matched to later is no memory of an earlier file.
        import_.remembered = queries.remembered_targets(import_.kind, table.headers)
        matching = queries.propose_matching(import_.kind, table, sample, remembered=import_.remembered)
        orders = queries.date_orders_below(table, matching)
    import_.read_options = asdict(table.options)
    import_.headers = list(table.headers)
    import_.header_signature = matching.signature
    import_.platform = matching.platform or ""
    import_.matching = [
        queries.as_entry(guess) | ({"date_order": orders[guess.index]} if guess.index in orders else {})
        for guess in matching.columns
    ]
    import_.total_rows = table.rows_estimate
    import_.step = ImportStep.MATCH
    import_.dry_run_report = None
    import_.save()


def _create_field_entry(
    kind: registry.ImportKind,
    import_: Import,
    index: int,
    entry: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Create the field that an entry asks for; its choices are the values of the first rows."""
    new_field = entry["new_field"]
    values: list[str] = []
    if new_field.get("format") in ("single_choice", "single", "multiple"):
        with queries.opened(import_) as table:
            cells = [cell_text(row[index]).strip() for _number, row in first_rows(table, queries.MATCH_ROWS)]
        values = [text for text in dict.fromkeys(cells) if text]
    name = str(new_field.get("name") or import_.headers[index])
    key = kind.create_field(name=name, format=new_field["format"], values=values, now=now, actor=actor)
    created = {"target": key, "date_order": entry.get("date_order")}
    return created | ({"answered": True} if entry.get("answered") else {})


def _ensure_changeable(import_: Import) -> None:
    if import_.state not in (ImportState.DRAFT, ImportState.FAILED) or import_.position:
        raise InvalidImportState(state=str(ImportState(import_.state).label))
