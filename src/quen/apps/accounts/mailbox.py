"""Django's email backend: every email of the product is stored, and sent by a job if there is a mail server."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from quen.apps.accounts import services


class MailboxBackend(BaseEmailBackend):
    """Stores each message in the database."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the messages, one for each recipient, and return how many messages there were."""
        for message in email_messages:
            for recipient in message.to:
                services.store_system_mail(to=recipient, subject=str(message.subject), text=str(message.body))
        return len(email_messages)
