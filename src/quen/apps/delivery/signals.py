"""Signals that delivery sends."""

from django.dispatch import Signal

#: sent with dispatch_id, source, source_id, state inside the transaction that changed the state
dispatch_changed = Signal()
