"""Topics of advertising: list, create, edit, move, archive."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.forms.topics import TopicForm, topic_initial
from quen.apps.compliance.models import Topic
from quen.apps.compliance.types import ComplianceRight
from quen.apps.contacts.types import Channel
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success


@allowed(ComplianceRight.CONFIGURE)
@require_GET
def topic_list(request: WorkspaceRequest) -> HttpResponse:
    """List the topics with their channels, what still needs them, and how many customers left them."""
    topics, archived = queries.topics(), queries.archived_topics()
    left, uses = queries.people_who_left(topics), registry.topic_uses()
    rows = [(topic, _channels(topic), left.get(topic.pk, 0), uses.get(topic.pk, [])) for topic in topics]
    context = {"rows": rows, "archived": [(topic, _channels(topic)) for topic in archived]}
    return page(request, "compliance/topics.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def topic_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a topic."""
    used = _used_channels()
    form = TopicForm(request.POST or None, channels=used, initial={"channels": used[:1]})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            topic = services.create_topic(**form.values(), actor=request.actor, now=request.now)
            message = _("Topic “%(name)s” created.") % {"name": topic.name}
            return success(request, message=message, to=reverse("compliance:topics"))
    return page(request, "compliance/topic.html", {"form": form, "topic": None})


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def topic_edit(request: WorkspaceRequest, topic_id: int) -> HttpResponse:
    """Edit a topic."""
    topic = queries.get_topic(topic_id)
    channels = [*_used_channels(), *topic.channels]
    form = TopicForm(request.POST or None, channels=channels, initial=topic_initial(topic))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.update_topic(topic=topic, **form.values(), actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("compliance:topics"))
    return page(request, "compliance/topic.html", {"form": form, "topic": topic})


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def topic_move(request: WorkspaceRequest, topic_id: int) -> HttpResponse:
    """Move a topic up or down on the pages of customers."""
    services.move_topic(topic=queries.get_topic(topic_id), up=request.POST.get("direction") == "up")
    return success(request, to=reverse("compliance:topics"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def topic_archive(request: WorkspaceRequest, topic_id: int) -> HttpResponse:
    """Archive a topic that nothing needs any more."""
    services.archive_topic(topic=queries.get_topic(topic_id), actor=request.actor, now=request.now)
    undo = reverse("compliance:topic_restore", args=[topic_id])
    return success(request, message=_("Archived."), to=reverse("compliance:topics"), undo=undo)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def topic_restore(request: WorkspaceRequest, topic_id: int) -> HttpResponse:
    """Put an archived topic to use again."""
    services.restore_topic(topic=queries.get_topic(topic_id), actor=request.actor, now=request.now)
    return success(request, message=_("Restored."), to=reverse("compliance:topics"))


def _used_channels() -> list[str]:
    return [policy.channel for policy in registry.used_policies()]


def _channels(topic: Topic) -> str:
    return ", ".join(str(Channel(channel).label) for channel in topic.channels)
