"""The editor: outline, preview and settings with one selection."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, FieldFormat
from quen.apps.signup import queries, services
from quen.apps.signup.access import own_form
from quen.apps.signup.models import SignupForm
from quen.apps.signup.types import FormContent, Item, ItemKind, SignupRight, Way
from quen.apps.signup.views.listing import head
from quen.apps.signup.views.parts import panel_context
from quen.apps.signup.views.shown import form_context, framed
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import NotFound
from quen.ui.pages import page
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_ICONS = {
    "full_name": "user", "phone": "phone", "email": "mail", "birth_on": "cake", "gender": "user",
    "company": "building-2", "province": "map-pin", "address_line": "map-pin", "note": "message-square",
}  # fmt: skip
_QR_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_QR_SCALE = 20


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A line of the outline. key: of the part.  note: at its end."""

    key: str
    label: str
    icon: str
    note: str = ""
    is_item: bool = False


@allowed(SignupRight.VIEW)
@require_GET
def editor(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Edit a form; who may not edit sees it, and on a phone there are report, switch, QR code and address."""
    found = own_form(form_id)
    content = found.content
    outline = _outline(found, content)
    keys = [entry.key for _title, entries in outline for entry in entries]
    chosen = request.GET.get("on", "")
    chosen = chosen if chosen in keys else keys[0]
    language = request.GET.get("lang", "")
    language = language if language in content.languages else content.languages[0]
    way = request.GET.get("way", "")
    way = way if way in (Way.EMBED, Way.POPUP, Way.PAGE, Way.QR) else Way.EMBED.value
    device = "phone" if request.GET.get("device") == "phone" else "desktop"
    state = {"lang": language, "way": way, "device": device}
    version = queries.published_version(found)
    context = head(request, found) | {
        "outline": outline,
        "chosen": chosen,
        "chosen_label": next(entry.label for _t, entries in outline for entry in entries if entry.key == chosen),
        "language": language,
        "query": urlencode(state),
        "ways": _ways(way, state | {"on": chosen}),
        "devices": _options([("desktop", _("Computer")), ("phone", _("Smartphone"))], "device",
                            device, state | {"on": chosen}),
        "languages": [
            {
                "href": f"?{urlencode(state | {'on': chosen, 'lang': each})}",
                "text": each.upper(),
                "on": each == language,
            }
            for each in content.languages
        ],
        "is_phone": device == "phone",
        "preview_url": f"{reverse('signup:preview', args=[found.pk])}?{urlencode(state)}",
        "offered": _offered(content),
        "channels": [{"value": value, "label": label} for value, label in Channel.choices],
        "version": version,
        "changes": queries.unpublished_changes(found),
        "problems": services.problems(found),
        "strip": _strip(request.workspace, found, content, way),
        "url": queries.form_url(request.workspace, found),
        "panel": panel_context(found, chosen, language),
    }  # fmt: skip
    return page(request, "signup/editor.html", context)


@allowed(SignupRight.VIEW)
@require_GET
def preview(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Return the draft as customers would see it; it can't be sent."""
    found = own_form(form_id)
    content = found.content
    language = request.GET.get("lang", "")
    language = language if language in content.languages else content.languages[0]
    with translation.override(language):
        context = form_context(content, language) | {
            "language": language,
            "preview": True,
            "is_embedded": request.GET.get("way") in (Way.EMBED, Way.POPUP),
            "brand": request.workspace.brand or request.workspace.name,
            "brand_logo": request.workspace.logo,
        }
        return framed(HttpResponse(render_to_string("signup/public/form.html", context)), by="'self'")


@allowed(SignupRight.VIEW)
@require_GET
def qr_code(request: WorkspaceRequest, form_id: int, kind: str) -> HttpResponse:
    """Download the QR code of a form's address, for printing."""
    found = own_form(form_id)
    if kind not in _QR_TYPES:
        raise NotFound()
    way = Way.COUNTER if request.GET.get("way") == Way.COUNTER else Way.QR
    code = segno.make(f"{queries.form_url(request.workspace, found)}?way={way.value}", error="m")
    out = io.BytesIO()
    code.save(out, kind=kind, scale=_QR_SCALE, border=4)
    response = HttpResponse(out.getvalue(), content_type=_QR_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="form-{found.pk}.{kind}"'
    return response


def _outline(found: SignupForm, content: FormContent) -> list[tuple[str, list[OutlineEntry]]]:
    wordings = {
        box: rows[0].wording.number
        for box in (item.key for item in content.consents)
        if (rows := queries.wordings_of(found, box, content.languages[0]))
    }
    choices = {f"field_{field.pk}": len(field.choices) for field in contacts.active_fields() if field.choices}
    fields = [_item_entry(item, content.languages[0], choices, wordings) for item in content.items]
    labels = len(content.tags) + len(content.groups) + bool(content.source)
    after = [
        OutlineEntry("thanks", _("Thank you"), "heart", _("Page") if content.redirect else _("Text")),
        OutlineEntry("confirm", _("Confirmation by email"), "mail-check", _onoff(content.double_opt_in)),
        OutlineEntry(
            "repeat", _("Signing up again"), "repeat", _("Allowed") if content.repeat else _("Not allowed")
        ),
        OutlineEntry("labels", _("Tags, groups, source"), "tag", num(labels) if labels else ""),
    ]
    look = [
        OutlineEntry("text", _("Heading and button"), "type"),
        OutlineEntry("colours", _("Colours"), "palette"),
        OutlineEntry(
            "languages", _("Languages"), "languages", ", ".join(each.upper() for each in content.languages)
        ),
        OutlineEntry("popup", _("Pop-up"), "app-window"),
        OutlineEntry("spam", _("Spam protection"), "shield", _("On")),
    ]
    return [(_("Form fields"), fields), (_("After sending"), after), (_("Display"), look)]


def _item_entry(item: Item, language: str, choices: dict[str, int], wordings: dict[str, int]) -> OutlineEntry:
    if item.kind == ItemKind.CONSENT:
        number = wordings.get(item.key)
        note = _("version %(n)s") % {"n": number} if number else _("new")
        label = _("Consent: %(channel)s") % {"channel": Channel(item.channel).label}
        return OutlineEntry(item.key, label, "square-check", note, is_item=True)
    count = choices.get(item.target, 0)
    if count:
        note = ngettext("%(n)s choice", "%(n)s choices", count) % {"n": num(count)}
    else:
        note = _("required") if item.required else ""
    icon = "gift" if count else _ICONS.get(item.target, "text-cursor-input")
    return OutlineEntry(item.key, item.text(language), icon, note, is_item=True)


def _onoff(on: bool) -> str:
    return _("On") if on else _("Off")


def _options(
    items: Sequence[tuple[str, str]], name: str, value: str, state: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {"href": f"?{urlencode(state | {name: key})}", "text": label, "on": key == value}
        for key, label in items
    ]


def _ways(way: str, state: dict[str, str]) -> list[dict[str, Any]]:
    ways = [
        (Way.EMBED.value, _("Embed")),
        (Way.POPUP.value, _("Pop-up")),
        (Way.PAGE.value, _("Own page")),
        (Way.QR.value, _("QR code")),
    ]
    return _options(ways, "way", way, state)


def _offered(content: FormContent) -> list[tuple[str, str]]:
    """Return the fields that can still be added: target and name."""
    used = {item.target for item in content.fields}
    fields = [
        (f"field_{field.pk}", field.name)
        for field in contacts.active_fields()
        if field.format not in (FieldFormat.EMAIL, FieldFormat.PHONE)
    ]
    system = [(target, str(label)) for target, label in _system_fields()]
    return [(target, label) for target, label in [*system, *fields] if target not in used]


def _system_fields() -> list[tuple[str, str]]:
    return [
        ("full_name", _("Full name")),
        ("phone", _("Phone number")),
        ("email", _("Email")),
        ("birth_on", _("Date of birth")),
        ("gender", _("Gender")),
        ("company", _("Company")),
        ("province", _("Province/city")),
        ("address_line", _("Address")),
        ("note", _("Message")),
    ]


def _strip(workspace: Workspace, found: SignupForm, content: FormContent, way: str) -> dict[str, Any]:
    """Return what stands below the preview: what the shop copies for this way."""
    url = queries.form_url(workspace, found)
    script = f"{settings.BASE_URL}/f/{queries.form_token(workspace, found)}/embed.js"
    if way == Way.EMBED:
        context = form_context(content, content.languages[0]) | {"url": url, "version_id": found.published_id}
        html = render_to_string("signup/own_html.txt", context)
        return {
            "text": f'<script async src="{script}"></script>',
            "html": html,
            "copy": _("Copy the embed code"),
        }
    if way == Way.POPUP:
        return {
            "text": f'<script async src="{script}" data-popup></script>',
            "copy": _("Copy the embed code"),
        }
    return {
        "text": f"{url}?way=qr" if way == Way.QR else url,
        "copy": _("Copy the address"),
        "qr": way == Way.QR,
    }
