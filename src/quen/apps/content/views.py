"""The editor, the preview, the starting designs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.audience import queries as audience
from quen.apps.channels import registry as channels
from quen.apps.channels.types import ContentPart
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts.types import ContactRight
from quen.apps.content import designs, queries, registry, services
from quen.apps.content.forms import VersionForm
from quen.apps.content.types import BodyFormat, ContentRight, RenderedMessage, TemplateBroken
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import mail_theme
from quen.core.errors import NotFound
from quen.core.uploads import accepts_text
from quen.ui.mail_frame import mail_frame
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.params import positive_int

#: a body of 400 KB whose letters a browser sends as %XX, three characters a byte
FORM_MAX_BYTES = 4 * 1024 * 1024


@allowed(ContentRight.EDIT)
@require_GET
def content(request: WorkspaceRequest, content_id: int) -> HttpResponse:
    """Show the editor in the default language."""
    return _edit(request, content_id, "")


@allowed(ContentRight.EDIT)
@accepts_text(FORM_MAX_BYTES)
@require_http_methods(["GET", "POST"])
def version(request: WorkspaceRequest, content_id: int, language: str) -> HttpResponse:
    """Show the editor in a language; save what was typed."""
    _known_language(language)
    if request.method == "GET":
        return _edit(request, content_id, language)
    found = queries.get_content(content_id)
    form = VersionForm(request.POST, spec=queries.spec_of(found))
    if form.is_valid():
        with refusals_on(form):
            services.save_version(content=found, language=language, now=request.now, **form.cleaned_data)
            if not wants_part(request):
                return success(
                    request, message=_("Saved."), to=reverse("content:version", args=[content_id, language])
                )
    return _editor(request, content_id, language, form, part="saved")


def _edit(request: WorkspaceRequest, content_id: int, language: str) -> HttpResponse:
    if language:
        _known_language(language)
    return _editor(request, content_id, language, None, part="")


def _editor(
    request: WorkspaceRequest,
    content_id: int,
    language: str,
    form: VersionForm | None,
    *,
    part: str,
    starts_at_blanks: bool = False,
) -> HttpResponse:
    found = queries.get_content(content_id)
    typed = {name: str(value) for name, value in form.data.items()} if form and form.errors else None
    length = queries.text_length(found, language or found.default_language, workspace=request.workspace)
    context: dict[str, Any] = {
        "editor": queries.editor_state(found, language, typed, length),
        "form": form,
        "starts_at_blanks": starts_at_blanks,
    }
    if wants_part(request):
        return page(request, "content/editor.html", context, part=part or None)
    return page(request, "content/edit.html", context)


@allowed(ContentRight.EDIT)
@require_http_methods(["GET", "POST"])
def design(request: WorkspaceRequest, content_id: int, language: str) -> HttpResponse:
    """Show the starting designs; replace the text by the chosen one."""
    _known_language(language)
    found = queries.get_content(content_id)
    if ContentPart.HTML not in queries.spec_of(found).parts:
        raise NotFound()
    if request.method == "POST":
        chosen = designs.get_design(request.POST.get("design", ""))
        text = chosen.text_in(language)
        services.save_version(
            content=found,
            language=language,
            subject=text.subject,
            preview=text.preview,
            format=BodyFormat.RICH,
            body=text.body,
            now=request.now,
        )
        if wants_part(request):
            return _editor(request, content_id, language, None, part="", starts_at_blanks=True)
        return success(
            request, message=_("Saved."), to=reverse("content:version", args=[content_id, language])
        )
    version = queries.versions(found).get(language)
    context = {
        "content_id": content_id,
        "language": language,
        "designs": designs.DESIGNS,
        "has_content": version is not None and bool(version.subject or version.preview or version.body),
    }
    return page(request, "content/designs.html", context, part="choice")


@allowed(ContentRight.VIEW)
@require_GET
@xframe_options_sameorigin
def design_frame(request: WorkspaceRequest, content_id: int, language: str, key: str) -> HttpResponse:
    """Return a starting design, rendered, for a small iframe."""
    _known_language(language)
    found = queries.get_content(content_id)
    mail = queries.rendered_design(
        designs.get_design(key).text_in(language),
        content=found,
        language=language,
        workspace=request.workspace,
    )
    return _frame_response(mail)


@allowed(ContentRight.VIEW)
@require_GET
def preview(request: WorkspaceRequest, content_id: int) -> HttpResponse:
    """Show the email as a contact sees it, on a computer or a phone, with its line in the inbox."""
    found = queries.get_content(content_id)
    language = _known_language(request.GET.get("language") or found.default_language)
    contact_id = positive_int(request.GET.get("contact"))
    phone = request.GET.get("width") == "phone"
    channel = channels.channel(found.channel)
    context: dict[str, Any] = {
        "content_id": content_id,
        "language": language,
        "languages": [
            _preview_link(request, name, selected=code == language, language=code)
            for code, name in settings.LANGUAGES
            if code in queries.versions(found)
        ],
        "widths": [
            _preview_link(request, _("On a computer"), selected=not phone, width=""),
            _preview_link(request, _("On a phone"), selected=phone, width="phone"),
        ],
        "message_class": _message_class(request, content_id),
        "phone": phone,
        "contact": _contact(contact_id),
        "channel": channel,
        "has_html": ContentPart.HTML in channel.content.parts,
    }
    try:
        mail = _rendered_mail(request, content_id, language)
        context["mail"] = mail
        context["preview"] = {"text": mail.text, "sender": request.workspace.brand or request.workspace.name}
    except TemplateBroken as broken:
        context["broken"] = str(broken)
    return page(request, "content/preview.html", context, part="mail")


@allowed(ContentRight.VIEW)
@require_GET
@xframe_options_sameorigin
def frame(request: WorkspaceRequest, content_id: int, language: str) -> HttpResponse:
    """Return the email itself, for an iframe that runs nothing."""
    theme = mail_theme.read_theme(request.GET.get("theme"))
    return _frame_response(_rendered_mail(request, content_id, _known_language(language)), theme=theme)


@allowed(ContactRight.VIEW)
@require_POST
def preview_contacts(request: WorkspaceRequest, content_id: int) -> HttpResponse:
    """Search the contacts whose view to preview."""
    queries.get_content(content_id)
    search = request.POST.get("search", "")
    context = {
        "content_id": content_id,
        "found": audience.search_contacts(search),
        "search": search,
        "language": _known_language(request.POST.get("language") or "vi"),
        "message_class": _message_class(request, content_id),
    }
    return page(request, "content/preview_contacts.html", context, part="found")


def _preview_link(
    request: WorkspaceRequest, text: object, *, selected: bool, **changes: str
) -> dict[str, object]:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return {"text": text, "href": f"?{query.urlencode()}", "selected": selected}


def _rendered_mail(request: WorkspaceRequest, content_id: int, language: str) -> RenderedMessage:
    found = queries.get_content(content_id)
    contact = _contact(positive_int(request.GET.get("contact")))
    return queries.preview(
        found,
        contact.contact_id if contact else None,
        workspace=request.workspace,
        message_class=_message_class(request, content_id),
        reminders=registry.purpose_of(content_id).reminders,
        now=request.now,
        language=language,
    )


def _contact(contact_id: int | None) -> Any:
    contacts = audience.contact_summaries([contact_id]) if contact_id is not None else []
    return contacts[0] if contacts else None


def _message_class(request: WorkspaceRequest, content_id: int) -> str:
    given = request.POST.get("class") or request.GET.get("class")
    return given if given in MessageClass.values else registry.purpose_of(content_id).message_class


def _known_language(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise NotFound()
    return language


def _frame_response(mail: RenderedMessage, *, theme: str = mail_theme.LIGHT) -> HttpResponse:
    html = mail.html or (
        f'<!DOCTYPE html><html lang="{translation.get_language()}"><head><meta charset="utf-8"><title></title></head>'
        f'<body style="margin:24px"><pre style="white-space:pre-wrap;font:15px/1.6 system-ui,sans-serif">'
        f"{escape(mail.text)}</pre></body></html>"
    )
    return mail_frame(html, theme=theme)
