"""Tables of groups, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from quen.apps.groups.types import MAX_NAME_CHARS
from quen.core.privacy import PersonalData

_LIVE = models.Q(deleted_at=None)


class ContactGroup(models.Model):
    """A list of contacts kept by hand. A deleted one keeps its name, for the conditions that still ask for it.

    Personal data: none.
    """

    personal_data = PersonalData(staff="member_id", impersonal="name description")

    name = models.CharField(_("name"), max_length=MAX_NAME_CHARS)
    #: what it is for, for colleagues
    description = models.CharField(_("description"), max_length=500, blank=True)
    #: offered as recipients and in conditions
    active = models.BooleanField(_("in use"), default=True)
    member_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Upper("name"), condition=_LIVE, name="contactgroup_name_once")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A contact is in a group since an instant. A deleted contact stays, and is there again when it is restored.

    Personal data: that a contact belongs to the group. Erased with the contact.
    """

    personal_data = PersonalData(erased="contact_id")

    pk = models.CompositePrimaryKey("group_id", "contact_id")
    # No foreign key constraints: one statement writes up to a million members.
    group = models.ForeignKey(
        ContactGroup, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    contact_id = models.BigIntegerField()
    joined_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id", "group"], name="groupmember_by_contact"),
            models.Index(fields=["group", "-joined_at", "-contact_id"], name="groupmember_by_joining"),
        ]


class MemberChange(models.Model):
    """What one change of many contacts, or an import, did to a member of a group: what its undo needs.

    Personal data: that a contact was put into the group or taken out. Erased with the contact, and 30 days later.
    """

    personal_data = PersonalData(erased="contact_id")

    pk = models.CompositePrimaryKey("change_id", "group_id", "contact_id")
    #: the contacts.BulkChange
    change_id = models.BigIntegerField()
    group_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    #: since when the contact had been in the group it was taken out of; of a new member the instant of the change
    joined_at = models.DateTimeField()
    removed = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id"], name="memberchange_by_contact"),
            models.Index(fields=["at"], name="memberchange_by_time"),
        ]
