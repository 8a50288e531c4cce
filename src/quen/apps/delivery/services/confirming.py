"""The one mail that confirms a refusal (Decree 91/2020 Art. 20.3-4): no advertising in it, sent at most once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.compliance import queries as compliance
from quen.apps.compliance import services as compliance_services
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.delivery.services.launching import send_one
from quen.apps.delivery.types import AlreadyLaunched, Source

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.compliance.models import Refusal

#: whoever complained to their provider gets no further mail, not even this one
_COMPLAINT = "complaint"
_LANGUAGES = ("vi", "en")
_DAY, _CONFIRMED_A_DAY = timedelta(hours=24), 3


@transaction.atomic
def confirm_refusal(*, refusal_id: int, now: datetime) -> bool:
    """Send the confirmation unless it went out before, was taken back, or can't be sent; say whether it goes."""
    refusal = compliance.get_refusal(refusal_id)
    connection, sender = channels.find_active("email"), channels.preferred_sender("email")
    wanted = refusal.undone_at is None and refusal.way != _COMPLAINT and "@" in refusal.address
    if not wanted or connection is None or sender is None or _pestered(refusal, now):
        return False
    if not compliance_services.confirmation_sent(refusal=refusal, now=now):
        return False
    workspace = accounts.current_workspace()
    person = contacts.find_anyone(refusal.contact_id)
    language = person.language if person is not None and person.language in _LANGUAGES else _LANGUAGES[0]
    with suppress(AlreadyLaunched), translation.override(language):
        send_one(
            source=Source.NOTICE,
            source_id=refusal.pk,
            origin_at=refusal.at,
            name=_("Confirmation of a refusal"),
            address=refusal.address,
            language=language,
            message_class=MessageClass.TRANSACTIONAL,
            connection=connection,
            sender=sender,
            contact_id=refusal.contact_id,
            ready=_words(refusal, workspace),
            now=now,
        )
        return True
    return False


def _pestered(refusal: Refusal, now: datetime) -> bool:
    """Say whether somebody who holds the link refuses and takes it back, again and again, to fill the box."""
    latest = compliance.refusals_of(refusal.contact_id).filter(confirmed_at__gt=now - _DAY)
    return latest.exclude(pk=refusal.pk).count() >= _CONFIRMED_A_DAY


def _words(refusal: Refusal, workspace: Workspace) -> dict[str, str]:
    at = f"{refusal.at.astimezone(ZoneInfo(workspace.time_zone)):%H:%M %d/%m/%Y}"
    shop = compliance.sender_block(workspace)
    what = _("any advertising of ours") if refusal.everything else _what(refusal.channel)
    lines = [
        _("We received your refusal at %(at)s. You do not want %(what)s any more.")
        % {"at": at, "what": what},
        _("It holds from %(at)s on: from that moment we send you none.") % {"at": at},
        _("This mail only confirms it; it is the only one."),
        "",
        shop.name,
        *filter(None, (shop.phone, shop.email, shop.address)),
    ]
    subject = _("%(shop)s: your refusal is noted") % {"shop": shop.name}
    return {"subject": subject, "text": "\n".join(lines)}


def _what(channel: str) -> str:
    if channel == Channel.EMAIL:
        return _("advertising by email")
    return _("advertising by %(channel)s") % {"channel": Channel(channel).label}
