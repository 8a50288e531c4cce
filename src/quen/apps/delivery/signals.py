"""Facts the delivery room announces."""

from django.dispatch import Signal

#: dispatch_id, source, source_id, state: sent inside the transaction that changed the state
dispatch_changed = Signal()
