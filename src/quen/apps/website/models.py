"""Tables of the website app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.website.types import ActionKind, KnownBy
from quen.core.privacy import PersonalData

_RETENTION = "deleted at the end of the retention period by services.delete_expired"


class WebsiteSettings(models.Model):
    """How visits to the shop's website are recorded. One row; without it nothing is.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="origins texts privacy_url background text_colour button secret",
    )

    enabled = models.BooleanField(default=False)
    #: from which pages events are taken, such as https://www.trasen.vn
    origins = models.JSONField(default=list)
    #: the script asks for consent by itself; otherwise the shop's own banner calls quen.consent()
    banner = models.BooleanField(default=True)
    #: BannerText by language
    texts = models.JSONField(default=dict)
    privacy_url = models.CharField(max_length=300, blank=True)
    background = models.CharField(max_length=7, default="#ffffff")
    text_colour = models.CharField(max_length=7, default="#1f2328")
    button = models.CharField(max_length=7, default="#0f5c4a")
    retention_days = models.PositiveSmallIntegerField(default=90)
    #: encrypted; with it the shop's server signs who has signed in
    secret = models.TextField(blank=True)
    secret_made_at = models.DateTimeField(null=True)
    #: the latest event from the website, and from the test page
    received_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()


class Visitor(models.Model):
    """A browser with the consent of whoever uses it, for as long as it is used by one person.

    When a second person is recognised in a browser, its visitor ends and another one of the same token begins.
    Personal data: contact_id, and by the token what was done. Erased with the contact, deleted after the retention.
    """

    personal_data = PersonalData(
        erased="contact_id",
        expires={"token": _RETENTION},
    )

    #: made by the script
    token = models.CharField(max_length=40)
    contact_id = models.BigIntegerField(null=True)
    known_at = models.DateTimeField(null=True)
    known_by = models.CharField(max_length=10, choices=KnownBy.choices, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    #: since when somebody else uses the browser
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token"], condition=models.Q(ended_at=None), name="visitor_of_token_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["token"], name="visitor_by_token"),
            models.Index(fields=["contact_id"], name="visitor_by_contact"),
            models.Index(fields=["last_seen_at"], name="visitor_by_last_seen"),
        ]


class WebsiteSession(models.Model):
    """A visit: what a visitor did without a pause of half an hour, where they came from, and with which campaign.

    Personal data: of a known visitor. Erased with the contact, deleted after the retention period.
    """

    personal_data = PersonalData(
        erased="landing_page referrer campaign user_agent",
    )

    # No foreign key constraints: visits are written in sets and deleted with their visitors.
    visitor = models.ForeignKey(Visitor, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()
    landing_page = models.CharField(max_length=300, blank=True)
    referrer = models.CharField(max_length=300, blank=True)
    campaign = models.JSONField(default=dict)
    user_agent = models.CharField(max_length=200, blank=True)
    views = models.IntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["began_at"], name="website_session_by_time"),
        ]


class WebsiteAction(models.Model):
    """What a visitor did: viewed a page or a product, changed the cart, or something the shop tells.

    Personal data: of a known visitor; what the shop sends about an action may name a person. Erased with the contact
    and wherever their address occurs, deleted after the retention period.
    """

    personal_data = PersonalData(
        erased="key page title code name data",
    )

    #: made by the script: what is sent twice counts once
    key = models.CharField(max_length=40)
    visitor = models.ForeignKey(Visitor, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    session = models.ForeignKey(
        WebsiteSession, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    kind = models.SmallIntegerField(choices=ActionKind.choices)
    #: without scheme and query: "www.trasen.vn/tra-sen"
    page = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=200, blank=True)
    #: of the product, as the shop writes it; commerce resolves it
    code = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=120, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    data = models.JSONField(default=dict)
    #: it is an event of the contact, too
    is_recorded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="website_action_once")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], name="website_action_by_time"),
            models.Index(
                fields=["visitor"], name="website_action_unrecorded", condition=models.Q(is_recorded=False)
            ),
        ]


class VisitorClaim(models.Model):
    """An email address, phone number or customer code that a visitor is said to have.

    One that the shop's server signed joins the contact who has it later; one that anybody may have typed joins nobody.
    Personal data: value. Erased with the contact who has it, deleted after the retention period.
    """

    personal_data = PersonalData(
        erased="value",
        impersonal="kind",
    )

    visitor = models.ForeignKey(Visitor, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=254)
    is_signed = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visitor", "kind", "value"], name="visitor_claim_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["value"], name="visitor_claim_by_value"),
            models.Index(fields=["kind"], name="visitor_claim_signed", condition=models.Q(is_signed=True)),
        ]


class LinkUse(models.Model):
    """The first browser that brought the mark of a message; only that one is named by it.

    Personal data: none itself; deleted after the retention period.
    """

    personal_data = PersonalData()

    message_id = models.BigIntegerField(primary_key=True)
    visitor = models.ForeignKey(Visitor, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    at = models.DateTimeField()
