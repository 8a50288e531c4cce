"""Extension points of the import_export app: kinds of rows that files bring in, and tables that go out as files."""

from __future__ import annotations

from quen.apps.import_export.columns import SampledColumn, ValueFit
from quen.apps.import_export.headers import (
    HeaderDictionary,
    build_dictionary,
    fold_header,
    header_forms,
)
from quen.apps.import_export.matching import FieldTarget, mismatch
from quen.apps.import_export.registry.exports import (
    ExportColumn,
    ExportKind,
    ExportOffer,
    ExportTemplate,
    ReturningFile,
)
from quen.apps.import_export.registry.imports import (
    BatchOutcome,
    BatchParts,
    ColumnMapping,
    ImportContext,
    ImportKind,
    ImportScreens,
    ImportSettingsForm,
    ImportTexts,
    ImportWriter,
    PreparedBatch,
    ResultAction,
    RowIssue,
    RowPreview,
    SheetTemplate,
    TargetGroup,
    UndoPreview,
)
from quen.apps.import_export.tables import Cell, Row, cell_text
from quen.apps.import_export.vocabulary import (
    ColumnSet,
    HeaderMatch,
    HeaderRule,
    KindVocabulary,
    Platform,
    ValueCheck,
    ValueReason,
)

__all__ = [
    "BatchOutcome",
    "BatchParts",
    "Cell",
    "ColumnMapping",
    "ColumnSet",
    "ExportColumn",
    "ExportKind",
    "ExportOffer",
    "ExportTemplate",
    "FieldTarget",
    "HeaderDictionary",
    "HeaderMatch",
    "HeaderRule",
    "ImportContext",
    "ImportKind",
    "ImportScreens",
    "ImportSettingsForm",
    "ImportTexts",
    "ImportWriter",
    "KindVocabulary",
    "Platform",
    "PreparedBatch",
    "ResultAction",
    "ReturningFile",
    "Row",
    "RowIssue",
    "RowPreview",
    "SampledColumn",
    "SheetTemplate",
    "TargetGroup",
    "UndoPreview",
    "ValueCheck",
    "ValueFit",
    "ValueReason",
    "all_kinds",
    "build_dictionary",
    "cell_text",
    "export_kind",
    "export_offers",
    "fold_header",
    "get",
    "has_export_kind",
    "header_forms",
    "mismatch",
    "register",
    "register_export",
    "register_export_kind",
    "screens",
]

_kinds: dict[str, ImportKind] = {}
_screens: dict[str, ImportScreens] = {}
_export_offers: dict[str, ExportOffer] = {}
_export_kinds: dict[str, ExportKind] = {}


def register(kind: ImportKind, screens: ImportScreens) -> None:
    """Register a kind of rows with its pages. The first one is offered first."""
    _kinds[kind.key] = kind
    _screens[kind.key] = screens


def get(key: str) -> ImportKind:
    """Return a kind. Raises KeyError."""
    return _kinds[key]


def screens(key: str) -> ImportScreens:
    """Return the screens of a kind. Raises KeyError."""
    return _screens[key]


def all_kinds() -> list[ImportKind]:
    """Return all kinds in order of registration."""
    return list(_kinds.values())


def register_export(offer: ExportOffer) -> None:
    """Register something that can be exported, for the page of imports and exports."""
    _export_offers[offer.key] = offer


def export_offers() -> list[ExportOffer]:
    """Return what can be exported, in order of registration."""
    return list(_export_offers.values())


def register_export_kind(kind: ExportKind) -> None:
    """Register a table whose rows are exported by a job."""
    _export_kinds[kind.key] = kind


def has_export_kind(key: str) -> bool:
    """Return whether a table is exported by a job."""
    return key in _export_kinds


def export_kind(key: str) -> ExportKind:
    """Return a kind of export. Raises KeyError."""
    return _export_kinds[key]
