"""The kinds of messages about contacts: what each follows, and what it says beside the contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.queries.merges import merged_by_merge
from quen.apps.webhooks.services.messages import ERASED_KIND
from quen.apps.webhooks.types import Occurrence, WebhookKind

Batch = Sequence[tuple[int, Sequence[Occurrence]]]
#: what changed when an event does not name the fields itself
_FIELDS: Final = {
    "tag_added": "tags",
    "tag_removed": "tags",
    "status_changed": "status",
    "consent_changed": "consent",
    "contacts_merged": "merged",
    "contacts_unmerged": "merged",
}
_CONSENTS: Final = {0: "never_asked", 1: "granted", 2: "withdrawn", 3: "blocked"}


def _changed(batch: Batch) -> list[dict[str, Any]]:
    """Return the names of what changed; empty after an import, which does not say."""
    return [{"changed": list(dict.fromkeys(_fields_of(occurrences)))} for _contact_id, occurrences in batch]


def _fields_of(occurrences: Sequence[Occurrence]) -> list[str]:
    found: list[str] = []
    for each in occurrences:
        named = each.data.get("fields") or ([_FIELDS[each.event]] if each.event in _FIELDS else [])
        found += [str(name).replace("attrs.", "field_") for name in named]
    return found


def _tags(batch: Batch) -> list[dict[str, Any]]:
    return [{"tags": list(occurrences[-1].data.get("tags", []))} for _contact_id, occurrences in batch]


def _consent(batch: Batch) -> list[dict[str, Any]]:
    return [
        {
            "channel": occurrences[-1].data.get("channel", ""),
            "consent": _CONSENTS.get(occurrences[-1].data.get("to", 0), ""),
        }
        for _contact_id, occurrences in batch
    ]


def _group(batch: Batch) -> list[dict[str, Any]]:
    return [
        {"group": {"id": occurrences[-1].ref, "name": occurrences[-1].data.get("group", "")}}
        for _contact_id, occurrences in batch
    ]


def _merged(batch: Batch) -> list[dict[str, Any]]:
    """Return the id that went into the contact, or came out of it again."""
    ids = [occurrences[-1].ref or 0 for _contact_id, occurrences in batch]
    merged = merged_by_merge(ids)
    return [{"merged_id": merged.get(pk)} for pk in ids]


_CONTACT: Final = _("Customers")
KINDS: Final = (
    WebhookKind(
        name="contact.created",
        label=_("Customer added"),
        description=_(
            "Somebody became a customer: entered, imported, registered by a form or sent by another system."
        ),
        group=_CONTACT,
        events=("contact_created", "contact_imported"),
        created={"contact_imported": True},
        folds=True,
    ),
    WebhookKind(
        name="contact.updated",
        label=_("Customer changed"),
        description=_(
            "Anything of a customer changed that the API shows, tags, status and consent included."
        ),
        group=_CONTACT,
        events=("contact_changed", "contact_imported", *_FIELDS),
        created={"contact_imported": False},
        folds=True,
        covered_by="contact.created",
        details=_changed,
        example={"changed": ["full_name", "tags"]},
    ),
    WebhookKind(
        name="contact.deleted",
        label=_("Customer deleted"),
        description=_("A customer was deleted. For 30 days this can be undone."),
        group=_CONTACT,
        events=("contact_deleted",),
    ),
    WebhookKind(
        name="contact.restored",
        label=_("Customer restored"),
        description=_("A deleted customer is back."),
        group=_CONTACT,
        events=("contact_restored",),
    ),
    WebhookKind(
        name="contact.merged",
        label=_("Customers merged"),
        description=_(
            "Two entries were the same person: the one with the id “merged_id” went into this customer."
        ),
        group=_CONTACT,
        events=("contacts_merged",),
        details=_merged,
        example={"merged_id": 1025},
    ),
    WebhookKind(
        name="contact.unmerged",
        label=_("Merge undone"),
        description=_(
            "A merge was undone: the customer with the id “merged_id” exists again. Both customers are told of."
        ),
        group=_CONTACT,
        events=("contacts_unmerged",),
        details=_merged,
        example={"merged_id": 1025},
    ),
    WebhookKind(
        name=ERASED_KIND,
        label=_("Customer erased"),
        description=_(
            "A person was erased for good. The message holds the id alone: erase the person in your system, too."
        ),
        group=_CONTACT,
    ),
    WebhookKind(
        name="consent.changed",
        label=_("Consent changed"),
        description=_("A customer agreed to messages on a channel, or does not want them any more."),
        group=_CONTACT,
        events=("consent_changed",),
        details=_consent,
        example={"channel": "email", "consent": "withdrawn"},
    ),
    WebhookKind(
        name="tag.added",
        label=_("Tag added"),
        description=_("A customer got a tag."),
        group=_CONTACT,
        events=("tag_added",),
        details=_tags,
        example={"tags": ["VIP"]},
    ),
    WebhookKind(
        name="tag.removed",
        label=_("Tag removed"),
        description=_("A customer lost a tag."),
        group=_CONTACT,
        events=("tag_removed",),
        details=_tags,
        example={"tags": ["VIP"]},
    ),
    WebhookKind(
        name="group.joined",
        label=_("Joined a group"),
        description=_("A customer was put into a group."),
        group=_CONTACT,
        events=("group_joined",),
        details=_group,
        example={"group": {"id": 3, "name": "Khách sỉ"}},
    ),
    WebhookKind(
        name="group.left",
        label=_("Left a group"),
        description=_("A customer was taken out of a group."),
        group=_CONTACT,
        events=("group_left",),
        details=_group,
        example={"group": {"id": 3, "name": "Khách sỉ"}},
    ),
)
