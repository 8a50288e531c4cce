"""Step 3: settings for all rows."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.import_export import access, queries, registry, services
from quen.apps.import_export.types import ImportExportRight, ImportStep
from quen.apps.import_export.views.common import current_url, list_url, step_page, step_unavailable
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import refusals_on


@allowed(ImportExportRight.IMPORT)
@require_http_methods(["GET", "POST"])
def settings(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Show the settings form, store the settings and start the dry run."""
    import_ = access.import_for(request.member, import_id)
    if step_unavailable(import_, ImportStep.SETTINGS):
        return HttpResponseRedirect(current_url(import_))
    screens = registry.screens(import_.kind)
    form = screens.settings_form(
        request.POST or None, settings=import_.settings, columns=queries.columns_with_values(import_)
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(cast("Any", form)):
            services.set_settings(import_=import_, settings=form.settings())
            if "leave" in request.POST:
                messages.info(request, _("Saved. You can continue any time."))
                return HttpResponseRedirect(list_url(import_))
            services.start_dry_run(import_=import_, actor=request.actor, now=request.now)
            return HttpResponseRedirect(reverse("import_export:dry_run", args=[import_.pk]))
    context = {"form": form, "kind_template": screens.settings_template}
    return step_page(request, import_, ImportStep.SETTINGS, "import_export/settings.html", context)
