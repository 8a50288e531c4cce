"""From an author's words to a mail that is rendered for many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

import css_inline

from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules import footer, layout, liquid, markup
from quen.apps.content.rules.compiled import OPT_OUT_KEYS, Compiled, CompiledVersion
from quen.apps.content.types import BodyFormat, MergeTag, TemplateBroken

if TYPE_CHECKING:
    from quen.apps.content.models import ContentVersion

FOOTER_KEY: Final = "footer"
_FOOTER: Final = re.compile(r"\{\{-?\s*footer\s*-?\}\}")
#: tags of the language at the beginning of an address
_ADDRESS: Final = re.compile(r'(\b(?:href|src|background)=")((?:\{\{[^{}]+\}\}|\{%[^{}]+%\})+)')
_PRINTED: Final = re.compile(r"\{\{([^{}]+)\}\}")
_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the shop puts around the words of a mail."""

    marketing: bool
    label: str
    brand: str
    sender: SenderBlock
    #: by language
    reminders: Mapping[str, str]
    zone: str
    shared: Mapping[str, object] = field(default_factory=dict)


def compile_mail(
    versions: Iterable[ContentVersion], *, default_language: str, frame: Frame, tags: Sequence[MergeTag]
) -> Compiled:
    """Clean, lay out and inline each version once. Raises TemplateBroken."""
    made = {version.language: _compile(version, frame, tags) for version in versions}
    keys = {
        key
        for version in made.values()
        for source in (version.subject, version.preview, version.html, version.text)
        for key in liquid.keys_of(source)
    }
    return Compiled(
        default_language=default_language,
        versions=made,
        keys=frozenset(keys - set(OPT_OUT_KEYS)),
        zone=frame.zone,
        shared={key: value for key, value in frame.shared.items() if key in keys},
    )


def _compile(version: ContentVersion, frame: Frame, tags: Sequence[MergeTag]) -> CompiledVersion:
    language = version.language
    fallbacks = {tag.key: tag.fallback[language] for tag in tags if language in tag.fallback}
    is_text = version.format == BodyFormat.TEXT
    liquid.ensure_readable(version.body, field="body", html=not is_text)
    foot = footer.Foot(frame.sender, frame.reminders.get(language, ""), frame.marketing, language)
    aside = markup.Aside(version.body)
    content, css, body_attributes = ("", "", "") if is_text else markup.clean(aside.text)
    if not is_text:
        _ensure_whole(aside, content, version.body)
    text = version.body if is_text else aside.back(markup.plain(content))
    html = "" if is_text else _html(version, frame, aside, content, css, body_attributes)
    if html:
        html = _with_footer(html, footer.in_html(foot), before="</body>")
    return CompiledVersion(
        subject=_with_fallbacks(labelled(version.subject, frame.label), fallbacks),
        preview=_with_fallbacks(version.preview, fallbacks),
        html=_with_fallbacks(html, fallbacks),
        text=_with_fallbacks(_with_footer(text, footer.in_text(foot), before=""), fallbacks),
    )


def labelled(subject: str, label: str) -> str:
    """Put the label of advertising first, once, however the author wrote it (Decree 91/2020 Art. 18)."""
    if not label:
        return subject
    rest = subject.strip()
    while rest[: len(label)].casefold() == label.casefold():
        rest = rest[len(label) :].strip()
    return f"{label} {rest}".strip()


def _html(
    version: ContentVersion, frame: Frame, aside: markup.Aside, content: str, css: str, body_attributes: str
) -> str:
    own = version.format == BodyFormat.RICH
    if own:
        content = layout.wrapped(content, brand=frame.brand)
    whole = layout.page(
        content,
        css=css,
        body_attributes=body_attributes,
        language=version.language,
        title=frame.brand,
        own=own,
    )
    inlined = aside.back(_INLINER.inline(whole))
    preview = markup.Aside(version.preview)
    hidden = layout.preheader(preview.back(escape(preview.text)))
    inlined = re.sub(r"<body[^>]*>", lambda body: body[0] + hidden, inlined, count=1)
    # A value that begins an address must not choose a scheme of its own, such as javascript.
    return _ADDRESS.sub(_guarded, inlined)


def _guarded(found: re.Match[str]) -> str:
    """Mark ``{{ key }}`` at the beginning of an address: ``{{ key | web }}`` prints web addresses only."""
    return found[1] + _PRINTED.sub(
        lambda tag: tag[0] if tag[1].strip() in OPT_OUT_KEYS else f"{{{{{tag[1]}| web }}}}", found[2]
    )


def _ensure_whole(aside: markup.Aside, content: str, source: str) -> None:
    """Refuse a block tag where HTML can't hold it, such as between a tag's attributes."""
    lost = aside.lost_block(content)
    if lost is not None:
        place = [found.start() for found in liquid.TAG.finditer(source)][lost]
        raise TemplateBroken(
            line=source.count("\n", 0, place) + 1,
            problem=str(liquid.MISPLACED) % {"tag": aside.tags[lost]},
        )


def _with_footer(source: str, foot: str, *, before: str) -> str:
    """Put the footer where the author asks for it and every reader gets it, else at the end."""
    place = next(
        (found for found in _FOOTER.finditer(source) if markup.stands_free(source, found.start())), None
    )
    if place is not None:
        head, tail = source[: place.start()], source[place.end() :]
        return f"{_FOOTER.sub('', head)}{foot}{_FOOTER.sub('', tail)}"
    source = _FOOTER.sub("", source)
    if before and before in source:
        head, _end, tail = source.rpartition(before)
        return f"{head}{foot}{before}{tail}"
    return f"{source.rstrip()}\n\n{foot}\n"


def _with_fallbacks(source: str, fallbacks: Mapping[str, str]) -> str:
    """Write the shop-wide fallback of a tag where the author gave none: {{ salutation }} → Quý khách."""

    def filled(tag: re.Match[str]) -> str:
        slot = liquid.is_slot(tag[0])
        if slot is None or slot.fallback or slot.web or slot.key not in fallbacks:
            return tag[0]
        return f'{{{{ {slot.key} | default: "{fallbacks[slot.key]}" }}}}'

    return liquid.TAG.sub(filled, source)
