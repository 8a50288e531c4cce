"""What was sent: lists by state, one submission, proposals, and what was held back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, ContactRight
from quen.apps.signup import queries, services
from quen.apps.signup.models import Submission
from quen.apps.signup.types import Outcome, SignupRight, SpamSign, SubmissionState, Way, read_content
from quen.apps.signup.views.listing import head
from quen.apps.team.access import WorkspaceRequest, allowed, ensure, workspace_path
from quen.core.errors import NotFound
from quen.core.paging import paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, success
from quen.ui.tags.filters import instant, num, phone

_TABS = (
    "",
    SubmissionState.HELD,
    SubmissionState.REVIEW,
    SubmissionState.CAPTURE,
)
_LOOKS = {
    SubmissionState.RECEIVED: ("good", "circle-check"),
    SubmissionState.HELD: ("wait", "shield-question-mark"),
    SubmissionState.REVIEW: ("wait", "circle-question-mark"),
    SubmissionState.CAPTURE: ("", "circle-dashed"),
}
_SHOWN = 5


@allowed(SignupRight.VIEW)
@require_GET
def submission_list(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """List what a form received, or what was held back, half-filled, or belongs to nobody."""
    found = queries.get_form(form_id)
    state = request.GET.get("state", "")
    state = state if state in _TABS else ""
    listed = paginate(
        queries.submissions(found, state), after=request.GET.get("after"), before=request.GET.get("before")
    )
    counts = queries.count_by_state(found)
    context = head(request, found) | {
        "tabs": [
            _tab(each, state, counts) for each in _TABS if not each or counts.get(each) or each == state
        ],
        "chosen_state": state,
        "table": ListTable(
            label=_("Submissions"),
            columns=[
                Column("name", _("Who sent it"), "title", phone="title", width="w-1/3"),
                Column("at", _("Sent"), phone="foot"),
                Column("outcome", _("Customer"), min_width=44, phone="note"),
                Column("way", _("Way"), min_width=56),
                Column("state", _("State"), "state", phone="side"),
            ],
            rows=[_row(each) for each in listed.rows],
            empty=EmptyState(_("Nothing here"), _("What customers send appears here at once.")),
            pager=listed.links([("state", state)] if state else []),
        ),
    }
    return page(request, "signup/submissions.html", context)


@allowed(SignupRight.VIEW)
@require_GET
def submission_page(request: WorkspaceRequest, submission_id: int) -> HttpResponse:
    """Show one submission: what was typed and ticked, whose it is, and what waits to be decided."""
    found = queries.get_submission(submission_id)
    contact = contacts.find_including_deleted(found.contact_id) if found.contact_id else None
    phone_owner, email_owner = queries.owners_of(found) if found.outcome == Outcome.MIXED else (None, None)
    agreements = list(found.agreements.select_related("wording"))
    context = head(request, found.form) | {
        "submission": found,
        "state_label": _state(found),
        "outcome": Outcome(found.outcome).label,
        "way": Way(found.way).label,
        "answers": _answers(found),
        "contact": contact,
        "contact_url": _contact_url(contact),
        "is_mixed": found.outcome == Outcome.MIXED,
        "owners": [
            (_("Phone number of"), phone_owner, _contact_url(phone_owner)),
            (_("Email of"), email_owner, _contact_url(email_owner)),
        ],
        "signs": [SpamSign(each).label for each in found.signs],
        "agreements": [(each, Channel(each.wording.channel).label) for each in agreements],
        "refused": [Channel(each).label for each in found.refused],
        "proposals": [_proposal(each) for each in found.proposals.all()],
        "utm": sorted(found.utm.items()),
        "is_held": found.state == SubmissionState.HELD,
        "is_review": found.state == SubmissionState.REVIEW,
        "list_url": _list_url(found),
    }
    return page(request, "signup/submission.html", context)


@allowed(SignupRight.HANDLE)
@require_POST
def release(request: WorkspaceRequest, submission_id: int) -> HttpResponse:
    """Let a submission that was held back count after all."""
    found = queries.get_submission(submission_id)
    services.release(submission=found, actor=request.actor, now=request.now)
    return success(request, message=_("Let in, dated as sent."), to=_list_url(found, SubmissionState.HELD))


@allowed(SignupRight.HANDLE)
@require_POST
def read_again(request: WorkspaceRequest, submission_id: int) -> HttpResponse:
    """Try a call of nobody again, after its fields were matched."""
    found = queries.get_submission(submission_id)
    if services.read_again(submission=found, now=request.now):
        message, tone = _("Read again: it now counts."), "good"
    else:
        message, tone = _("There is still no usable phone number or email in it."), "wait"
    return success(request, message=message, tone=tone, to=reverse("signup:submission", args=[found.pk]))


@allowed(SignupRight.HANDLE)
@require_POST
def decide(request: WorkspaceRequest, proposal_id: int) -> HttpResponse:
    """Take or refuse a proposed value."""
    proposal = queries.get_proposal(proposal_id)
    ensure(request.member, ContactRight.EDIT)
    if request.POST.get("decision") == "take":
        services.take_proposal(proposal=proposal, actor=request.actor, now=request.now)
        return success(
            request, message=_("Taken."), event="contact:changed", to=_after(request, proposal.submission)
        )
    if request.POST.get("decision") == "refuse":
        services.refuse_proposal(proposal=proposal, actor=request.actor, now=request.now)
        return success(request, message=_("Left as it was."), to=_after(request, proposal.submission))
    raise NotFound()


@allowed(ContactRight.VIEW)
@require_GET
def contact_panel(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show what a customer sent, and what waits to be decided about them."""
    contact = contacts.get_contact(contact_id)
    mixed = list(queries.mixed_of(contact)[:_SHOWN])
    context = {
        "contact": contact,
        "submissions": [
            (each, _state(each)) for each in [*mixed, *queries.submissions_of(contact.pk)[:_SHOWN]]
        ],
        "proposals": [_proposal(each) for each in queries.proposals_of(contact.pk)[:_SHOWN]],
        "may_handle": request.member.can(SignupRight.HANDLE) and request.member.can(ContactRight.EDIT),
        "may_view": request.member.can(SignupRight.VIEW),
    }
    return page(request, "signup/contact.html", context, part="panel")


def _after(request: WorkspaceRequest, submission: Submission) -> str:
    if request.POST.get("from") == "contact" and submission.contact_id:
        return workspace_path(f"/contacts/{submission.contact_id}/")
    return reverse("signup:submission", args=[submission.pk])


def _tab(state: str, chosen: str, counts: dict[str, int]) -> dict[str, Any]:
    label = SubmissionState(state or SubmissionState.RECEIVED).label
    href = f"?{urlencode({'state': str(state)})}" if state else "?"
    number = counts.get(state, 0) if state else 0
    text = f"{label} {num(number)}" if number else str(label)
    return {"href": href, "text": text, "on": state == chosen}


def _row(each: Submission) -> Row:
    name = next((str(each.answers[key]) for key in each.answers if key == "full_name"), "")
    number = phone(each.phone) if each.phone else ""
    title = name or number or each.email or _("Without a name")
    note = " · ".join(filter(None, (number, each.email)))
    return Row(
        [
            Title(title, note=note),
            instant(each.at),
            Outcome(each.outcome).label,
            Way(each.way).label,
            _state(each),
        ],
        key=each.pk,
        name=title,
        href=reverse("signup:submission", args=[each.pk]),
    )


def _state(each: Submission) -> StatusLabel:
    state = SubmissionState(each.state)
    if state == SubmissionState.RECEIVED and each.confirmed_at is not None:
        return StatusLabel(_("Confirmed"), "good", "mail-check")
    if state == SubmissionState.RECEIVED and each.waits:
        return StatusLabel(_("Waits for confirmation"), "wait", "mail")
    return StatusLabel(str(state.label), *_LOOKS[state])


def _answers(found: Submission) -> list[tuple[str, str, bool]]:
    """Return the name of each field, what was typed, and whether it could not be used."""
    content = read_content(found.version.content) if found.version else None
    shown = []
    order = [item.key for item in content.items] if content else []
    keys = sorted(found.answers, key=lambda key: order.index(key) if key in order else len(order))
    for key in keys:
        value = found.answers[key]
        item = content.item(key) if content else None
        label = item.text("vi") if item else key
        text = ", ".join(value) if isinstance(value, list) else str(value)
        target = item.target if item else key
        shown.append((label, text, target in found.field_notes))
    return shown


def _proposal(each: Any) -> tuple[Any, str, str]:
    value = ", ".join(each.value) if isinstance(each.value, list) else str(each.value)
    return each, target_label(each.target), value


def target_label(target: str) -> str:
    """Return the name of a contact's field."""
    return contacts.merge_field_label(target)


def _contact_url(contact: Any) -> str:
    if contact is None or contact.deleted_at is not None:
        return ""
    return workspace_path(f"/contacts/{contact.pk}/")


def _list_url(found: Submission, state: str = "") -> str:
    state = state or (found.state if found.state != SubmissionState.RECEIVED else "")
    query = f"?{urlencode({'state': str(state)})}" if state else ""
    return f"{reverse('signup:submissions', args=[found.form_id])}{query}"
