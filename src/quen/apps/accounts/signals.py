"""Facts the accounts room announces."""

from django.dispatch import Signal

#: a user changed their own name, phone or address; gives ``user_id``
profile_changed = Signal()
