"""Merges of two contacts into one, with what undo needs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.contacts.types import MoveKind
from quen.core.privacy import PersonalData


class ContactMerge(models.Model):
    """One contact went into another. The merged one stays as a deleted row until undo is over; this row stays for good.

    Personal data: both contacts as they were. Erased with either of them, or 30 days later.
    """

    personal_data = PersonalData(
        erased="before after",
        staff="member_id member_name",
        impersonal="choices",
    )

    kept_id = models.BigIntegerField()
    merged_id = models.BigIntegerField()
    at = models.DateTimeField()
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    #: what was chosen by field, see services.merging
    choices = models.JSONField(default=dict)
    #: columns that the merge changed: {"kept": {…}, "merged": {…}}, and those of the kept contact afterwards
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    #: the BulkChange of one act over many pairs
    change_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "contacts_merge"
        constraints = [
            # A contact goes into one other; undone, it may be merged again.
            models.UniqueConstraint(
                fields=["merged_id"], condition=models.Q(undone_at=None), name="merge_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kept_id"], name="merge_by_kept"),
            models.Index(fields=["-at", "-id"], name="merge_by_time"),
        ]


class MergeMove(models.Model):
    """The rows of one table that a merge moved, folded or deleted, so that undo finds them.

    Personal data: rows as they were. Erased with either contact, or 30 days later.
    """

    personal_data = PersonalData(
        erased="rows",
        impersonal="table",
    )

    merge_id = models.BigIntegerField()
    table = models.CharField(max_length=63)
    kind = models.CharField(max_length=10, choices=MoveKind.choices)
    #: moved: the keys, [[12], [13]]; folded: keys with values before and after; deleted: whole rows
    rows = models.JSONField()

    class Meta:
        db_table = "contacts_mergemove"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["merge_id", "table"], name="mergemove_by_merge")
        ]
