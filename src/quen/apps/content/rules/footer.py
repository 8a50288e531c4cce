"""The end of an email: why the recipient gets it, who sends it, how to opt out.

Decree 91/2020/NĐ-CP: Art. 19 requires the sender's name, phone, email, postal address and website directly before the
opt-out; Art. 20 requires the opt-out at the end, by link, by email and by phone, stating that all advertising of the
sender may be refused. ACC-14 requires the permission reminder.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules.layout import FONT, LINE, MUTED

_OPT_OUT_TAG: Final = "{{ unsubscribe_url }}"
_TABLE_ATTRIBUTES: Final = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
_LINE_STYLE: Final = "margin:0 0 8px;padding:0"


@dataclass(frozen=True, slots=True)
class FooterParts:
    """The content of a footer and its language."""

    sender: SenderBlock
    reminder: str
    marketing: bool
    language: str


@dataclass(frozen=True, slots=True)
class Footer:
    """A footer as source: HTML and plain text."""

    html: str
    text: str


def footer(parts: FooterParts) -> Footer:
    """Return the footer in its language."""
    return Footer(html_footer(parts), text_footer(parts))


def html_footer(footer: FooterParts) -> str:
    """Return the footer as HTML with inline styles only, so that an author's CSS cannot hide it."""
    with translation.override(footer.language):
        parts = [_escaped_html(footer.reminder)] if footer.reminder and footer.marketing else []
        parts.append("<br>".join(_sender_lines(footer.sender, html=True)))
        parts.append(_opt_out(footer.sender, html=True) if footer.marketing else _preferences(html=True))
    lines = "".join(f'<div style="{_LINE_STYLE}">{part}</div>' for part in parts if part)
    return (
        f'<table {_TABLE_ATTRIBUTES}><tr><td align="center" style="padding:0 12px 32px"><table {_TABLE_ATTRIBUTES}'
        f' style="max-width:600px"><tr><td class="q-foot q-pad" style="padding:16px 36px 0;font-family:{FONT};'
        f'font-size:13px;line-height:1.55;color:{MUTED};text-align:left;border-top:1px solid {LINE}">{lines}'
        "</td></tr></table></td></tr></table>"
    )


def text_footer(footer: FooterParts) -> str:
    """Return the footer as plain text."""
    with translation.override(footer.language):
        parts = [_escaped_tags(footer.reminder)] if footer.reminder and footer.marketing else []
        parts.append("\n".join(_sender_lines(footer.sender, html=False)))
        parts.append(_opt_out(footer.sender, html=False) if footer.marketing else _preferences(html=False))
    return "\n\n".join(["--", *(part for part in parts if part)])


def _sender_lines(sender: SenderBlock, *, html: bool) -> list[str]:
    escaped = _escaped_html if html else _escaped_tags
    labelled = [
        (_("Phone: %(value)s"), sender.phone),
        (_("Email: %(value)s"), sender.email),
        (_("Address: %(value)s"), sender.address),
        (_("Website: %(value)s"), sender.website),
    ]
    name = f"<strong>{escaped(sender.name)}</strong>" if html else escaped(sender.name)
    return [name, *(sentence % {"value": escaped(value)} for sentence, value in labelled if value)]


def _opt_out(sender: SenderBlock, *, html: bool) -> str:
    escaped = _escaped_html if html else _escaped_tags
    params = {
        "name": escaped(sender.name),
        "link": _link(_("opt out with this link")) if html else _OPT_OUT_TAG,
        "email": escaped(sender.email),
        "phone": escaped(sender.phone),
    }
    if html:
        return (
            _(
                "You may refuse all advertising of %(name)s at any time, for all products and services: %(link)s, write"
                " to %(email)s, or call %(phone)s."
            )
            % params
        )
    return (
        _(
            "You may refuse all advertising of %(name)s at any time, for all products and services. By link: %(link)s"
            " · By email: %(email)s · By phone: %(phone)s"
        )
        % params
    )


def _preferences(*, html: bool) -> str:
    if html:
        return _link(_("Manage what you receive from us"))
    return f"{_('Manage what you receive from us')}: {_OPT_OUT_TAG}"


def _link(text: str) -> str:
    return f'<a href="{_OPT_OUT_TAG}" style="color:{MUTED};text-decoration:underline">{escape(text)}</a>'


def _escaped_html(text: str) -> str:
    return escape(_escaped_tags(text)).replace("\n", "<br>")


def _escaped_tags(text: str) -> str:
    """Return text in which nothing is parsed as a template tag, such as a shop's name."""
    return text.replace("{{", "{ {").replace("{%", "{ %")
