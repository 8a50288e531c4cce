"""Email backend used while no mail server is configured: messages are shown on the operator's mailbox page."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from quen.apps.accounts import services


class MailboxBackend(BaseEmailBackend):
    """Stores each message in the database."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the messages and return how many."""
        for message in email_messages:
            services.store_system_mail(
                to=", ".join(message.to), subject=str(message.subject), text=str(message.body)
            )
        return len(email_messages)
