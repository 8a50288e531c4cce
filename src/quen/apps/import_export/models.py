"""Tables of the import_export app."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from quen.apps.import_export.types import ExportState, ImportState, ImportStep, IssueKind
from quen.core.privacy import PersonalData


class Import(models.Model):
    """An import of one file. Every answer of the wizard is stored, so it can be left and continued at any step.

    ``position`` is the number of data rows committed; a resumed import continues after it, leaves out the rows of
    ``written_ahead`` and applies no row twice.
    Personal data: the file's rows. Erased by services.expire_imports.
    """

    personal_data = PersonalData(
        expires={
            "settings": "those of the kind are removed 30 days after the end by services.expire_imports",
        },
        staff="member_id member_name",
        impersonal="kind filename read_options headers header_signature platform matching remembered "
        "dry_run_report failure written_ahead",
    )

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.DRAFT)
    step = models.CharField(max_length=12, choices=ImportStep.choices, default=ImportStep.DATA)
    filename = models.CharField(_("file"), max_length=300)
    file = models.ForeignKey("team.File", null=True, on_delete=models.SET_NULL, related_name="+")
    pasted = models.BooleanField(default=False)
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    #: detected and correctable: encoding, delimiter, header_row, sheet, column_encodings
    read_options = models.JSONField(default=dict)
    headers = models.JSONField(default=list)
    header_signature = models.CharField(max_length=64, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    #: one entry per column: {"target": "phone", "date_order": "dmy", ...} or {"target": null}
    matching = models.JSONField(default=list)
    #: what an earlier file with these headers was matched to, when this one was read; see queries.remembered_targets
    remembered = models.JSONField(null=True)
    #: conflict_policy, and what the kind's form asks for
    settings = models.JSONField(default=dict)
    #: the report of the last dry run
    dry_run_report = models.JSONField(null=True)
    progress = models.ForeignKey("team.Progress", null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.BigIntegerField(default=0)
    #: numbers of rows after the position that are written already, by the part of a batch that was committed first
    written_ahead = models.JSONField(default=list)
    total_rows = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(default=0)
    blank_rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    warned = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    #: total working time over all runs
    seconds = models.FloatField(default=0)
    #: the kind's record with which it undoes the import
    change_id = models.BigIntegerField(null=True)
    #: the import whose refused rows this one retries
    retry_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="retries")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]


class ImportIssue(models.Model):
    """A problem with a row: the row was refused, or it was imported without some value.

    Personal data: the row's cells. Erased with the import.
    """

    personal_data = PersonalData(
        expires={
            "cells": "removed 30 days after the end by services.expire_imports",
            "params": "with cells",
        },
        impersonal="field code",
    )

    import_record = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="issues", db_index=False)
    kind = models.SmallIntegerField(choices=IssueKind.choices)
    row_number = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    #: the row as it was in the file, for refused rows only
    cells = models.JSONField(null=True)

    class Meta:
        ordering = ["row_number", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["import_record", "kind", "row_number"], name="import_issue_lookup")
        ]


class SavedMatching(models.Model):
    """The last matching of a set of headers; a skip was chosen only where the entry is "answered".

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="kind header_signature matching",
    )

    kind = models.CharField(max_length=40)
    header_signature = models.CharField(max_length=64)
    matching = models.JSONField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "header_signature"], name="saved_matching_unique")
        ]


class Export(models.Model):
    """An export of one table to a file, made by a job. Which rows, and in which order, is fixed when it is asked for.

    Personal data: none itself; the file is deleted at ``expires_at``.
    """

    personal_data = PersonalData(
        staff="member_id member_name",
        impersonal="kind columns template scope filename format language failure",
    )

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=ExportState.choices, default=ExportState.WAITING)
    #: of the file, with its ending
    filename = models.CharField(max_length=300)
    format = models.CharField(max_length=4)
    #: keys of the chosen columns, in order; of a template its key, and no columns
    columns = models.JSONField(default=list)
    template = models.CharField(max_length=40, blank=True)
    #: what was asked for, such as "selected"
    scope = models.CharField(max_length=20, blank=True)
    #: of the headings and of words in cells
    language = models.CharField(max_length=5)
    file = models.ForeignKey("team.File", null=True, on_delete=models.SET_NULL, related_name="+")
    progress = models.ForeignKey("team.Progress", null=True, on_delete=models.SET_NULL, related_name="+")
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    total = models.BigIntegerField(default=0)
    #: rows in the file; fewer than total when some were erased before they were read
    written = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    #: when the file is deleted
    expires_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]


class ExportPart(models.Model):
    """The ids of some rows of an export, in their order.

    Personal data: ids, by which the file of an erased person is found. Deleted with the export.
    """

    personal_data = PersonalData(
        expires={"ids": "deleted with the export, at the latest a week after it ended"},
    )

    pk = models.CompositePrimaryKey("export_id", "position")
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts", db_index=False)
    position = models.IntegerField()
    ids = ArrayField(models.BigIntegerField())


class ExportPreset(models.Model):
    """Columns that a member has chosen and named.

    Personal data: none.
    """

    personal_data = PersonalData(
        staff="member_id",
        impersonal="kind name columns",
    )

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    columns = models.JSONField(default=list)
    #: who made it; everyone may use it
    member_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint("kind", Upper("name"), name="export_preset_name_unique")]
