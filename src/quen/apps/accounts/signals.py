"""Signals of the accounts app."""

from django.dispatch import Signal

#: a user changed their own name or email address; sent with ``user_id``
profile_changed = Signal()
#: a workspace's pause has ended; sent after the commit with ``workspace_id``
workspace_resumed = Signal()
