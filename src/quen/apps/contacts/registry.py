"""Extension points of the contacts app: list and export columns, totals, panels, filter actions, deletion handlers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

from quen.apps.contacts.types import FieldUse, TagUse, UnwantedAddresses
from quen.apps.import_export.registry import ExportColumn
from quen.core.paging import SortColumn
from quen.core.sql import Relation
from quen.ui.lists import PhonePlace

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import QueryDict

    from quen.apps.contacts.models import BulkChange, Contact
    from quen.core.actors import Actor

Text = str | Promise
#: contacts of one page or batch to a value by contact id; at most one query, whatever their number
Values = Callable[[Sequence["Contact"]], Mapping[int, Any]]
Handler = Callable[[Relation, datetime], None]
UnwantedHandler = Callable[[UnwantedAddresses, datetime], None]
#: pairs: merge_id, kept_id, merged_id; no contact occurs twice among the pairs of one call
MergeHandler = Callable[[Relation, datetime], None]
#: which of some tags an app asks for, by id
TagUses = Callable[[Collection[int]], Collection[int]]


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column that members may choose for the contact list.

    cell: how its values are shown, a key of ``ui.lists.CELLS``.  width: in rem.  rank: the higher, the sooner the
    column is hidden on narrow screens.  phone: its place on phones, as in ``ui.lists.Column``.
    sort: a column of contacts_contact to sort by; sort_labels: what the menu of orders offers, by "key" or "-key".
    default: shown to members who have chosen no columns.
    """

    key: str
    label: Text
    values: Values
    cell: str = "text"
    width: int = 9
    rank: int = 3
    phone: PhonePlace = ""
    sort: SortColumn | None = None
    sort_labels: tuple[tuple[str, Text], ...] = ()
    default: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of a contact that one app computes for all contacts.

    column: of contacts_contact, and of the Relations given to ``services.apply_totals``.
    folded: how the figures of two contacts become one when they are merged.
    """

    column: str
    folded: Literal["sum", "least", "greatest"] = "sum"


@dataclass(frozen=True, slots=True)
class MergeFigure:
    """A figure shown before two contacts are merged: how much of something follows. ``read`` returns it by contact."""

    key: str
    label: Text
    read: Callable[[Sequence[int]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class FilterAction:
    """A link offered next to the list's filter; ``url`` receives the tree as written by ``audience.tree_to_query``."""

    key: str
    label: Text
    icon: str
    right: str
    url: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkDialog:
    """How a bulk verb is offered for the contacts selected in the list.

    form: makes the form from what was posted, or None.
    read: returns what the filled form comes to, kept as the data of the change; it may create what the form names, and
    raise a DomainError.
    title, done: with the number of contacts.  skipped: about those it could not act on, by their number.
    """

    icon: str
    button: Text
    form: Callable[[QueryDict | None], Form]
    read: Callable[[Form, Actor, datetime], dict[str, Any]]
    title: Callable[[int], str]
    done: Callable[[int], str]
    skipped: Callable[[int], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkVerb:
    """An action of another app on many contacts. Contacts keeps the change, runs it as a job and offers to undo it.

    key: up to 20 letters, stored with each change.
    audit: the kind of its entry in the audit log, which gets the number "contacts" and the names "add" and "remove" of
    the data.
    apply: acts on some contacts, which are locked, in the caller's transaction; returns how many were asked for, how
    many changed, and how many did not, by reason. A job calls it once for each batch.
    undo: reverts the change; returns how many it reverted, and how many not, by reason.
    count_undo: returns how many contacts ``undo`` would revert, for a change too large to be tried.
    """

    key: str
    label: Text
    right: str
    audit: str
    apply: Callable[[BulkChange, Relation, Actor, datetime], tuple[int, int, dict[str, int]]]
    undo: Callable[[BulkChange, Actor, datetime], tuple[int, dict[str, int]]]
    count_undo: Callable[[BulkChange], int] | None = None
    dialog: BulkDialog | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLabels:
    """Labels of another app that an import gives to contacts, such as groups: from a column, and to everyone in a file.

    key: of the column's target and of the setting.  canonical: of the headings that mean it.  names: those to suggest.
    clean: returns a name as stored, raises a DomainError.  ensure, find: return ids by name; ensure creates them.
    add: gives labels to contacts, pairs of contact and label ids; returns the contacts that lacked one.
    absent: returns which of such pairs add would add.  undo: takes back what add did for a change.
    answers: the column answers a question: its labels are the names of ``ImportAnswer``, nobody gets one by a setting.
    headings: further ones that mean it.
    """

    key: str
    label: Text
    canonical: str
    setting: Text
    help: Text
    names: Callable[[str], list[str]]
    clean: Callable[[str], str]
    ensure: Callable[[Collection[str], Actor, datetime], Mapping[str, int]]
    find: Callable[[Collection[str]], Mapping[str, int]]
    add: Callable[[Collection[tuple[int, int]], int | None, Actor, datetime], set[int]]
    absent: Callable[[Collection[tuple[int, int]]], set[tuple[int, int]]]
    undo: Callable[[BulkChange, Actor, datetime], None]
    answers: bool = False
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudience:
    """A file of contacts for a purpose of its own, which contains only who agreed to it.

    columns: in their order.  reasons: why somebody is left out, as text by key; it follows "12 customers".
    left_out: returns how many of some contacts are left out by reason, and under "" how many are not.
    included: returns those that are not, contact_id.
    """

    key: str
    label: Text
    help: Text
    reasons: Mapping[str, Text]
    columns: Callable[[], list[ExportColumn]]
    left_out: Callable[[Relation], Mapping[str, int]]
    included: Callable[[Relation], Relation]


@dataclass(frozen=True, slots=True)
class ContactPanel:
    """A panel of the contact page; ``url`` returns what the page loads, given the contact's id.

    slot: "profile", the left column, for who the contact is; "side", the right one, for what happened with them.
    """

    key: str
    title: Text
    order: int
    right: str
    url: Callable[[int], str]
    slot: Literal["profile", "side"] = "side"


@dataclass(frozen=True, slots=True)
class PersonalDataPart:
    """What an app keeps about a person, for the copy of their data.

    read: given a contact's id, returns records of plain values (text, numbers, lists of these) by readable
    labels in the active language; an empty list where it keeps nothing.
    """

    key: str
    title: Text
    read: Callable[[int], list[dict[str, Any]]]


_list_columns: dict[str, ListColumn] = {}
_export_columns: dict[str, ExportColumn] = {}
_totals: dict[str, Total] = {}
_filter_actions: dict[str, FilterAction] = {}
_bulk_verbs: dict[str, BulkVerb] = {}
_import_labels: dict[str, ImportLabels] = {}
_contact_panels: dict[str, ContactPanel] = {}
_erase_handlers: dict[str, Handler] = {}
_delete_handlers: dict[str, Handler] = {}
_restore_handlers: dict[str, Handler] = {}
_unwanted_handlers: dict[str, UnwantedHandler] = {}
_merge_handlers: dict[str, MergeHandler] = {}
_unmerge_handlers: dict[str, MergeHandler] = {}
_merge_columns: dict[str, str] = {}
_merge_figures: dict[str, MergeFigure] = {}
_tag_uses: dict[str, TagUses] = {}
_tag_references: dict[str, tuple[Callable[[int], list[TagUse]], Callable[[int, int, datetime], None]]] = {}
_field_uses: dict[str, Callable[[str], list[FieldUse]]] = {}
_field_changes: dict[str, Callable[[str, datetime], None]] = {}
_personal_data: dict[str, PersonalDataPart] = {}
_export_audiences: dict[str, ExportAudience] = {}
_purposes: list[Callable[[], Mapping[str, Text]]] = []


def register_list_column(column: ListColumn) -> None:
    """Register a column of the contact list."""
    _list_columns[column.key] = column


def list_columns() -> list[ListColumn]:
    """Return the registered columns, in order of registration."""
    return list(_list_columns.values())


def register_export_column(column: ExportColumn) -> None:
    """Register a column of the export of contacts; the row ``c`` is one of contacts_contact."""
    _export_columns[column.key] = column


def export_columns() -> list[ExportColumn]:
    """Return the registered columns, in order of registration."""
    return list(_export_columns.values())


def register_total(total: Total) -> None:
    """Register a total."""
    _totals[total.column] = total


def totals() -> list[Total]:
    """Return the registered totals, in order of registration."""
    return list(_totals.values())


def register_filter_action(
    key: str, *, label: Text, icon: str, right: str, url: Callable[[str], str]
) -> None:
    """Register a link that is shown next to the chips of the contact list whenever a filter is set."""
    _filter_actions[key] = FilterAction(key, label, icon, right, url)


def filter_actions() -> list[FilterAction]:
    """Return the registered actions by key."""
    return [_filter_actions[key] for key in sorted(_filter_actions)]


def register_bulk_verb(verb: BulkVerb) -> None:
    """Register an action on many contacts; ``services.run_verb`` runs it."""
    _bulk_verbs[verb.key] = verb


def bulk_verbs() -> list[BulkVerb]:
    """Return the registered actions, in order of registration."""
    return list(_bulk_verbs.values())


def find_bulk_verb(key: str) -> BulkVerb | None:
    """Return an action, or None when no app registers it."""
    return _bulk_verbs.get(key)


def register_import_labels(labels: ImportLabels) -> None:
    """Register labels that imports of contacts can give."""
    _import_labels[labels.key] = labels


def import_labels() -> Mapping[str, ImportLabels]:
    """Return the registered labels by key."""
    return _import_labels


def register_contact_panel(panel: ContactPanel) -> None:
    """Register a panel of the contact page; its HTML is loaded after the page."""
    _contact_panels[panel.key] = panel


def contact_panels() -> list[ContactPanel]:
    """Return the panels in their order."""
    return sorted(_contact_panels.values(), key=lambda panel: (panel.order, panel.key))


def on_erase(app: str, handler: Handler) -> None:
    """Register how an app erases its data of contacts that are about to be erased, or keeps it as the law requires.

    ``handler(contacts, now)`` runs in the erasing transaction, before the contacts are gone; contacts: contact_id.
    """
    _erase_handlers[app] = handler


def run_erase_handlers(contacts: Relation, *, now: datetime) -> None:
    """Call every app's erase handler."""
    for handler in _erase_handlers.values():
        handler(contacts, now)


def on_delete(app: str, handler: Handler) -> None:
    """Register what an app does when contacts are deleted; ``handler(contacts, now)`` runs in the transaction."""
    _delete_handlers[app] = handler


def run_delete_handlers(contacts: Relation, *, now: datetime) -> None:
    """Call every app's handler for contacts that have just been deleted."""
    for handler in _delete_handlers.values():
        handler(contacts, now)


def on_restore(app: str, handler: Handler) -> None:
    """Register how an app reverts its ``on_delete`` handler; ``handler(contacts, now)`` runs in the transaction."""
    _restore_handlers[app] = handler


def run_restore_handlers(contacts: Relation, *, now: datetime) -> None:
    """Call every app's handler for contacts that have just been restored."""
    for handler in _restore_handlers.values():
        handler(contacts, now)


def on_unwanted(app: str, handler: UnwantedHandler) -> None:
    """Register what an app does about addresses that a file says are not to be written to.

    ``handler(addresses, now)`` runs in the transaction that writes their rows.
    """
    _unwanted_handlers[app] = handler


def run_unwanted_handlers(addresses: UnwantedAddresses, *, now: datetime) -> None:
    """Call every app's handler."""
    for handler in _unwanted_handlers.values():
        handler(addresses, now)


def on_merge(app: str, merge: MergeHandler, unmerge: MergeHandler, *, columns: Mapping[str, str]) -> None:
    """Register how the rows of an app follow when contacts are merged, and how they return when that is undone.

    ``merge(pairs, now)`` runs in the merging transaction, ``unmerge(pairs, now)`` in the one that undoes it; usually
    ``services.carry_rows`` and ``services.return_rows`` on each table.
    columns: every column of the app that holds ids of contacts, in JSON too, as "table.column", with what becomes of
    it: "follows", or why it does not need to.
    """
    _merge_handlers[app] = merge
    _unmerge_handlers[app] = unmerge
    declare_merge_columns(columns)


def declare_merge_columns(columns: Mapping[str, str]) -> None:
    """Declare columns that hold ids of contacts and that no handler moves, as ``on_merge`` does."""
    _merge_columns.update(columns)


def run_merge_handlers(pairs: Relation, *, now: datetime) -> None:
    """Call every app's handler for contacts that are being merged."""
    for handler in _merge_handlers.values():
        handler(pairs, now)


def run_unmerge_handlers(pairs: Relation, *, now: datetime) -> None:
    """Call every app's handler for merges that are being undone, in reverse order."""
    for handler in reversed(_unmerge_handlers.values()):
        handler(pairs, now)


def merge_columns() -> Mapping[str, str]:
    """Return the declared columns that hold ids of contacts, with what a merge does to them."""
    return _merge_columns


def register_merge_figure(figure: MergeFigure) -> None:
    """Register a figure that is shown before two contacts are merged."""
    _merge_figures[figure.key] = figure


def merge_figures() -> list[MergeFigure]:
    """Return the figures in order of registration."""
    return list(_merge_figures.values())


def register_tag_uses(app: str, find: TagUses) -> None:
    """Register which tags an app asks for, so that none of them is deleted without a word."""
    _tag_uses[app] = find


def used_tags(tag_ids: Collection[int]) -> set[int]:
    """Return which of these tags some app asks for."""
    return {pk for find in _tag_uses.values() for pk in find(tag_ids)} if tag_ids else set()


def register_tag_references(
    app: str, uses: Callable[[int], list[TagUse]], replace: Callable[[int, int, datetime], None]
) -> None:
    """Register what of an app refers to tags by id.

    uses(tag_id) returns what would change its meaning if the tag went away; replace(old, new, now) makes everything
    refer to another tag.
    """
    _tag_references[app] = (uses, replace)


def uses_of_tag(tag_id: int) -> list[TagUse]:
    """Return everything that uses a tag, app by app."""
    return [use for uses, _replace in _tag_references.values() for use in uses(tag_id)]


def replace_tag(old: int, new: int, *, now: datetime) -> None:
    """Make everything that refers to a tag refer to another one."""
    for _uses, replace in _tag_references.values():
        replace(old, new, now)


def register_field_uses(
    app: str,
    uses: Callable[[str], list[FieldUse]],
    changed: Callable[[str, datetime], None] | None = None,
) -> None:
    """Register what of an app uses custom fields, by their keys.

    uses(key) returns what would change its meaning without the field; changed(key, now) is called after the field was
    archived, restored, or given another format or other options, in the same transaction.
    """
    _field_uses[app] = uses
    if changed is not None:
        _field_changes[app] = changed


def uses_of_field(key: str) -> list[FieldUse]:
    """Return everything that uses a custom field, app by app."""
    return [use for uses in _field_uses.values() for use in uses(key)]


def field_changed(key: str, *, now: datetime) -> None:
    """Tell every app that a custom field was archived, restored, or given another format or other options."""
    for changed in _field_changes.values():
        changed(key, now)


def register_export_audience(audience: ExportAudience) -> None:
    """Register a file of contacts for a purpose of its own. Raises ValueError when another has the same key."""
    if _export_audiences.setdefault(audience.key, audience) != audience:
        raise ValueError(f"Two files of contacts have the key {audience.key!r}.")


def export_audiences() -> Mapping[str, ExportAudience]:
    """Return the files for purposes of their own, by key."""
    return _export_audiences


def register_purposes(labels: Callable[[], Mapping[str, Text]]) -> None:
    """Register the purposes of an app in the consent log, as label by key; archived ones too."""
    _purposes.append(labels)


def purpose_labels() -> dict[str, Text]:
    """Return the labels of the purposes of all apps."""
    return {key: label for labels in _purposes for key, label in labels().items()}


def register_personal_data(
    app: str, title: Text, read: Callable[[int], list[dict[str, Any]]], *, key: str = ""
) -> None:
    """Register what an app keeps about a person, for the copy that they may ask for.

    key: names the part in the JSON file; the app's name unless it registers several.
    """
    part = PersonalDataPart(key or app, title, read)
    _personal_data[part.key] = part


def personal_data_parts() -> list[PersonalDataPart]:
    """Return the registered parts, in order of registration."""
    return list(_personal_data.values())
