"""The layout of emails written in the editor: one column of 600 px, brand on top, safe in Outlook and in dark mode."""

from __future__ import annotations

import re
from html import escape
from typing import Final

#: the accent of buttons, links and the line on top; white on it has a contrast of 5.6 : 1
ACCENT: Final = "#bb2a6b"
INK, MUTED, PAPER, CARD, LINE = "#2b2523", "#6d645f", "#f6f2ee", "#ffffff", "#e6ded8"
FONT: Final = "'Be Vietnam Pro','Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_CSS: Final = f"""
.q-body, .q-body td {{ font-family: {FONT}; font-size: 16px; line-height: 1.6; color: {INK}; }}
.q-body p {{ margin: 0 0 16px; }}
.q-body h1 {{ margin: 0 0 16px; font-size: 26px; line-height: 1.3; font-weight: 600; }}
.q-body h2 {{ margin: 24px 0 12px; font-size: 20px; line-height: 1.35; font-weight: 600; }}
.q-body h3 {{ margin: 20px 0 8px; font-size: 17px; line-height: 1.4; font-weight: 600; }}
.q-body ul, .q-body ol {{ margin: 0 0 16px; padding-left: 24px; }}
.q-body li {{ margin: 0 0 6px; }}
.q-body li p {{ margin: 0; }}
.q-body a {{ color: {ACCENT}; }}
.q-body img {{ max-width: 100%; height: auto; border: 0; display: inline-block; }}
.q-body hr {{ border: 0; border-top: 1px solid {LINE}; margin: 24px 0; }}
.q-body blockquote {{ margin: 0 0 16px; padding-left: 16px; border-left: 3px solid {LINE}; color: {MUTED}; }}
.q-body td.q-button {{ border-radius: 8px; background-color: {ACCENT}; }}
.q-body td.q-button a {{ display: inline-block; padding: 12px 24px; color: #ffffff; text-decoration: none;
  font-weight: 600; border-radius: 8px; border: 1px solid {ACCENT}; }}
"""
#: lets Outlook draw what conditional comments hold for it
_OFFICE: Final = ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
#: stays in the head: what cannot be inlined
_HEAD_CSS: Final = """
@media (max-width: 620px) { .q-pad { padding-left: 20px !important; padding-right: 20px !important; } }
@media (prefers-color-scheme: dark) {
  body, .q-page { background-color: #1b1716 !important; }
  .q-card { background-color: #26211f !important; border-color: #d9558a #3a3330 #3a3330 !important; }
  .q-body, .q-body td, .q-body h1, .q-body h2, .q-body h3, .q-brand { color: #f2ece8 !important; }
  .q-body a { color: #f19bbd !important; }
  .q-body td.q-button a { color: #ffffff !important; }
  .q-foot, .q-foot div, .q-foot a { color: #b9aea8 !important; border-color: #3a3330 !important; }
}
"""
_BUTTON: Final = re.compile(
    r'<div(?=[^<>]*\bclass="button")(?:[^<>]*?text-align:\s*(left|center|right))?[^>]*>\s*(<a\s.*?</a>)\s*</div>',
    re.DOTALL,
)


def wrap_in_card(content: str, *, brand: str) -> str:
    """Return what was written in the editor, inside the email's card."""
    content = _BUTTON.sub(_button, content)
    return (
        f'<table role="presentation" class="q-page" width="100%" cellpadding="0" cellspacing="0" border="0"'
        f' bgcolor="{PAPER}"><tr><td align="center" style="padding:24px 12px">'
        '<!--[if mso]><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0"><tr><td>'
        "<![endif]-->"
        f'<table role="presentation" class="q-card" width="100%" cellpadding="0" cellspacing="0" border="0"'
        f' bgcolor="{CARD}" style="max-width:600px;border:1px solid {LINE};border-top:4px solid {ACCENT};'
        'border-radius:12px">'
        f'<tr><td class="q-brand q-pad" style="padding:24px 36px 0;font-family:{FONT};font-size:15px;font-weight:600;'
        f'color:{INK}">{escape(brand)}</td></tr>'
        f'<tr><td class="q-body q-pad" style="padding:20px 36px 28px">{content}</td></tr></table>'
        "<!--[if mso]></td></tr></table><![endif]--></td></tr></table>"
    )


def page(
    content: str, *, css: str, body_attributes: str, head: str, language: str, title: str, own: bool
) -> str:
    """Return a complete HTML page. own: with our layout's styles.  head: added at the end of the head."""
    styles = f"{_CSS}{_HEAD_CSS}" if own else css
    attributes = (
        f' bgcolor="{PAPER}" style="margin:0;padding:0;background-color:{PAPER}"' if own else body_attributes
    )
    return (
        f'<!DOCTYPE html><html lang="{escape(language)}"{_OFFICE}><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(title)}</title><style>{styles}</style>{head}</head><body{attributes}>{content}</body></html>"
    )


def preheader(source: str) -> str:
    """Return the text shown next to the subject in an inbox and nowhere else."""
    if not source:
        return ""
    # The blank characters keep the first words of the body out of the inbox line.
    blanks = "&#847;&zwnj;&nbsp;" * 40
    return (
        '<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all;font-size:1px;'
        f'line-height:1px;color:transparent">{source}{blanks}</div>'
    )


def _button(found: re.Match[str]) -> str:
    align = found[1] or "left"
    return (
        f'<table role="presentation" align="{align}" cellpadding="0" cellspacing="0" border="0"'
        f' style="margin:{"8px auto 24px" if align == "center" else "8px 0 24px"}"><tr>'
        f'<td class="q-button" align="center" bgcolor="{ACCENT}">{found[2]}</td></tr></table>'
        '<div style="clear:both;line-height:0;font-size:0">&nbsp;</div>'
    )
