"""Facts the team room announces."""

from django.dispatch import Signal

#: a workspace's settings changed, announced inside its schema and transaction; gives ``workspace`` and ``fields``
workspace_changed = Signal()
