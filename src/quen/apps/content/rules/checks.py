"""Checks of an email: what is wrong or unwise, each with the rule behind it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quen.apps.channels.types import ContentPart, ContentSpec
from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules import blanks, liquid, words
from quen.apps.content.rules.tags import shown_length
from quen.apps.content.types import BodyFormat, ContentIssue, MergeTag, RenderedMessage, VersionText
from quen.core.text import fold

MAX_SUBJECT_CHARS, CLIPPED_KB = 60, 100
#: phrases that spam filters look for, without diacritics; a warning at most
SPAM_WORDS: Final = (
    "100% mien phi", "mien phi hoan toan", "kiem tien", "lam giau", "trung thuong", "click ngay", "bam ngay keo lo",
    "cam ket 100%", "khong mat phi", "vay tien", "giam gia soc", "re nhat", "so luong co han", "nhan tien",
    "free money", "act now", "click here", "risk free", "winner", "cash bonus", "guaranteed", "urgent", "make money",
    "no obligation", "lowest price", "$$$", "!!!",
)  # fmt: skip
_SENDER_FIELDS = {
    "name": _("name"),
    "phone": _("phone"),
    "email": _("email"),
    "address": _("postal address"),
    "website": _("website"),
}
_ART_19 = _("Decree 91/2020/NĐ-CP, Art. 19")
_ART_20 = _("Decree 91/2020/NĐ-CP, Art. 20")
_DELIVERABILITY = _("Deliverability")
_ACCESSIBILITY = _("Accessibility")
_LANGUAGES = {"vi": _("Vietnamese"), "en": _("English")}


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check knows in addition to the text. blanks: those of the starting designs."""

    spec: ContentSpec
    marketing: bool
    sender: SenderBlock
    #: by language
    reminders: Mapping[str, str]
    #: languages that contacts may have
    languages: Collection[str]
    blanks: Collection[str] = ()


def issues(
    versions: Sequence[VersionText],
    *,
    context: CheckContext,
    tags: Sequence[MergeTag],
    rendered: Mapping[str, RenderedMessage],
    lost_words: Mapping[str, Sequence[str]],
) -> list[ContentIssue]:
    """Return all issues, blocking ones first.

    rendered: by language, with sample values.  lost_words: by language, words that preparing the email has lost.
    """
    found: list[ContentIssue] = []
    for version in versions:
        found += _text_issues(version, context.spec)
        found += _blank_issues(version, context.blanks)
        found += _lost_word_issues(version.language, lost_words.get(version.language, ()))
        found += _tag_issues(version, tags)
        if version.language in rendered:
            found += _markup_issues(version.language, rendered[version.language])
    if context.spec.footer:
        found += _legal_issues(versions, context)
    written = {version.language for version in versions}
    for language in context.languages:
        if language not in written:
            found.append(
                ContentIssue(
                    "language_missing",
                    _("There is no %(language)s version. Customers who read it get the default language."),
                    False,
                    _language_params(language),
                )
            )
    return sorted(found, key=lambda issue: not issue.blocking)


def _text_issues(version: VersionText, spec: ContentSpec) -> Iterator[ContentIssue]:
    language = _language_params(version.language)
    if ContentPart.SUBJECT not in spec.parts:
        pass
    elif not version.subject.strip():
        yield ContentIssue("subject_empty", _("The subject is empty (%(language)s)."), True, language)
    else:
        yield from _subject_issues(version)
    if not _has_body(version):
        yield ContentIssue("body_empty", _("There is no text yet (%(language)s)."), True, language)


def _blank_issues(version: VersionText, known: Collection[str]) -> Iterator[ContentIssue]:
    found = blanks.unfilled(version, known)
    if found:
        yield ContentIssue(
            "blanks_unfilled",
            ngettext_lazy(
                "%(count)d blank of the template is not filled in (%(language)s)",
                "%(count)d blanks of the template are not filled in (%(language)s)",
                len(found),
            ),
            True,
            {"count": len(found), **_language_params(version.language)},
            ", ".join(dict.fromkeys(found)),
        )


def _lost_word_issues(language: str, lost: Sequence[str]) -> Iterator[ContentIssue]:
    if lost:
        yield ContentIssue(
            "words_lost",
            _("Readers would not see parts of the HTML, such as “%(text)s” (%(language)s)."),
            True,
            {"text": " ".join(lost)[:80], **_language_params(language)},
            _("Some of its tags are not closed or not possible in an email."),
        )


def _subject_issues(version: VersionText) -> Iterator[ContentIssue]:
    subject = liquid.TAG.sub("", version.subject)
    if shown_length(version.subject) > MAX_SUBJECT_CHARS:
        yield ContentIssue(
            "subject_long",
            _("The subject has %(count)d characters. Phones show about %(max)d (%(language)s)."),
            False,
            {
                "count": shown_length(version.subject),
                "max": MAX_SUBJECT_CHARS,
                **_language_params(version.language),
            },
            _DELIVERABILITY,
        )
    letters = [char for char in subject if char.isalpha()]
    if len(letters) > 7 and all(char.isupper() for char in letters):
        yield ContentIssue(
            "subject_capitals",
            _("The subject is all caps, which spam filters and readers dislike (%(language)s)."),
            False,
            _language_params(version.language),
            _DELIVERABILITY,
        )
    plain = fold(f"{subject} {version.preview}")
    matches = [phrase for phrase in SPAM_WORDS if phrase in plain]
    if matches:
        yield ContentIssue(
            "spam_words",
            _("Spam filters look for phrases such as “%(text)s” (%(language)s)."),
            False,
            {"text": "”, “".join(matches[:3]), **_language_params(version.language)},
            _DELIVERABILITY,
        )


def _has_body(version: VersionText) -> bool:
    if version.format == BodyFormat.TEXT:
        return bool(version.body.strip())
    return bool(words.visible_text(version.body) or re.search(r"<img\b", version.body, re.IGNORECASE))


def _tag_issues(version: VersionText, tags: Sequence[MergeTag]) -> Iterator[ContentIssue]:
    known = {tag.key: tag for tag in tags}
    for text in (version.subject, version.preview, version.body):
        for key, line in liquid.merge_keys(text).items():
            if key not in known and key != "opt_out_url":
                yield ContentIssue(
                    "tag_unknown",
                    _("Unknown merge tag “%(tag)s” (line %(line)d, %(language)s)."),
                    True,
                    {"tag": key, "line": line, **_language_params(version.language)},
                )
    bare = {
        key
        for text in (version.subject, version.preview, version.body)
        for key in liquid.keys_without_fallback(text)
    }
    for key in sorted(bare & known.keys()):
        if not known[key].shared and version.language not in known[key].fallback:
            yield ContentIssue(
                "tag_without_fallback",
                _("“%(label)s” has no fallback: it is blank for customers without a value (%(language)s)."),
                False,
                {"tag": key, "label": known[key].label, **_language_params(version.language)},
            )


def _markup_issues(language: str, mail: RenderedMessage) -> Iterator[ContentIssue]:
    inspector = _MarkupInspector()
    inspector.feed(mail.html)
    if inspector.images_without_alt:
        yield ContentIssue(
            "image_without_alt",
            _("%(count)d images have no alternative text (%(language)s)."),
            False,
            {"count": inspector.images_without_alt, **_language_params(language)},
            _ACCESSIBILITY,
        )
    if inspector.empty_links:
        yield ContentIssue(
            "link_empty",
            _("%(count)d links have no address: “%(text)s” (%(language)s)."),
            True,
            {
                "count": len(inspector.empty_links),
                "text": inspector.empty_links[0][:60],
                **_language_params(language),
            },
        )
    kilobytes = len(mail.html.encode()) // 1024
    if kilobytes >= CLIPPED_KB:
        yield ContentIssue(
            "body_clipped",
            _(
                "The email is %(kilobytes)d KB. Gmail clips emails at 102 KB, including the footer (%(language)s)."
            ),
            False,
            {"kilobytes": kilobytes, **_language_params(language)},
            _DELIVERABILITY,
        )


def _legal_issues(versions: Sequence[VersionText], context: CheckContext) -> Iterator[ContentIssue]:
    for name in context.sender.missing:
        yield ContentIssue(
            "sender_incomplete",
            _("The sender's %(field)s is missing. Add it in Settings › Workspace."),
            True,
            {"field": _SENDER_FIELDS.get(name, name), "name": name},
            _ART_19,
        )
    if not context.marketing:
        return
    channels = {"email": context.sender.email, "phone": context.sender.phone}
    for channel, value in channels.items():
        if not value:
            yield ContentIssue(
                "opt_out_channel_missing",
                _("Recipients must also be able to opt out by %(channel)s, so the sender needs one."),
                True,
                {"channel": _SENDER_FIELDS[channel], "name": channel},
                _ART_20,
            )
    for version in versions:
        if not context.reminders.get(version.language, "").strip():
            yield ContentIssue(
                "reminder_missing",
                _(
                    "Tell recipients why they get your emails: the permission reminder is empty (%(language)s)."
                ),
                True,
                _language_params(version.language),
                _("Anti-spam policy"),
            )


def _language_params(language: str) -> dict[str, object]:
    return {"language": _LANGUAGES.get(language, language), "code": language}


class _MarkupInspector(HTMLParser):
    """Collects images and links of a rendered email."""

    def __init__(self) -> None:
        super().__init__()
        self.images_without_alt = 0
        self.empty_links: list[str] = []
        self._link_text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "img" and not (attributes.get("alt") or "").strip():
            self.images_without_alt += attributes.get("role") != "presentation"
        elif tag == "a" and "name" not in attributes:
            address = (attributes.get("href") or "").strip()
            self._link_text = (
                [] if address in ("", "http://", "https://") or _EXAMPLE_URL.match(address) else None
            )

    def handle_data(self, data: str) -> None:
        if self._link_text is not None:
            self._link_text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link_text is not None:
            self.empty_links.append("".join(self._link_text).strip() or "…")
            self._link_text = None


_EXAMPLE_URL: Final = re.compile(r"https?://(?:www\.)?example(?:\.com|\.org|\.net)?(?:/|$)", re.IGNORECASE)
