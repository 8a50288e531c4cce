"""Signals of the accounts app."""

from django.dispatch import Signal

#: a user changed their own name or email address; sent with ``user_id``
profile_changed = Signal()
