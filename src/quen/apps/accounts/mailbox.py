"""Where system mail goes while no mail server is set: a page of the operator."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from quen.apps.accounts import services


class MailboxBackend(BaseEmailBackend):
    """Keeps each message as a row."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages and give their number."""
        for message in email_messages:
            services.keep_mail(to=", ".join(message.to), subject=str(message.subject), text=str(message.body))
        return len(email_messages)
