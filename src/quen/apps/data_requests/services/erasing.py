"""Erasing the person of a request, with a certificate of what went and what is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import ErasureReason
from quen.apps.data_requests import queries
from quen.apps.data_requests.models import DataRequest
from quen.apps.data_requests.services.requests import finish, lock_person
from quen.apps.data_requests.types import RequestEnded
from quen.core.actors import Actor


@transaction.atomic
def erase_person(*, request: DataRequest, actor: Actor, now: datetime) -> DataRequest:
    """Erase the person of a request, finish it with a certificate, and return it.

    The certificate counts what each app held, without a name. Raises RequestEnded, PersonGone.
    """
    contact = lock_person(request)
    found = DataRequest.objects.select_for_update().get(pk=request.pk)
    if not found.is_open:
        raise RequestEnded()
    certificate = _certificate(contact.pk)
    contacts_services.erase_contact(contact=contact, reason=ErasureReason.REQUEST.value, actor=actor, now=now)
    found.refresh_from_db()
    found.certificate = certificate
    found.save(update_fields=["certificate"])
    finish(request=found, actor=actor, now=now)
    return queries.get_request(found.pk)


def _certificate(contact_id: int) -> dict[str, Any]:
    """Return how many records each app holds now; keys of parts, so that the page names them in its language."""
    with translation.override(accounts.current_workspace().language):
        parts = queries.copy_of(contact_id)
    return {"erased": [{"key": part["key"], "records": len(part["records"])} for part in parts]}
