"""The customer list: who is found, in which order, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.cast import AN

LIST = "/w/tra-sen/contacts/"


class TestContactList:
    def test_opens(self, an: Any, client_of: Callable[[str], Any]) -> None:
        answer = client_of(AN).get(LIST)
        assert answer.status_code == 200


pytestmark = pytest.mark.django_db
