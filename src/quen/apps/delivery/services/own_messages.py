"""Messages about a person's own choice or data: a code, a request to confirm. Without advertising, sent at once."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from quen.apps.channels import queries as channels
from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.services.dispatches import send_one
from quen.apps.delivery.types import AlreadyDispatched, DispatchSource


def send_own_message(
    *, channel: str, address: str, contact_id: int, language: str, subject: str, text: str, now: datetime
) -> bool:
    """Send a message to one address; False when the channel has no connection or no sender."""
    connection, sender = channels.find_active_connection(channel), channels.preferred_sender(channel)
    if connection is None or sender is None or not address:
        return False
    try:
        send_one(
            source=DispatchSource.NOTICE,
            source_id=contact_id,
            scheduled_for=now,
            name=_("About a customer's own data"),
            address=address,
            language=language,
            message_class=MessageClass.TRANSACTIONAL,
            connection=connection,
            sender=sender,
            contact_id=contact_id,
            prepared_content={"subject": subject, "text": text},
            now=now,
        )
    except AlreadyDispatched:
        return True
    return True
