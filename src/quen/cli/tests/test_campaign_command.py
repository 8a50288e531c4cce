"""``quen campaign`` sends what the checklist allows and reports the results."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_subscriber
from quen.apps.campaigns.types import CampaignState, CheckFailed
from quen.apps.content import queries as contents
from quen.cli.base import CommandError, Output
from quen.cli.commands.campaign import COMMAND

MAIL = "---\nsubject: Trà mới về\npreview: Ghé lấy nhé\n---\n<p>Chào bạn, trà mới đã về.</p>\n"


@pytest.fixture
def folder(workspace: Any, an: Any, tmp_path: Path) -> Path:
    """A folder with an email and its conditions."""
    enable_sending(workspace, an)
    (tmp_path / "mail.html").write_text(MAIL, encoding="utf-8")
    rules = {"field": "email_domain", "op": "is", "value": "example.net"}
    (tmp_path / "rules.json").write_text(json.dumps(rules), encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run the command in Trà Sen. Return its JSON result."""
    parser = ArgumentParser()
    COMMAND.arguments(parser)
    COMMAND.run(parser.parse_args([*arguments, "-w", "tra-sen"]), Output(json=True))
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def send(folder: Path, *more: str) -> list[str]:
    files = ["--template", str(folder / "mail.html"), "--rules", str(folder / "rules.json")]
    return ["send", "--name", "Trà mới", *files, *more]


class TestSend:
    def test_starts_a_campaign(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make_subscriber(1)
        answer = run(capsys, *send(folder))
        assert (answer["state"], answer["eligible"], answer["errors"]) == ("in_progress", 1, [])
        versions = contents.versions(
            contents.get_content(queries.get_campaign(answer["campaign"]).content_id)
        )
        assert (versions["vi"].subject, versions["vi"].preview) == ("Trà mới về", "Ghé lấy nhé")

    def test_schedules_in_the_workspaces_time(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make_subscriber(1)
        answer = run(capsys, *send(folder, "--at", "2099-01-02T09:00"))
        campaign = queries.get_campaign(answer["campaign"])
        assert campaign.state == CampaignState.SCHEDULED
        assert campaign.send_at is not None
        assert campaign.send_at.isoformat() == "2099-01-02T02:00:00+00:00"

    def test_refuses_on_a_fault_and_leaves_no_draft(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(CheckFailed) as refusal:
            run(capsys, *send(folder))
        assert refusal.value.params["codes"] == ["nobody_left"]
        assert not Campaign.objects.filter(deleted_at=None).exists()

    def test_a_time_nobody_can_read_is_refused(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        make_subscriber(1)
        with pytest.raises(CommandError) as refusal:
            run(capsys, *send(folder, "--at", "mai"))
        assert refusal.value.code == "bad_time"


class TestReport:
    def test_gives_the_figures(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make_subscriber(1)
        run(capsys, *send(folder))
        answer = run(capsys, "report", "trà mới")
        assert (answer["name"], answer["state"], answer["sent"]) == ("Trà mới", "in_progress", 0)

    def test_a_name_nobody_gave_is_refused(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(CommandError) as refusal:
            run(capsys, "report", "Không có")
        assert refusal.value.code == "not_found"
