"""What is erased by itself when its time is over."""

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
A_NIGHT = int(NOW.timestamp())


class TestTeam:
    def test_drops_expired_files_and_notices_of_three_months_ago(self, an: Member) -> None:
        services.keep_file(name="cu.csv", content=BytesIO(b"a"), expires_at=NOW - timedelta(seconds=1))
        kept = services.keep_file(name="moi.csv", content=BytesIO(b"b"), expires_at=NOW + timedelta(days=1))
        services.notify(an, "team.joined", now=NOW - timedelta(days=91), data={"name": "Cũ"})
        services.notify(an, "team.joined", now=NOW - timedelta(days=89), data={"name": "Mới"})
        tasks.forget_old(A_NIGHT)
        assert list(File.objects.values_list("pk", flat=True)) == [kept.pk]
        assert FileChunk.objects.count() == 1
        assert [notice.data for notice in queries.notices(an)] == [{"name": "Mới"}]


class TestAccounts:
    def test_forgets_invitations_thirty_days_after_their_end(self, workspace: Workspace) -> None:
        an = accounts.find_user(AN)
        assert an is not None
        for email, days in (("cu@x.vn", 38), ("moi@x.vn", 36)):
            accounts_services.invite(
                workspace=workspace, email=email, role=Role.SALES, by=an, now=NOW - timedelta(days=days)
            )
        accounts_tasks.forget_old(A_NIGHT)
        assert list(Invitation.objects.values_list("email", flat=True)) == ["moi@x.vn"]

    def test_forgets_links_and_mail(self, database: None) -> None:
        owner = User.objects.create_user("chu@x.vn")
        accounts_services.make_sign_in_link(user=owner)
        SignInLink.objects.update(expires_at=NOW - timedelta(seconds=1))
        accounts_services.keep_mail(to=AN, subject="Cũ", text="…")
        SystemMail.objects.update(created_at=NOW - timedelta(days=31))
        accounts_services.keep_mail(to=AN, subject="Mới", text="…")
        SystemMail.objects.filter(subject="Mới").update(created_at=NOW)
        accounts_tasks.forget_old(A_NIGHT)
        assert not SignInLink.objects.exists()
        assert [mail.subject for mail in accounts.system_mail()] == ["Mới"]
