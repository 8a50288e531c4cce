"""Facts the compliance room announces."""

from django.dispatch import Signal

#: somebody refused; announced inside the workspace's schema and the refusal's transaction; gives ``refusal_id``.
#: Whoever hears it sends the one confirmation and asks services.confirmation_sent first.
unsubscribed = Signal()
