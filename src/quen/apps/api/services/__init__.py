"""Services of the api app."""

from quen.apps.api.services.answers import (
    IdempotentCall,
    delete_old_answers,
    find_answer,
    forget_answers,
    store_answer,
)
from quen.apps.api.services.calls import delete_old_calls, record_call
from quen.apps.api.services.keys import CreatedKey, create_key, record_use, revoke_key

__all__ = [
    "CreatedKey",
    "IdempotentCall",
    "create_key",
    "delete_old_answers",
    "delete_old_calls",
    "find_answer",
    "forget_answers",
    "record_call",
    "record_use",
    "revoke_key",
    "store_answer",
]
