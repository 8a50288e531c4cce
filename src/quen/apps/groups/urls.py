"""URLs of groups, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.groups.views import contact, groups, members

app_name = "groups"
urlpatterns = [
    path("", groups.group_list, name="group_list"),
    path("new/", groups.group_new, name="group_new"),
    path("suggestions/", groups.group_suggestions, name="group_suggestions"),
    path("people/", members.find_people, name="find_people"),
    path("contact/<int:contact_id>/", contact.contact_groups, name="contact_groups"),
    path("<int:group_id>/", members.group_page, name="group"),
    path("<int:group_id>/edit/", groups.group_edit, name="group_edit"),
    path("<int:group_id>/active/", groups.group_active, name="group_active"),
    path("<int:group_id>/delete/", groups.group_delete, name="group_delete"),
    path("<int:group_id>/add/", members.members_add, name="members_add"),
    path("<int:group_id>/remove/", members.members_remove, name="members_remove"),
    path("<int:group_id>/copy/", members.members_copy, name="members_copy"),
]
