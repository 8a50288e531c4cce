"""Words of the import_export room."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ImportState(TextChoices):
    """Where an import stands."""

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
    DRY_RUN = "dry_run", _("Trial run")
    RUN = "run", _("Import")


class IssueKind(IntegerChoices):
    """How a row was hurt."""

    REFUSED = 1, _("Refused")
    WARNING = 2, _("Warning")


class ConflictPolicy(TextChoices):
    """What happens to people already there (R-09)."""

    SKIP = "skip", _("Leave them as they are")
    OVERWRITE = "overwrite", _("Overwrite with the file")
    FILL = "fill", _("Fill empty fields only")


class NoIdentifyingColumn(DomainError):
    """No column tells who a row is."""

    code = "no_identifying_column"
    text = _("Match at least one column with a phone number, an email or a customer code.")


class DuplicateTarget(DomainError):
    """Two columns go into one field."""

    code = "duplicate_target"
    text = _("“%(first)s” and “%(second)s” both go into “%(label)s”. Skip one of them.")


class UnknownTarget(DomainError):
    """There is no such field."""

    code = "unknown_target"
    text = _("There is no field “%(target)s” for the column “%(header)s”.")


class UploadTooLarge(DomainError):
    """Larger than the installation takes (R-20)."""

    code = "upload_too_large"
    status = 413
    text = _("The file is larger than %(limit_mb)d MB. Split it into smaller ones.")
    field: ClassVar[str | None] = "file"


class NothingPasted(DomainError):
    """An empty table."""

    code = "nothing_pasted"
    text = _("Paste at least a heading row and one row of customers.")
    field: ClassVar[str | None] = "text"


class InvalidImportState(DomainError):
    """The import is not where this can be done."""

    code = "invalid_import_state"
    status = 409
    text = _("This import is “%(state)s”, so this can't be done now.")


class FileGone(DomainError):
    """The file was dropped."""

    code = "file_gone"
    status = 410
    text = _("The file of this import is no longer kept. Choose it again.")


class ImportNotFound(DomainError):
    """No such import."""

    code = "import_not_found"
    status = 404
    text = _("There is no such import.")
