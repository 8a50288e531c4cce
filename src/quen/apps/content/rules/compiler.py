"""Compiles an author's text into an email that can be rendered for many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

import css_inline

from quen.apps.channels.types import ContentPart, ContentSpec
from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules import footer, layout, liquid, markup
from quen.apps.content.rules.compiled import OPT_OUT_KEYS, CompiledContent, CompiledVersion
from quen.apps.content.types import BodyFormat, MergeTag, TemplateBroken

if TYPE_CHECKING:
    from quen.apps.content.models import ContentVersion

FOOTER_KEY: Final = "footer"
_FOOTER: Final = re.compile(r"\{\{-?\s*footer\s*-?\}\}")
#: template tags at the start of a URL attribute
_URL_ATTRIBUTE: Final = re.compile(r'(\b(?:href|src|background)=")((?:\{\{[^{}]+\}\}|\{%[^{}]+%\})+)')
_PRINTED: Final = re.compile(r"\{\{([^{}]+)\}\}")
_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class ContentFrame:
    """What the shop adds around the text of an email."""

    marketing: bool
    label: str
    brand: str
    sender: SenderBlock
    #: by language
    reminders: Mapping[str, str]
    zone: str
    shared: Mapping[str, object] = field(default_factory=dict)


def compile_content(
    versions: Iterable[ContentVersion],
    *,
    default_language: str,
    spec: ContentSpec,
    frame: ContentFrame,
    tags: Sequence[MergeTag],
) -> CompiledContent:
    """Sanitize, lay out and inline each version once. spec: of the content's channel. Raises TemplateBroken."""
    compiled = {version.language: _compile(version, spec, frame, tags) for version in versions}
    keys = {
        key
        for version in compiled.values()
        for source in (version.subject, version.preview, version.html, version.text)
        for key in liquid.merge_keys(source)
    }
    return CompiledContent(
        default_language=default_language,
        versions=compiled,
        keys=frozenset(keys - set(OPT_OUT_KEYS)),
        zone=frame.zone,
        shared={key: value for key, value in frame.shared.items() if key in keys},
    )


def _compile(
    version: ContentVersion, spec: ContentSpec, frame: ContentFrame, tags: Sequence[MergeTag]
) -> CompiledVersion:
    language = version.language
    fallbacks = {tag.key: tag.fallback[language] for tag in tags if language in tag.fallback}
    is_text = version.format == BodyFormat.TEXT
    liquid.ensure_valid(version.body, field="body", html=not is_text)
    footer_parts = footer.FooterParts(
        frame.sender, frame.reminders.get(language, ""), frame.marketing, language
    )
    placeholders = markup.TagPlaceholders(version.body)
    content, css, body_attributes = ("", "", "") if is_text else markup.sanitize(placeholders.text)
    if not is_text:
        _ensure_blocks_kept(placeholders, content, version.body)
    text = version.body if is_text else placeholders.restore(markup.to_plain_text(content))
    html = "" if is_text else _html(version, frame, placeholders, content, css, body_attributes)
    subject = version.subject
    if spec.footer:
        text = _with_footer(text, footer.text_footer(footer_parts), before="")
        html = _with_footer(html, footer.html_footer(footer_parts), before="</body>") if html else ""
    if spec.label_part == ContentPart.SUBJECT:
        subject = with_label(subject, frame.label)
    else:
        text = with_label(text, frame.label)
    return CompiledVersion(
        subject=_with_fallbacks(subject, fallbacks),
        preview=_with_fallbacks(version.preview, fallbacks),
        html=_with_fallbacks(html, fallbacks),
        text=_with_fallbacks(text, fallbacks),
    )


def with_label(text: str, label: str) -> str:
    """Return a text with the advertising label first, exactly once (Decree 91/2020 Art. 18)."""
    if not label:
        return text
    rest = text.strip()
    while rest[: len(label)].casefold() == label.casefold():
        rest = rest[len(label) :].strip()
    return f"{label} {rest}".strip()


def _html(
    version: ContentVersion,
    frame: ContentFrame,
    placeholders: markup.TagPlaceholders,
    content: str,
    css: str,
    body_attributes: str,
) -> str:
    own = version.format == BodyFormat.RICH
    if own:
        content = layout.wrap_in_card(content, brand=frame.brand)
    html = layout.page(
        content,
        css=css,
        body_attributes=body_attributes,
        language=version.language,
        title=frame.brand,
        own=own,
    )
    inlined = placeholders.restore(_INLINER.inline(html))
    preview = markup.TagPlaceholders(version.preview)
    preheader = layout.preheader(preview.restore(escape(preview.text)))
    inlined = re.sub(r"<body[^>]*>", lambda body: body[0] + preheader, inlined, count=1)
    # A value at the start of a URL must not choose its own scheme, such as javascript.
    return _URL_ATTRIBUTE.sub(_with_web_filter, inlined)


def _with_web_filter(found: re.Match[str]) -> str:
    """Replace ``{{ key }}`` at the start of a URL by ``{{ key | web }}``, which prints web addresses only."""
    return found[1] + _PRINTED.sub(
        lambda tag: tag[0] if tag[1].strip() in OPT_OUT_KEYS else f"{{{{{tag[1]}| web }}}}", found[2]
    )


def _ensure_blocks_kept(placeholders: markup.TagPlaceholders, content: str, source: str) -> None:
    """Raise TemplateBroken for a block tag in a place where HTML cannot hold it, such as between attributes."""
    lost = placeholders.first_lost_block(content)
    if lost is not None:
        position = [tag.start() for tag in liquid.TAG.finditer(source)][lost]
        raise TemplateBroken(
            line=source.count("\n", 0, position) + 1,
            problem=str(liquid.MISPLACED) % {"tag": placeholders.tags[lost]},
        )


def _with_footer(source: str, footer_text: str, *, before: str) -> str:
    """Insert the footer where the author placed it, if every recipient gets it there, else at the end."""
    position = next(
        (tag for tag in _FOOTER.finditer(source) if markup.is_always_shown(source, tag.start())), None
    )
    if position is not None:
        head, tail = source[: position.start()], source[position.end() :]
        return f"{_FOOTER.sub('', head)}{footer_text}{_FOOTER.sub('', tail)}"
    source = _FOOTER.sub("", source)
    if before and before in source:
        head, _end, tail = source.rpartition(before)
        return f"{head}{footer_text}{before}{tail}"
    return f"{source.rstrip()}\n\n{footer_text}\n"


def _with_fallbacks(source: str, fallbacks: Mapping[str, str]) -> str:
    """Add a tag's default fallback where the author gave none: {{ salutation }} → Quý khách."""

    def with_fallback(tag: re.Match[str]) -> str:
        slot = liquid.parse_slot(tag[0])
        if slot is None or slot.fallback or slot.web or slot.key not in fallbacks:
            return tag[0]
        return f'{{{{ {slot.key} | default: "{fallbacks[slot.key]}" }}}}'

    return liquid.TAG.sub(with_fallback, source)
