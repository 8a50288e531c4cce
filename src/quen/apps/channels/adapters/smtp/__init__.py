"""Email by SMTP: the shop's own server or a provider's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry
from quen.apps.channels.adapters.smtp.connection import SmtpServer, Timeouts
from quen.apps.channels.adapters.smtp.form import SmtpForm
from quen.apps.channels.adapters.smtp.probes import probe
from quen.apps.channels.adapters.smtp.session import SmtpSession
from quen.apps.channels.rules.remote import PacedRemoteSession
from quen.apps.channels.types import Pacer

#: without a pacer somebody waits for the page that sends a test, and others for its thread
_TIMEOUTS_OF_A_PAGE = Timeouts(connect=10.0, reply=20.0, final_reply=60.0)


def _open(
    settings: Mapping[str, Any], secret: str, *, parallel: int, pacer: Pacer | None = None
) -> SmtpSession:
    server = SmtpServer.from_settings(settings, secret)
    if pacer is None:
        server = replace(server, timeouts=_TIMEOUTS_OF_A_PAGE)
    return SmtpSession(server, parallel=parallel, pacer=pacer)


def _remote(settings: Mapping[str, Any], secret: str, *, parallel: int) -> PacedRemoteSession:
    server = SmtpServer.from_settings(settings, secret)
    return PacedRemoteSession(partial(_open_remotely, server, parallel))


def _open_remotely(server: SmtpServer, parallel: int, pacer: Pacer) -> SmtpSession:
    return SmtpSession(server, parallel=parallel, pacer=pacer)


def _describe(settings: Mapping[str, Any]) -> str:
    return f"{settings.get('host', '')}:{settings.get('port', '')}"


ADAPTERS = (
    registry.Adapter(
        key="smtp",
        channel="email",
        label=_("SMTP server"),
        form=SmtpForm,
        open=_open,
        remote=_remote,
        probe=probe,
        describe=_describe,
        template="channels/smtp/settings.html",
    ),
)
