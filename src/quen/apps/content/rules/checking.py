"""What is wrong or unwise in a mail, each with its rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.types import SenderBlock
from quen.apps.content.rules import liquid
from quen.apps.content.types import Finding, MergeTag, Rendered
from quen.core.text import fold

if TYPE_CHECKING:
    from quen.apps.content.models import ContentVersion

LONG_SUBJECT, CLIPPED_KB = 60, 100
#: words filters look at, without marks; a warning, never more
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
_ARRIVING = _("Arriving in the inbox")
_READERS = _("Readers without pictures")
_LANGUAGES = {"vi": _("Vietnamese"), "en": _("English")}


@dataclass(frozen=True, slots=True)
class Around:
    """What a check knows beside the words."""

    marketing: bool
    sender: SenderBlock
    #: by language
    reminders: Mapping[str, str]
    #: languages customers may have
    languages: Collection[str]


def findings(
    versions: Sequence[ContentVersion],
    *,
    around: Around,
    tags: Sequence[MergeTag],
    rendered: Mapping[str, Rendered],
) -> list[Finding]:
    """Give everything found, what blocks first. rendered: by language, with sample values."""
    found: list[Finding] = []
    for version in versions:
        found += _words(version)
        found += _tags(version, tags)
        if version.language in rendered:
            found += _markup(version.language, rendered[version.language])
    found += _law(versions, around)
    written = {version.language for version in versions}
    for language in around.languages:
        if language not in written:
            found.append(
                Finding(
                    "language_missing",
                    _("There is no %(language)s version. Those readers get the default language."),
                    False,
                    _in(language),
                )
            )
    return sorted(found, key=lambda finding: not finding.blocks)


def _words(version: ContentVersion) -> Iterator[Finding]:
    language = _in(version.language)
    if not version.subject.strip():
        yield Finding("subject_empty", _("The subject is empty (%(language)s)."), True, language)
    else:
        yield from _subject(version)
    if not _said(version):
        yield Finding("body_empty", _("The mail says nothing yet (%(language)s)."), True, language)


def _subject(version: ContentVersion) -> Iterator[Finding]:
    subject = liquid.TAG.sub("", version.subject)
    if len(version.subject) > LONG_SUBJECT:
        yield Finding(
            "subject_long",
            _("The subject has %(count)d characters; phones show about %(most)d (%(language)s)."),
            False,
            {"count": len(version.subject), "most": LONG_SUBJECT, **_in(version.language)},
            _ARRIVING,
        )
    letters = [char for char in subject if char.isalpha()]
    if len(letters) > 7 and all(char.isupper() for char in letters):
        yield Finding(
            "subject_capitals",
            _("The subject is all capitals; filters and readers take that for shouting (%(language)s)."),
            False,
            _in(version.language),
            _ARRIVING,
        )
    plain = fold(f"{subject} {version.preview}")
    words = [word for word in SPAM_WORDS if word in plain]
    if words:
        yield Finding(
            "spam_words",
            _("Filters look twice at words such as “%(words)s” (%(language)s)."),
            False,
            {"words": "”, “".join(words[:3]), **_in(version.language)},
            _ARRIVING,
        )


def _said(version: ContentVersion) -> bool:
    body = version.body
    return bool(re.sub(r"<(?!img\b)[^>]*>|&nbsp;|\s", "", body))


def _tags(version: ContentVersion, tags: Sequence[MergeTag]) -> Iterator[Finding]:
    known = {tag.key: tag for tag in tags}
    for text in (version.subject, version.preview, version.body):
        for key, line in liquid.keys_of(text).items():
            if key not in known and key != "opt_out_url":
                yield Finding(
                    "tag_unknown",
                    _("There is no merge tag “%(tag)s” (line %(line)d, %(language)s)."),
                    True,
                    {"tag": key, "line": line, **_in(version.language)},
                )
    bare = {
        key for text in (version.subject, version.preview, version.body) for key in liquid.bare_keys(text)
    }
    for key in sorted(bare & known.keys()):
        if not known[key].shared and version.language not in known[key].fallback:
            yield Finding(
                "tag_without_fallback",
                _("“%(label)s” has no fallback: for whom it is unknown, a gap stands there (%(language)s)."),
                False,
                {"tag": key, "label": known[key].label, **_in(version.language)},
            )


def _markup(language: str, mail: Rendered) -> Iterator[Finding]:
    looked = _Looked()
    looked.feed(mail.html)
    if looked.pictures_without_words:
        yield Finding(
            "image_without_alt",
            _("%(count)d pictures have no alternative text (%(language)s)."),
            False,
            {"count": looked.pictures_without_words, **_in(language)},
            _READERS,
        )
    if looked.empty_links:
        yield Finding(
            "link_empty",
            _("%(count)d links lead nowhere: “%(words)s” (%(language)s)."),
            True,
            {"count": len(looked.empty_links), "words": looked.empty_links[0][:60], **_in(language)},
        )
    kilobytes = len(mail.html.encode()) // 1024
    if kilobytes >= CLIPPED_KB:
        yield Finding(
            "body_clipped",
            _("The mail has %(kilobytes)d KB; Gmail cuts at 102 KB, with the footer (%(language)s)."),
            False,
            {"kilobytes": kilobytes, **_in(language)},
            _ARRIVING,
        )


def _law(versions: Sequence[ContentVersion], around: Around) -> Iterator[Finding]:
    for name in around.sender.missing:
        yield Finding(
            "sender_incomplete",
            _("The sender's %(field)s is missing. Fill it in under Settings, Workspace."),
            True,
            {"field": _SENDER_FIELDS.get(name, name), "name": name},
            _ART_19,
        )
    if not around.marketing:
        return
    ways = {"email": around.sender.email, "phone": around.sender.phone}
    for way, value in ways.items():
        if not value:
            yield Finding(
                "refusal_way_missing",
                _("Readers must be able to refuse by %(way)s too, so the sender needs one."),
                True,
                {"way": _SENDER_FIELDS[way], "name": way},
                _ART_20,
            )
    for version in versions:
        if not around.reminders.get(version.language, "").strip():
            yield Finding(
                "reminder_missing",
                _("Say why people get your mail: the permission reminder is empty (%(language)s)."),
                True,
                _in(version.language),
                _("Anti-spam policy"),
            )


def _in(language: str) -> dict[str, object]:
    return {"language": _LANGUAGES.get(language, language), "code": language}


class _Looked(HTMLParser):
    """Pictures and links of a rendered mail."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures_without_words = 0
        self.empty_links: list[str] = []
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img" and not (given.get("alt") or "").strip():
            self.pictures_without_words += given.get("role") != "presentation"
        elif tag == "a" and "name" not in given:
            address = (given.get("href") or "").strip()
            self._open = [] if address in ("", "http://", "https://") or _EXAMPLE.match(address) else None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open is not None:
            self.empty_links.append("".join(self._open).strip() or "…")
            self._open = None


_EXAMPLE: Final = re.compile(r"https?://(?:www\.)?example(?:\.com|\.org|\.net)?(?:/|$)", re.IGNORECASE)
