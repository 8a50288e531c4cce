"""Signals of the team app."""

from django.dispatch import Signal

#: a workspace's settings changed; sent inside its schema and transaction with ``workspace`` and ``fields``
workspace_changed = Signal()
