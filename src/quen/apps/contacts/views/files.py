"""The files of a contact: listed, added, handed out as downloads, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.files import ContactFileForm
from quen.apps.contacts.types import ContactRight, FileKind
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.queries import file_chunks
from quen.core.uploads import accepts_files
from quen.ui.downloads import file_download
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.toasts import Toast, add_hx_trigger

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

TEMPLATE = "contacts/contact/files.html"
KIND_ICONS = {
    FileKind.PDF: "file-text",
    FileKind.WORD: "file-text",
    FileKind.TEXT: "file-text",
    FileKind.EXCEL: "file-spreadsheet",
    FileKind.SLIDES: "presentation",
    FileKind.AUDIO: "file-music",
    FileKind.VIDEO: "file-video",
    FileKind.ARCHIVE: "file-archive",
    FileKind.OTHER: "file",
}


@allowed(ContactRight.VIEW)
@require_GET
def contact_files(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """List the files of a contact."""
    contact = queries.get_contact(contact_id)
    return page(request, TEMPLATE, _context(request, contact, ContactFileForm()), part="panel")


@allowed(ContactRight.EDIT)
@accepts_files(lambda: settings.CONTACT_FILE_MAX_BYTES)
@require_POST
def contact_file_new(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Add a file to a contact."""
    contact = queries.get_contact(contact_id)
    form = ContactFileForm(request.POST, request.FILES)
    added = None
    if form.is_valid():
        with refusals_on(form):
            given = form.cleaned_data["file"]
            added = services.add_file(
                contact=contact,
                name=given.name,
                content=given.file,
                size=given.size,
                actor=request.actor,
                now=request.now,
            )
    if added is None:
        return page(request, TEMPLATE, _context(request, contact, form), part="panel")
    message = _("%(name)s added.") % {"name": added.file.name}
    if not wants_part(request):
        return success(request, message=message, to=reverse("contacts:contact", args=[contact.pk]))
    response = page(request, TEMPLATE, _context(request, contact, ContactFileForm()), part="panel")
    add_hx_trigger(response, toast=Toast(text=message), event="contact:timeline_changed")
    return response


@allowed(ContactRight.VIEW)
@require_GET
def contact_file(request: WorkspaceRequest, contact_id: int, file_id: int) -> HttpResponse:
    """Hand a file out as a download; nothing of it is shown inside the product."""
    contact = queries.get_contact(contact_id)
    file = queries.get_file(contact_id=contact.pk, file_id=file_id).file
    return file_download(
        lambda: file_chunks(file), name=file.name, content_type=file.content_type, size=file.size
    )


@allowed(ContactRight.EDIT)
@require_POST
def contact_file_delete(request: WorkspaceRequest, contact_id: int, file_id: int) -> HttpResponse:
    """Delete a file for good."""
    contact = queries.get_contact(contact_id)
    found = queries.get_file(contact_id=contact.pk, file_id=file_id)
    services.delete_file(file=found, actor=request.actor, now=request.now)
    to = "" if wants_part(request) else reverse("contacts:contact", args=[contact.pk])
    return success(request, message=_("File deleted."), event="contact:files_changed", to=to)


def _context(request: WorkspaceRequest, contact: Contact, form: ContactFileForm) -> dict[str, Any]:
    files = [
        (each, KIND_ICONS.get(FileKind(each.kind), "file-image"), FileKind(each.kind).label)
        for each in queries.files_of(contact.pk)
    ]
    return {
        "contact": contact,
        "form": form,
        "files": files,
        "may_edit": request.member.can(ContactRight.EDIT),
    }
