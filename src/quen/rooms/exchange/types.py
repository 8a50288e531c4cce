"""Words of the exchange room."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


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
    TRIAL = "trial", _("Trial run")
    RUN = "run", _("Import")


class IssueKind(IntegerChoices):
    """How a row was hurt."""

    REFUSED = 1, _("Refused")
    WARNING = 2, _("Warning")


class Existing(TextChoices):
    """What happens to people already there (R-09)."""

    SKIP = "skip", _("Leave them as they are")
    OVERWRITE = "overwrite", _("Overwrite with the file")
    FILL = "fill", _("Fill empty fields only")
