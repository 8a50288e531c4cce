"""Enums and errors of the import_export app."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ImportExportRight(StrEnum):
    """Rights of members over files."""

    IMPORT = "files.import"
    EXPORT = "files.export"


class ImportState(TextChoices):
    """State of an import."""

    DRAFT = "draft", _("Unfinished")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")


class ImportStep(TextChoices):
    """Steps of the wizard."""

    DATA = "data", _("Data")
    MATCH = "match", _("Match columns")
    SETTINGS = "settings", _("Import settings")
    DRY_RUN = "dry_run", _("Test run")
    RUN = "run", _("Import")


class ExportCell(StrEnum):
    """What the cells of an exported column hold."""

    TEXT = "text"
    NUMBER = "number"
    #: a day without time and zone
    DATE = "date"
    #: an instant, shown in the workspace's time zone
    MOMENT = "moment"


class ExportState(TextChoices):
    """State of an export."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


class IssueKind(IntegerChoices):
    """Whether a row was refused or imported with a warning."""

    REFUSED = 1, _("Rejected")
    WARNING = 2, _("Warning")


class ConflictPolicy(TextChoices):
    """What happens to rows that exist already (R-09)."""

    SKIP = "skip", _("Keep them unchanged")
    OVERWRITE = "overwrite", _("Overwrite with the file")
    FILL = "fill", _("Fill empty fields only")


class NoIdentifyingColumn(DomainError):
    """No matched column identifies a row."""

    code = "no_identifying_column"
    text = _("Match at least one column to %(fields)s.")


class DuplicateTarget(DomainError):
    """Two columns are matched to the same field."""

    code = "duplicate_target"
    text = _("“%(first)s” and “%(second)s” are both matched to “%(label)s”. Skip one of them.")


class UnknownTarget(DomainError):
    """A column is matched to a field that does not exist."""

    code = "unknown_target"
    text = _("The field “%(target)s” for the column “%(header)s” doesn't exist.")


class UnknownFieldFormat(DomainError):
    """A new field cannot have this format."""

    code = "unknown_field_format"
    text = _("“%(format)s” is not a format of a field.")


class UnknownSetting(DomainError):
    """A kind of rows does not have this setting."""

    code = "unknown_setting"
    text = _("Imports of “%(kind)s” have no setting “%(name)s”.")


class UploadTooLarge(DomainError):
    """The file is larger than the installation allows (R-20)."""

    code = "upload_too_large"
    status = 413
    text = _("The file is larger than %(limit_mb)d MB. Split it into smaller ones.")
    field: ClassVar[str | None] = "file"


class NothingPasted(DomainError):
    """The pasted text is empty."""

    code = "nothing_pasted"
    text = _("Paste at least a header row and one row of data.")
    field: ClassVar[str | None] = "text"


class InvalidImportState(DomainError):
    """The import's state does not allow this."""

    code = "invalid_import_state"
    status = 409
    text = _("This import is “%(state)s”, so this can't be done now.")


class FileGone(DomainError):
    """The file has been deleted."""

    code = "file_gone"
    status = 410
    text = _("The file of this import has been deleted. Upload it again.")


class ImportNotFound(DomainError):
    """The import does not exist."""

    code = "import_not_found"
    status = 404
    text = _("This import doesn't exist.")


class ExportNotFound(DomainError):
    """The export does not exist."""

    code = "export_not_found"
    status = 404
    text = _("This export doesn't exist.")


class ExportExpired(DomainError):
    """The file of the export has been deleted."""

    code = "export_expired"
    status = 410
    text = _("This file has been deleted. Export the list again.")


class NothingToExport(DomainError):
    """No row is to be exported."""

    code = "nothing_to_export"
    text = _("There is nothing to export.")


class NoExportColumns(DomainError):
    """No column is chosen."""

    code = "no_export_columns"
    text = _("Choose at least one column.")
    field: ClassVar[str | None] = "columns"


class PresetNameTaken(DomainError):
    """There is a set of columns with this name."""

    code = "preset_name_taken"
    text = _("There are saved columns with this name. Choose another name.")
    field: ClassVar[str | None] = "preset_name"
