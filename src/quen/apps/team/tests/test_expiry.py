"""What the daily tasks delete."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from tests.cast import AN, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts import tasks as accounts_tasks
from quen.apps.accounts.models import Invitation, SignInLink, SystemMail, User, Workspace
from quen.apps.team import queries, services, tasks
from quen.apps.team.models import File, FileChunk, Member
from quen.apps.team.types import Role

pytestmark = pytest.mark.django_db


class TestTeam:
    def test_deletes_expired_files_and_notifications_older_than_90_days(self, an: Member) -> None:
        services.store_file(name="cu.csv", content=BytesIO(b"a"), expires_at=NOW - timedelta(seconds=1))
        fresh = services.store_file(name="moi.csv", content=BytesIO(b"b"), expires_at=NOW + timedelta(days=1))
        services.notify(an, "team.joined", now=NOW - timedelta(days=91), data={"name": "Cũ"})
        services.notify(an, "team.joined", now=NOW - timedelta(days=89), data={"name": "Mới"})
        tasks.delete_expired(NOW)
        assert list(File.objects.values_list("pk", flat=True)) == [fresh.pk]
        assert FileChunk.objects.count() == 1
        assert [notification.data for notification in queries.notifications(an)] == [{"name": "Mới"}]


class TestAccounts:
    def test_deletes_invitations_30_days_after_their_end(self, workspace: Workspace) -> None:
        an = accounts.find_user(AN)
        assert an is not None
        for email, days in (("cu@x.vn", 38), ("moi@x.vn", 36)):
            accounts_services.create_invitation(
                workspace=workspace,
                email=email,
                role=Role.SALES,
                invited_by=an,
                now=NOW - timedelta(days=days),
            )
        accounts_tasks.delete_expired(NOW)
        assert list(Invitation.objects.values_list("email", flat=True)) == ["moi@x.vn"]

    def test_deletes_expired_links_and_old_mail(self, database: None) -> None:
        owner = User.objects.create_user("chu@x.vn")
        accounts_services.create_sign_in_link(user=owner)
        SignInLink.objects.update(expires_at=NOW - timedelta(seconds=1))
        accounts_services.store_system_mail(to=AN, subject="Cũ", text="…")
        SystemMail.objects.update(created_at=NOW - timedelta(days=31))
        accounts_services.store_system_mail(to=AN, subject="Mới", text="…")
        SystemMail.objects.filter(subject="Mới").update(created_at=NOW)
        accounts_tasks.delete_expired(NOW)
        assert not SignInLink.objects.exists()
        assert [mail.subject for mail in accounts.system_mail()] == ["Mới"]
