"""Services of the delivery app."""

from quen.apps.delivery.services.dispatches import add_recipients, create_dispatch, send_one
from quen.apps.delivery.services.erasure import anonymize_messages
from quen.apps.delivery.services.fanout import fan_out, record_failed_fan_out
from quen.apps.delivery.services.lifecycle import (
    cancel_dispatch,
    cancel_remaining,
    close_dispatch,
    pause_dispatch,
    resume_dispatch,
)
from quen.apps.delivery.services.message_preview import render_message
from quen.apps.delivery.services.own_messages import send_own_message
from quen.apps.delivery.services.places import block_claims
from quen.apps.delivery.services.receipts import apply_receipts, match_receipts
from quen.apps.delivery.services.resolution import resolve_all_uncertain, resolve_uncertain, retry_failed
from quen.apps.delivery.services.restore import pause_after_restore
from quen.apps.delivery.services.sending_jobs import (
    deliver,
    record_failed_sending,
    run_and_reschedule,
    wake_all,
)
from quen.apps.delivery.services.sending_note import SendingNote, sending_note
from quen.apps.delivery.services.tracking import TRACKING_ENDPOINT, tracker
from quen.apps.delivery.services.unsubscribe_confirmation import send_unsubscribe_confirmation
from quen.apps.delivery.services.webhooks import (
    WEBHOOK_ENDPOINT,
    WEBHOOK_MAX_BYTES,
    process_webhooks,
    webhook_event,
)

__all__ = [
    "TRACKING_ENDPOINT",
    "WEBHOOK_ENDPOINT",
    "WEBHOOK_MAX_BYTES",
    "SendingNote",
    "add_recipients",
    "anonymize_messages",
    "apply_receipts",
    "block_claims",
    "cancel_dispatch",
    "cancel_remaining",
    "close_dispatch",
    "create_dispatch",
    "deliver",
    "fan_out",
    "match_receipts",
    "pause_after_restore",
    "pause_dispatch",
    "process_webhooks",
    "record_failed_fan_out",
    "record_failed_sending",
    "render_message",
    "resolve_all_uncertain",
    "resolve_uncertain",
    "resume_dispatch",
    "retry_failed",
    "run_and_reschedule",
    "send_one",
    "send_own_message",
    "send_unsubscribe_confirmation",
    "sending_note",
    "tracker",
    "wake_all",
    "webhook_event",
]
