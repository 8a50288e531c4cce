"""Undo and delete imports; delete unfinished and expired ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from quen.apps.import_export import queries, registry
from quen.apps.import_export.models import Import
from quen.apps.import_export.registry import UndoPreview
from quen.apps.import_export.services.create import RETENTION_DAYS
from quen.apps.import_export.services.locks import IMPORT_LOCK
from quen.apps.import_export.types import ImportState, InvalidImportState
from quen.apps.team import services as team
from quen.core.actors import Actor

#: settings of every kind of import, which name nobody
_ENGINE_SETTINGS = frozenset({"conflict_policy"})


@transaction.atomic
def undo(*, import_: Import, actor: Actor, now: datetime) -> UndoPreview:
    """Undo what nobody has edited since, within 30 days; return what was done.

    Raises InvalidImportState, and the kind's error when it is too late.
    """
    import_ = Import.objects.select_for_update().get(pk=import_.pk)
    if not queries.can_undo(import_) or import_.change_id is None:
        raise InvalidImportState(state=str(ImportState(import_.state).label))
    outcome = registry.get(import_.kind).undo(import_.change_id, now=now, actor=actor)
    import_.state, import_.undone_at = ImportState.UNDONE, now
    import_.save(update_fields=["state", "undone_at"])
    team.audit(
        actor,
        "import_export.import_undone",
        now=now,
        target=import_,
        data={"file": import_.filename, "removed": outcome.removed, "restored": outcome.restored},
    )
    return outcome


@transaction.atomic
def delete_import(*, import_: Import, actor: Actor, now: datetime) -> None:
    """Delete an import with its file and its refused rows; imported rows are kept. Raises InvalidImportState."""
    if import_.state in (ImportState.WAITING, ImportState.RUNNING) or IMPORT_LOCK.is_held(import_.pk):
        raise InvalidImportState(state=str(ImportState(import_.state).label))
    team.audit(
        actor, "import_export.import_deleted", now=now, target=import_, data={"file": import_.filename}
    )
    _delete(import_)


def expire_imports(*, now: datetime) -> int:
    """Delete imports left unfinished for 30 days and the personal data of finished ones; return how many were
    deleted.
    """
    cutoff = now - timedelta(days=RETENTION_DAYS)
    expired = Import.objects.filter(created_at__lt=cutoff)
    unfinished = list(expired.filter(state__in=[ImportState.DRAFT, ImportState.STOPPED, ImportState.FAILED]))
    for import_ in unfinished:
        with transaction.atomic():
            _delete(import_)
    ended = Import.objects.filter(state__in=[ImportState.DONE, ImportState.UNDONE], ended_at__lt=cutoff)
    for import_ in ended:
        with transaction.atomic():
            import_.issues.exclude(cells=None).update(cells=None, params={})
            # A kind's own settings may name people, as the ground of a consent does.
            import_.settings = {
                key: import_.settings[key] for key in _ENGINE_SETTINGS & import_.settings.keys()
            }
            import_.save(update_fields=["settings"])
            if import_.file_id is not None:
                team.delete_file(import_.file_id)
    return len(unfinished)


def _delete(import_: Import) -> None:
    file_id = import_.file_id
    import_.delete()
    if file_id is not None:
        team.delete_file(file_id)
