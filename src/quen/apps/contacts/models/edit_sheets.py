"""Workbooks of contacts that are edited in a spreadsheet and brought back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.contacts.types import CellChange, CellDecision, EditSheetState
from quen.core.privacy import PersonalData


class EditSheet(models.Model):
    """A workbook of contacts for editing, and what came back of it.

    Personal data: none itself; its rows and cells hold some. All is deleted at ``expires_at`` by
    services.expire_edit_sheets.
    """

    personal_data = PersonalData(
        staff="member_id member_name",
        impersonal="secret columns language filename found failure",
    )

    state = models.CharField(max_length=12, choices=EditSheetState.choices, default=EditSheetState.OPEN)
    #: the export that makes the file; gone after a week
    export_id = models.BigIntegerField(null=True)
    #: what the keys of its rows are signed with
    secret = models.CharField(max_length=64)
    #: keys of the columns in the order of the file
    columns = models.JSONField(default=list)
    language = models.CharField(max_length=5)
    total = models.IntegerField(default=0)
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    #: the returned file
    filename = models.CharField(max_length=300, blank=True)
    file = models.ForeignKey("team.File", null=True, on_delete=models.SET_NULL, related_name="+")
    returned_at = models.DateTimeField(null=True)
    #: what the returned file has besides changes: SheetFindings as JSON
    found = models.JSONField(default=dict)
    failure = models.CharField(max_length=300, blank=True)
    progress = models.ForeignKey("team.Progress", null=True, on_delete=models.SET_NULL, related_name="+")
    #: the bulk change that applied the cells
    change_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]


class EditSheetRow(models.Model):
    """What the row of a contact held when the workbook was made.

    Personal data: the texts of the cells. Erased with the contact, deleted with the sheet.
    """

    personal_data = PersonalData(
        erased="contact_id held",
    )

    pk = models.CompositePrimaryKey("sheet_id", "contact_id")
    sheet = models.ForeignKey(EditSheet, on_delete=models.CASCADE, related_name="rows", db_index=False)
    contact_id = models.BigIntegerField()
    #: texts in the order of the columns
    held = models.JSONField(default=list)
    #: when the contact had last been changed as its changes were compared
    version = models.DateTimeField(null=True)


class EditSheetCell(models.Model):
    """A cell that came back changed: what it held, what the file says, and what the contact has now.

    Personal data: the texts of the cell. Erased with the contact, deleted with the sheet.
    """

    personal_data = PersonalData(
        erased="contact_id held given current values params",
        impersonal="column refusal",
    )

    sheet = models.ForeignKey(EditSheet, on_delete=models.CASCADE, related_name="cells", db_index=False)
    contact_id = models.BigIntegerField()
    column = models.CharField(max_length=60)
    #: of the column in the file
    place = models.SmallIntegerField()
    #: of the row in the file
    row = models.IntegerField()
    kind = models.CharField(max_length=8, choices=CellChange.choices)
    held = models.TextField(blank=True)
    given = models.TextField(blank=True)
    current = models.TextField(blank=True)
    #: what is written, by column of the contact; "field_<id>" for custom values, "tags" for their names
    values = models.JSONField(default=dict)
    #: changed in the file and in the record, to different values
    conflict = models.BooleanField(default=False)
    decision = models.CharField(max_length=4, choices=CellDecision.choices)
    #: the code of the reason why it cannot be applied
    refusal = models.CharField(max_length=40, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        ordering = ["row", "place"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "contact_id", "column"], name="edit_sheet_cell_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sheet", "row", "place"], name="edit_sheet_cell_order")
        ]
