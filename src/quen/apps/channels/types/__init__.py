"""Enums, dataclasses and errors of the channels app: what an adapter receives and returns."""

from enum import StrEnum

from quen.apps.channels.types.content import (
    ChannelTexts,
    ChecklistContext,
    ChecklistLine,
    CheckSeverity,
    ContentPart,
    ContentSpec,
    TextLength,
)
from quen.apps.channels.types.errors import (
    AlreadySimulated,
    NoConnection,
    NoRateFound,
    NoReplyAddress,
    NothingToSimulate,
    SenderExists,
    SenderInUse,
    SenderMissing,
    SendTestFailed,
    SimulationFailed,
)
from quen.apps.channels.types.messages import (
    Envelope,
    MessagePreview,
    Outgoing,
    RenderedContent,
    RenderSettings,
    SenderFields,
)
from quen.apps.channels.types.receipts import (
    InboundMessage,
    InvalidSignature,
    Receipt,
    ReceiptKind,
    WebhookOutcome,
    WebhookRequest,
)
from quen.apps.channels.types.sending import (
    CONNECTION_ERRORS,
    ConnectionState,
    PaceEvent,
    Pacer,
    RemoteReport,
    RemoteSession,
    SendOutcome,
    SendResult,
    SendSession,
    SlowdownKind,
    Unreachable,
)

__all__ = [
    "CONNECTION_ERRORS",
    "AlreadySimulated",
    "ChannelRight",
    "ChannelTexts",
    "CheckSeverity",
    "ChecklistContext",
    "ChecklistLine",
    "ConnectionState",
    "ContentPart",
    "ContentSpec",
    "Envelope",
    "InboundMessage",
    "InvalidSignature",
    "MessagePreview",
    "NoConnection",
    "NoRateFound",
    "NoReplyAddress",
    "NothingToSimulate",
    "Outgoing",
    "PaceEvent",
    "Pacer",
    "Receipt",
    "ReceiptKind",
    "RemoteReport",
    "RemoteSession",
    "RenderSettings",
    "RenderedContent",
    "SendOutcome",
    "SendResult",
    "SendSession",
    "SendTestFailed",
    "SenderExists",
    "SenderFields",
    "SenderInUse",
    "SenderMissing",
    "SimulationFailed",
    "SlowdownKind",
    "TextLength",
    "Unreachable",
    "WebhookOutcome",
    "WebhookRequest",
]


class ChannelRight(StrEnum):
    """Rights of the channels app."""

    VIEW_MESSAGES = "messages.view"
