"""Operators pause and resume a workspace on their pages; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.cast import AN, BINH, CHI, GOM_VIET, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts.models import AccountEvent, User
from quen.apps.accounts.types import AccountEventKind
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.django_db
LIST, PAGE = "/installation/", f"/installation/{TRA_SEN}/"
PAUSE, RESUME = f"{PAGE}pause/", f"{PAGE}resume/"


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def is_paused() -> bool:
    return accounts.get_workspace(TRA_SEN).paused_at is not None


def claim_jobs() -> None:
    """Have a living worker run every job that is queued."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [cursor.fetchone()[0]]
        )


def test_all_workspaces_are_listed_with_their_state(client_of: Callable[[str], Client]) -> None:
    client = client_of(AN)
    client.post(PAUSE, {"reason": "maintenance"})
    text = text_of(client, LIST)
    for slug in (TRA_SEN, GOM_VIET):
        assert f'href="{LIST}{slug}/"' in text
    assert "Đang hoạt động" in text
    assert "Tạm dừng từ" in text and "Nguyễn Hoài An" in text


def test_the_workspace_says_why_until_it_is_resumed(client_of: Callable[[str], Client]) -> None:
    client = client_of(AN)
    assert "Tạm dừng không gian này?" in text_of(client, PAGE)
    response = client.post(PAUSE, {"reason": "maintenance"}, follow=True)
    text = response.content.decode()
    assert response.redirect_chain == [(PAGE, 302)]
    assert "Không còn gì ghi vào không gian này nữa" in text
    assert "Nguyễn Hoài An" in text
    members = client_of(BINH).get(f"/w/{TRA_SEN}/contacts/")
    assert members.status_code == 503
    assert "Máy chủ đang được bảo trì." in members.content.decode()
    text = client.post(RESUME, follow=True).content.decode()
    assert "Tạm dừng không gian này?" in text
    assert client_of(BINH).get(f"/w/{TRA_SEN}/contacts/").status_code == 200
    kinds = AccountEvent.objects.filter(user=accounts.find_user(AN)).values_list("kind", "data__by")
    assert list(kinds)[:2] == [
        (AccountEventKind.WORKSPACE_RESUMED, "Nguyễn Hoài An"),
        (AccountEventKind.WORKSPACE_PAUSED, "Nguyễn Hoài An"),
    ]


def test_operators_come_to_it_from_the_page_that_is_paused(client_of: Callable[[str], Client]) -> None:
    client_of(AN).post(PAUSE, {"reason": "moving"})
    assert f'href="{PAGE}"' in client_of(AN).get(f"/w/{TRA_SEN}/").content.decode()
    assert LIST not in client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()


def test_what_still_runs_is_named(client_of: Callable[[str], Client], settings: Any) -> None:
    client = client_of(AN)
    settings.PAUSE_WAIT_SECONDS = 0.0
    with schemas.use(accounts.get_workspace(TRA_SEN).schema_name):
        jobs.enqueue("segments.recompute_all_windowed")
    claim_jobs()
    text = client.post(PAUSE, {"reason": "moving"}, follow=True).content.decode()
    assert is_paused()
    assert "segments.recompute_all_windowed" in text
    assert "Không còn gì ghi vào" not in text


@pytest.mark.parametrize("who", [BINH, CHI])
def test_colleagues_and_other_shops_find_no_such_page(
    client_of: Callable[[str], Client], workspace: Any, who: str
) -> None:
    client = client_of(who)
    for path in (LIST, PAGE):
        assert client.get(path).status_code == 404
    assert client.post(PAUSE, {"reason": "moving"}).status_code == 404
    assert not is_paused()
    client_of(AN).post(PAUSE, {"reason": "moving"})
    assert client.post(RESUME).status_code == 404
    assert is_paused()


def test_strangers_are_asked_to_sign_in(client: Client, workspace: Any) -> None:
    for response in (client.get(LIST), client.get(PAGE), client.post(PAUSE, {"reason": "moving"})):
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/accounts/login/")
    assert not is_paused()


def test_a_workspace_that_does_not_exist_is_not_found(client_of: Callable[[str], Client]) -> None:
    client = client_of(AN)
    assert client.get(f"{LIST}khong-co/").status_code == 404
    assert client.post(f"{LIST}khong-co/pause/", {"reason": "moving"}).status_code == 404


def test_without_a_reason_nothing_is_paused(client_of: Callable[[str], Client], workspace: Any) -> None:
    assert client_of(AN).post(PAUSE, {"reason": "just so"}).status_code == 302
    assert not is_paused()


def test_resuming_twice_is_refused_in_words(client_of: Callable[[str], Client], workspace: Any) -> None:
    response = client_of(AN).post(RESUME)
    assert response.status_code == 409
    assert "Trà Sen" in response.content.decode()


def test_speaks_english(client_of: Callable[[str], Client]) -> None:
    User.objects.filter(email=AN).update(language="en")
    text = text_of(client_of(AN), PAGE)
    assert "Pause workspace" in text and "Opens, clicks and unsubscribes are stored" in text
