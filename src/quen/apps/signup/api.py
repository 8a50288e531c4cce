"""Sign-up forms for other systems: the list of forms, and what was sent through them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import ConfigDict

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import (
    PAGE_ROWS,
    ApiModel,
    ApiPage,
    InvalidRequest,
    PageCursor,
    PageSize,
    RowId,
    unknown_parameter,
)
from quen.apps.signup import queries
from quen.apps.signup.types import SignupScope, SubmissionState
from quen.core.paging import BY_KEY, Cursor, Sort, paginate

router = Router(tags=["Forms"])
_NEWEST_FIRST = Sort("id", BY_KEY, descending=True)


class FormOut(ApiModel):
    """A sign-up form."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3,
                "name": "Nhận quà khi ghé tiệm",
                "kind": "own",
                "open": True,
                "url": "https://…/f/…/",
            }
        }
    )

    id: int
    name: str
    kind: str
    """A form of the shop is "own", one of another system "external"."""
    open: bool
    """Whether customers can send it."""
    url: str
    """Where customers fill it in; empty for a form of another system."""


class FormsOut(ApiModel):
    """All forms."""

    data: list[FormOut]


class SubmissionOut(ApiModel):
    """What somebody sent through a form."""

    id: int
    form_id: int
    contact_id: int | None
    """The customer it belongs to; null while it belongs to nobody."""
    at: datetime
    state: str
    """What became of it: "received", or "review" while no customer can be made of it."""
    outcome: str
    """Whose it is: "created", "known", "mixed" (phone and email of two), "refused" (signed up before), or empty."""
    way: str
    confirmed_at: datetime | None
    """When the person pressed the button in the email."""
    answers: dict[str, Any]
    """By field of the form."""
    ticked: list[str]
    """The consent boxes that were ticked."""
    page: str
    utm: dict[str, str]


@router.get("/forms", response=FormsOut, summary="List forms")
@needs(SignupScope.READ)
def list_forms(request: ApiRequest) -> dict[str, Any]:
    """List the sign-up forms by name."""
    about(request, ())
    return {
        "data": [
            {
                "id": form.pk,
                "name": form.name,
                "kind": form.kind,
                "open": form.is_open,
                "url": "" if queries.is_external(form) else queries.form_url(request.workspace, form),
            }
            for form in queries.forms()
        ]
    }


@router.get("/forms/{form_id}/submissions", response=ApiPage[SubmissionOut], summary="List submissions")
@needs(SignupScope.READ)
def list_submissions(
    request: ApiRequest, form_id: RowId, limit: PageSize = PAGE_ROWS, cursor: PageCursor = None
) -> dict[str, Any]:
    """List what was sent through a form, the latest first. Suspected spam and half-filled forms are left out."""
    form = queries.get_form(form_id)
    if cursor is not None and Cursor.read(cursor, _NEWEST_FIRST) is None:
        raise InvalidRequest([unknown_parameter("cursor")])
    sent = queries.submissions(form).filter(state__in=(SubmissionState.RECEIVED, SubmissionState.REVIEW))
    page = paginate(sent, sort=_NEWEST_FIRST, size=limit, after=cursor)
    about(request, [each.contact_id for each in page.rows if each.contact_id])
    rows = [SubmissionOut.model_validate(each, from_attributes=True) for each in page.rows]
    return {"data": rows, "next": str(page.next) if page.next else None}
