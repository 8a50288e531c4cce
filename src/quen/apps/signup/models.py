"""Tables of the signup app, in the workspace's schema."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q

from quen.apps.signup.types import FormContent, FormKind, Outcome, SubmissionState, Way, read_content
from quen.core.privacy import PersonalData

_KEY_BYTES = 8


def new_secret() -> str:
    """Return sixteen random hexadecimal digits."""
    return secrets.token_hex(_KEY_BYTES)


class SignupForm(models.Model):
    """A form: its draft, whether it is open, and, of a form of another system, how its fields are matched.

    Personal data: none.
    """

    personal_data = PersonalData(impersonal="name draft secret mapping", staff="member_name")

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=FormKind.choices, default=FormKind.OWN)
    #: types.FormContent as JSON
    draft = models.JSONField(default=dict)
    #: part of the secret address of a form of another system
    secret = models.CharField(max_length=16, default=new_secret)
    #: of such a form: {"name of the field": target}; "" leaves it out
    mapping = models.JSONField(default=dict)
    published_id = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    review_asked_at = models.DateTimeField(null=True)
    #: confirmations wait until the hour is over: the ceiling was reached
    confirmations_paused_at = models.DateTimeField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def content(self) -> FormContent:
        """Return the draft."""
        return read_content(self.draft)

    @property
    def is_open(self) -> bool:
        """Return whether customers can fill it in."""
        return self.closed_at is None and (self.published_id is not None or self.kind == FormKind.EXTERNAL)


class FormVersion(models.Model):
    """What customers see of a form from one publishing to the next; never changed.

    Personal data: none.
    """

    personal_data = PersonalData(impersonal="content", staff="member_name")

    form = models.ForeignKey(SignupForm, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    content = models.JSONField()
    published_at = models.DateTimeField()
    member_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="form_version_once")]

    @property
    def parsed(self) -> FormContent:
        """Return the content."""
        return read_content(self.content)


class ConsentWording(models.Model):
    """What a consent box said in one language, from a day to a day; never changed. Versions count per language.

    Personal data: none.
    """

    personal_data = PersonalData(impersonal="box language channel text")

    form = models.ForeignKey(SignupForm, on_delete=models.PROTECT, related_name="wordings")
    #: key of the item
    box = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    number = models.IntegerField()
    channel = models.CharField(max_length=10)
    topic_id = models.BigIntegerField(default=0)
    text = models.TextField()
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "box", "language", "number"], name="consent_wording_once")
        ]


class Submission(models.Model):
    """What somebody sent through a form, and what became of it.

    Personal data: what they typed, who they are. Erased with the contact; the row still counts in the report.
    """

    personal_data = PersonalData(
        erased="contact_id answers phone email page visitor key digest",
        impersonal="language utm signs ticked refused field_notes",
        staff="member_name",
    )

    form = models.ForeignKey(SignupForm, on_delete=models.PROTECT, related_name="submissions", db_index=False)
    version = models.ForeignKey(
        FormVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: random; links to the visitor's own submission carry it
    key = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=SubmissionState.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.NONE, blank=True)
    at = models.DateTimeField()
    contact_id = models.BigIntegerField(null=True)
    #: by item key; of a form of another system by its own names
    answers = models.JSONField(default=dict)
    phone = models.CharField(max_length=20, blank=True)
    email = models.CharField(max_length=254, blank=True)
    #: keys of consent boxes
    ticked = models.JSONField(default=list)
    #: channels that the person had refused, so that the tick waits for them
    refused = models.JSONField(default=list)
    #: targets whose value could not be used
    field_notes = models.JSONField(default=list)
    way = models.CharField(max_length=10, choices=Way.choices)
    language = models.CharField(max_length=5)
    page = models.CharField(max_length=500, blank=True)
    utm = models.JSONField(default=dict)
    signs = models.JSONField(default=list)
    #: mark of the website's script
    visitor = models.CharField(max_length=100, blank=True)
    #: of form and answers, to notice the same again
    digest = models.CharField(max_length=64, blank=True)
    waits = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    member_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["form", "-at", "-id"], name="submission_by_form"),
            models.Index(
                fields=["contact_id"], name="submission_by_contact", condition=Q(contact_id__isnull=False)
            ),
            models.Index(fields=["phone"], name="submission_by_phone", condition=~Q(phone="")),
            models.Index(fields=["email"], name="submission_by_email", condition=~Q(email="")),
            models.Index(fields=["digest", "at"], name="submission_by_digest", condition=~Q(digest="")),
            models.Index(fields=["key"], name="submission_by_key", condition=~Q(key="")),
        ]


class Agreement(models.Model):
    """Who agreed to which wording, in which submission.

    Personal data: what the person agreed to. Erased with the contact.
    """

    personal_data = PersonalData(erased="contact_id")

    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="agreements")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="agreements")
    contact_id = models.BigIntegerField(null=True, db_index=True)
    at = models.DateTimeField()
    #: when the consent was recorded; empty while it waits for a confirmation
    granted_at = models.DateTimeField(null=True)


class Proposal(models.Model):
    """A value that differs from what is known: staff take or refuse it.

    Personal data: the value. Erased with the contact.
    """

    personal_data = PersonalData(erased="value", impersonal="target", staff="member_name")

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="proposals")
    #: the contact's column or "field_<id>"
    target = models.CharField(max_length=40)
    value = models.JSONField()
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    taken = models.BooleanField(default=False)
    member_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-at", "-id"]


class ConfirmationMail(models.Model):
    """A mail that asks to confirm: due, or sent.

    Personal data: the address. Erased with the contact; the limit of a day needs it no longer than that.
    """

    personal_data = PersonalData(erased="address")

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="mails")
    form = models.ForeignKey(SignupForm, on_delete=models.PROTECT, related_name="+", db_index=False)
    address = models.CharField(max_length=254)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="confirmation_due", condition=Q(sent_at=None)),
            models.Index(fields=["address", "sent_at"], name="confirmation_by_address"),
            models.Index(fields=["form", "sent_at"], name="confirmation_by_form"),
        ]


class FormViews(models.Model):
    """How often a form was shown on a day, by version, way and source.

    Personal data: none.
    """

    personal_data = PersonalData(impersonal="day way source")

    form = models.ForeignKey(SignupForm, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    version_id = models.BigIntegerField()
    way = models.CharField(max_length=10)
    source = models.CharField(max_length=100, blank=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "day", "version_id", "way", "source"], name="form_views_once"
            )
        ]
