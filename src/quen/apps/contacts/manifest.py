"""What the contacts app declares: rights, navigation, its event kind, panels, log and notification texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from quen.apps.api import services as api
from quen.apps.api.registry import Scope
from quen.apps.audience import registry as audience
from quen.apps.contacts import (
    command_palette,
    conditions,
    export_columns,
    onboarding,
    panels,
    queries,
    registry,
)
from quen.apps.contacts.edit_sheets.download import ContactSheetKind
from quen.apps.contacts.importing.kind import ContactImportKind
from quen.apps.contacts.importing.screens import ContactImportScreens
from quen.apps.contacts.importing.tags.kind import TagImportKind
from quen.apps.contacts.importing.tags.screens import TagImportScreens
from quen.apps.contacts.importing.undo import undo_import, undo_sheet
from quen.apps.contacts.list import columns
from quen.apps.contacts.list.state import LIST_KEY
from quen.apps.contacts.list.state import scope as list_scope
from quen.apps.contacts.services import feed, verbs
from quen.apps.contacts.services.bulk import action_label
from quen.apps.contacts.services.bulk_undo import UNDO_HANDLERS
from quen.apps.contacts.services.fields import index_restored_fields
from quen.apps.contacts.services.merging import MERGE_COLUMNS
from quen.apps.contacts.types import (
    MENTION_MAILS,
    BulkAction,
    ContactRight,
    ContactScope,
    ErasureReason,
    FieldUse,
    Status,
)
from quen.apps.events.types import Consumer, EventKind, EventPhrases
from quen.apps.import_export import registry as import_export
from quen.apps.import_export.types import ImportExportRight
from quen.apps.manifest import Manifest
from quen.apps.team import registry as team
from quen.apps.team.registry import AuditMessage, MessageFormatter, OnboardingItem, OverviewPanel
from quen.apps.team.types import EVERYBODY, MARKETING, STAFF, DeclaredRight
from quen.core import sql
from quen.core.sql import Relation
from quen.ui.nav import NavEntry, NavGroup, ProfilePage
from quen.ui.tags.filters import num

CUSTOMERS, CUSTOMERS_ORDER = "customers", 20


def _status_set(data: Mapping[str, Any]) -> str:
    return str(_("Changed the status to %(status)s")) % {"status": Status(data["to"]).label}


def _saved_views_with_field(key: str) -> list[FieldUse]:
    return [
        FieldUse(_now("saved view"), view.name, f"/contacts/?{view.query}")
        for view in queries.saved_views_with_field(key)
    ]


def _restored(data: Mapping[str, Any]) -> str:
    count = data["contacts"]
    return ngettext("Restored %(n)s customer", "Restored %(n)s customers", count) % {"n": num(count)}


def _erased(data: Mapping[str, Any]) -> str:
    count = data["contacts"]
    erased = ngettext("Erased %(n)s customer", "Erased %(n)s customers", count) % {"n": num(count)}
    reason = ErasureReason(data.get("reason", ErasureReason.DELETED))
    return _now("%(erased)s. Reason: %(reason)s") % {"erased": erased, "reason": reason.label}


def _exported(data: Mapping[str, Any]) -> str:
    count = data["contacts"]
    return ngettext("Exported %(n)s customer", "Exported %(n)s customers", count) % {"n": num(count)}


def _codes_given(data: Mapping[str, Any]) -> str:
    count = data["contacts"]
    text = ngettext("Gave a code to %(n)s customer", "Gave codes to %(n)s customers", count)
    return text % {"n": num(count)}


def _salutations_accepted(data: Mapping[str, Any]) -> str:
    count = data["contacts"]
    text = ngettext(
        "Accepted the proposed form of address of %(n)s customer",
        "Accepted the proposed forms of address of %(n)s customers",
        count,
    )
    return text % {"n": num(count)}


def _option_removed(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Removed the option %(what)s of %(n)s customer",
        "Removed the option %(what)s of %(n)s customers",
        data["contacts"],
    )
    return text % {"n": num(data["contacts"]), "what": ", ".join(data["add"])}


def _format_changed(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Changed the format of “%(name)s” with %(n)s value",
        "Changed the format of “%(name)s” with %(n)s values",
        data["contacts"],
    )
    return text % {"n": num(data["contacts"]), "name": ", ".join(data["add"])}


def _undone(data: Mapping[str, Any]) -> str:
    count, action = data["contacts"], action_label(data["action"])
    text = ngettext("Undid “%(action)s” for %(n)s customer", "Undid “%(action)s” for %(n)s customers", count)
    return text % {"n": num(count), "action": action}


def _bulk(action: BulkAction) -> MessageFormatter:
    def message(data: Mapping[str, Any]) -> str:
        names = data.get("add") or data.get("remove") or []
        if "status" in data:
            names = [str(Status(data["status"]).label)]
        what = f"{action.label}: {', '.join(names)}" if names else str(action.label)
        text = ngettext("%(what)s for %(n)s customer", "%(what)s for %(n)s customers", data["contacts"])
        return text % {"n": num(data["contacts"]), "what": what}

    return message


def _sheet_made(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Downloaded %(n)s customer for editing in Excel",
        "Downloaded %(n)s customers for editing in Excel",
        data["contacts"],
    )
    return text % {"n": num(data["contacts"])}


def _sheet_returned(data: Mapping[str, Any]) -> str:
    return _now("Brought back “%(file)s” for comparison") % {"file": data["file"]}


def _change_finished(data: Mapping[str, Any]) -> str:
    count = data["changed"]
    return ngettext("Changed %(n)s customer", "Changed %(n)s customers", count) % {"n": num(count)}


def _mentioned(data: Mapping[str, Any]) -> str:
    return _now("%(by)s mentioned you in a note about %(name)s") % data


MANIFEST = Manifest(
    pages="contacts/",
    manual_page="customers",
    rights=(
        DeclaredRight(ContactRight.VIEW, _("View customers"), EVERYBODY),
        DeclaredRight(ContactRight.CREATE, _("Add customers"), STAFF),
        DeclaredRight(ContactRight.EDIT, _("Edit customers"), STAFF),
        DeclaredRight(ContactRight.DELETE, _("Delete and restore customers"), MARKETING),
        DeclaredRight(ContactRight.ERASE, _("Permanently erase customers")),
        DeclaredRight(ContactRight.CONFIGURE, _("Manage custom fields, tags and sources"), MARKETING),
    ),
    api_scopes=(
        Scope(ContactScope.READ, _("Read customers, their fields and tags"), _("Customers")),
        Scope(ContactScope.WRITE, _("Add and change customers and their tags"), _("Customers")),
        Scope(ContactScope.DELETE, _("Delete customers"), _("Customers")),
        Scope(ContactScope.CONSENT, _("Record consent"), _("Customers")),
        Scope(ContactScope.READ_EVENTS, _("Read what customers did"), _("Customers")),
        Scope(ContactScope.RECORD_EVENTS, _("Record what customers did"), _("Customers")),
        Scope(ContactScope.CONFIGURE, _("Define customer fields"), _("Customers")),
    ),
    navigation=(
        NavGroup(CUSTOMERS, _("Customers"), "users", CUSTOMERS_ORDER),
        NavEntry(
            key="contacts",
            label=pgettext_lazy("menu", "List"),
            icon="users",
            url_name="contacts:contact_list",
            group=CUSTOMERS,
            order=10,
            right=ContactRight.VIEW,
            active_for=("contacts:contact", "contacts:"),
            shortcut="c",
            mobile=True,
        ),
        NavEntry(
            key="tags",
            label=_("Tags"),
            icon="tag",
            url_name="contacts:tag_list",
            group=CUSTOMERS,
            order=40,
            right=ContactRight.VIEW,
            active_for=("contacts:tag_edit",),
            shortcut="t",
        ),
        NavEntry(
            key="sources",
            label=_("Customer sources"),
            icon="map-pin",
            url_name="contacts:source_list",
            group=CUSTOMERS,
            order=60,
            right=ContactRight.VIEW,
            active_for=("contacts:source_new", "contacts:source_edit"),
        ),
        NavEntry(
            key="fields",
            label=_("Custom fields"),
            icon="columns-3-cog",
            url_name="contacts:field_list",
            group=CUSTOMERS,
            order=70,
            right=ContactRight.VIEW,
            active_for=(
                "contacts:field_new",
                "contacts:field_edit",
                "contacts:field_option",
                "contacts:field_option_remove",
                "contacts:field_format",
                "contacts:field_misfits",
                "contacts:field_settings",
                "contacts:people_settings",
                "contacts:missing_details",
                "contacts:special_day_list",
                "contacts:special_day_new",
            ),
            shortcut="f",
        ),
    ),
    profile_pages=(
        ProfilePage(
            "special_days",
            _("Special days"),
            _("The dates of your customers that come round every year, such as a wedding day."),
            "cake",
            "contacts/special-days/",
            ContactRight.VIEW,
        ),
    ),
    consumers=(Consumer(feed.CONSUMER, feed.enter_changes, feed.KINDS, drain_after_seconds=1),),
    event_codes=range(200, 300),
    event_kinds=(
        EventKind(
            200,
            "note_added",
            _("Note"),
            _("Note by %(by)s"),
            "sticky-note",
            "notes",
            phrases=EventPhrases(_("with a note"), _("without a note"), _("without a note")),
        ),
        EventKind(
            201,
            "file_added",
            _("File added"),
            _("File %(file)s added"),
            "paperclip",
            "notes",
            phrases=EventPhrases(
                _("who had a file added"), _("who never had a file added"), _("who had no file added")
            ),
        ),
        EventKind(
            212,
            "activity_reported",
            _("Activity in another system"),
            "%(name)s",
            "activity",
            "web",
            phrases=EventPhrases(
                _("with activity in another system"),
                _("without activity in another system"),
                _("without activity in another system"),
            ),
        ),
        EventKind(
            210,
            "contacts_merged",
            _("Merged with a duplicate"),
            _("Merged with a duplicate by %(by)s"),
            "merge",
            "record",
            phrases=EventPhrases(
                _("who were merged with a duplicate"),
                _("who were never merged with a duplicate"),
                _("who were not merged with a duplicate"),
            ),
        ),
        EventKind(
            211,
            "contacts_unmerged",
            _("Merge undone"),
            _("Merge undone by %(by)s"),
            "split",
            "record",
            phrases=EventPhrases(
                _("whose merge was undone"),
                _("whose merge was never undone"),
                _("whose merge was not undone"),
            ),
        ),
    ),
    overview_panels=(
        OverviewPanel("contacts-totals", 10, ContactRight.VIEW, panels.totals_panel, slot="top", lazy=True),
        OverviewPanel("contacts-statuses", 10, ContactRight.VIEW, panels.statuses_panel, lazy=True),
        OverviewPanel("contacts-latest", 20, ContactRight.VIEW, panels.latest_panel),
    ),
    contact_panels=(
        registry.ContactPanel(
            "addresses",
            title=_("Other addresses"),
            order=5,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("contacts:contact_addresses", args=[contact_id]),
            slot="profile",
        ),
        registry.ContactPanel(
            "files",
            title=_("Files"),
            order=80,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("contacts:contact_files", args=[contact_id]),
        ),
    ),
    onboarding=(
        OnboardingItem("contacts.first_import", 10, ImportExportRight.IMPORT, onboarding.first_import),
        OnboardingItem("contacts.first", 20, ContactRight.CREATE, onboarding.first_contact),
    ),
    command_palette=command_palette.search,
    workspace_counts={"contacts": "SELECT count(*) FROM {schema}.contacts_contact WHERE deleted_at IS NULL"},
    prepare_workspace=onboarding.prepare_workspace,
    copy_workspace=onboarding.copy_workspace,
    on_restore=index_restored_fields,
    notifications={"contacts.bulk_change_finished": _change_finished, "contacts.mentioned": _mentioned},
    audit_messages={
        "contacts.source_created": AuditMessage(_("Created the source “%(name)s”")),
        "contacts.source_changed": AuditMessage(_("Changed the source “%(name)s”")),
        "contacts.tag_created": AuditMessage(_("Created the tag “%(name)s”")),
        "contacts.tag_renamed": AuditMessage(_("Renamed the tag “%(from)s” to “%(name)s”")),
        "contacts.tag_described": AuditMessage(_("Changed the description of the tag “%(name)s”")),
        "contacts.tag_merged": AuditMessage(_("Merged the tag “%(from)s” into “%(name)s”")),
        "contacts.tag_deleted": AuditMessage(_("Deleted the tag “%(name)s”")),
        "contacts.field_created": AuditMessage(_("Created the custom field “%(name)s”")),
        "contacts.option_renamed": AuditMessage(_("Renamed the option “%(from)s” of “%(name)s” to “%(to)s”")),
        "contacts.option_removed": AuditMessage(_option_removed, _("Removed an option")),
        "contacts.format_changed": AuditMessage(_format_changed, _("Changed the format of a field")),
        "contacts.field_changed": AuditMessage(_("Changed the custom field “%(name)s”")),
        "contacts.field_archived": AuditMessage(_("Archived the custom field “%(name)s”")),
        "contacts.field_restored": AuditMessage(_("Restored the custom field “%(name)s”")),
        "contacts.field_deleted": AuditMessage(_("Deleted the custom field “%(name)s”")),
        "contacts.people_settings_changed": AuditMessage(_("Changed customer codes or forms of address")),
        "contacts.codes_given": AuditMessage(_codes_given, _("Gave customer codes")),
        "contacts.salutations_accepted": AuditMessage(_salutations_accepted, _("Accepted forms of address")),
        "contacts.settings_changed": AuditMessage(_("Changed the settings of customer fields")),
        "contacts.file_deleted": AuditMessage(_("Deleted a file of a customer")),
        "contacts.merged": AuditMessage(_("Merged two customers into one")),
        "contacts.merge_undone": AuditMessage(_("Undid a merge of two customers")),
        "contacts.status_set": AuditMessage(_status_set, _("Changed a status")),
        "contacts.restored": AuditMessage(_restored, _("Restored customers")),
        "contacts.restricted": AuditMessage(_("Restricted a customer's data")),
        "contacts.unrestricted": AuditMessage(_("Ended the restriction of a customer's data")),
        "contacts.erased": AuditMessage(_erased, _("Erased customers")),
        "contacts.edit_sheet_made": AuditMessage(_sheet_made, _("Downloaded customers for editing")),
        "contacts.edit_sheet_returned": AuditMessage(_sheet_returned, _("Brought back an edited workbook")),
        "contacts.exported": AuditMessage(_exported, _("Exported customers")),
        "contacts.change_undone": AuditMessage(_undone, _("Undid a bulk change")),
        **{f"contacts.bulk_{each.value}": AuditMessage(_bulk(each), each.label) for each in BulkAction},
    },
)


def _forget_answers(erased: Relation, _at: datetime) -> None:
    api.forget_answers(
        contact_ids=[
            row[0] for row in sql.rows(sql.compose("SELECT contact_id FROM {erased} e", erased=erased))
        ]
    )


def register() -> None:
    """Register conditions, columns, totals and the import kinds, and how an import is undone."""
    conditions.register()
    audience.register_list(LIST_KEY, list_scope)
    columns.register()
    export_columns.register()
    verbs.register()
    registry.register_total(registry.Total("spent"))
    registry.register_total(registry.Total("orders_count"))
    registry.register_total(registry.Total("first_order_at", folded="least"))
    registry.register_total(registry.Total("last_order_at", folded="greatest"))
    import_export.register(ContactImportKind(), ContactImportScreens())
    import_export.register(TagImportKind(), TagImportScreens())
    import_export.register_export_kind(export_columns.ContactExportKind())
    import_export.register_export_kind(ContactSheetKind())
    import_export.register_export(
        import_export.ExportOffer(
            "contact_sheets",
            _("Edit in Excel"),
            "contacts:edit_sheets",
            ImportExportRight.EXPORT,
            "contacts.edit_sheet_made",
        )
    )
    import_export.register_export(
        import_export.ExportOffer(
            "contacts", _("Customers"), "contacts:exports", ImportExportRight.EXPORT, "contacts.exported"
        )
    )
    registry.register_field_uses("contacts", _saved_views_with_field)
    registry.register_merge_figure(registry.MergeFigure("files", _("Files"), queries.count_files))
    team.register_email_preference(MENTION_MAILS, _("Somebody mentions me in a note"))
    registry.declare_merge_columns(MERGE_COLUMNS)
    registry.on_erase("api", _forget_answers)
    registry.declare_merge_columns(
        {
            "api_storedanswer.contact_ids": "stays: an erasure of the contact kept also erases those merged into it",
            "contacts_contactchange.contact_id": "stays: an entry of its own says where the contact went",
        }
    )
    registry.register_personal_data("contacts", _("Profile"), queries.profile_copy)
    registry.register_personal_data("contacts", _("Consent"), queries.consent_copy, key="consent")
    registry.register_personal_data("contacts", _("Files"), queries.files_copy, key="files")
    registry.register_personal_data("events", _("Activity"), queries.events_copy)
    UNDO_HANDLERS[BulkAction.IMPORT] = undo_import
    UNDO_HANDLERS[BulkAction.EDIT_SHEET] = undo_sheet
