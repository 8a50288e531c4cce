"""Rows whose phone or email is a further one of somebody: it identifies them and stays a further one (CON-71)."""

from __future__ import annotations

from typing import Final

from quen.apps.contacts.models import ContactIdentity
from quen.apps.contacts.services.staging.batch import StagedBatch

_SYSTEMS: Final = ("phone", "email")


def identify_by_further(batch: StagedBatch, *, phone: int, email: int) -> None:
    """Let such values identify their row as an account does, and not become the default.

    phone, email: where they stand in a row. Rows are replaced, not changed: other batches may share them.
    """
    further = ContactIdentity.objects.filter(deleted_at=None)
    if not further.filter(system__in=_SYSTEMS).exists():
        return
    for system, at in zip(_SYSTEMS, (phone, email), strict=True):
        given = {row[at] for row in batch.rows if row[at]}
        known = set(
            further.filter(system=system, external_id__in=given).values_list("external_id", flat=True)
        )
        if known:
            moved = [(row[0], system, row[at]) for row in batch.rows if row[at] in known]
            batch.identities = [*batch.identities, *moved]
            batch.rows = [
                [*row[:at], None, *row[at + 1 :]] if row[at] in known else row for row in batch.rows
            ]
