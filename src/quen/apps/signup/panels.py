"""What waits for those who handle submissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.signup import queries
from quen.apps.signup.models import SignupForm
from quen.apps.signup.types import SubmissionState
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import PendingItem
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def pending_submissions(request: WorkspaceRequest) -> list[PendingItem]:
    """Return what was held back as spam, and what belongs to nobody."""
    held, review = queries.held_count(), queries.review_count()
    found = []
    if held:
        text = ngettext("%(n)s submission looks like spam", "%(n)s submissions look like spam", held)
        found.append(_item(text % {"n": num(held)}, SubmissionState.HELD, "shield-question-mark"))
    if review:
        text = ngettext("%(n)s submission belongs to nobody", "%(n)s submissions belong to nobody", review)
        found.append(_item(text % {"n": num(review)}, SubmissionState.REVIEW, "clipboard-list"))
    return found


def _item(title: str, state: SubmissionState, icon: str) -> PendingItem:
    form = SignupForm.objects.filter(submissions__state=state).first()
    path = f"/forms/{form.pk}/submissions/?state={state.value}" if form else "/forms/"
    return PendingItem(
        title=title,
        text=_("Have a look, and let them in."),
        href=workspace_path(path),
        link=_("Open"),
        icon=icon,
    )
