"""Mail by SMTP: a server of one's own or a provider's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry
from quen.apps.channels.plugs.smtp.form import SmtpForm
from quen.apps.channels.plugs.smtp.probing import probe
from quen.apps.channels.plugs.smtp.session import SmtpSession
from quen.apps.channels.plugs.smtp.wire import Server


def _open(settings: Mapping[str, Any], secret: str, *, parallel: int) -> SmtpSession:
    return SmtpSession(Server.of(settings, secret), parallel=parallel)


def _describe(settings: Mapping[str, Any]) -> str:
    return f"{settings.get('host', '')}:{settings.get('port', '')}"


def register() -> None:
    """Plug it in."""
    registry.plug_adapter(
        registry.Adapter(
            key="smtp",
            kind="email",
            label=_("SMTP server"),
            form=SmtpForm,
            open=_open,
            probe=probe,
            describe=_describe,
        )
    )
