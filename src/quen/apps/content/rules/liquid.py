"""The language of merge tags: a small, closed part of Liquid.

What may stand in a text: ``{{ key | default: "…" }}`` with a handful of filters, if, unless, case, for, comment.
Nothing that keeps values (assign, capture), reads files (include, render) or multiplies text (replace), so the length
of a text bounds the work of rendering it, together with the limits of the environments here.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from liquid import BoundTemplate, Environment, Mode
from liquid import builtin as standard
from liquid.exceptions import BlockNestingError, LiquidError, ResourceLimitError

from quen.apps.content.types import TemplateBroken

if TYPE_CHECKING:
    from quen.apps.content.models import ContentVersion

#: a tag of the language, over several lines too; an open one ends where the next begins, so that one look is enough
TAG: Final = re.compile(r"\{\{(?:(?!\{\{).)*?\}\}|\{%(?:(?!\{%).)*?%\}", re.DOTALL)
_SLOT: Final = re.compile(
    r"""\{\{-?\s*([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\s*(?:\|\s*default\s*:\s*(?:"([^"]*)"|'([^']*)')\s*)?(\|\s*web\s*)?-?\}\}"""
)
_LITERAL: Final = re.compile(r"""\"[^\"]*\"|'[^']*'""")
_NODES: Final = (
    standard.content.Literal,
    standard.output.Output,
    standard.illegal.Illegal,
    standard.if_tag.IfTag,
    standard.unless_tag.UnlessTag,
    standard.case_tag.CaseTag,
    standard.for_tag.ForTag,
    standard.for_tag.BreakTag,
    standard.for_tag.ContinueTag,
    standard.comment_tag.CommentTag,
)
TAGS: Final = frozenset(
    {"if", "elsif", "else", "unless", "case", "when", "for", "break", "continue", "comment"}
)
FILTERS: Final = (
    "default",
    "upcase",
    "downcase",
    "capitalize",
    "strip",
    "truncate",
    "truncatewords",
    "remove",
    "append",
    "prepend",
    "first",
    "last",
    "join",
    "size",
    "url_encode",
)
MISPLACED: Final = _("“%(tag)s” can't stand here: put it around whole parts of the text")
MAX_LOOPS, MAX_NESTING, MAX_OUTPUT_BYTES = 1_000, 8, 1_000_000


class _MailEnvironment(Environment):
    """Only what a mail needs, within limits."""

    loop_iteration_limit = MAX_LOOPS
    block_nesting_limit = MAX_NESTING
    context_depth_limit = MAX_NESTING + 2
    output_stream_limit = MAX_OUTPUT_BYTES
    local_namespace_limit = 10_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Take in the closed list, whatever else the library offers."""
        everything = Environment()
        for node in _NODES:
            self.add_tag(node)
        for name in FILTERS:
            self.add_filter(name, everything.filters[name])
        self.add_filter("web", web_address)


def web_address(value: object) -> str:
    """Give an address of the web, of mail or phone; of anything else nothing."""
    address = str(value or "").strip()
    if re.match(r"(?:https?://|mailto:|tel:)", address, re.IGNORECASE):
        return address
    # "tra-sen.vn/khuyen-mai" was meant as a web address; "javascript:…" is none.
    return f"https://{address}" if re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]|$)", address) else ""


class _DryRunEnvironment(_MailEnvironment):
    """Passes over what depends on values, as rendering does, but tells when a limit is reached."""

    def error(self, exc: type[LiquidError] | LiquidError, msg: str | None = None, token: Any = None) -> None:
        """Raise at limits."""
        if isinstance(exc, ResourceLimitError):
            raise exc
        super().error(exc, msg, token)


@lru_cache(maxsize=1)
def _dry_run_environment() -> Environment:
    return _DryRunEnvironment(tolerance=Mode.LAX)


@lru_cache(maxsize=4)
def _environment(*, html: bool, strict: bool) -> Environment:
    return _MailEnvironment(tolerance=Mode.STRICT if strict else Mode.LAX, autoescape=html)


@dataclass(frozen=True, slots=True)
class Slot:
    """The common tag: a key, perhaps with a fallback; ``web`` where it begins an address."""

    key: str
    fallback: str
    web: bool = False


def parse_slot(tag: str) -> Slot | None:
    """Read ``{{ key }}`` and ``{{ key | default: "…" }}``; anything richer is None."""
    found = _SLOT.fullmatch(tag)
    if found is None or "-}}" in tag or tag.startswith("{{-"):
        return None
    return Slot(found[1], found[2] or found[3] or "", bool(found[4]))


def ensure_valid(source: str, *, field: str, html: bool = False) -> None:
    """Raise TemplateBroken with line and reason when the text can't be rendered, ``field`` naming where it stands."""
    unclosed = max(source.rfind("{{") - source.rfind("}}"), source.rfind("{%") - source.rfind("%}"))
    if unclosed > 0:
        # The library looks to the end of the text for every tag that is open.
        last = max(source.rfind("{{"), source.rfind("{%"))
        raise _refusal(_line(source, last), _("a tag is not closed: “}}” is missing"), field)
    try:
        template = parse(source, html=html, strict=True)
        dry_run = _dry_run_environment().from_string(_unescape_tags(source) if html else source)
        dry_run.render(**_SampleValues.for_template(dry_run))
    except LiquidError as error:
        raise _template_broken(source, error, field) from error
    except RecursionError as error:
        raise _refusal(1, _("too many blocks within each other"), field) from error
    for name, spans in template.analyze(include_partials=False).filters.items():
        if name not in FILTERS:
            line = _line(source, spans[0].index)
            raise _refusal(line, _("the filter “%(name)s” is not known here"), field, name=name)


def parse(source: str, *, html: bool, strict: bool) -> BoundTemplate:
    """Read a text. Raises LiquidError when ``strict``; else what can't be read or said is left out."""
    return _environment(html=html, strict=strict).from_string(_escape_literals(source) if html else source)


def _unescape_tags(source: str) -> str:
    """Take entities out of tags: an editor writes ``&quot;`` where the author typed a quote."""
    if "&" not in source:
        return source
    return TAG.sub(lambda tag: html_entities.unescape(tag[0]).replace("\xa0", " "), source)


def _escape_literals(source: str) -> str:
    """Make what an author prints between quotes words too: the library takes it for markup that nobody cleaned."""
    return TAG.sub(
        lambda tag: _LITERAL.sub(_escaped_literal, tag[0]) if tag[0].startswith("{{") else tag[0],
        _unescape_tags(source),
    )


def _escaped_literal(found: re.Match[str]) -> str:
    literal = found[0]
    return literal[0] + html_entities.escape(literal[1:-1]) + literal[-1]


def merge_keys(source: str) -> dict[str, int]:
    """Give the merge tags of a text by the line of their first use; what can't be read has none."""
    try:
        template = parse(source, html=True, strict=True)
    except (LiquidError, RecursionError):
        return {}
    found: dict[str, int] = {}
    for variables in template.analyze(include_partials=False).globals.values():
        for variable in variables:
            key = ".".join(str(part) for part in variable.segments if isinstance(part, str))
            line = _line(source, variable.span.index)
            found[key] = min(line, found.get(key, line))
    return found


def version_keys(version: ContentVersion) -> set[str]:
    """Give the merge tags of subject, preview text and body."""
    return {key for text in (version.subject, version.preview, version.body) for key in merge_keys(text)}


def keys_without_fallback(source: str) -> set[str]:
    """Give the keys printed at least once without a fallback."""
    found = (parse_slot(tag[0]) for tag in TAG.finditer(_unescape_tags(source)))
    return {slot.key for slot in found if slot and not slot.fallback}


def plain_parts(source: str) -> Iterator[str | Slot] | None:
    """Give text and slots in order when the text holds nothing richer; else None."""
    parts: list[str | Slot] = []
    end = 0
    for tag in TAG.finditer(source):
        slot = parse_slot(tag[0])
        if slot is None:
            return None
        parts += [source[end : tag.start()], slot]
        end = tag.end()
    return iter([*parts, source[end:]])


class _SampleValues:
    """Sample values that make a trial run walk every loop."""

    @staticmethod
    def for_template(template: BoundTemplate) -> dict[str, Any]:
        """Give words for every name; a name with parts becomes a dict of words."""
        values: dict[str, Any] = {}
        for name, variables in template.analyze(include_partials=False).globals.items():
            parts = {str(part) for variable in variables for part in variable.segments[1:]}
            values[name] = dict.fromkeys(parts, "x") if parts else ["x"] * 3
        return values


def _template_broken(source: str, error: LiquidError, field: str) -> TemplateBroken:
    token = error.token
    index = token.start_index if token is not None and token.start_index >= 0 else len(source)
    line = _line(source, index)
    if isinstance(error, BlockNestingError):
        return _refusal(line, _("too many blocks within each other"), field)
    if isinstance(error, ResourceLimitError):
        return _refusal(line, _("this would grow too large: use fewer or shorter loops"), field)
    for tag in TAG.finditer(source):
        name = re.match(r"\{%-?\s*(?:end)?(\w*)", tag[0])
        if name and name[1] not in TAGS:
            line = _line(source, tag.start())
            return _refusal(line, _("“{%% %(name)s %%}” is not known here"), field, name=name[1])
    message = str(error).splitlines()[0]
    if "end of file" in message:
        return _refusal(line, _("a tag is not closed: “}}” is missing"), field)
    if "expected tag end" in message:
        return _refusal(line, _("a block is not closed: an {%% end… %%} is missing"), field)
    return _refusal(line, _("this tag can't be read"), field)


def _refusal(line: int, problem: str | Promise, field: str, **params: str) -> TemplateBroken:
    refusal = TemplateBroken(line=line, problem=str(problem) % params)
    refusal.field = field  # type: ignore[misc]  # the sentence stands beside the part of the text it is about
    return refusal


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1
