"""Workspaces: one schema each, nothing shared."""

import pytest
from django.db import DataError, connection, transaction
from tests.cast import AN, GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries, services
from quen.apps.accounts.types import InvalidSlug, SlugTaken, WorkspaceNotFound
from quen.apps.team import services as team
from quen.core import schemas

pytestmark = pytest.mark.django_db


class TestOpenWorkspace:
    def test_has_its_own_schema_equal_to_a_migrated_one(self) -> None:
        owner = queries.find_user(AN)
        assert owner is not None
        opened = team.open_workspace(name="Mộc Sen", slug="moc-sen", owner=owner, now=NOW)
        assert opened.schema_name in schemas.workspace_schemas()
        assert schemas.migration_state().behind == []

    def test_refuses_a_slug_in_use_and_leaves_nothing(self) -> None:
        owner = queries.find_user(AN)
        assert owner is not None
        before = schemas.workspace_schemas()
        with pytest.raises(SlugTaken):
            team.open_workspace(name="Trà Sen", slug=TRA_SEN, owner=owner, now=NOW)
        assert schemas.workspace_schemas() == before

    def test_that_fails_leaves_nothing(self) -> None:
        owner = queries.find_user(AN)
        assert owner is not None
        before = schemas.workspace_schemas()
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("UPDATE accounts_schematemplate SET script = script || ' SELECT 1 / 0;'")
            with pytest.raises(DataError), transaction.atomic():
                team.open_workspace(name="Mộc Sen", slug="moc-sen", owner=owner, now=NOW)
            assert schemas.workspace_schemas() == before
            cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ws\\_%%' ORDER BY oid", [])
            assert [name for (name,) in cursor.fetchall()] == before
            with pytest.raises(WorkspaceNotFound):
                queries.get_workspace("moc-sen")

    @pytest.mark.parametrize("slug", ["a", "Mộc Sen", "-sen", "sen-", "admin", "a/b"])
    def test_refuses_an_invalid_slug(self, slug: str) -> None:
        owner = queries.find_user(AN)
        assert owner is not None
        with pytest.raises(InvalidSlug):
            services.create_workspace(name="Sen", slug=slug, owner=owner)

    def test_suggests_a_free_slug_without_diacritics(self) -> None:
        assert services.suggest_slug("Trà Sen") == "tra-sen-2"
        assert services.suggest_slug("Đồ Gỗ") == "do-go"


class TestIsolation:
    def test_rows_of_one_workspace_are_not_in_the_other(self) -> None:
        from quen.apps.contacts.models import Tag

        with schemas.use(queries.get_workspace(TRA_SEN).schema_name):
            Tag.objects.create(name="VIP")
        with schemas.use(queries.get_workspace(GOM_VIET).schema_name):
            assert not Tag.objects.exists()
