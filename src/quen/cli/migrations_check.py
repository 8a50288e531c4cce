"""Checks that no migration is missing. Needs no database.

python -m quen.cli.migrations_check
"""

from __future__ import annotations

import os
import sys


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
    return 1 if changes or conflicts else 0


if __name__ == "__main__":
    sys.exit(main())
