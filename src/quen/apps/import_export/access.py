"""Which imports a member may reach: importing needs the app's right, and the right of the kind of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.apps.import_export import queries, registry
from quen.apps.import_export.registry import ExportOffer, ImportKind
from quen.apps.team.access import ensure
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.import_export.models import Export, Import
    from quen.apps.team.models import Member


def import_for(member: Member, import_id: int) -> Import:
    """Return an import. Raises ImportNotFound, and NotAllowed for a kind that the member may not import."""
    import_ = queries.get_import(import_id)
    ensure(member, registry.get(import_.kind).right)
    return import_


def export_for(member: Member, export_id: int) -> Export:
    """Return an export. Raises ExportNotFound, and NotAllowed for a kind that the member may not export."""
    export = queries.get_export(export_id)
    ensure(member, registry.export_kind(export.kind).right)
    return export


def kinds_for(member: Member) -> list[ImportKind]:
    """Return the kinds of rows that a member may import."""
    return [kind for kind in registry.all_kinds() if member.can(kind.right)]


def exports_for(member: Member) -> list[ExportOffer]:
    """Return what a member may export."""
    return [offer for offer in registry.export_offers() if member.can(offer.right)]


def kind_for(member: Member, key: str | None) -> ImportKind:
    """Return a kind, the first allowed one for None. Raises NotFound for an unknown kind, NotAllowed."""
    known = {kind.key: kind for kind in registry.all_kinds()}
    if key is None:
        kind = next(iter(kinds_for(member)), next(iter(known.values())))
    elif key in known:
        kind = known[key]
    else:
        raise NotFound()
    ensure(member, kind.right)
    return kind
