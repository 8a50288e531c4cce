"""How the import wizard speaks about contacts."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quen.apps.import_export.registry import ImportTexts

TEXTS: Final = ImportTexts(
    title=_("Import customers"),
    list_title=_("Import a list of customers"),
    file=_("Customer file"),
    field=_("Customer field"),
    preview=_("Customer preview"),
    identifying=_("phone number, email or customer code"),
    requirements=(
        _("One header row, then one customer per row."),
        _("Every row needs a phone number, an email or a customer code."),
        _(
            "Phone numbers like 0905318274 or +84 905 318 274. "
            "Missing leading zeros and old 11-digit numbers are corrected."
        ),
        _("Dates like 20/10/1991; day and month alone are fine."),
    ),
    formats_note=_("Exports from KiotViet, Sapo, Haravan, Shopee and others are detected automatically."),
    running=_("Importing customers"),
    results_link=_("View customers"),
    delete_confirmation=_(
        "Delete this import, its file and its list of rejected rows? Imported customers are kept."
    ),
    created=ngettext_lazy("%(shown)s new customer was added", "%(shown)s new customers were added", "count"),
    updated=ngettext_lazy("%(shown)s customer was updated", "%(shown)s customers were updated", "count"),
    planned=ngettext_lazy(
        "%(shown)s new customer in %(rows)s rows", "%(shown)s new customers in %(rows)s rows", "count"
    ),
    existing=ngettext_lazy(
        "%(shown)s customer already exists and stays unchanged.",
        "%(shown)s customers already exist and stay unchanged.",
        "count",
    ),
    announced={
        "refusal_recorded": ngettext_lazy(
            "%(shown)s existing customer opts out in this file. The opt-out will be recorded.",
            "%(shown)s existing customers opt out in this file. The opt-outs will be recorded.",
            "count",
        )
    },
    start=ngettext_lazy("Import %(shown)s customer", "Import %(shown)s customers", "count"),
    summary=_(
        "%(created)s customers created, %(updated)s updated, %(unchanged)s unchanged."
        " %(refused)s rows were rejected."
    ),
    undo_removed=ngettext_lazy(
        "%(shown)s customer created by this import is deleted",
        "%(shown)s customers created by this import are deleted",
        "count",
    ),
    undo_restored=ngettext_lazy(
        "%(shown)s customer updated by this import gets their previous values back",
        "%(shown)s customers updated by this import get their previous values back",
        "count",
    ),
    undo_refusing=ngettext_lazy(
        "%(shown)s person keeps their refusal", "%(shown)s people keep their refusal", "count"
    ),
    undo_kept=ngettext_lazy(
        "%(shown)s customer edited since then stays unchanged",
        "%(shown)s customers edited since then stay unchanged",
        "count",
    ),
    undo_done=ngettext_lazy(
        "Import undone. %(shown)s customer deleted.", "Import undone. %(shown)s customers deleted.", "count"
    ),
    undo_note=_("Customers who unsubscribed in the file or since then stay unsubscribed."),
)
