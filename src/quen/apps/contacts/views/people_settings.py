"""Customer codes and forms of address: how the shop wants them, and giving them to everybody at once."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.people import PeopleSettingsForm
from quen.apps.contacts.services.verbs import ACCEPT_SALUTATIONS, GIVE_CODES
from quen.apps.contacts.types import BulkOutcome, Certainty, ContactRight
from quen.apps.contacts.views.undo import preview_of
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import clock
from quen.core.errors import NotFound
from quen.core.sql import Relation
from quen.ui.pages import page, success
from quen.ui.tags.filters import num

_PATH = "/contacts/settings/"


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def people_settings(request: WorkspaceRequest) -> HttpResponse:
    """Set whether customers get a code, and how the shop addresses people."""
    settings = queries.contact_settings()
    form = PeopleSettingsForm(request.POST if request.method == "POST" else None, settings=settings)
    if request.method == "POST" and form.is_valid():
        services.update_people_settings(values=form.cleaned_data, actor=request.actor, now=request.now)
        return success(request, message=_("Saved."), to=reverse("contacts:people_settings"))
    return page(
        request, "contacts/settings.html", {"form": form, "next_code": settings.code(settings.code_next)}
    )


@allowed(ContactRight.CONFIGURE)
@require_GET
def missing_details(request: WorkspaceRequest) -> HttpResponse:
    """Count the customers without a code, and those whose form of address is proposed."""
    proposed = queries.count_proposals(today=_today(request))
    coding, accepting = reverse("contacts:give_codes"), reverse("contacts:accept_salutations")
    codeless = queries.count_contacts(queries.without_code())
    sure, likely = proposed[Certainty.SURE], proposed[Certainty.LIKELY]
    guesses = proposed[Certainty.GUESS]
    lines = [
        (
            ngettext("%(n)s customer has no code.", "%(n)s customers have no code.", codeless),
            codeless,
            coding,
            _("Give all of them a code"),
            Certainty.SURE,
        ),
        (
            ngettext(
                "%(n)s proposal is certain: a title before the name, or gender and age are known.",
                "%(n)s proposals are certain: a title before the name, or gender and age are known.",
                sure,
            ),
            sure,
            accepting,
            _("Accept the certain ones"),
            Certainty.SURE,
        ),
        (
            ngettext(
                "%(n)s proposal is likely: the gender is known, the age is not.",
                "%(n)s proposals are likely: the gender is known, the age is not.",
                likely,
            ),
            likely,
            accepting,
            _("Accept the likely ones too"),
            Certainty.LIKELY,
        ),
        (
            ngettext(
                "%(n)s proposal is a guess from a middle name, as Thị or Văn. Accept it on the customer's page.",
                "%(n)s proposals are guesses from a middle name, as Thị or Văn. Accept them on the customer's page.",
                guesses,
            ),
            guesses,
            "",
            "",
            Certainty.GUESS,
        ),
    ]
    shown = [
        (text % {"n": num(count)}, href if count else "", button, at_least.value)
        for text, count, href, button, at_least in lines
    ]
    return page(request, "contacts/settings_missing.html", {"lines": shown}, part="panel")


@allowed(ContactRight.CONFIGURE)
@require_POST
def give_codes(request: WorkspaceRequest) -> HttpResponse:
    """Give a code to every customer who has none."""
    return _run(request, GIVE_CODES, queries.without_code(), {})


@allowed(ContactRight.CONFIGURE)
@require_POST
def accept_salutations(request: WorkspaceRequest) -> HttpResponse:
    """Address every customer as proposed whose proposal is certain, or likely."""
    try:
        at_least = Certainty(int(request.POST.get("at_least", "")))
    except ValueError as unknown:
        raise NotFound() from unknown
    if at_least is Certainty.GUESS:
        raise NotFound()
    chosen = queries.with_proposal(at_least, today=_today(request))
    return _run(request, ACCEPT_SALUTATIONS, chosen, {"at_least": at_least.value})


def _run(request: WorkspaceRequest, key: str, contacts: Relation, data: dict[str, int]) -> HttpResponse:
    outcome = services.run_verb(
        key=key, contacts=contacts, data=data, actor=request.actor, now=request.now, path=_PATH
    )
    to = reverse("contacts:people_settings")
    if not isinstance(outcome, BulkOutcome):
        return success(request, message=_("Started. You can leave this page."), to=to)
    if not outcome.changed:
        return success(request, message=_("No changes were needed."), tone="wait", to=to)
    message = ngettext("Changed %(n)s customer.", "Changed %(n)s customers.", outcome.changed)
    undo = preview_of(outcome.change_id)
    return success(request, message=message % {"n": num(outcome.changed)}, to=to, undo=undo)


def _today(request: WorkspaceRequest) -> date:
    return clock.local_day(request.now, request.workspace.zone)
