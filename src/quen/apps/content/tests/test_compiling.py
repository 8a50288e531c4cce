"""Texts are compiled beside the web process: one that kills or stalls its compiler costs one request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW
from tests.patience import PATIENCE_SECONDS

from quen.apps.content import queries, services
from quen.apps.content.compiling import CompilerProcesses, TextCompiler, refuse_instead_of_waiting
from quen.apps.content.models import Content, ContentVersion
from quen.apps.content.rules import compiler as rules
from quen.apps.content.types import BodyFormat, CompilersBusy, ContentTooComplex, TemplateBroken
from quen.core.postgres.processes import wait_until

STYLES = "".join(f".c{number} .d{number}{{color:red}}" for number in range(4_000))
#: what each exceeds, by the code of its refusal
TOO_MUCH = {
    "nested_too_deep": "<div>" * 13_000,
    "tags_too_many": "{{ addressee }}" * 25_000,
    "attributes_too_many": "<p " + " ".join(f"a{number}" for number in range(40_000)) + ">a</p>",
    "styles_too_long": f"<style>{'p { color: red }' * 10_000}</style><p>a</p>",
    "styles_too_many": f"<style>{STYLES}</style>{'<p>a</p>' * 8_000}",
    "elements_too_many": "<p>a</p>" * 30_000,
}
MORE = {
    "tags_too_many": "{% if addressee %}x{% endif %}" * 10_000,
    "template_broken": "{% if a %}" * 40 + "{% endif %}" * 40,
    "nested_too_deep": '<b a">' * 5_000,
}
CASES = [*TOO_MUCH.items(), *MORE.items()]


@pytest.fixture
def content(workspace: Any) -> Content:
    return services.create_content(now=NOW, subject="Chào", body="<p>Chào</p>", format=BodyFormat.HTML)


def store(content: Content, body: str) -> None:
    """Write a row that is older than the limits."""
    ContentVersion.objects.filter(content=content).update(body=body)


class TestLimits:
    @pytest.mark.parametrize(("code", "body"), CASES)
    def test_are_refused_when_saved_and_nothing_is_written(
        self, content: Content, code: str, body: str
    ) -> None:
        with pytest.raises(TemplateBroken) as refusal:
            services.save_version(
                content=content, language="vi", format=BodyFormat.HTML, subject="x", body=body, now=NOW
            )
        assert refusal.value.code == code
        assert str(refusal.value)
        assert queries.versions(content)["vi"].body == "<p>Chào</p>"

    @pytest.mark.parametrize(("code", "body"), CASES)
    def test_of_an_older_row_block_sending_with_their_sentence(
        self, content: Content, workspace: Any, code: str, body: str
    ) -> None:
        store(content, body)
        issues = queries.check(content, workspace=workspace, message_class="marketing", reminders={})
        assert [(issue.code, issue.blocking) for issue in issues] == [(code, True)]
        assert queries.tags_used(content) == set()

    def test_the_sentence_names_what_was_found(self, content: Content) -> None:
        with pytest.raises(TemplateBroken) as refusal:
            services.save_version(content=content, language="vi", body="{{ email }}" * 501, now=NOW)
        assert "501" in str(refusal.value)
        assert "500" in str(refusal.value)

    @pytest.mark.parametrize(
        "body",
        [
            "<p>{{ addressee }}</p>" * 500,
            "<div>" * 150 + "a" + "</div>" * 150,
            "<ul>" + "<li>một<p>hai" * 2_000 + "</ul>",
            "<table>" + "<tr><td>một<td>hai" * 2_000 + "</table>",
        ],
    )
    def test_what_authors_write_is_within_them(self, content: Content, workspace: Any, body: str) -> None:
        services.save_version(content=content, language="vi", format=BodyFormat.HTML, body=body, now=NOW)
        assert queries.compiled_content(content, workspace=workspace, message_class="marketing", reminders={})

    @pytest.mark.parametrize("body", [TOO_MUCH["nested_too_deep"], TOO_MUCH["tags_too_many"]])
    def test_pages_show_the_sentence(
        self, content: Content, client_of: Callable[[str], Client], body: str
    ) -> None:
        store(content, body)
        an = client_of(AN)
        for path in ("", "vi/", "preview/"):
            assert an.get(f"/w/tra-sen/content/{content.pk}/{path}").status_code == 200
        assert an.get(f"/w/tra-sen/content/{content.pk}/vi/frame/").status_code == 422
        assert "tối đa" in an.get(f"/w/tra-sen/content/{content.pk}/preview/").content.decode()


@pytest.fixture
def make_processes() -> Iterator[Callable[..., CompilerProcesses]]:
    made: list[CompilerProcesses] = []

    def make(**changes: Any) -> CompilerProcesses:
        defaults = {"size": 1, "deadline_seconds": 60.0, "patience_seconds": PATIENCE_SECONDS, "waiting": 1}
        processes = CompilerProcesses(
            **{**defaults, **changes}, child="quen.apps.content.tests.compile_stand_in"
        )
        made.append(processes)
        return processes

    yield make
    for processes in made:
        processes.close()


class TestProcesses:
    @pytest.mark.parametrize("action", ["die", "hang"])
    def test_one_that_fails_costs_its_request_and_is_started_again(
        self, make_processes: Callable[..., CompilerProcesses], action: str
    ) -> None:
        processes = make_processes(deadline_seconds=1.0)
        first = processes.run("answer", {}, impatient=True)[1][0]
        with pytest.raises(ContentTooComplex):
            processes.run(action, {}, impatient=True)
        assert processes.run("answer", {}, impatient=True)[1][0] != first

    def test_one_is_used_again(self, make_processes: Callable[..., CompilerProcesses]) -> None:
        processes = make_processes(size=2)
        assert len({processes.run("answer", {}, impatient=False)[1][0] for _time in range(3)}) == 1

    def test_pages_are_refused_when_enough_wait_and_jobs_are_not(
        self, make_processes: Callable[..., CompilerProcesses], tmp_path: Path
    ) -> None:
        processes = make_processes(size=1, waiting=0)
        started, door = tmp_path / "started", tmp_path / "open"
        times = {"started": str(started), "until": str(door)}
        results: list[str] = []

        def work(*, impatient: bool) -> None:
            results.append(processes.run("wait", times, impatient=impatient)[0])

        page = threading.Thread(target=work, kwargs={"impatient": True})
        page.start()
        assert wait_until(started.exists, PATIENCE_SECONDS)
        with pytest.raises(CompilersBusy):
            processes.run("answer", {}, impatient=True)
        job = threading.Thread(target=work, kwargs={"impatient": False})
        job.start()
        door.touch()
        for thread in (page, job):
            thread.join(PATIENCE_SECONDS)
        assert results == ["done", "done"]


class TestOnce:
    def job(self, body: str) -> rules.CompileJob:
        draft = rules.Draft("vi", "Chào", "", BodyFormat.HTML.value, body, None, {})
        return rules.CompileJob("vi", (draft,), "", True, "Trà Sen", "Asia/Ho_Chi_Minh", {})

    def test_a_text_is_compiled_once(self, make_processes: Callable[..., CompilerProcesses]) -> None:
        compiler = TextCompiler(make_processes())
        first = compiler.compile_content(self.job("<p>a</p>"))
        assert compiler.compile_content(self.job("<p>a</p>")) == first
        assert compiler.compile_content(self.job("<p>b</p>")) != first

    @pytest.mark.parametrize(("seconds", "tries"), [(3600.0, 1), (-1.0, 3)])
    def test_what_failed_is_not_tried_again_soon(
        self,
        make_processes: Callable[..., CompilerProcesses],
        tmp_path: Path,
        seconds: float,
        tries: int,
    ) -> None:
        log = tmp_path / "tries"
        compiler = TextCompiler(make_processes(), failure_seconds=seconds)
        for _time in range(3):
            with pytest.raises(ContentTooComplex):
                compiler.ensure_valid(subject="", preview="", format="html", body=f"die {log}")
        assert len(log.read_text().splitlines()) == tries

    def test_a_page_does_not_wait_for_its_turn(
        self, make_processes: Callable[..., CompilerProcesses]
    ) -> None:
        compiler = TextCompiler(make_processes(size=0, waiting=0))
        with refuse_instead_of_waiting(), pytest.raises(CompilersBusy) as refusal:
            compiler.compile_content(self.job("<p>a</p>"))
        assert refusal.value.status == 503
