"""The language of merge tags: a small, closed subset of Liquid.

Allowed in a text: ``{{ key | default: "…" }}`` with a few filters, if, unless, case, for, comment. Nothing that stores
values (assign, capture), reads files (include, render) or multiplies text (replace), so that the length of a text,
with the limits of the environments here, bounds the work of rendering it.
"""

from __future__ import annotations

import html as html_entities
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from liquid import BoundTemplate, Environment, Mode
from liquid import builtin as standard
from liquid.exceptions import BlockNestingError, LiquidError, ResourceLimitError

from quen.apps.content.types import TagsTooMany, TemplateBroken

if TYPE_CHECKING:
    from quen.apps.content.types import VersionText

#: a template tag, possibly over several lines; an unclosed one ends where the next begins, so matching is linear
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
MISPLACED: Final = _("“%(tag)s” isn't allowed here: put it around whole parts of the text")
MAX_LOOPS, MAX_NESTING, MAX_OUTPUT_BYTES = 1_000, 8, 1_000_000
#: values and blocks of one text: the library's work grows with the square of their number
MAX_TAGS: Final = 500


class _MailEnvironment(Environment):
    """A Liquid environment with only what an email needs, within limits."""

    loop_iteration_limit = MAX_LOOPS
    block_nesting_limit = MAX_NESTING
    context_depth_limit = MAX_NESTING + 2
    output_stream_limit = MAX_OUTPUT_BYTES
    local_namespace_limit = 10_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register the closed list of tags and filters, whatever else the library offers."""
        everything = Environment()
        for node in _NODES:
            self.add_tag(node)
        for name in FILTERS:
            self.add_filter(name, everything.filters[name])
        self.add_filter("web", web_address)


def web_address(value: object) -> str:
    """Return a web, mail or phone address; "" for anything else."""
    address = str(value or "").strip()
    if re.match(r"(?:https?://|mailto:|tel:)", address, re.IGNORECASE):
        return address
    # "tra-sen.vn/khuyen-mai" was meant as a web address; "javascript:…" is not one.
    return f"https://{address}" if re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]|$)", address) else ""


class _DryRunEnvironment(_MailEnvironment):
    """Ignores errors that depend on values, as rendering does, but raises when a limit is reached."""

    def error(self, exc: type[LiquidError] | LiquidError, msg: str | None = None, token: Any = None) -> None:
        """Raise limit errors, ignore the others."""
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
    """The common tag: a key, perhaps with a fallback; ``web`` at the start of a URL."""

    key: str
    fallback: str
    web: bool = False


def parse_slot(tag: str) -> Slot | None:
    """Parse ``{{ key }}`` and ``{{ key | default: "…" }}``; return None for anything else."""
    found = _SLOT.fullmatch(tag)
    if found is None or "-}}" in tag or tag.startswith("{{-"):
        return None
    return Slot(found[1], found[2] or found[3] or "", bool(found[4]))


def ensure_few_tags(source: str, *, field: str = "body", limit: int = MAX_TAGS) -> None:
    """Raise TagsTooMany for a text with more template tags than the limit; each may be a block or a value."""
    count = source.count("{{") + source.count("{%")
    if count > limit:
        first_too_many = next(islice(re.finditer(r"\{\{|\{%", source), limit, None), None)
        line = _line(source, first_too_many.start()) if first_too_many else 1
        raise _about(TagsTooMany(count=count, limit=limit, line=line), field)


def ensure_valid(source: str, *, field: str, html: bool = False) -> None:
    """Raise TemplateBroken with line and reason if the text cannot be rendered; ``field`` names its form field."""
    ensure_few_tags(source, field=field)
    unclosed = max(source.rfind("{{") - source.rfind("}}"), source.rfind("{%") - source.rfind("%}"))
    if unclosed > 0:
        # The library scans to the end of the text for every unclosed tag.
        last = max(source.rfind("{{"), source.rfind("{%"))
        raise _refusal(_line(source, last), _("a tag isn't closed: “}}” is missing"), field)
    try:
        template = parse(source, html=html, strict=True)
        dry_run = _dry_run_environment().from_string(_unescape_tags(source) if html else source)
        dry_run.render(**_SampleValues.for_template(dry_run))
    except LiquidError as error:
        raise _template_broken(source, error, field) from error
    except RecursionError as error:
        raise _refusal(1, _("blocks are nested too deeply"), field) from error
    for name, spans in template.analyze(include_partials=False).filters.items():
        if name not in FILTERS:
            line = _line(source, spans[0].index)
            raise _refusal(line, _("the filter “%(name)s” isn't supported"), field, name=name)


def parse(source: str, *, html: bool, strict: bool) -> BoundTemplate:
    """Parse a text. With ``strict``, raises LiquidError; otherwise what cannot be parsed or rendered is left out."""
    return _environment(html=html, strict=strict).from_string(_escape_literals(source) if html else source)


def _unescape_tags(source: str) -> str:
    """Unescape entities inside tags: an editor writes ``&quot;`` where the author typed a quote."""
    if "&" not in source:
        return source
    return TAG.sub(lambda tag: html_entities.unescape(tag[0]).replace("\xa0", " "), source)


def _escape_literals(source: str) -> str:
    """Escape string literals that are printed: the library treats them as markup, which nobody has sanitized."""
    return TAG.sub(
        lambda tag: _LITERAL.sub(_escaped_literal, tag[0]) if tag[0].startswith("{{") else tag[0],
        _unescape_tags(source),
    )


def _escaped_literal(found: re.Match[str]) -> str:
    literal = found[0]
    return literal[0] + html_entities.escape(literal[1:-1]) + literal[-1]


def merge_keys(source: str) -> dict[str, int]:
    """Return the merge tags of a text by the line of their first use; empty if it cannot be parsed."""
    return dict(_merge_keys(source))


@lru_cache(maxsize=64)
def _merge_keys(source: str) -> tuple[tuple[str, int], ...]:
    try:
        # A compiled text has those of the footer too.
        ensure_few_tags(source, limit=2 * MAX_TAGS)
        template = parse(source, html=True, strict=True)
    except (LiquidError, RecursionError, TemplateBroken):
        return ()
    line_ends = [found.start() for found in re.finditer("\n", source)]
    found: dict[str, int] = {}
    for variables in template.analyze(include_partials=False).globals.values():
        for variable in variables:
            key = ".".join(str(part) for part in variable.segments if isinstance(part, str))
            line = bisect_left(line_ends, variable.span.index) + 1
            found[key] = min(line, found.get(key, line))
    return tuple(found.items())


def version_keys(version: VersionText) -> set[str]:
    """Return the merge tags of subject, preview text and body."""
    return {key for text in (version.subject, version.preview, version.body) for key in merge_keys(text)}


def keys_without_fallback(source: str) -> set[str]:
    """Return the keys printed at least once without a fallback."""
    found = (parse_slot(tag[0]) for tag in TAG.finditer(_unescape_tags(source)))
    return {slot.key for slot in found if slot and not slot.fallback}


def plain_parts(source: str) -> Iterator[str | Slot] | None:
    """Return literal text and slots in order if the text contains nothing else; otherwise None."""
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
    """Sample values that make a dry run enter every loop."""

    @staticmethod
    def for_template(template: BoundTemplate) -> dict[str, Any]:
        """Return strings for every name; a name with parts becomes a dict of strings."""
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
        return _refusal(line, _("blocks are nested too deeply"), field)
    if isinstance(error, ResourceLimitError):
        return _refusal(line, _("the result would be too large: use fewer or shorter loops"), field)
    for tag in TAG.finditer(source):
        name = re.match(r"\{%-?\s*(?:end)?(\w*)", tag[0])
        if name and name[1] not in TAGS:
            line = _line(source, tag.start())
            return _refusal(line, _("“{%% %(name)s %%}” isn't supported"), field, name=name[1])
    message = str(error).splitlines()[0]
    if "end of file" in message:
        return _refusal(line, _("a tag isn't closed: “}}” is missing"), field)
    if "expected tag end" in message:
        return _refusal(line, _("a block isn't closed: {%% end… %%} is missing"), field)
    return _refusal(line, _("this tag can't be parsed"), field)


def _refusal(line: int, problem: str | Promise, field: str, **params: str) -> TemplateBroken:
    # Translated where it is shown: the process that prepares texts knows no language.
    return _about(TemplateBroken(line=line, problem=_lazily(problem, params)), field)


def misplaced(tag: str, *, line: int) -> TemplateBroken:
    """Return the refusal of a block tag in a place where HTML cannot hold it."""
    return _refusal(line, MISPLACED, "body", tag=tag[:60])


def _about(refusal: TemplateBroken, field: str) -> TemplateBroken:
    refusal.field = field  # type: ignore[misc]  # the sentence stands beside the part of the text it is about
    return refusal


def filled(text: str | Promise, params: Mapping[str, str]) -> str:
    """Return a text with its parameters, in the active language."""
    return str(text) % params


_lazily = lazy(filled, str)


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1
