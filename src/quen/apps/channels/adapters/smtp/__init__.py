"""Email by SMTP: the shop's own server or a provider's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry
from quen.apps.channels.adapters.smtp.connection import SmtpServer
from quen.apps.channels.adapters.smtp.form import SmtpForm
from quen.apps.channels.adapters.smtp.probes import probe
from quen.apps.channels.adapters.smtp.session import SmtpSession
from quen.apps.channels.types import Pacer


def _open(
    settings: Mapping[str, Any], secret: str, *, parallel: int, pacer: Pacer | None = None
) -> SmtpSession:
    return SmtpSession(SmtpServer.from_settings(settings, secret), parallel=parallel, pacer=pacer)


def _describe(settings: Mapping[str, Any]) -> str:
    return f"{settings.get('host', '')}:{settings.get('port', '')}"


ADAPTERS = (
    registry.Adapter(
        key="smtp",
        channel="email",
        label=_("SMTP server"),
        form=SmtpForm,
        open=_open,
        probe=probe,
        describe=_describe,
        template="channels/smtp/settings.html",
    ),
)
