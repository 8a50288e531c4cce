"""Verbs of the team room, one file a family."""

from quen.apps.team.services.filing import CHUNK_BYTES, drop_expired_files, drop_file, keep_file
from quen.apps.team.services.inviting import (
    invite_people,
    join,
    join_as_new,
    public_address,
    resend_invitation,
    revoke_invitation,
)
from quen.apps.team.services.logging import log_action
from quen.apps.team.services.seats import (
    add_member,
    change_role,
    ensure_new_address,
    remember_choice,
    remove_member,
    rename_member,
    reseat,
)
from quen.apps.team.services.telling import (
    forget_old_notices,
    mail_member,
    notify,
    read_notice,
    read_notices,
)
from quen.apps.team.services.working import advance, ask_to_stop, end_progress, start_progress, stop_asked
from quen.apps.team.services.workspaces import change_settings, open_workspace

__all__ = [
    "CHUNK_BYTES",
    "add_member",
    "advance",
    "ask_to_stop",
    "change_role",
    "change_settings",
    "drop_expired_files",
    "drop_file",
    "end_progress",
    "ensure_new_address",
    "forget_old_notices",
    "invite_people",
    "join",
    "join_as_new",
    "keep_file",
    "log_action",
    "mail_member",
    "notify",
    "open_workspace",
    "public_address",
    "read_notice",
    "read_notices",
    "remember_choice",
    "remove_member",
    "rename_member",
    "reseat",
    "resend_invitation",
    "revoke_invitation",
    "start_progress",
    "stop_asked",
]
