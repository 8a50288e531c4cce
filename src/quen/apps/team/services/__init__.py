"""Services of the team app, one file per subject."""

from quen.apps.team.services.account_deletion import delete_account
from quen.apps.team.services.audit_log import audit
from quen.apps.team.services.files import (
    CHUNK_BYTES,
    delete_expired_files,
    delete_file,
    delete_files,
    store_file,
)
from quen.apps.team.services.invitations import (
    accept_invitation,
    public_url,
    resend_invitation,
    revoke_invitation,
    send_invitations,
    sign_up_and_join,
)
from quen.apps.team.services.members import (
    add_member,
    change_role,
    ensure_email_available,
    relink_members,
    remove_member,
    rename_member,
    set_preference,
)
from quen.apps.team.services.notifications import (
    delete_notifications,
    delete_old_notifications,
    email_member,
    mark_all_read,
    mark_read,
    notify,
)
from quen.apps.team.services.progress import (
    end_progress,
    fail_progress,
    request_stop,
    retry_progress,
    start_progress,
    stop_requested,
    update_progress,
)
from quen.apps.team.services.workspaces import (
    archive_workspace,
    change_settings,
    delete_due_workspaces,
    delete_workspace,
    open_workspace,
    request_deletion,
    unarchive_workspace,
)

__all__ = [
    "CHUNK_BYTES",
    "accept_invitation",
    "add_member",
    "archive_workspace",
    "audit",
    "change_role",
    "change_settings",
    "delete_account",
    "delete_due_workspaces",
    "delete_expired_files",
    "delete_file",
    "delete_files",
    "delete_notifications",
    "delete_old_notifications",
    "delete_workspace",
    "email_member",
    "end_progress",
    "ensure_email_available",
    "fail_progress",
    "mark_all_read",
    "mark_read",
    "notify",
    "open_workspace",
    "public_url",
    "relink_members",
    "remove_member",
    "rename_member",
    "request_deletion",
    "request_stop",
    "resend_invitation",
    "retry_progress",
    "revoke_invitation",
    "send_invitations",
    "set_preference",
    "sign_up_and_join",
    "start_progress",
    "stop_requested",
    "store_file",
    "unarchive_workspace",
    "update_progress",
]
