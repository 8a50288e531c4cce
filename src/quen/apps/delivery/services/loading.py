"""Prepare batches for sending: the render job of the dispatch and the data of the recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channels_registry
from quen.apps.channels.types import RenderSettings
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.content import queries as content
from quen.apps.content import registry as content_registry
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.rendering import Recipient, RenderJob
from quen.apps.delivery.services.tracking import tracker
from quen.apps.delivery.types import DispatchSource

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.channels.registry import MessageChannel
    from quen.apps.delivery.rules.tracking import Tracker

LOAD_SIZE: Final = 500


class LoadedMessage(Protocol):
    """What rendering needs of a message."""

    @property
    def id(self) -> int: ...
    @property
    def contact_id(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def tries(self) -> int: ...
    @property
    def allocated_values(self) -> Mapping[str, object] | None: ...


@dataclass(slots=True)
class LoadedBatch:
    """Messages of a dispatch ready to be sent."""

    dispatch: Dispatch
    job: RenderJob
    recipients: list[Recipient]
    #: it was submitted for rendering as a whole; else each part is rendered where it is sent
    is_submitted: bool = False
    #: ranges that are empty once the batch is sent, and (range id, new first id) of the one that is not
    finished_range_ids: list[int] = field(default_factory=list)
    partial_range: tuple[int, int] | None = None


class MessageRenderContext:
    """Builds render jobs and recipients; content is read once per dispatch.

    include_parts: messages are rendered for display, not for sending.
    """

    def __init__(self, *, include_parts: bool = False) -> None:
        self._include_parts = include_parts
        self._workspace: Workspace = accounts.current_workspace()
        self._jobs: dict[int, RenderJob] = {}

    def job(self, dispatch: Dispatch, now: datetime) -> RenderJob:
        """Return what all messages of a dispatch share. Raises TemplateBroken."""
        if dispatch.pk not in self._jobs:
            self._jobs[dispatch.pk] = self._build_job(dispatch, now)
        return self._jobs[dispatch.pk]

    def recipients(
        self, dispatch: Dispatch, messages: Sequence[LoadedMessage], now: datetime
    ) -> list[Recipient]:
        """Return the merge tag values and URLs of each recipient; one query per tag provider."""
        job = self._jobs[dispatch.pk]
        contact_ids = {message.contact_id for message in messages if message.contact_id}
        values: dict[int, dict[str, object]] = {}
        if job.compiled is not None and contact_ids:
            values = content.merge_tag_values(job.compiled.keys, contact_ids, now=now)
        examples = self._examples(dispatch)
        return [
            self._recipient(
                dispatch,
                message,
                {**values.get(message.contact_id, {}), **examples, **(message.allocated_values or {})},
            )
            for message in messages
        ]

    def _examples(self, dispatch: Dispatch) -> dict[str, object]:
        """Return what a test shows instead of values that are allocated only for real messages."""
        if dispatch.source != DispatchSource.TEST:
            return {}
        return {key: str(each.tag.example) for key, each in content_registry.allocated_tags().items()}

    def _recipient(self, dispatch: Dispatch, message: LoadedMessage, values: dict[str, object]) -> Recipient:
        opt_out_url = compliance.unsubscribe_url(
            workspace_id=self._workspace.pk,
            contact_id=message.contact_id,
            message_id=message.id,
            channel=dispatch.channel,
        )
        return Recipient(
            id=message.id,
            contact_id=message.contact_id,
            address=message.address,
            language=message.language,
            attempt=message.attempt,
            tries=message.tries,
            values=values,
            opt_out_url=opt_out_url,
            one_click_url=compliance.one_click_url(opt_out_url),
        )

    def _build_job(self, dispatch: Dispatch, now: datetime) -> RenderJob:
        compiled = None
        if not dispatch.prepared_content:
            compiled = content.compiled_content(
                content.get_content(dispatch.content_id),
                workspace=self._workspace,
                message_class=dispatch.message_class,
                reminders=dispatch.permission_reminders,
            )
        channel = channels_registry.channel(dispatch.channel)
        return RenderJob(
            key=dispatch.pk,
            workspace_id=self._workspace.pk,
            compiled=compiled,
            prepared_content=dispatch.prepared_content,
            tracker=self._tracker(dispatch, channel),
            link_tags=dispatch.link_tags,
            renderer=channel.renderer(
                RenderSettings(
                    sender_name=dispatch.sender_name,
                    sender_address=dispatch.sender_address,
                    reply_to=dispatch.reply_to,
                    at=now,
                    bulk=dispatch.message_class == MessageClass.MARKETING,
                    include_parts=self._include_parts or not _delivers(dispatch),
                )
            ),
        )

    def _tracker(self, dispatch: Dispatch, channel: MessageChannel) -> Tracker | None:
        opens = dispatch.track_opens and channel.tracks_opens
        clicks = dispatch.track_clicks and channel.tracks_links
        if not opens and not clicks:
            return None
        return tracker(self._workspace.pk, opens=opens, clicks=clicks)


def _delivers(dispatch: Dispatch) -> bool:
    connection = channels.get_connection(dispatch.connection_id)
    return channels_registry.adapter(connection.channel, connection.adapter).delivers
