"""What the signup app declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quen.apps.api.registry import Scope
from quen.apps.compliance import registry as compliance
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import ContactRight, FieldUse
from quen.apps.events.types import EventGroup, EventKind, EventPhrases
from quen.apps.groups import registry as groups
from quen.apps.groups.types import GroupUse
from quen.apps.ingest import registry as ingest
from quen.apps.manifest import Manifest
from quen.apps.signup import panels, queries, services
from quen.apps.signup.services import external, receiving
from quen.apps.signup.services.people import MERGE_COLUMNS
from quen.apps.signup.types import SignupRight, SignupScope
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import AuditMessage, PendingItems
from quen.apps.team.types import EVERYBODY, MARKETING, STAFF, DeclaredRight
from quen.ui.nav import NavEntry


def _published(data: Mapping[str, Any]) -> str:
    return str(_("Published the form “%(name)s”, version %(number)s")) % data


def _named(text: Any) -> Any:
    return lambda data: str(text) % {"name": data["form"], **data}


def _field_uses(key: str) -> list[FieldUse]:
    return [
        FieldUse(gettext("form"), form.name, f"/forms/{form.pk}/") for form in queries.forms_with_field(key)
    ]


def _group_uses(group_id: int) -> list[GroupUse]:
    return [
        GroupUse(gettext("form"), form.name, f"/forms/{form.pk}/")
        for form in queries.forms_with_group(group_id)
    ]


MANIFEST = Manifest(
    pages="forms/",
    manual_page="forms",
    public_pages={"f/": "quen.apps.signup.public_urls"},
    rights=(
        DeclaredRight(SignupRight.VIEW, _("View sign-up forms and what they brought"), EVERYBODY),
        DeclaredRight(SignupRight.HANDLE, _("Decide submissions and fill in forms at the counter"), STAFF),
        DeclaredRight(SignupRight.EDIT, _("Create and edit sign-up forms"), MARKETING),
        DeclaredRight(SignupRight.PUBLISH, _("Publish, open and close sign-up forms"), MARKETING),
    ),
    api_scopes=(Scope(SignupScope.READ, _("Read sign-up forms and what was sent"), _("Sign-up forms")),),
    navigation=(
        NavEntry(
            key="signup",
            label=_("Sign-up forms"),
            icon="clipboard-list",
            url_name="signup:form_list",
            group="customers",
            order=35,
            right=SignupRight.VIEW,
            active_for=("signup:",),
        ),
    ),
    event_codes=range(1500, 1600),
    event_groups=(EventGroup("forms", _("Sign-up forms"), "clipboard-list", 55, "interaction"),),
    event_kinds=(
        EventKind(
            1500,
            "form_submitted",
            _("Sent a form"),
            _("Sent the form “%(form)s”"),
            "clipboard-list",
            "forms",
            phrases=EventPhrases(
                _("who sent a form"), _("who never sent a form"), _("who did not send a form")
            ),
        ),
        EventKind(
            1501,
            "form_confirmed",
            _("Confirmed a registration"),
            _("Confirmed the registration by “%(form)s”"),
            "mail-check",
            "forms",
            phrases=EventPhrases(
                _("who confirmed a registration"),
                _("who never confirmed a registration"),
                _("who did not confirm a registration"),
            ),
        ),
        EventKind(
            1502,
            "counter_visited",
            _("Registered at the counter"),
            _("Registered at the counter by “%(form)s”"),
            "store",
            "forms",
            phrases=EventPhrases(
                _("who registered at the counter"),
                _("who never registered at the counter"),
                _("who did not register at the counter"),
            ),
        ),
    ),
    audit_messages={
        "signup.created": AuditMessage(_("Created the form “%(name)s”"), _("Created a form")),
        "signup.renamed": AuditMessage(_("Renamed a form to “%(name)s”"), _("Renamed a form")),
        "signup.published": AuditMessage(_published, _("Published a form")),
        "signup.discarded": AuditMessage(
            _("Discarded the changes of the form “%(name)s”"), _("Discarded the changes of a form")
        ),
        "signup.closed": AuditMessage(_("Closed the form “%(name)s”"), _("Closed a form")),
        "signup.opened": AuditMessage(_("Opened the form “%(name)s”"), _("Opened a form")),
        "signup.deleted": AuditMessage(_("Deleted the form “%(name)s”"), _("Deleted a form")),
        "signup.address_renewed": AuditMessage(
            _("Gave the form “%(name)s” a new secret address"), _("Gave a form a new secret address")
        ),
        "signup.released": AuditMessage(
            _("Let in what was held back as spam of the form “%(name)s”"),
            _("Let in what was held back as spam"),
        ),
        "signup.mapped": AuditMessage(
            _("Matched the fields of the form “%(name)s”"), _("Matched fields of a form")
        ),
    },
    notifications={
        "signup.review_asked": _named(_("%(by)s asks to publish the form “%(name)s”.")),
        "signup.confirmations_paused": _named(
            _(
                "Unusually many people use the form “%(name)s”. Confirmation emails wait; no registration is lost."
            )
        ),
    },
    pending=(PendingItems("signup", 14, SignupRight.HANDLE, panels.pending_submissions),),
    contact_panels=(
        contacts.ContactPanel(
            "signup",
            title=_("Sign-up forms"),
            order=55,
            right=ContactRight.VIEW,
            url=lambda contact_id: workspace_path(f"/forms/contacts/{contact_id}/"),
            slot="profile",
        ),
    ),
)


def register() -> None:
    """Register what stores raw submissions, and what follows when contacts go."""
    ingest.register_endpoint(receiving.ENDPOINT, services.process_received)
    ingest.register_endpoint(external.ENDPOINT, services.process_external)
    contacts.on_erase("signup", services.erase_people)
    contacts.on_merge("signup", services.merge_people, services.unmerge_people, columns=MERGE_COLUMNS)
    contacts.register_field_uses("signup", _field_uses)
    groups.register_uses(_group_uses)
    compliance.register_topic_uses(queries.using_topics)
    contacts.register_personal_data("signup", _("Registrations by forms"), services.copy_of)
