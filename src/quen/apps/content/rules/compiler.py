"""Compiles an author's text into an email that can be rendered for many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

import css_inline

from quen.apps.channels.types import ContentPart, ContentSpec
from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules import footer, layout, limits, liquid, markup, words
from quen.apps.content.rules.compiled import OPT_OUT_KEYS, CompiledContent, CompiledVersion
from quen.apps.content.types import BodyFormat, MergeTag, VersionText

FOOTER_KEY: Final = "footer"
_FOOTER: Final = re.compile(r"\{\{-?\s*footer\s*-?\}\}")
#: a form of address and the name after it, on one line
_ADDRESS: Final = re.compile(
    r"(\{\{\s*(?:salutation|xung_ho)\b[^{}]*\}\})((?:[ \t\xa0]|&nbsp;)+)(\{\{\s*call_name\b[^{}]*\}\})"
)
#: template tags at the start of a URL attribute
_URL_ATTRIBUTE: Final = re.compile(r'(\b(?:href|src|background)=")((?:\{\{[^{}]+\}\}|\{%[^{}]+%\})+)')
_PRINTED: Final = re.compile(r"\{\{([^{}]+)\}\}")
_BODY_START: Final = re.compile(r"(<body[^>]*>)")
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


@dataclass(frozen=True, slots=True)
class Draft:
    """One language of a compile job. fallbacks: of merge tags, by key."""

    language: str
    subject: str
    preview: str
    format: str
    body: str
    footer: footer.Footer | None
    fallbacks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CompileJob:
    """Everything that compiling needs, as plain values: it can run in a process that knows no Django."""

    default_language: str
    drafts: tuple[Draft, ...]
    label: str
    label_in_subject: bool
    brand: str
    zone: str
    shared: Mapping[str, object]


def compile_job(
    versions: Iterable[VersionText],
    *,
    default_language: str,
    spec: ContentSpec,
    frame: ContentFrame,
    tags: Sequence[MergeTag],
) -> CompileJob:
    """Return the job that compiles versions of a content. spec: of its channel."""
    return CompileJob(
        default_language=default_language,
        drafts=tuple(_draft(version, spec, frame, tags) for version in versions),
        label=frame.label,
        label_in_subject=spec.label_part == ContentPart.SUBJECT,
        brand=frame.brand,
        zone=frame.zone,
        shared=frame.shared,
    )


def _draft(version: VersionText, spec: ContentSpec, frame: ContentFrame, tags: Sequence[MergeTag]) -> Draft:
    language = version.language
    parts = footer.FooterParts(frame.sender, frame.reminders.get(language, ""), frame.marketing, language)
    return Draft(
        language=language,
        subject=version.subject,
        preview=version.preview,
        format=str(version.format),
        body=version.body,
        footer=footer.footer(parts) if spec.footer else None,
        fallbacks={tag.key: tag.fallback[language] for tag in tags if language in tag.fallback},
    )


def compile_content(job: CompileJob) -> CompiledContent:
    """Sanitize, lay out and inline each version once. Pure. Raises TemplateBroken or the limit that is exceeded."""
    compiled = {draft.language: _compile(draft, job) for draft in job.drafts}
    keys = {
        key
        for version in compiled.values()
        for source in (version.subject, version.preview, version.html, version.text)
        for key in liquid.merge_keys(source)
    }
    return CompiledContent(
        default_language=job.default_language,
        versions=compiled,
        keys=frozenset(keys - set(OPT_OUT_KEYS)),
        zone=job.zone,
        shared={key: value for key, value in job.shared.items() if key in keys},
    )


def ensure_valid(*, subject: str, preview: str, format: str, body: str) -> None:
    """Raise TemplateBroken, or the limit that is exceeded, if the text of a version could not be compiled."""
    html = format != BodyFormat.TEXT
    liquid.ensure_valid(subject, field="subject")
    liquid.ensure_valid(preview, field="preview")
    _ensure_valid_body(body, html=html)


def _ensure_valid_body(body: str, *, html: bool) -> None:
    limits.ensure_short(body)
    liquid.ensure_valid(body, field="body", html=html)
    if html:
        limits.ensure_simple(body)


def _compile(draft: Draft, job: CompileJob) -> CompiledVersion:
    is_text = draft.format == BodyFormat.TEXT
    for part, text in (("subject", draft.subject), ("preview", draft.preview)):
        liquid.ensure_few_tags(text, field=part)
    _ensure_valid_body(draft.body, html=not is_text)
    html, text, lost = ("", draft.body, ()) if is_text else _from_html(draft, job)
    subject = draft.subject
    if draft.footer is not None:
        text = _with_footer(text, draft.footer.text, before="")
        html = _with_footer(html, draft.footer.html, before="</body>") if html else ""
    if job.label_in_subject:
        subject = with_label(subject, job.label)
    else:
        text = with_label(text, job.label)
    return CompiledVersion(
        subject=_with_fallbacks(subject, draft.fallbacks),
        preview=_with_fallbacks(draft.preview, draft.fallbacks),
        html=_with_fallbacks(html, draft.fallbacks),
        text=_with_fallbacks(text, draft.fallbacks),
        lost_words=lost,
    )


def _from_html(draft: Draft, job: CompileJob) -> tuple[str, str, tuple[str, ...]]:
    """Return HTML and plain text of a body, and the visible words that neither nor one of them has."""
    placeholders = markup.TagPlaceholders(draft.body)
    body = markup.sanitize(placeholders)
    # The parser has closed what an author left open, so the levels are exact now.
    limits.ensure_simple(body.content)
    _ensure_blocks_kept(placeholders, body.content + body.head, draft.body)
    text = placeholders.restore(markup.to_plain_text(body.content), kinds={markup.PieceKind.TAG})
    html = _html(draft, job, placeholders, body)
    return html, text, words.lost_words(draft.body, html)


def with_label(text: str, label: str) -> str:
    """Return a text with the advertising label first, exactly once (Decree 91/2020 Art. 18)."""
    if not label:
        return text
    rest = text.strip()
    while rest[: len(label)].casefold() == label.casefold():
        rest = rest[len(label) :].strip()
    return f"{label} {rest}".strip()


def _html(
    draft: Draft, job: CompileJob, placeholders: markup.TagPlaceholders, body: markup.SanitizedBody
) -> str:
    own = draft.format == BodyFormat.RICH
    html = layout.page(
        layout.wrap_in_card(body.content, brand=job.brand) if own else body.content,
        css=body.css,
        body_attributes=body.attributes,
        head=body.head,
        language=draft.language,
        title=job.brand,
        own=own,
    )
    preview = markup.TagPlaceholders(draft.preview)
    preheader = layout.preheader(preview.restore(escape(preview.text)))
    # Before the author's comments are back, which may have a body of their own.
    before, start, after = _BODY_START.split(_INLINER.inline(html), maxsplit=1)
    inlined = f"{placeholders.restore(before + start)}{preheader}{placeholders.restore(after)}"
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
        raise liquid.misplaced(lost.text, line=source.count("\n", 0, lost.position) + 1)


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

    return liquid.TAG.sub(with_fallback, _with_one_address(source, fallbacks))


def _with_one_address(source: str, fallbacks: Mapping[str, str]) -> str:
    """Let a form of address and the name after it be known or unknown together, so that nobody is “Quý khách bạn”.

    {{ xung_ho }} {{ call_name }} → {{ addressee }}; with a fallback of the author's own, an unknown name is left out.
    """

    def joined(pair: re.Match[str]) -> str:
        first, second = liquid.parse_slot(pair[1]), liquid.parse_slot(pair[3])
        if first is None or second is None or first.web or second.web:
            return pair[0]
        usual = fallbacks.get("addressee", "")
        if first.fallback and first.fallback != usual:
            name = f"{{{{ {second.key} }}}}"
            return f'{pair[1]}{{% if {second.key} != "" %}}{pair[2]}{name}{{% endif %}}'
        return f'{{{{ addressee | default: "{usual}" }}}}'

    return _ADDRESS.sub(joined, source)
