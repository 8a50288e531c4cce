"""The secret address for a form of another system: copied once, matched after the first arrival."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.signup import queries, services
from quen.apps.signup.access import external_form
from quen.apps.signup.forms import ConsentBoxForm, LabelsForm, MappingForm, SwitchForm
from quen.apps.signup.models import SignupForm
from quen.apps.signup.types import FormNotReady, Item, ItemKind, SignupRight, SubmissionState
from quen.apps.signup.views.listing import head
from quen.apps.signup.views.parts import first_wording
from quen.apps.signup.views.submissions import target_label
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.ui.pages import page, success

_CALLS = 20


@allowed(SignupRight.VIEW)
@require_http_methods(["GET", "POST"])
def setup(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Show the address, the last call and how its fields are matched; save the matching or what is set."""
    found = external_form(form_id)
    content, part = found.content, request.POST.get("part", "")
    names = _names(found)
    targets = services.targets_of(found, names)
    posted = request.POST if request.method == "POST" else None
    mapping = MappingForm(posted if part == "mapping" else None, targets=targets, choices=_choices(found))
    labels = LabelsForm(posted if part == "labels" else None, content=content)
    repeat = SwitchForm(
        posted if part == "repeat" else None,
        label=_("Customers may sign up again"),
        hint=_(
            "Otherwise nothing changes when a customer signs up again; only what they agree to is recorded."
        ),
        on=content.repeat,
    )
    if posted is not None:
        ensure(request.member, SignupRight.EDIT)
        saved = _save(request, found, part, mapping, labels, repeat)
        if saved:
            return success(request, message=_("Saved."), to=reverse("signup:setup", args=[found.pk]))
    last = queries.last_call(found)
    context = head(request, found) | {
        "url": queries.external_url(request.workspace, found) if request.member.can(SignupRight.EDIT) else "",
        "last": last,
        "last_state": SubmissionState(last.state).label if last else "",
        "last_answers": list(last.answers.items()) if last else [],
        "mapping": mapping,
        "mapped": bool(names),
        "labels": labels,
        "repeat": repeat,
        "boxes": [
            (
                item,
                Channel(item.channel).label,
                ConsentBoxForm(item=item, content=content),
                _number(found, item),
            )
            for item in content.consents
        ],
        "channels": [{"value": value, "label": label} for value, label in Channel.choices],
        "counts": queries.count_by_state(found),
    }
    return page(request, "signup/setup.html", context)


@allowed(SignupRight.PUBLISH)
@require_POST
def consent(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Add the words of a consent box of the other form, change them, or take them off; each change is a version."""
    found = external_form(form_id)
    back = reverse("signup:setup", args=[found.pk])
    channel, key = request.POST.get("add", ""), request.POST.get("key", "")
    item = found.content.item(key)
    if channel in Channel.values:
        label = {"vi": first_wording(request, channel)["vi"]}
        services.add_item(
            form=found,
            item=Item(key="", kind=ItemKind.CONSENT, channel=channel, label=label),
            now=request.now,
        )
    elif item is not None and "remove" in request.POST:
        services.delete_item(form=found, key=key, now=request.now)
    elif item is not None:
        form = ConsentBoxForm(request.POST, item=item, content=found.content)
        if not form.is_valid():
            return success(request, message=_("Check the words."), tone="bad", to=back)
        given = form.cleaned_data
        changed = replace(
            item, label=form.texts("label", item.label), channel=given["channel"], topic=given["topic"] or 0
        )
        services.change_item(form=found, item=changed, now=request.now)
    try:
        services.publish(form=found, actor=request.actor, now=request.now)
    except FormNotReady as refusal:
        return success(request, message=str(refusal), tone="bad", to=back)
    return success(request, message=_("Saved."), to=back)


@allowed(SignupRight.EDIT)
@require_POST
def renew(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Give the form a new secret address."""
    found = external_form(form_id)
    services.renew_address(form=found, actor=request.actor, now=request.now)
    message = _("New address. The old one takes nothing any more: put the new one into the other system.")
    return success(request, message=message, to=reverse("signup:setup", args=[found.pk]))


def _save(
    request: WorkspaceRequest,
    found: SignupForm,
    part: str,
    mapping: MappingForm,
    labels: LabelsForm,
    repeat: SwitchForm,
) -> bool:
    actor, now = request.actor, request.now
    if part == "mapping" and mapping.is_valid():
        services.set_mapping(form=found, mapping=mapping.mapping(), actor=actor, now=now)
    elif part == "labels" and labels.is_valid():
        given = labels.cleaned_data | {"source": labels.cleaned_data["source"] or 0}
        services.change_draft(form=found, now=now, **given)
    elif part == "repeat" and repeat.is_valid():
        services.change_draft(form=found, repeat=repeat.cleaned_data["on"], now=now)
    else:
        return False
    return True


def _number(found: SignupForm, item: Item) -> int:
    rows = queries.wordings_of(found, item.key, "vi")
    return rows[0].wording.number if rows else 0


def _names(found: SignupForm) -> list[str]:
    """Return the names of fields that the latest calls had."""
    calls = found.submissions.order_by("-at", "-id")[:_CALLS]
    return list(dict.fromkeys([*found.mapping, *(name for call in calls for name in call.answers)]))


def _choices(found: SignupForm) -> list[tuple[str, str]]:
    fields = [(f"field_{field.pk}", field.name) for field in contacts.active_fields()]
    boxes = [
        (item.key, str(_("Consent: %(channel)s") % {"channel": Channel(item.channel).label}))
        for item in found.content.consents
    ]
    system = [(target, target_label(target)) for target in services.TARGETS]
    return [("", str(_("Leave out"))), *system, *fields, *boxes]
