"""Reads of the content app."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q

from quen.apps.channels import registry as channels
from quen.apps.channels.types import ContentSpec, TextLength
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.content import compiling, link_checker, registry
from quen.apps.content.designs import BLANKS, DesignText
from quen.apps.content.editor import EditorState as EditorState
from quen.apps.content.editor import editor_state as editor_state
from quen.apps.content.models import Content, ContentVersion
from quen.apps.content.rules import checks, compiler, links, liquid
from quen.apps.content.rules.compiled import CompiledContent as CompiledContent
from quen.apps.content.rules.compiled import TagValues as TagValues
from quen.apps.content.rules.compiled import TemplatePart as TemplatePart
from quen.apps.content.types import (
    BodyFormat,
    CompilersBusy,
    ContentIssue,
    RenderedMessage,
    TemplateBroken,
    VersionText,
)
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: replaces, in a preview, the unsubscribe URL, which belongs to one message
PREVIEW_OPT_OUT = "#opt-out"


def get_content(content_id: int) -> Content:
    """Return a content. Raises NotFound."""
    found = Content.objects.filter(pk=content_id).first()
    if found is None:
        raise NotFound()
    return found


def versions(content: Content) -> dict[str, ContentVersion]:
    """Return the versions by language, the default language first."""
    found = {version.language: version for version in ContentVersion.objects.filter(content=content)}
    return dict(sorted(found.items(), key=lambda pair: (pair[0] != content.default_language, pair[0])))


def spec_of(content: Content) -> ContentSpec:
    """Return which parts the content's channel has."""
    return channels.channel(content.channel).content


def tags_used(content: Content) -> set[str]:
    """Return the keys of the merge tags in subject, preview text and body of every language."""
    return {key for version in versions(content).values() for key in liquid.version_keys(version)}


def contents_using(key: str) -> set[int]:
    """Return the ids of the contents with a merge tag in some language."""
    named = Q(subject__contains=key) | Q(preview__contains=key) | Q(body__contains=key)
    found = ContentVersion.objects.filter(named)
    return {version.content_id for version in found if key in liquid.version_keys(version)}


def compiled_content(
    content: Content,
    *,
    workspace: Workspace,
    message_class: str,
    reminders: Mapping[str, str],
    label: str | None = None,
) -> CompiledContent:
    """Parse, sanitize, lay out and inline the text once, ready to be rendered for many contacts.

    reminders: by language, overriding the workspace's own.  label: first word of an advertising subject; None takes the
    workspace's, "" none.  Raises TemplateBroken, CompilersBusy.
    """
    if label is None:
        marketing = message_class == MessageClass.MARKETING
        label = compliance.channel_rules(content.channel).label if marketing else ""
    found = versions(content)
    frame = _frame(
        workspace,
        marketing=message_class == MessageClass.MARKETING,
        label=label,
        reminders=_reminders(found, reminders, workspace),
    )
    return _compiled(
        found.values(), default_language=content.default_language, spec=spec_of(content), frame=frame
    )


def _compiled(
    versions: Iterable[VersionText],
    *,
    default_language: str,
    spec: ContentSpec,
    frame: compiler.ContentFrame,
) -> CompiledContent:
    return compiling.compile_content(
        compiler.compile_job(
            versions,
            default_language=default_language,
            spec=spec,
            frame=frame,
            tags=registry.merge_tags(),
        )
    )


def rendered_design(
    text: DesignText, *, content: Content, language: str, workspace: Workspace
) -> RenderedMessage:
    """Return a starting design rendered in the shop's layout, with sample values. content: it would be used for."""
    version = ContentVersion(
        language=language,
        subject=text.subject,
        preview=text.preview,
        format=BodyFormat.RICH,
        body=text.body,
    )
    frame = _frame(workspace, marketing=True, label="", reminders=_reminders([language], {}, workspace))
    mail = _compiled([version], default_language=language, spec=spec_of(content), frame=frame)
    return mail.render(language, sample_values(), PREVIEW_OPT_OUT)


def sample_values() -> dict[str, object]:
    """Return an example value for each merge tag about the recipient, for previews and tests without a contact."""
    return {tag.key: str(tag.example) for tag in registry.merge_tags() if not tag.shared}


def _frame(
    workspace: Workspace, *, marketing: bool, label: str, reminders: dict[str, str]
) -> compiler.ContentFrame:
    sender = compliance.sender_block(workspace)
    return compiler.ContentFrame(
        marketing=marketing,
        label=label,
        brand=workspace.brand or workspace.name,
        sender=sender,
        reminders=reminders,
        zone=workspace.time_zone,
        shared={
            "shop_name": workspace.brand or workspace.name,
            "shop_phone": sender.phone,
            "shop_email": sender.email,
            "shop_website": sender.website,
            "shop_address": sender.address,
            "permission_reminder": reminders,
        },
    )


def merge_tag_values(
    keys: Collection[str], contact_ids: Collection[int], *, now: datetime
) -> dict[int, dict[str, object]]:
    """Return the values of merge tags by contact, for callers who know the keys; one query per family that is used."""
    found: dict[int, dict[str, object]] = {contact_id: {} for contact_id in contact_ids}
    if keys and found:
        for provider in registry.providers():
            for contact_id, values in provider.values(keys, contact_ids, now=now).items():
                found[contact_id].update(values)
    return found


def check(
    content: Content, *, workspace: Workspace, message_class: str, reminders: Mapping[str, str]
) -> list[ContentIssue]:
    """Return the issues of a text, blocking ones first. Makes no network requests."""
    found = versions(content)
    try:
        mail = compiled_content(
            content, workspace=workspace, message_class=message_class, reminders=reminders
        )
    except TemplateBroken as broken:
        return [ContentIssue(broken.code, broken.text, True, broken.params)]
    return checks.issues(
        list(found.values()),
        context=checks.CheckContext(
            spec=spec_of(content),
            marketing=message_class == MessageClass.MARKETING,
            sender=compliance.sender_block(workspace),
            reminders=_reminders(found, reminders, workspace),
            languages=[language for language, _name in settings.LANGUAGES],
            blanks=BLANKS,
        ),
        tags=registry.merge_tags(),
        rendered={language: mail.render(language, sample_values(), PREVIEW_OPT_OUT) for language in found},
        lost_words={language: mail.versions[language].lost_words for language in found},
    )


def check_links(content: Content) -> list[ContentIssue]:
    """Request each URL of the text, at most 20, and return one issue per dead link. Slow: call it in a background task.

    Private and loopback addresses are refused, also behind a redirect.
    """
    urls: dict[str, None] = {}
    for version in versions(content).values():
        for url in links.extract_urls(version.body):
            urls.setdefault(url)
    return link_checker.find_dead_links(list(urls)[: link_checker.MAX_LINKS])


def link_issue(code: str, params: Mapping[str, Any]) -> ContentIssue:
    """Return an issue that ``check_links`` found, from its code and parameters, to be read in any language."""
    return link_checker.issue(code, params)


def preview(
    content: Content,
    contact_id: int | None,
    *,
    workspace: Workspace,
    message_class: str,
    reminders: Mapping[str, str],
    now: datetime,
    language: str = "",
    label: str | None = None,
) -> RenderedMessage:
    """Return the email as a contact would see it, or with sample values without a contact.

    language: empty takes the content's default.  Raises TemplateBroken.
    """
    mail = compiled_content(
        content, workspace=workspace, message_class=message_class, reminders=reminders, label=label
    )
    if contact_id is None:
        values: Mapping[str, object] = sample_values()
    else:
        values = merge_tag_values(mail.keys, [contact_id], now=now)[contact_id]
    return mail.render(language or content.default_language, values, PREVIEW_OPT_OUT)


def varying_links(
    content: Content,
    message: RenderedMessage,
    *,
    workspace: Workspace,
    message_class: str,
    reminders: Mapping[str, str],
    language: str,
) -> set[str]:
    """Return the links of a rendered message that merge tags fill in, so that contacts have different ones."""
    mail = compiled_content(content, workspace=workspace, message_class=message_class, reminders=reminders)
    unfilled, sample = (
        mail.render(language, values, PREVIEW_OPT_OUT).links for values in ({}, sample_values())
    )
    if len(unfilled) == len(sample) == len(message.links):
        pairs = zip(message.links, unfilled, sample, strict=True)
        return {url for url, *others in pairs if len(set(others)) > 1}
    # Whole parts depend on the contact, so the places do not compare; what stands in the text is the same for all.
    written = {url for version in versions(content).values() for url in links.extract_urls(version.body)}
    return {url for url in message.links if url not in unfilled and url not in written}


def text_length(content: Content, language: str, *, workspace: Workspace) -> TextLength | None:
    """Return how the channel counts a version's text, label included and merge tags filled in with sample values.

    None if the channel does not count, or the text cannot be rendered, or not now.
    """
    count = spec_of(content).length
    if count is None:
        return None
    purpose = registry.purpose_of(content.pk)
    try:
        mail = preview(
            content,
            None,
            workspace=workspace,
            message_class=purpose.message_class,
            reminders=purpose.reminders,
            now=content.created_at,
            language=language,
        )
    except (TemplateBroken, CompilersBusy):
        return None
    return count(mail.text.strip())


def _reminders(languages: Iterable[str], override: Mapping[str, str], workspace: Workspace) -> dict[str, str]:
    return {
        language: compliance.permission_reminder(language, override=override, workspace=workspace)
        for language in languages
    }
