"""Advisory locks: one holder, freed at once, separate for each workspace."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from quen.core import schemas
from quen.core.locks import AdvisoryLock

LOCK = AdvisoryLock("tests.lock")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match=r"tests\.lock"):
        AdvisoryLock("tests.lock")


@pytest.mark.django_db
class TestKey:
    def test_differs_by_parts_and_by_schema(self) -> None:
        with schemas.use("public"):
            here = {LOCK.key(1), LOCK.key(2), LOCK.key(1, "bulk"), LOCK.key("1", "bulk", "x")}
        with schemas.use("another"):
            there = {LOCK.key(1), LOCK.key(2)}
        assert len(here | there) == 6

    def test_fits_a_bigint_and_is_the_same_in_every_process(self) -> None:
        with schemas.use("public"):
            assert -(2**63) <= LOCK.key(1) < 2**63
            assert LOCK.key(1) == LOCK.key("1")


@pytest.mark.django_db(transaction=True)
class TestHolding:
    def test_a_session_lock_is_held_by_one(self) -> None:
        with LOCK.session(7) as first:
            assert first
            with LOCK.session(7) as second, LOCK.session(8) as other:
                assert not second
                assert other
            assert LOCK.is_held(7)
        assert not LOCK.is_held(7)
        with LOCK.session(7) as again:
            assert again

    def test_a_session_may_wait_for_the_other(self) -> None:
        order: list[str] = []

        def other_process() -> None:
            with LOCK.session(10, wait=True) as acquired:
                order.append(f"second: {acquired}")
            connection.close()

        thread = threading.Thread(target=other_process)
        with LOCK.session(10):
            thread.start()
            thread.join(0.2)
            assert thread.is_alive()
            order.append("first")
        thread.join(30)
        assert order == ["first", "second: True"]

    def test_a_transaction_lock_ends_with_the_transaction(self) -> None:
        def other_process(results: list[bool]) -> None:
            with transaction.atomic():
                results.append(LOCK.try_acquire(9))
            connection.close()

        def ask() -> bool:
            results: list[bool] = []
            thread = threading.Thread(target=other_process, args=[results])
            thread.start()
            thread.join()
            return results[0]

        with transaction.atomic():
            LOCK.acquire(9)
            assert not ask()
        assert ask()
