"""A contact who is everywhere is erased, and no table says anything of them any more but what may be kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection
from procrastinate.contrib.django import app
from psycopg.sql import SQL, Identifier

from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import services as campaigns
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, write_content
from quen.apps.campaigns.tests.job_queue import run_queue
from quen.apps.channels import services as channels
from quen.apps.channels.queries import active_connection, senders
from quen.apps.channels.types import Receipt, ReceiptKind
from quen.apps.compliance import services as compliance
from quen.apps.compliance.models import Suppression
from quen.apps.compliance.types import SuppressionCause, UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contact_services
from quen.apps.contacts.models import ConsentProofRow, Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.tests.test_edit_sheets import brought_back, downloaded
from quen.apps.contacts.types import ConsentProof, Status
from quen.apps.data_requests import services as data_requests
from quen.apps.delivery.models import Message
from quen.apps.delivery.services import tracking
from quen.apps.duplicates import services as duplicates
from quen.apps.events import services as events
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.ingest import services as ingest
from quen.apps.ingest.services import storage
from quen.apps.ingest.types import NewRawEvent
from quen.apps.segments import services as segments
from quen.apps.tasks import services as tasks
from quen.apps.tasks.types import TaskKind, TaskValues
from quen.apps.team import queries as team
from quen.apps.website import services as website
from quen.core import clock, schemas
from quen.core.actors import SYSTEM, Actor
from quen.core.clock import VIETNAM
from tests.cast import AN

pytestmark = pytest.mark.django_db(transaction=True)
#: in every text about the contact, also folded and in addresses
MARK = "zqx"
PHONE, SECOND_PHONE = "+84905777123", "+84905777124"
MARKS = (MARK, "905777123", "905777124")


#: what names an erased contact for a time, with the reason
LEFT = {
    "compliance_unsubscribe.address": "proof of an unsubscribe, which the law requires for a year",
    "compliance_unsubscribe.contact_id": "with the proof",
    "compliance_unsubscribe.snapshot": "with the proof",
    "contacts_contactchange.contact_id": "other systems have to forget them, too; the id finds no one",
    "data_requests_datarequest.contact_id": "proof that somebody asked and was answered; the id finds no one",
    "import_export_import.settings": "the ground written for all people of a file, for 30 days",
}
#: tables a contact is in only for a moment or not by a customer's own doing, with the reason
ELSEWHERE = {
    "webhooks_deliveryattempt": "messages to other systems: webhooks/tests/test_messages.py",
    "webhooks_webhookmessage": "messages to other systems: webhooks/tests/test_messages.py",
    **dict.fromkeys(
        ("signup_agreement", "signup_confirmationmail", "signup_proposal", "signup_submission"),
        "what was sent by forms: signup/tests/test_people.py",
    ),
    "api_storedanswer": "answers to other systems: contacts/tests/test_api_calls.py",
    "accounts_ratelimitcounter": "IP addresses, for an hour",
    "advertisers_takenplace": "keyed hashes of addresses, for two days",
    "contacts_bulkchange": "what members chose, without contacts",
    "contacts_mergemove": "ids of rows, and rows of tables that are looked at themselves",
    "delivery_dispatchrecipient": "until the fan-out",
    "events_consumerqueue": "until the consumer has run",
    "import_export_exportpart": "ids, with the export: a file that holds the person is deleted with both",
}
DAILY = (
    "accounts.delete_expired",
    "campaigns.purge_deleted",
    "channels.delete_old_sandbox_messages",
    "compliance.erase_old_unsubscribes",
    "contacts.purge_deleted",
    "import_export.expire_imports",
    "ingest.delete_expired",
    "signup.delete_old",
    "team.delete_expired",
    "website.delete_expired",
)
VALUES = {
    "Họ và tên": f"Trần {MARK}Lan",
    "Điện thoại": PHONE,
    "Điện thoại 2": SECOND_PHONE,
    "Email": f"{MARK}.lan@khach-hang.vn",
    "Địa chỉ": f"1 {MARK} Hàng Bạc",
    "Công ty": f"Công ty {MARK}",
    "Ghi chú": f"thích {MARK}",
    "Facebook": f"{MARK}.lan",
    "Mã khách hàng": f"{MARK}-7",
    "Cỡ áo": f"M{MARK}",
}
REFUSED = [f"Trần {MARK}Lan", "12", "", f"không phải {MARK}", *[""] * 6]
FILE = "\n".join(" | ".join(row) for row in (VALUES.keys(), VALUES.values(), REFUSED))


@pytest.fixture
def an(committed_workspace: Any) -> Any:
    user = accounts.find_user(AN)
    assert user is not None
    return team.find_member(user.pk)


@pytest.fixture
def lan(committed_workspace: Any, an: Any) -> Contact:
    """A contact known by every table that can know one, by the services that people use."""
    workspace, actor, now = committed_workspace, an.actor, clock.now()
    enable_sending(workspace, an)
    lan = import_contact(actor, now)
    merge_double(lan, actor, now)
    work_with_contact(workspace, lan, actor, now)
    call(lan, actor, now)
    send_messages(workspace, lan, an, now)
    visit_website(lan, now)
    refuse(workspace, lan, actor, now)
    run_queue()
    return lan


def import_contact(actor: Any, now: datetime) -> Contact:
    proof = {"ground": f"Phiếu của {MARK}", "obtained_at": now.isoformat(), "method": "paper"}
    draft = draft_import(
        FILE,
        actor=actor,
        now=now,
        status=Status.SUBSCRIBED.value,
        proof=proof,
        tags=["Khách quen"],
        groups=["Khách dự hội chợ"],
        targets={"Cỡ áo": {"new_field": {"name": "Cỡ áo", "format": "text"}}},
    )
    run_draft(draft, actor=actor, now=now)
    return Contact.objects.get(email=f"{MARK}.lan@khach-hang.vn")


def merge_double(lan: Contact, actor: Any, now: datetime) -> None:
    double = make_contact(full_name=f"{MARK}lan", email=f"{MARK}2@khach-hang.vn", phone="+84911222333")
    contact_services.merge_contacts(kept=lan, merged=double, actor=actor, now=now)
    lan.refresh_from_db()
    duplicates.scan(clock=clock.now)


def work_with_contact(workspace: Any, lan: Contact, actor: Any, now: datetime) -> None:
    contact_services.update_contact(
        workspace=workspace, contact=lan, values={"full_name": f"Trần Thị {MARK}Lan"}, actor=actor, now=now
    )
    lan.refresh_from_db()
    contact_services.add_note(contact=lan, body=f"Gọi lại cho {MARK}", actor=actor, now=now)
    form = f"Phiếu của {MARK}".encode()
    contact_services.add_file(
        contact=lan, name=f"Phiếu {MARK}.txt", content=io.BytesIO(form), size=len(form), actor=actor, now=now
    )
    address = {"address_line": f"12 {MARK}", "province": "48"}
    contact_services.add_address(workspace=workspace, contact=lan, values=address, actor=actor, now=now)
    contact_services.add_tags(contact=lan, names=["VIP"], actor=actor, now=now)
    contact_services.bulk_tag(contacts=contacts.relation_of_ids([lan.pk]), add=["Tết"], actor=actor, now=now)
    proof = ConsentProof(ground=f"{MARK} nhắn tin", obtained_at=now, method="paper")
    contact_services.set_consent(contact=lan, channel="sms", consent=1, proof=proof, actor=actor, now=now)
    segment = segments.create_segment(
        name="Khách VIP", tree={"field": "tags", "op": "any", "value": ["VIP"]}, actor=actor, now=now
    )
    segments.compute_segment(segment.pk, now=now)
    events.record("ordered", contact_id=lan.pk, at=now, value=5, data={"number": f"{MARK}-1"})
    sheet, grid = downloaded(lan, columns=["note"])
    grid[1][-1] = f"nhớ {MARK}"
    brought_back(sheet, grid, now)


def call(lan: Contact, actor: Actor, now: datetime) -> None:
    """Give a member a task about the contact, and call them for advertising tomorrow at ten."""
    proof = ConsentProof(ground=f"{MARK} đồng ý nhận cuộc gọi", obtained_at=now, method="paper")
    contact_services.set_consent(contact=lan, channel="call", consent=1, proof=proof, actor=actor, now=now)
    tomorrow = now.astimezone(VIETNAM) + timedelta(days=1)
    at = tomorrow.replace(hour=10, minute=0)
    values = TaskValues(
        title=f"Mời {MARK}Lan thử trà",
        kind=TaskKind.CALL,
        contact_id=lan.pk,
        assignee_id=actor.member_id,
        due_at=at,
        is_advertising=True,
    )
    task = tasks.create_task(values=values, actor=SYSTEM, now=now)
    tasks.begin_call(task=task, actor=actor, now=at)
    tasks.finish_task(task=task, result=f"{MARK} hẹn tuần sau", actor=actor, now=at)


def send_messages(workspace: Any, lan: Contact, an: Any, now: datetime) -> None:
    campaign = make_campaign([lan], actor=an.actor, now=now)
    write_content(
        campaign,
        subject="{{ full_name }}, trà mới về",
        body='<p>Chào {{ full_name }}</p><p><a href="https://tra-sen.example/?ai={{ email }}">Xem trà</a></p>',
    )
    campaigns.send_test(
        campaign=campaign,
        workspace=workspace,
        addresses=[AN],
        contact_id=lan.pk,
        language="vi",
        actor=an.actor,
        now=now,
    )
    campaign.refresh_from_db()
    campaigns.send_now(campaign=campaign, workspace=workspace, estimate=None, actor=an.actor, now=now)
    run_queue()
    message = Message.objects.get(contact_id=lan.pk)
    assert message.sent_at is not None
    tracker = tracking.tracker(workspace.pk)
    token, url = tracker.token(message.pk), f"https://tra-sen.example/?ai={MARK}.lan@khach-hang.vn"
    query = f"u={quote(url, safe='')}".encode()
    clicked = tracker.click_url(token, url).split("/c/")[1].split("?")[0]
    later = now + timedelta(minutes=5)
    raw_events = [
        tracking.open_event(token, user_agent="Mozilla/5.0 (iPhone) Mobile/15E148", now=later),
        tracking.click_event(
            clicked, query=query, user_agent="Mozilla/5.0 (iPhone) Mobile/15E148", now=later
        ),
        NewRawEvent(workspace.pk, "nobody.reads", now, {"text": f"from {MARK}.lan@khach-hang.vn"}),
    ]
    storage.store([each for each in raw_events if each is not None])
    ingest.process(workspace_id=workspace.pk, now=later)
    message.refresh_from_db()
    assert (message.opens, message.clicks) == (1, 1)
    email = active_connection("email")
    channels.notify_receipts(
        [
            Receipt(
                ReceiptKind.BOUNCED_SOFT,
                at=later,
                message_id=message.pk,
                code="452",
                text=f"{MARK}.lan@khach-hang.vn is full",
            )
        ],
        connection_id=email.pk,
        now=later,
    )
    channels.send_test(
        connection=email, sender=senders("email")[0], to=f"{MARK}.lan@khach-hang.vn", actor=an.actor, now=now
    )


def visit_website(lan: Contact, now: datetime) -> None:
    """The contact looks at the shop's website; in another browser somebody types the same address."""
    view = {"type": "view", "url": "https://tra-sen.example/tra", "title": f"Chào {MARK}Lan"}
    come_from = {"referrer": f"https://facebook.example/{MARK}lan"}
    claim = {"type": "identify", "email": f"{MARK}.lan@khach-hang.vn"}
    for browser, sent in (("lan-browser-0000000000000", view), ("any-browser-0000000000000", claim)):
        website.store_events(
            visitor=browser, events=[{"id": f"event-{browser[:3]}", **sent, **come_from}], now=now
        )
    ingest.process(workspace_id=accounts.current_workspace().pk, now=now)
    website.identify("lan-browser-0000000000000", lan.pk, now)


def refuse(workspace: Any, lan: Contact, actor: Any, now: datetime) -> None:
    compliance.suppress(
        channel="email",
        addresses=[f"{MARK}.lan@khach-hang.vn"],
        cause=SuppressionCause.MANUAL,
        note=f"{MARK} gọi điện",
        actor=actor,
        now=now,
        contact_ids=[lan.pk],
    )
    compliance.unsuppress(suppression=Suppression.objects.get(), actor=actor, now=now)
    compliance.suppress(
        channel="email",
        addresses=[f"{MARK}.lan@khach-hang.vn"],
        cause=SuppressionCause.MANUAL,
        note=f"{MARK} gọi lại",
        actor=actor,
        now=now,
        contact_ids=[lan.pk],
    )
    compliance.correct_details(
        workspace=workspace, contact_id=lan.pk, full_name=f"Trần {MARK}Lan", language="vi", now=now
    )
    topic = compliance.create_topic(
        names={"vi": "Ưu đãi"}, descriptions={}, channels=["email"], actor=actor, now=now
    )
    compliance.choose_topics(
        contact_id=lan.pk,
        wanted={(topic.pk, "email"): False},
        proof=ConsentProof(ground=f"{MARK} bỏ chọn", method="link", obtained_at=now),
        actor=Actor.contact(lan.pk),
        now=now,
    )
    data_requests.make_request(
        contact_id=lan.pk,
        kind="correct",
        words=f"Tôi là {MARK}Lan",
        origin="page",
        actor=Actor.contact(lan.pk),
        now=now,
    )
    compliance.unsubscribe(
        contact_id=lan.pk,
        channel="email",
        method=UnsubscribeMethod.LINK,
        all_channels=True,
        message_id=None,
        now=now,
    )


def columns() -> Iterator[tuple[str, str, str, str]]:
    """Yield schema, table, column and type of every column of the workspace and the shared schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_schema, c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
            " JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = c.table_schema::regnamespace"
            " WHERE c.table_schema IN (%s, 'public') AND t.relkind IN ('r', 'p') AND NOT t.relispartition"
            " ORDER BY 1, 2, 3",
            [schemas.current()],
        )
        yield from cursor.fetchall()


def traces(contact_id: int) -> set[str]:
    """Return "table.column" of all that names the contact: by a mark in its text, or by its id."""
    found = set()
    with connection.cursor() as cursor:
        for schema, table, column, type_ in columns():
            value = Identifier(column)
            if type_ == "bytea":
                tests = [
                    SQL("position(convert_to({}, 'UTF8') in {}) > 0").format(mark, value) for mark in MARKS
                ]
            elif column == "contact_id":
                tests = [SQL("{} = {}").format(value, contact_id)]
            else:
                tests = [SQL("lower({}::text) LIKE {}").format(value, f"%{mark}%") for mark in MARKS]
            where = SQL(" OR ").join(tests)
            statement = SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
                Identifier(schema, table), where
            )
            cursor.execute(statement.as_string(connection.connection))
            if cursor.fetchone()[0]:
                found.add(f"{table}.{column}")
    return found


def declared(*categories: str) -> set[str]:
    """Return "table.column" of the fields that models declare under the categories of core.privacy.PersonalData."""
    found = set()
    for model in apps.get_models():
        for category in categories if model.__module__.startswith("quen.") else ():
            names = getattr(model.personal_data, category)  # type: ignore[attr-defined]  # see test_personal_data
            for name in (names if isinstance(names, str) else " ".join(names)).split():
                column = model._meta.get_field(name).column  # type: ignore[union-attr]  # a column of its own
                found.add(f"{model._meta.db_table}.{column}")
    return found


def tables(columns: set[str]) -> set[str]:
    return {column.partition(".")[0] for column in columns}


class TestErasure:
    def test_the_contact_is_in_every_table_that_can_know_one(self, lan: Contact) -> None:
        known = tables(traces(lan.pk))
        assert tables(declared("erased", "expires")) - known == set(ELSEWHERE)

    def test_nothing_is_left_but_hashes_and_what_the_law_keeps(self, lan: Contact, an: Any) -> None:
        erase(lan, an)
        assert traces(lan.pk) == set(LEFT)

    def test_later_only_what_may_be_kept(self, lan: Contact, an: Any) -> None:
        erase(lan, an)
        later = int((clock.now() + timedelta(days=800)).timestamp())
        for name in DAILY:
            app.tasks[name].func(later)
        assert traces(lan.pk) - declared("kept") == set()

    def test_a_proof_stays_while_another_consent_rests_on_it(self, committed_workspace: Any, an: Any) -> None:
        now = clock.now()
        proof = {"ground": f"Phiếu của {MARK}", "obtained_at": now.isoformat(), "method": "paper"}
        rows = "Họ và tên | Email\nLan | lan@khach.vn\nMai | mai@khach.vn"
        draft = draft_import(rows, actor=an.actor, now=now, status=Status.SUBSCRIBED.value, proof=proof)
        run_draft(draft, actor=an.actor, now=now)
        for name, left in (("Lan", 1), ("Mai", 0)):
            erase(Contact.objects.get(full_name=name), an)
            assert ConsentProofRow.objects.count() == left


def erase(contact: Contact, an: Any) -> None:
    contact_services.erase_contacts(
        contacts=contacts.relation_of_ids([contact.pk]), actor=an.actor, now=clock.now()
    )
    run_queue()
