"""Services of the webhooks app."""

from quen.apps.webhooks.services.bodies import write_bodies
from quen.apps.webhooks.services.endpoints import (
    CONSUMER,
    CreatedEndpoint,
    create_endpoint,
    delete_endpoint,
    follow_events,
    pause_all,
    pause_endpoint,
    read_url,
    resume_endpoint,
    rotate_secret,
    update_endpoint,
)
from quen.apps.webhooks.services.messages import erase_messages, write_messages
from quen.apps.webhooks.services.outcomes import store_answers
from quen.apps.webhooks.services.posting import ReadyMessage
from quen.apps.webhooks.services.replaying import (
    clear_deleted,
    delete_old,
    replay,
    replay_failed,
    send_test,
)
from quen.apps.webhooks.services.sending import seconds_until_due, send_due, sending_slot

__all__ = [
    "CONSUMER",
    "CreatedEndpoint",
    "ReadyMessage",
    "clear_deleted",
    "create_endpoint",
    "delete_endpoint",
    "delete_old",
    "erase_messages",
    "follow_events",
    "pause_all",
    "pause_endpoint",
    "read_url",
    "replay",
    "replay_failed",
    "resume_endpoint",
    "rotate_secret",
    "seconds_until_due",
    "send_due",
    "send_test",
    "sending_slot",
    "store_answers",
    "update_endpoint",
    "write_bodies",
    "write_messages",
]
