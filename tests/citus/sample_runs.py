"""Imports every sample file in every way and prints as JSON what came of each.

python -m tests.citus.sample_runs
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_SAMPLES = (
    Path(__file__).resolve().parents[2] / "src" / "quen" / "apps" / "import_export" / "tests" / "samples"
)
FILES = sorted(path for path in _SAMPLES.iterdir() if path.suffix not in (".json", ".md"))
POLICIES = ("skip", "overwrite", "fill")
WAYS = ("dry run", *POLICIES)
#: every second contact has lost or changed what a file may fill in or overwrite
_AGE = """
UPDATE contacts_contact SET full_name = 'Khách', company = '', district = ''
 WHERE length(full_name) % 2 = 0
"""


def main() -> list[dict[str, Any]]:
    """Return a record of each run."""
    from quen.apps.accounts import services as accounts
    from quen.apps.accounts.models import Workspace
    from quen.apps.team import services as team
    from quen.core import schemas
    from tests import cast

    schemas.migrate_all()
    owner = accounts.create_user(email=cast.CHI, name="Lê Chi", password=cast.PASSWORD, is_operator=True)
    shop = team.open_workspace(name="Mẫu", slug="mau", owner=owner, now=cast.NOW)
    Workspace.objects.filter(pk=shop.pk).update(required_fields=[])
    with schemas.use(shop.schema_name):
        return list(_runs(shop))


def _runs(shop: Workspace) -> Iterator[dict[str, Any]]:
    from django.db import connection

    for path in FILES:
        yield _run(shop, path, "skip") | {"way": "first"}
        for way in WAYS:
            with connection.cursor() as cursor:
                cursor.execute(_AGE)
            yield _run(shop, path, way)


def _run(shop: Workspace, path: Path, way: str) -> dict[str, Any]:
    from quen.apps.audience import queries as audience
    from quen.apps.import_export import queries, registry, services
    from quen.apps.import_export.services.loading import COUNTERS
    from quen.core import sql
    from quen.core.actors import SYSTEM
    from quen.core.table_files import TableFormat
    from tests.cast import NOW

    with path.open("rb") as content:
        import_ = services.create_from_upload(
            content=content, filename=path.name, actor=SYSTEM, now=NOW, kind="contacts"
        )
    services.auto_match(import_=import_)
    services.set_matching(import_=import_, entries=import_.matching, actor=SYSTEM, now=NOW)
    services.set_settings(
        import_=import_, settings={"conflict_policy": "overwrite" if way == "dry run" else way}
    )
    report = None
    if way == "dry run":
        report = services.run_dry_run(import_id=import_.pk, clock=lambda: NOW)
    else:
        services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
        services.run_import(import_id=import_.pk, clock=lambda: NOW)
    import_ = queries.get_import(import_.pk)
    everyone = audience.relation(audience.all_contacts(), now=NOW, zone=shop.zone)
    rows = sql.compose("SELECT contact_id AS row_id FROM {everyone} p", everyone=everyone)
    _writer, chunks = services.export_at_once(registry.export_kind("contacts"), rows, TableFormat.CSV)
    exported = b"".join(chunks)
    return {
        "file": path.name,
        "way": way,
        "state": import_.state,
        "counts": {name: getattr(import_, name) for name in COUNTERS},
        "report": report,
        "issues": list(queries.issues(import_).values_list("kind", "row_number", "field", "code", "params")),
        "exported": exported.decode(),
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(main()) + "\n")
