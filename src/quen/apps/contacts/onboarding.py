"""The first step of a new workspace, and what it starts with or copies from another workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.contacts import queries, services
from quen.apps.contacts.types import SourceKind
from quen.apps.import_export import queries as import_export
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OnboardingStep
from quen.core import schemas
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.access import WorkspaceRequest


def first_import(request: WorkspaceRequest) -> OnboardingStep:
    """Return the step that asks for a customer file; done once an import of customers has finished."""
    return OnboardingStep(
        title=_("Import your customers"),
        text=_("Excel or CSV, from Sapo, KiotViet or your own list."),
        href=workspace_path("/imports/?kind=contacts"),
        icon="file-up",
        done=import_export.has_finished_import("contacts"),
    )


def first_contact(request: WorkspaceRequest) -> OnboardingStep:
    """Return the step that asks for a first contact."""
    return OnboardingStep(
        title=_("Add a customer"),
        text=_("A name and a phone number are enough."),
        href=workspace_path("/contacts/new/"),
        icon="user-plus",
        done=queries.contacts().exists(),
    )


def prepare_workspace(*, workspace: Workspace, now: Any) -> None:
    """Create the sources of every workspace, named in its language; its customers get codes."""
    services.start_giving_codes()
    with translation.override(workspace.language):
        services.ensure_source(code="staff", name=_("Entered by staff"), kind=SourceKind.STAFF)
        services.ensure_source(code="import", name=_("Imported from a file"), kind=SourceKind.IMPORT)


def copy_workspace(*, source: Workspace, target: Workspace, now: Any) -> None:
    """Create the source's custom fields in the target, in their order, and set customers up alike.

    Codes have the same form, numbered from the start.
    """
    with schemas.use(source.schema_name):
        fields = list(queries.active_fields())
        settings = queries.contact_settings()
    made: dict[int | None, Any] = {}
    for field in fields:
        made[field.pk] = services.create_field(
            name=field.name,
            name_en=field.name_en,
            format=field.format,
            help=field.help,
            choices=field.options,
            default=field.default,
            required=field.required,
            unique=field.unique,
            indexed=field.indexed,
            shown=field.shown,
            is_lunar=field.is_lunar,
            actor=SYSTEM,
            now=now,
        )
    services.update_contact_settings(
        age_field=made.get(settings.age_field_id),
        opening_values=settings.opening_values,
        actor=SYSTEM,
        now=now,
    )
    services.update_people_settings(
        values={name: getattr(settings, name) for name in services.PEOPLE_SETTINGS}, actor=SYSTEM, now=now
    )
