"""Checks that no migration is missing, and that a cluster can run them all. Needs no database.

python -m quen.cli.migrations_check
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.migrations import Migration
    from django.db.models import Field


_REASON = (
    "Citus adds no column together with a CHECK, UNIQUE or foreign key:"
    " add the plain column, then the constraint by name"
)


def main() -> int:
    """Print the missing migrations; return 1 when there are any."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quen.config.settings_test")
    import django
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState
    from django.utils import translation

    django.setup()
    # Names in migrations are msgids; with an active language every translated one would look changed.
    translation.deactivate_all()
    loader = MigrationLoader(None)
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("quen.")}
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=ours, dry_run=True),
    )
    found = detector.changes(graph=loader.graph, trim_to_apps=ours, convert_apps=ours)
    changes = {label: migrations for label, migrations in found.items() if label in ours}
    conflicts = loader.detect_conflicts()
    for label, names in conflicts.items():
        print(f"{label}: two heads: {', '.join(names)}")
    for label, migrations in changes.items():
        for migration in migrations:
            for operation in migration.operations:
                print(f"{label}: {operation.describe()}")
    unportable = list(_unportable_columns(loader.disk_migrations))
    for text in unportable:
        print(text)
    return 1 if changes or conflicts or unportable else 0


def _unportable_columns(migrations: Mapping[tuple[str, str], Migration]) -> Iterator[str]:
    """Yield the columns added to tables of workspaces together with a constraint, which Citus refuses."""
    from django.conf import settings
    from django.db.migrations.operations import AddField

    for (label, name), migration in sorted(migrations.items()):
        for operation in migration.operations if label in settings.WORKSPACE_APPS else ():
            if isinstance(operation, AddField) and has_constraint(operation.field):
                column = f"{operation.model_name}.{operation.name}"
                yield f"{label}.{name}: {column}: {_REASON}"


def has_constraint(field: Field[Any, Any]) -> bool:
    """Return whether ADD COLUMN for a field carries a constraint: unique, a foreign key, or not below zero."""
    constrained = field.remote_field is not None and getattr(field, "db_constraint", False)
    positive = field.get_internal_type().startswith("Positive")
    return bool(field.unique or constrained or positive)


if __name__ == "__main__":
    sys.exit(main())
