"""Signals of the compliance app."""

from django.dispatch import Signal

#: a contact unsubscribed; sent in the workspace's schema, inside the transaction, with ``unsubscribe_id``.
#: The receiver sends the one confirmation, after services.claim_confirmation returned True.
unsubscribed = Signal()
