"""The parts of a form in the editor: each saves itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.signup import queries, services
from quen.apps.signup.access import own_form
from quen.apps.signup.forms import (
    ColoursForm,
    ConsentBoxForm,
    FormFieldForm,
    LabelsForm,
    PopupForm,
    SwitchForm,
    TextsForm,
    ThanksForm,
)
from quen.apps.signup.models import SignupForm
from quen.apps.signup.rules.wording import check_wording
from quen.apps.signup.types import LANGUAGES, FormContent, Item, ItemKind, SignupRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import NotFound
from quen.core.text import fold
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.params import positive_int
from quen.ui.toasts import add_hx_trigger

_FIRST_WORDS = {
    "email": ("Gửi tôi email", "Email me"),
    "sms": ("Nhắn tin SMS cho tôi", "Text me by SMS"),
    "zalo": ("Nhắn tôi qua Zalo", "Message me on Zalo"),
    "call": ("Gọi điện cho tôi", "Call me by phone"),
}
_LABELS_EN = {
    "full_name": ("Họ và tên", "Full name"),
    "phone": ("Số điện thoại", "Phone number"),
    "email": ("Email", "Email"),
    "birth_on": ("Ngày sinh", "Date of birth"),
    "gender": ("Giới tính", "Gender"),
    "company": ("Công ty", "Company"),
    "province": ("Tỉnh, thành phố", "Province or city"),
    "address_line": ("Địa chỉ", "Address"),
    "note": ("Lời nhắn", "Message"),
}


@allowed(SignupRight.EDIT)
@require_POST
def save_part(request: WorkspaceRequest, form_id: int, key: str) -> HttpResponse:
    """Save a part of the draft; the page then shows outline and preview anew."""
    found = own_form(form_id)
    language = request.POST.get("lang", "vi")
    form = part_form(found.content, key, request.POST)
    if form is None:
        raise NotFound()
    if form.is_valid():
        with refusals_on(form):
            _save(found, key, form, request)
            if not wants_part(request):
                return success(request, message=_("Saved."), to=_editor(found, key))
    response = page(
        request,
        "signup/part_status.html",
        {"panel": panel_context(queries.get_form(form_id), key, language, form=form), "form": form},
        status=200 if wants_part(request) else None,
    )
    add_hx_trigger(response, event="form:changed")
    return response


@allowed(SignupRight.EDIT)
@require_POST
def add_item(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Add a field or a consent box."""
    found = own_form(form_id)
    channel, target = request.POST.get("channel", ""), request.POST.get("target", "")
    if channel in Channel.values:
        item = Item(key="", kind=ItemKind.CONSENT, channel=channel, label=first_wording(request, channel))
    else:
        item = Item(key="", kind=ItemKind.FIELD, target=target, label=_field_label(target))
    added = services.add_item(form=found, item=item, now=request.now)
    return success(request, to=_editor(found, added.key))


@allowed(SignupRight.EDIT)
@require_POST
def remove_item(request: WorkspaceRequest, form_id: int, key: str) -> HttpResponse:
    """Take a field or box off the draft."""
    found = own_form(form_id)
    services.delete_item(form=found, key=key, now=request.now)
    return success(request, message=_("Removed."), to=reverse("signup:form", args=[found.pk]))


@allowed(SignupRight.EDIT)
@require_POST
def place_item(request: WorkspaceRequest, form_id: int, key: str) -> HttpResponse:
    """Move a field or box to a place, counted from 1."""
    found = own_form(form_id)
    to = positive_int(request.POST.get("place")) or 1
    services.move_item(form=found, key=key, to=to - 1, now=request.now)
    return success(request, to=_editor(found, key))


def part_form(content: FormContent, key: str, data: Any = None) -> forms.Form | None:
    """Return the form of a part, None for a part without settings."""
    item = content.item(key)
    if item is not None:
        form: type[FormFieldForm | ConsentBoxForm] = (
            FormFieldForm if item.kind == ItemKind.FIELD else ConsentBoxForm
        )
        return form(data, item=item, content=content)
    match key:
        case "text":
            texts = {
                "title": (_("Heading"), content.title, 2),
                "intro": (_("Below it"), content.intro, 2),
                "button": (_("Button"), content.button, 1),
            }
            return TextsForm(data, languages=content.languages, texts=texts)
        case "thanks":
            return ThanksForm(data, content=content)
        case "confirm":
            hint = _(
                "Whoever gives an email gets one with a button. Consent by email counts from the press on it."
            )
            return SwitchForm(data, label=_("Ask to confirm by email"), hint=hint, on=content.double_opt_in)
        case "repeat":
            hint = _(
                "Otherwise nothing changes when a customer signs up again; only what they agree to is recorded."
            )
            return SwitchForm(data, label=_("Customers may sign up again"), hint=hint, on=content.repeat)
        case "languages":
            label, hint = (
                _("Also in English"),
                _("Visitors see the language of their browser's page, and can switch."),
            )
            return SwitchForm(data, label=label, hint=hint, on="en" in content.languages)
        case "labels":
            return LabelsForm(data, content=content)
        case "colours":
            return ColoursForm(data, content=content)
        case "popup":
            return PopupForm(data, content=content)
    return None


def panel_context(
    found: SignupForm, key: str, language: str, *, form: forms.Form | None = None
) -> dict[str, Any]:
    """Return what the settings of a part show."""
    content = found.content
    item = content.item(key)
    context: dict[str, Any] = {
        "key": key,
        "form": form or part_form(content, key),
        "item": item,
        "is_field": item is not None and item.kind == ItemKind.FIELD,
        "is_consent": item is not None and item.kind == ItemKind.CONSENT,
        "lang": language,
        "explanation": _explanation(key),
    }
    if item is None:
        return context
    place = [each.key for each in content.items].index(key) + 1
    context |= {"place": place, "before": place - 1, "after": place + 1, "last": len(content.items)}
    if item.kind == ItemKind.CONSENT:
        check = check_wording(item.label.get(language, ""), channel=item.channel)
        context["checks"] = [
            (check.channel, _("Where it is sent"), _("Name the channel, such as “by email”.")),
            (check.content, _("What is sent"), _("Say what about, such as “offers and new products”.")),
            (check.frequency, _("How often"), _("Give a limit, such as “at most 4 emails a month”.")),
            (check.stop, _("How to refuse"), _("Add “I can refuse at any time”.")),
        ]
        context["wordings"] = queries.wordings_of(found, key, language)
        context["next_number"] = (context["wordings"][0].wording.number if context["wordings"] else 0) + 1
    return context


def _save(found: SignupForm, key: str, form: forms.Form, request: WorkspaceRequest) -> None:
    content, given, now = found.content, form.cleaned_data, request.now
    item = content.item(key)
    if item is not None and isinstance(form, FormFieldForm):
        changed = replace(item, label=form.texts("label", item.label), required=given["required"])
        services.change_item(form=found, item=changed, now=now)
    elif item is not None and isinstance(form, ConsentBoxForm):
        label = form.texts("label", item.label)
        changed = replace(item, label=label, channel=given["channel"], topic=given["topic"] or 0)
        services.change_item(form=found, item=changed, now=now)
    elif isinstance(form, ThanksForm):
        thanks = form.texts("thanks", content.thanks)
        services.change_draft(form=found, thanks=thanks, redirect=given["redirect"].strip(), now=now)
    elif isinstance(form, TextsForm):
        texts = {name: form.texts(name, getattr(content, name)) for name in ("title", "intro", "button")}
        services.change_draft(form=found, now=now, **texts)
    elif isinstance(form, SwitchForm):
        value = {
            "confirm": {"double_opt_in": given["on"]},
            "repeat": {"repeat": given["on"]},
            "languages": {"languages": list(LANGUAGES) if given["on"] else ["vi"]},
        }[key]
        services.change_draft(form=found, now=now, **value)
    else:
        if isinstance(form, LabelsForm):
            given = given | {"source": given["source"] or 0}
        services.change_draft(form=found, now=now, **given)


def _editor(found: SignupForm, key: str) -> str:
    return f"{reverse('signup:form', args=[found.pk])}?on={key}"


def _explanation(key: str) -> str:
    return {
        "spam": _(
            "Always on, without outside services. Signs are a field that people don't see, the time until sending, how"
            " many come from one connection, and the same again within minutes. No sign is enough alone. What is held"
            " back is counted in the report and let in with one press, dated as sent."
        ),
        "labels": _("Everybody who signs up gets them, also customers you know already."),
        "colours": _("Colours that can't be read are darkened by themselves."),
    }.get(key, "")


def _field_label(target: str) -> dict[str, str]:
    """Return the name of a field in both languages. Raises NotFound for one that is none."""
    if target in _LABELS_EN:
        return dict(zip(LANGUAGES, _LABELS_EN[target], strict=True))
    for field in contacts.active_fields():
        if target == f"field_{field.pk}":
            return {"vi": field.name, "en": field.name_en or field.name}
    raise NotFound()


def first_wording(request: WorkspaceRequest, channel: str) -> dict[str, str]:
    """Return words that say what the law asks for, for the shop to adapt."""
    shop = request.workspace.brand or request.workspace.name
    first_vi, first_en = _FIRST_WORDS.get(channel, ("", ""))
    name = str(Channel(channel).label)
    vi, en = first_vi or f"Nhắn tôi qua {name}", first_en or f"Message me by {fold(name)}"
    return {
        "vi": f"{vi} về ưu đãi và sản phẩm mới của {shop}, nhiều nhất 4 lần mỗi tháng."
        " Tôi có thể từ chối bất cứ lúc nào.",
        "en": f"{en} about offers and new products of {shop}, at most 4 times a month. I can refuse at any time.",
    }
