"""What the website app declares: the report of visits, its settings, kinds of events, the panel of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.api.registry import Scope
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.events.types import EventKind, EventPhrases
from quen.apps.ingest import registry as ingest
from quen.apps.manifest import Manifest
from quen.apps.team.registry import AuditMessage
from quen.apps.team.types import EVERYBODY, DeclaredRight
from quen.apps.website import queries, services
from quen.apps.website.types import ENDPOINT, WebsiteRight, WebsiteScope
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import num


def _page_views(count: int) -> str:
    return ngettext("%(count)s page viewed", "%(count)s pages viewed", count) % {"count": num(count)}


def _settings_changed(data: Mapping[str, Any]) -> str:
    if "enabled" not in data["fields"]:
        return str(_("Changed how visits to the website are recorded"))
    return str(
        _("Began to record visits to the website") if data["enabled"] else _("Stopped recording visits")
    )


MANIFEST = Manifest(
    pages="website/",
    manual_page="website",
    rights=(
        DeclaredRight(WebsiteRight.VIEW, _("View visits to the website"), EVERYBODY),
        DeclaredRight(WebsiteRight.CONFIGURE, _("Set up the website script and its consent banner")),
    ),
    api_scopes=(
        Scope(WebsiteScope.WRITE, _("Record visits to the website and say who a visitor is"), _("Website")),
    ),
    navigation=(
        NavEntry(
            key="website",
            label=_("Website visits"),
            icon="globe",
            url_name="website:report",
            group="customers",
            order=70,
            right=WebsiteRight.VIEW,
            active_for=("website:report",),
        ),
        NavEntry(
            key="website_settings",
            label=_("Website script"),
            icon="code-xml",
            url_name="website:settings",
            group="settings",
            order=40,
            right=WebsiteRight.CONFIGURE,
            active_for=("website:settings", "website:secret", "website:test"),
        ),
    ),
    event_codes=range(1400, 1500),
    event_kinds=(
        EventKind(
            1400,
            "page_viewed",
            _("Viewed a page"),
            _("Viewed the page “%(title)s”"),
            "panels-top-left",
            "web",
            summary=_page_views,
            phrases=EventPhrases(
                _("who viewed a page of the website"),
                _("who never viewed a page of the website"),
                _("who did not view a page of the website"),
            ),
        ),
        EventKind(
            1401,
            "cart_updated",
            _("Changed the cart"),
            _("Changed the cart on the website"),
            "shopping-cart",
            "web",
            has_value=True,
            phrases=EventPhrases(
                _("who changed the cart"), _("who never changed the cart"), _("who did not change the cart")
            ),
        ),
        EventKind(
            1402,
            "website_action",
            _("Did something else on the website"),
            _("On the website: %(name)s"),
            "mouse-pointer-click",
            "web",
            has_value=True,
            phrases=EventPhrases(
                _("who did something else on the website"),
                _("who never did anything else on the website"),
                _("who did nothing else on the website"),
            ),
        ),
    ),
    audit_messages={
        "website.settings_changed": AuditMessage(
            _settings_changed, _("Changed how visits to the website are recorded")
        ),
        "website.secret_made": AuditMessage(_("Made a new secret for sign-ins on the website")),
    },
    contact_panels=(
        contacts.ContactPanel(
            "website",
            title=_("On the website"),
            order=20,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("website:contact_visits", args=[contact_id]),
        ),
    ),
)


def register() -> None:
    """Register what handles raw events, and what happens to visits when contacts are erased or merged."""
    ingest.register_endpoint(ENDPOINT, services.process_visits)
    contacts.on_erase("website", services.erase_people)
    contacts.on_merge(
        "website", services.merge_people, services.unmerge_people, columns=services.MERGE_COLUMNS
    )
    contacts.register_personal_data("website", _("Visits to the website"), queries.kept_about)
