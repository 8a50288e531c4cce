"""Load the row a view works on, or answer 404."""

from __future__ import annotations

from quen.apps.signup import queries
from quen.apps.signup.models import SignupForm
from quen.apps.signup.types import FormKind
from quen.core.errors import NotFound


def own_form(form_id: int) -> SignupForm:
    """Return a form of ours. Raises NotFound."""
    form = queries.get_form(form_id)
    if form.kind != FormKind.OWN:
        raise NotFound()
    return form


def external_form(form_id: int) -> SignupForm:
    """Return a form of another system. Raises NotFound."""
    form = queries.get_form(form_id)
    if form.kind != FormKind.EXTERNAL:
        raise NotFound()
    return form
