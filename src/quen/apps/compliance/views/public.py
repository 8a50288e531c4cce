"""Access to the pages behind an unsubscribe link: the token identifies the contact, no session and no cookie does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from quen.apps.accounts.access import PublicPages, PublicVisit
from quen.apps.compliance import queries
from quen.apps.compliance.rules.tokens import UnsubscribeToken
from quen.apps.contacts import queries as contacts
from quen.core.ratelimit import RateLimit

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

    #: the subject is the contact of the link, None once erased
    PublicContext = PublicVisit[UnsubscribeToken, Contact | None]


def _load(payload: UnsubscribeToken) -> Contact | None:
    return contacts.find_including_deleted(payload.contact_id)


def _language(contact: Contact | None) -> str:
    return contact.language if contact else ""


def _url(token: str) -> str:
    return reverse("unsubscribe", args=[token])


PAGES: PublicPages[UnsubscribeToken, Contact | None] = PublicPages(
    decode=queries.decode_token,
    load=_load,
    language=_language,
    url=_url,
    # Counted by contact, not by IP address: mail providers post for many recipients from one address.
    post_limit=RateLimit("compliance.unsubscribe", "30/minute"),
    limit_key=lambda payload: f"{payload.workspace_id}-{payload.contact_id}",
    invalid_limit=RateLimit("compliance.invalid_token", "60/minute"),
    invalid_template="compliance/public/invalid_link.html",
)
with_token = PAGES.view
