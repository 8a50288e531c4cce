"""Campaigns through the API."""

from __future__ import annotations

import pytest

from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.campaigns.tests.factories import make_campaign

pytestmark = pytest.mark.usefixtures("workspace")


class TestCampaigns:
    def test_they_are_listed_with_their_reports(self) -> None:
        client = ApiClient(make_key())
        campaign = make_campaign()
        listed = client.get("campaigns").json()["data"]
        assert [each["id"] for each in listed] == [campaign.pk]
        report = client.get(f"campaigns/{campaign.pk}/report").json()
        assert (report["campaign"]["state"], report["sent"]) == ("draft", 0)
        assert client.get("campaigns/999999/report").status_code == 404
