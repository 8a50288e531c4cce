"""Every public service has an operation in the API, or stands here with its reason. This list only shrinks."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from quen.config.apps import APPS

OURS = "work of jobs, consumers, and of other apps on erasure, merging and restoring"
PEOPLE = "decided by members on a page"
NOT_YET = "not offered yet"
OPERATOR = "of accounts and the installation, which no key reaches"
ENTRANCE = "keys make no keys; the rest is the entrance itself"
CHANNELS = "channels are set up by members, with passwords on a page"
ANSWERS = "people answer on their own pages; rules are set by members"
DESK = "a desk of members, with duties of the law"
OWN_WAY = "forms and the website script have a way in of their own, and are set up by members"
#: by app and reason; a new service of an app needs an operation, and what gets one leaves the list
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "team": {
        OPERATOR: (
            "accept_invitation add_member archive_workspace audit change_role change_settings "
            "delete_account delete_due_workspaces delete_expired_files delete_file delete_files "
            "delete_notifications delete_old_notifications delete_workspace email_member "
            "end_progress ensure_email_available fail_progress mark_all_read mark_read notify "
            "open_workspace public_url relink_members remove_member rename_member "
            "request_deletion request_stop resend_invitation retry_progress revoke_invitation "
            "send_invitations set_preference sign_up_and_join start_progress stop_requested "
            "store_file unarchive_workspace update_progress"
        ),
    },
    "api": {
        ENTRANCE: (
            "create_key delete_old_answers delete_old_calls find_answer forget_answers "
            "record_call record_use revoke_key store_answer"
        ),
    },
    "import_export": {
        PEOPLE: (
            "auto_match create_export create_from_paste create_from_upload delete_export "
            "delete_import delete_preset export_at_once export_of_link link_token record_download "
            "refused_rows refused_rows_csv resume retry_refused save_preset set_matching "
            "set_read_options set_settings start start_dry_run start_export stop stop_export undo "
            "validate_for_run"
        ),
        OURS: (
            "ensure_runnable erase_exports erase_files erase_rows expire_exports expire_imports "
            "record_failed_dry_run record_failed_export resume_orphaned resume_orphaned_exports "
            "run_dry_run run_export run_import"
        ),
    },
    "events": {
        OURS: (
            "change_data clear_partition_cache delete_event drain ensure_months_ahead "
            "ensure_partitions erase_events move_events notify_changed notify_consumer "
            "partition_months pending_consumers record record_many record_relation record_rows "
            "return_events schedule_drain subscribe subscribe_consumers"
        ),
    },
    "contacts": {
        NOT_YET: (
            "add_address add_file add_note create_tag delete_address make_address_default "
            "restore_contacts update_address"
        ),
        OURS: (
            "answers_of_change record_answers "
            "apply_totals carry_rows delete_file ensure_tags erase_again erase_contact "
            "erase_contacts erase_from_files erasure_due_at give_codes_to_imported "
            "give_codes_to_new has_ground index_field insert_staged load_consents load_taggings "
            "lock_contact merge_contacts merge_pairs purge_deleted record_answer restore_consent "
            "return_rows run_bulk_job run_format_job run_undo_job run_verb save_proof "
            "stage_contacts start_merge_change touch_activity"
        ),
        PEOPLE: (
            "add_options archive_field bulk_delete bulk_merge bulk_set_status bulk_tag "
            "bulk_update change_format check_undo correct_source create_contact "
            "create_contact_from_source create_source delete_field delete_note delete_tag "
            "delete_unused_tags delete_view describe_tag edit_note fill_contact lift_restriction "
            "merge_tags move_field move_option remove_option rename_option rename_tag "
            "restore_field restrict_contact save_tags save_view set_status start_giving_codes "
            "start_undo unblock undo_change undo_merge update_contact_settings update_field "
            "update_people_settings update_source update_view withdraw_consent"
        ),
    },
    "groups": {
        OURS: (
            "apply_change clean_group_name clear_deleted count_undo data_of ensure_groups "
            "erase_contacts forget_changes import_members load_members merge_contacts revert "
            "undo_import unmerge_contacts"
        ),
        NOT_YET: "set_groups_of",
        PEOPLE: "copy_members delete_group move_members set_active undo_change update_group",
    },
    "duplicates": {
        OURS: "forget is_due note_changed run_merge_job scan",
        PEOPLE: "merge_pair merge_sure_pairs postpone reopen start_merging tell_apart",
    },
    "compliance": {
        ANSWERS: (
            "import_answers new_answers undo_answers "
            "accept_terms answer_purpose answer_request archive_topic ask_to_join "
            "block_everything choose_topics correct_details create_topic leave_company move_topic "
            "refuse_purposes restore_topic resubscribe save_preferences show_code suppress "
            "unblock_everything undo_unsubscribe unsubscribe unsuppress update_sending_settings "
            "update_topic upload_register withdraw_request"
        ),
        OURS: (
            "announce_sharing claim_confirmation consume_refusals enqueue_synchronisation "
            "ensure_owner erase_answers erase_choices erase_old_unsubscribes gets_advertising "
            "has_refused has_said_no parse_address process_stored_unsubscribes "
            "process_unsubscribes record_all_refusals record_refusals release_places "
            "restart_after_restore store_unsubscribe suppress_erased suppress_opted_out "
            "synchronise_sharing take_places unsuppress_restored"
        ),
    },
    "webhooks": {
        OURS: (
            "clear_deleted delete_old erase_messages follow_events pause_all read_url "
            "seconds_until_due send_due sending_slot store_answers write_bodies write_messages"
        ),
    },
    "tasks": {
        NOT_YET: (
            "begin_call call_now cancel_task create_task create_tasks finish_task reopen_task take_task "
            "update_call_hours update_task withdraw_call"
        ),
        OURS: (
            "check_bulk_values ensure_open ensure_plannable erase_tasks merge_tasks remove_tasks "
            "send_reminders skip_due_reminders unmerge_tasks verdict_now"
        ),
    },
    "data_requests": {
        DESK: (
            "acknowledge carry_out erase_person extend finish forget_people make_request refuse "
            "remind start update_request_settings"
        ),
    },
    "website": {
        OWN_WAY: (
            "cleaned delete_expired erase_people join_signed_claims load_site make_secret "
            "mark_link merge_people process_visits public_key script_of site_event unmerge_people "
            "update_settings workspace_of"
        ),
    },
    "segments": {
        OURS: (
            "any_due compute_pending compute_segment create_defaults flush recompute_all_windowed "
            "recompute_later recompute_segment recompute_windowed recompute_with_field "
            "record_failed_computation refresh remove_erased_contacts replace_tag"
        ),
        PEOPLE: "archive_segment create_segment duplicate_segment restore_segment update_segment",
    },
    "channels": {
        CHANNELS: (
            "activate_connection add_sender change_sender clear_cache delete_old_sandbox_messages "
            "empty_sandbox erase_recipients error_message notify_inbound notify_receipts "
            "open_session prefer_sender prepare_workspace read_webhook_token receive_webhooks "
            "record_failure record_success remote_session remove_sender sandbox_is_on_cached "
            "secret_for send_directly send_test set_connection simulate_open simulate_receipt "
            "simulate_unsubscribe store_in_sandbox test_connection use_found_rate webhook_url"
        ),
    },
    "content": {
        PEOPLE: "copy_content create_content delete_content freeze save_version",
    },
    "delivery": {
        OURS: (
            "add_recipients anonymize_messages apply_receipts block_claims create_dispatch "
            "deliver fan_out match_receipts pause_after_restore process_webhooks "
            "record_failed_fan_out record_failed_sending render_message run_and_reschedule "
            "send_one send_own_message send_unsubscribe_confirmation tracker wake_all "
            "webhook_event"
        ),
        PEOPLE: (
            "cancel_dispatch cancel_remaining close_dispatch pause_dispatch resolve_all_uncertain "
            "resolve_uncertain resume_dispatch retry_failed sending_note"
        ),
    },
    "campaigns": {
        OURS: (
            "purge_deleted record_failed_start replace_tag reset_after_restore save_estimate "
            "sweep sync_with_dispatch"
        ),
        PEOPLE: (
            "add_items archive cancel check_links confirm_everyone create_campaign delete "
            "duplicate pause remove_item rename request_link_check resend_to_unopened restore "
            "resume retry save_delivery save_send_time schedule send_now send_test start "
            "unarchive unschedule"
        ),
    },
    "signup": {
        OWN_WAY: (
            "add_item ask_for_review change_draft change_item close_form confirm copy_of "
            "count_view create_form delete_form delete_item delete_old discard_changes "
            "erase_people external_event lead_of merge_people move_item open_form problems "
            "process_external process_received publish read_again receive refuse_proposal release "
            "rename_form renew_address send_again send_confirmations set_mapping take take_lead "
            "take_proposal targets_of unmerge_people"
        ),
    },
}
WITH_SERVICES = [app for app in APPS if app.tables == "workspace" and find_spec(f"{app.module}.services")]


def services_of(module: str) -> set[str]:
    """Return the public functions among an app's services."""
    found = import_module(f"{module}.services")
    names = getattr(found, "__all__", [name for name in vars(found) if not name.startswith("_")])
    return {
        name
        for name in names
        if inspect.isfunction(function := getattr(found, name)) and function.__module__.startswith(module)
    }


def named_by_operations(module: str) -> set[str]:
    """Return every name that an app's operations use."""
    spec = find_spec(f"{module}.api")
    if spec is None or spec.origin is None:
        return set()
    origin = Path(spec.origin)
    files = origin.parent.glob("*.py") if origin.name == "__init__.py" else [origin]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
        node.id for node in nodes if isinstance(node, ast.Name)
    }


@pytest.mark.parametrize("app", WITH_SERVICES, ids=lambda app: app.name)
def test_every_service_has_an_operation_or_a_reason(app: object) -> None:
    module, name = app.module, app.name  # type: ignore[attr-defined]  # an App
    services, used = services_of(module), named_by_operations(module)
    left_out = [each for names in LEFT_OUT.get(name, {}).values() for each in names.split()]
    assert len(left_out) == len(set(left_out))
    assert services - used - set(left_out) == set(), "needs an operation, or a reason here"
    assert set(left_out) & used & services == set(), "has an operation: it leaves the list"
    assert set(left_out) - services == set(), "is no service any more: it leaves the list"
