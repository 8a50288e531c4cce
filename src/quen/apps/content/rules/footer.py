"""The end of a mail: why the reader gets it, who sends it, how to refuse.

Decree 91/2020/NĐ-CP: Art. 19 asks for the sender's name, phone, email, postal address and website directly before the
opt-out; Art. 20 asks for the opt-out at the end, by link, by email and by phone, saying that all advertising of the
sender may be refused. ACC-14 asks for the reminder.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules.layout import FONT, LINE, MUTED

_OPT_OUT: Final = "{{ unsubscribe_url }}"
_BARE: Final = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
_DIV: Final = "margin:0 0 8px;padding:0"


@dataclass(frozen=True, slots=True)
class Foot:
    """What a footer says, in which language."""

    sender: SenderBlock
    reminder: str
    marketing: bool
    language: str


def in_html(foot: Foot) -> str:
    """Give the footer as HTML with every style written into its tags: an author's CSS does not hide it."""
    with translation.override(foot.language):
        parts = [_html(foot.reminder)] if foot.reminder and foot.marketing else []
        parts.append("<br>".join(_sender_lines(foot.sender, html=True)))
        parts.append(_refusal(foot.sender, html=True) if foot.marketing else _preferences(html=True))
    lines = "".join(f'<div style="{_DIV}">{part}</div>' for part in parts if part)
    return (
        f'<table {_BARE}><tr><td align="center" style="padding:0 12px 32px"><table {_BARE}'
        f' style="max-width:600px"><tr><td class="q-foot q-pad" style="padding:16px 36px 0;font-family:{FONT};'
        f'font-size:13px;line-height:1.55;color:{MUTED};text-align:left;border-top:1px solid {LINE}">{lines}'
        "</td></tr></table></td></tr></table>"
    )


def in_text(foot: Foot) -> str:
    """Give the footer as plain text."""
    with translation.override(foot.language):
        parts = [_text(foot.reminder)] if foot.reminder and foot.marketing else []
        parts.append("\n".join(_sender_lines(foot.sender, html=False)))
        parts.append(_refusal(foot.sender, html=False) if foot.marketing else _preferences(html=False))
    return "\n\n".join(["--", *(part for part in parts if part)])


def _sender_lines(sender: SenderBlock, *, html: bool) -> list[str]:
    said = _html if html else _text
    called = [
        (_("Phone: %(value)s"), sender.phone),
        (_("Email: %(value)s"), sender.email),
        (_("Address: %(value)s"), sender.address),
        (_("Website: %(value)s"), sender.website),
    ]
    name = f"<strong>{said(sender.name)}</strong>" if html else said(sender.name)
    return [name, *(sentence % {"value": said(value)} for sentence, value in called if value)]


def _refusal(sender: SenderBlock, *, html: bool) -> str:
    said = _html if html else _text
    words = {
        "name": said(sender.name),
        "link": _link(_("refuse by this link")) if html else _OPT_OUT,
        "email": said(sender.email),
        "phone": said(sender.phone),
    }
    if html:
        return (
            _(
                "You may refuse all advertising of %(name)s at any time, for all products and services: %(link)s, write"
                " to %(email)s, or call %(phone)s."
            )
            % words
        )
    return (
        _(
            "You may refuse all advertising of %(name)s at any time, for all products and services. By link: %(link)s"
            " · By email: %(email)s · By phone: %(phone)s"
        )
        % words
    )


def _preferences(*, html: bool) -> str:
    if html:
        return _link(_("Choose what you want to hear from us"))
    return f"{_('Choose what you want to hear from us')}: {_OPT_OUT}"


def _link(words: str) -> str:
    return f'<a href="{_OPT_OUT}" style="color:{MUTED};text-decoration:underline">{escape(words)}</a>'


def _html(words: str) -> str:
    return escape(_text(words)).replace("\n", "<br>")


def _text(words: str) -> str:
    """Keep a shop's name from being read as a tag."""
    return words.replace("{{", "{ {").replace("{%", "{ %")
