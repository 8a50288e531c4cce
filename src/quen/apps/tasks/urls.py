"""URLs of the tasks app, under tasks/."""

from django.urls import path

from quen.apps.tasks.views import contact_panel, settings, task, task_list

app_name = "tasks"
urlpatterns = [
    path("", task_list.task_list, name="task_list"),
    path("quick/", task_list.quick_task, name="quick_task"),
    path("new/", task.task_new, name="task_new"),
    path("settings/", settings.call_hours, name="call_hours"),
    path("contacts/<int:contact_id>/", contact_panel.contact_tasks, name="contact_tasks"),
    path("contacts/<int:contact_id>/new/", contact_panel.contact_task_new, name="contact_task_new"),
    path("contacts/<int:contact_id>/call/", task.contact_call, name="contact_call"),
    path("<int:task_id>/", task.task_page, name="task"),
    path("<int:task_id>/done/", task.task_done, name="task_done"),
    path("<int:task_id>/cancellation/", task.task_cancel, name="task_cancel"),
    path("<int:task_id>/reopening/", task.task_reopen, name="task_reopen"),
    path("<int:task_id>/assignee/", task.task_take, name="task_take"),
    path("<int:task_id>/call/", task.task_call, name="task_call"),
    path("<int:task_id>/call/undo/", task.task_call_undo, name="task_call_undo"),
]
