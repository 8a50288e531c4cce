"""Tables of the content app, in the workspace's schema."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.apps.content.types import BodyFormat
from quen.core.privacy import PersonalData


class Content(models.Model):
    """The text of a message, in one or more languages. Frozen once a dispatch was created from it.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="channel default_language",
    )

    #: key of a channel: it decides which parts the text has
    channel = models.CharField(max_length=10)
    default_language = models.CharField(max_length=5, default="vi")
    frozen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()


class ContentVersion(models.Model):
    """The text in one language (R-38).

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="language subject preview body",
    )

    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="versions")
    language = models.CharField(max_length=5)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    preview = models.CharField(_("preview text"), max_length=250, blank=True)
    format = models.CharField(max_length=5, choices=BodyFormat.choices, default=BodyFormat.RICH)
    body = models.TextField(_("content"), blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "language"], name="one_version_a_language")]
        ordering = ["language"]
