"""What becomes of the values of a custom field: the options of a choice, and another format."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.fields import FormatForm, NewOptionsForm, OptionForm, RemoveOptionForm
from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.options import FieldOptions, Option
from quen.apps.contacts.types import BulkOutcome, ContactRight, FieldFormat
from quen.apps.contacts.views.undo import preview_of
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core.errors import NotFound
from quen.ui.pages import page, success
from quen.ui.params import positive_int
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

_PAGE_SIZE = 50


@allowed(ContactRight.CONFIGURE)
@require_POST
def options_add(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Add options to a choice field."""
    field = queries.get_field(field_id)
    form = NewOptionsForm(request.POST)
    if form.is_valid() and field.has_options:
        labels = form.cleaned_data["labels"]
        services.add_options(field=field, labels=labels, actor=request.actor, now=request.now)
    return success(request, message=_("Saved."), to=_page_of(field))


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def option(request: WorkspaceRequest, field_id: int, place: int) -> HttpResponse:
    """Rename an option, or remove it and say where its customers go."""
    field = queries.get_field(field_id)
    found = _option(request, field, place)
    form = OptionForm(request.POST or None, initial={"label": found.label})
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            label = form.cleaned_data["label"]
            services.rename_option(
                field=field, option_id=found.id, label=label, actor=request.actor, now=request.now
            )
            return success(request, message=_("Saved."), to=_page_of(field))
    return _option_page(request, field, found, form)


@allowed(ContactRight.CONFIGURE)
@require_POST
def option_remove(request: WorkspaceRequest, field_id: int, place: int) -> HttpResponse:
    """Remove an option; its customers get another one, or none."""
    field = queries.get_field(field_id)
    found = _option(request, field, place)
    form = RemoveOptionForm(request.POST, options=field.options, removed=found)
    if not form.is_valid():
        return _option_page(request, field, found, OptionForm(initial={"label": found.label}))
    outcome = services.remove_option(
        field=field,
        option_id=found.id,
        into=form.cleaned_data["into"] or None,
        actor=request.actor,
        now=request.now,
    )
    removed = _("Option “%(label)s” removed.") % {"label": found.label}
    return _done(request, field, outcome, removed)


@allowed(ContactRight.CONFIGURE)
@require_POST
def option_move(request: WorkspaceRequest, field_id: int, place: int) -> HttpResponse:
    """Move an option up or down."""
    field = queries.get_field(field_id)
    found = _option(request, field, place)
    services.move_option(field=field, option_id=found.id, up=request.POST.get("direction") == "up")
    return success(request, message=_("Saved."), to=_page_of(field))


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def field_format(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Choose another format, see what would become of the values, then change it."""
    field = queries.get_field(field_id)
    given = request.POST or (request.GET if request.GET.get("format") else None)
    form = FormatForm(given, field=field)
    context = {"form": form, "field": field, "check": None}
    if given is not None and form.is_valid():
        format_ = form.cleaned_data["format"]
        options = _options(form, field)
        if request.method == "POST":
            with domain_errors_on(form):
                outcome = services.change_format(
                    field=field, format=format_, choices=options, actor=request.actor, now=request.now
                )
                changed = _("The format is now “%(format)s”.") % {"format": FieldFormat(format_).label}
                return _done(request, field, outcome, changed)
        chosen = [("format", format_), ("choices", "\n".join(options.labels))]
        context |= {
            "check": queries.check_format(field, format_, options),
            "wanted": FieldFormat(format_).label,
            "chosen": chosen,
            "options": options.labels if _is_choice(format_) else [],
            "misfits_url": f"{reverse('contacts:field_misfits', args=[field.pk])}?{urlencode(chosen)}",
        }
    return page(request, "contacts/fields/format.html", context)


@allowed(ContactRight.CONFIGURE)
@require_GET
def field_misfits(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """List the customers whose values do not fit another format."""
    field = queries.get_field(field_id)
    form = FormatForm(request.GET, field=field)
    if not form.is_valid():
        raise NotFound()
    format_, options = form.cleaned_data["format"], _options(form, field)
    after = positive_int(request.GET.get("after")) or 0
    rows, last = queries.misfits(field, format_, options, after=after, size=_PAGE_SIZE)
    chosen = urlencode([("format", format_), ("choices", "\n".join(options.labels))])
    context = {
        "field": field,
        "rows": rows,
        "wanted": FieldFormat(format_).label,
        "back": f"{reverse('contacts:field_format', args=[field.pk])}?{chosen}",
        "next": f"?{chosen}&after={last}" if last else "",
        "is_first": not after,
    }
    return page(request, "contacts/fields/misfits.html", context)


def _option_page(request: WorkspaceRequest, field: Field, option: Option, form: OptionForm) -> HttpResponse:
    counts = queries.option_counts(field)
    context = {
        "field": field,
        "option": option,
        "form": form,
        "removal": RemoveOptionForm(options=field.options, removed=option),
        "place": field.options.each.index(option),
        "contacts": sum(counts.get(pk, 0) for pk in option.ids),
        "uses": [(use, workspace_path(use.path)) for use in registry.uses_of_field(field.key)],
    }
    return page(request, "contacts/fields/option.html", context)


def _option(request: WorkspaceRequest, field: Field, place: int) -> Option:
    """Return the option that a page was opened for; what is posted names it, because others may move options."""
    options = field.options
    posted = request.POST.get("option")
    found = options.get(posted) if posted else None
    if found is None and not posted and field.has_options and place < len(options):
        found = options.each[place]
    if found is None:
        raise NotFound()
    return found


def _options(form: FormatForm, field: Field) -> FieldOptions:
    asked = _is_choice(form.cleaned_data["format"]) and not form.cleaned_data["choices"].strip()
    return form.options(field, queries.suggested_options(field) if asked else [])


def _is_choice(format_: str) -> bool:
    return format_ in (FieldFormat.SINGLE, FieldFormat.MULTIPLE)


def _done(
    request: WorkspaceRequest, field: Field, outcome: BulkOutcome | Progress, message: str
) -> HttpResponse:
    if not isinstance(outcome, BulkOutcome):
        return success(
            request,
            message=_("Started. You can leave this page."),
            to=reverse("team:progress", args=[outcome.pk]),
        )
    undo = preview_of(outcome.change_id)
    changed = ngettext("%(n)s customer changed.", "%(n)s customers changed.", outcome.changed)
    text = f"{message} {changed % {'n': num(outcome.changed)}}" if outcome.changed else message
    return success(request, message=text, undo=undo, to=_page_of(field))


def _page_of(field: Field) -> str:
    return reverse("contacts:field_edit", args=[field.pk])
