"""Facts the delivery room announces."""

from django.dispatch import Signal

#: launch_id, source, source_id, state: sent inside the transaction that changed the state
launch_changed = Signal()
