"""Services of the channels app."""

from quen.apps.channels.services.cache import clear_cache, sandbox_is_on_cached
from quen.apps.channels.services.connections import TOPIC as CHANNELS_TOPIC
from quen.apps.channels.services.connections import (
    activate_connection,
    error_message,
    open_session,
    record_failure,
    record_success,
    remote_session,
    secret_for,
    send_directly,
    send_test,
    set_connection,
    test_connection,
    use_found_rate,
)
from quen.apps.channels.services.onboarding import PLACEHOLDER_DOMAIN, prepare_workspace
from quen.apps.channels.services.pacing import ConnectionPacer
from quen.apps.channels.services.receipts import notify_inbound, notify_receipts
from quen.apps.channels.services.sandbox import TOPIC as SANDBOX_TOPIC
from quen.apps.channels.services.sandbox import (
    delete_old_sandbox_messages,
    empty_sandbox,
    erase_recipients,
    simulate_receipt,
    store_in_sandbox,
)
from quen.apps.channels.services.senders import add_sender, change_sender, prefer_sender, remove_sender
from quen.apps.channels.services.simulation import simulate_open, simulate_unsubscribe
from quen.apps.channels.services.webhooks import read_webhook_token, receive_webhooks, webhook_url

__all__ = [
    "CHANNELS_TOPIC",
    "PLACEHOLDER_DOMAIN",
    "SANDBOX_TOPIC",
    "ConnectionPacer",
    "activate_connection",
    "add_sender",
    "change_sender",
    "clear_cache",
    "delete_old_sandbox_messages",
    "empty_sandbox",
    "erase_recipients",
    "error_message",
    "notify_inbound",
    "notify_receipts",
    "open_session",
    "prefer_sender",
    "prepare_workspace",
    "read_webhook_token",
    "receive_webhooks",
    "record_failure",
    "record_success",
    "remote_session",
    "remove_sender",
    "sandbox_is_on_cached",
    "secret_for",
    "send_directly",
    "send_test",
    "set_connection",
    "simulate_open",
    "simulate_receipt",
    "simulate_unsubscribe",
    "store_in_sandbox",
    "test_connection",
    "use_found_rate",
    "webhook_url",
]
