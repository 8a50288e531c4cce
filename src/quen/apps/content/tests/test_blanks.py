"""A blank of a starting design that was not filled in blocks sending, wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.content import designs, queries, services
from quen.apps.content.types import BodyFormat, ContentIssue


def blanks_issue(workspace: Any, **version: Any) -> ContentIssue | None:
    content = services.create_content(now=NOW, **{"subject": "Chào", "body": "<p>a</p>"} | version)
    issues = queries.check(content, workspace=workspace, message_class="marketing", reminders={})
    return next((issue for issue in issues if issue.code == "blanks_unfilled"), None)


class TestBlanks:
    def test_those_of_a_design_are_counted_and_named(self, workspace: Any) -> None:
        text = designs.get_design("new_product").text_in("vi")
        issue = blanks_issue(workspace, subject=text.subject, preview=text.preview, body=text.body)
        assert issue is not None
        assert issue.blocking
        assert str(issue.text) % issue.params == "còn 5 chỗ chưa điền (Tiếng Việt)"
        assert "[tên sản phẩm]" in str(issue.rule)

    @pytest.mark.parametrize(
        "version",
        [
            {"subject": "Giá [giá] ₫"},
            {"preview": "Chỉ [Giá ] ₫"},
            {"format": BodyFormat.HTML, "body": "<table><tr><td>[<b>giá</b>]</td></tr></table>"},
            {"format": BodyFormat.HTML, "body": "<p>[t&ecirc;n&nbsp;sản\nphẩm]</p>"},
            {"format": BodyFormat.TEXT, "body": "Giá: [giá]"},
            {"body": "<p>We sell [product]</p>"},
        ],
    )
    def test_one_blocks_in_every_part_and_format(self, workspace: Any, version: dict[str, Any]) -> None:
        issue = blanks_issue(workspace, **version)
        assert issue is not None
        assert issue.params["count"] == 1

    @pytest.mark.parametrize(
        "version",
        [
            {"subject": "[QC] Trà mới"},
            {"body": "<p>Xem [tại đây], giá 50.000</p>"},
            {"format": BodyFormat.HTML, "body": "<style>a[giá]{}</style><p>a</p><!-- [giá] -->"},
        ],
    )
    def test_other_brackets_are_the_authors_own(self, workspace: Any, version: dict[str, Any]) -> None:
        assert blanks_issue(workspace, **version) is None
