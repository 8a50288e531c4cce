"""The message that confirms an unsubscribe (Decree 91/2020 Art. 20.3-4): no advertising in it, sent at most once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.channels import registry
from quen.apps.compliance import queries as compliance
from quen.apps.compliance import services as compliance_services
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts import queries as contacts
from quen.apps.delivery.services.dispatches import send_one
from quen.apps.delivery.types import AlreadyDispatched, DispatchSource

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.compliance.models import Unsubscribe

#: nothing is sent after a spam complaint, not even the confirmation
_COMPLAINT = "complaint"
_LANGUAGES = ("vi", "en")
_DAY, _MAX_CONFIRMATIONS_PER_DAY = timedelta(hours=24), 3


@transaction.atomic
def send_unsubscribe_confirmation(*, unsubscribe_id: int, now: datetime) -> bool:
    """Send the confirmation and return True.

    Returns False when it was sent before, the unsubscribe was undone or was a spam complaint, its channel is not
    connected, or the contact has had three confirmations in 24 hours.
    """
    unsubscribe = compliance.get_unsubscribe(unsubscribe_id)
    connection = channels.find_active_connection(unsubscribe.channel)
    sender = channels.preferred_sender(unsubscribe.channel)
    applies = unsubscribe.undone_at is None and unsubscribe.method != _COMPLAINT and unsubscribe.address
    if not applies or connection is None or sender is None or _too_many_recently(unsubscribe, now):
        return False
    if not compliance_services.claim_confirmation(unsubscribe=unsubscribe, now=now):
        return False
    workspace = accounts.current_workspace()
    contact = contacts.find_including_deleted(unsubscribe.contact_id)
    language = contact.language if contact is not None and contact.language in _LANGUAGES else _LANGUAGES[0]
    with suppress(AlreadyDispatched), translation.override(language):
        send_one(
            source=DispatchSource.NOTICE,
            source_id=unsubscribe.pk,
            scheduled_for=unsubscribe.at,
            name=_("Unsubscribe confirmation"),
            address=unsubscribe.address,
            language=language,
            message_class=MessageClass.TRANSACTIONAL,
            connection=connection,
            sender=sender,
            contact_id=unsubscribe.contact_id,
            prepared_content=_content(unsubscribe, workspace),
            now=now,
        )
        return True
    return False


def _too_many_recently(unsubscribe: Unsubscribe, now: datetime) -> bool:
    """Return whether somebody is filling the contact's inbox by unsubscribing and undoing again and again."""
    latest = compliance.contact_unsubscribes(unsubscribe.contact_id).filter(confirmed_at__gt=now - _DAY)
    return latest.exclude(pk=unsubscribe.pk).count() >= _MAX_CONFIRMATIONS_PER_DAY


def _content(unsubscribe: Unsubscribe, workspace: Workspace) -> dict[str, str]:
    local = unsubscribe.at.astimezone(ZoneInfo(workspace.time_zone))
    at = f"{local:%H:%M} {date_format(local, 'SHORT_DATE_FORMAT')}"
    shop = compliance.sender_block(workspace)
    message = registry.channel(unsubscribe.channel).texts.message
    by_channel = _("advertising by %(channel)s") % {"channel": message}
    what = _("any advertising from us") if unsubscribe.all_channels else by_channel
    lines = [
        _("We received your unsubscribe request at %(at)s. You will no longer receive %(what)s.")
        % {"at": at, "what": what},
        _("This takes effect at %(at)s: we will not send you any from then on.") % {"at": at},
        _("This message only confirms your request. You will not receive another one."),
        "",
        shop.name,
        *filter(None, (shop.phone, shop.email, shop.address)),
    ]
    subject = _("%(shop)s: you have been unsubscribed") % {"shop": shop.name}
    return {"subject": subject, "text": "\n".join(lines)}
