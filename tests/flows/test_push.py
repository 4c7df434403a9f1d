"""A school's system pushes registers: with its school's token alone, told of each record, and twice is once."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from attendance import push
from attendance.models import Extract, PushReceipt, PushToken
from config import pipeline
from schools.models import Enrolment, School
from tests import factories
from tests.api.world import program
from tests.conftest import Browse
from tests.flows.extracts import importing, marks_of

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 9, 7)
ADDRESS = "/api/v1/registers/"


@pytest.fixture(autouse=True)
def no_counts_left() -> None:
    cache.clear()


@pytest.fixture
def enrolment(school_a: School) -> Enrolment:
    return factories.enrol(factories.make_pupil(), school_a, start=dt.date(2026, 9, 1))


@pytest.fixture
def token(officer: User, school_a: School) -> str:
    return make(officer, school_a)


def make(by: User, school: School, *, days: int = 90) -> str:
    return push.make_push_token(by=by, now=clock.now(), school=school, name="Our system", days=days)[1]


def mark(enrolment: Enrolment, code: str = "/", **more: Any) -> dict[str, Any]:
    return {"upn": enrolment.pupil.upn, "date": "2026-09-07", "session": "AM", "code": code} | more


def send(token: str, body: Any, *, kind: str = "application/json", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(headers={"Authorization": f"Bearer {token}"} | headers)
    return client.post(ADDRESS, data, content_type=kind)


def load_all(today: dt.date) -> None:
    for number in pipeline.forgotten():
        pipeline.load_extract(number, today=today)


def receipt(token: str, response: Any) -> dict[str, Any]:
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get(response["Location"])
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_pushed_polled_and_in_the_register(token: str, enrolment: Enrolment, today: dt.date) -> None:
    sent = send(token, {"marks": [mark(enrolment), mark(enrolment, "I", session="PM")], "exported_at": "2026-09-07T15:30:00+01:00"})
    assert sent.status_code == 202, sent.content
    assert sent.json()["state"] == "queued"
    assert receipt(token, sent)["id"] == sent.json()["id"]
    load_all(today)
    told = receipt(token, sent)
    assert (told["state"], told["records"], told["rejected"], told["problems"]) == ("loaded", 2, 0, [])
    assert told["marks"] == {"new": 2, "changed": 0, "unchanged": 0, "older": 0, "compared": 0}
    assert marks_of(enrolment, days=1) == "/I"
    extract = Extract.objects.get()
    assert (extract.source, extract.school, extract.as_at) == ("push", enrolment.school, dt.datetime(2026, 9, 7, 14, 30, tzinfo=dt.UTC))


def test_a_push_beside_another_source_is_told_that_it_set_nothing(
    token: str, officer: User, enrolment: Enrolment, browse: Browse, tmp_path: Path, today: dt.date
) -> None:
    importing(tmp_path, f"UPN,Date,Session,Mark\n{enrolment.pupil.upn},2026-09-07,AM,I\n", school=enrolment.school.urn)
    sent = send(token, [mark(enrolment), mark(enrolment, "\\", session="PM")])
    load_all(today)
    told = receipt(token, sent)
    assert told["marks"] == {"new": 0, "changed": 0, "unchanged": 0, "older": 0, "compared": 2}
    assert told["detail"].startswith("2 marks were compared with the register and not set")
    assert "taken from Uploaded files" in told["detail"]
    page = browse(officer).get(reverse("push_tokens", args=[enrolment.school.urn])).content.decode()
    assert "marks are taken from <strong>Uploaded files</strong>" in page  # and whoever makes the token knows before


def test_a_push_of_a_pupil_nobody_knows_says_that_it_waits(token: str, enrolment: Enrolment, today: dt.date) -> None:
    unknown = mark(enrolment, surname="Nobody", forename="Known", dob="2015-05-05") | {"upn": ""}
    sent = send(token, [mark(enrolment), unknown])
    load_all(today)
    told = receipt(token, sent)
    assert (told["records"], told["rejected"], told["waiting"], told["marks"]["new"]) == (2, 0, 1, 1)


def test_an_older_push_that_comes_late_undoes_nothing(token: str, enrolment: Enrolment, today: dt.date) -> None:
    send(token, {"marks": [mark(enrolment, "I")], "exported_at": "2026-09-08T10:00:00Z"})
    late = send(token, {"marks": [mark(enrolment, "N")], "exported_at": "2026-09-07T10:00:00Z"})
    load_all(today)
    assert receipt(token, late)["marks"]["older"] == 1
    assert marks_of(enrolment, days=1) == "I."


def test_good_records_load_and_each_bad_one_is_named(token: str, enrolment: Enrolment, school_b: School, today: dt.date) -> None:
    stranger = factories.valid_upn(77001)
    body = [
        mark(enrolment),
        mark(enrolment, "H", session="PM"),  # retired in 2024
        mark(enrolment, date="2026-11-21"),  # tomorrow
        mark(enrolment, upn=stranger),
        mark(enrolment, date=7),
        mark(enrolment, colour="red"),
        "not a mark",
    ]
    sent = send(token, body)
    load_all(today)
    told = receipt(token, sent)
    assert (told["state"], told["records"], told["rejected"]) == ("loaded", 7, 6)
    named = {(one["number"], one["pointer"], one["field"]) for one in told["problems"]}
    assert named == {
        (2, "/1/code", "code"),
        (3, "/2/code", "code"),
        (4, "/3/upn", "upn"),
        (5, "/4/date", "date"),
        (6, "/5/colour", "colour"),
        (7, "/6", ""),
    }
    assert stranger in next(one["message"] for one in told["problems"] if one["number"] == 4)
    assert marks_of(enrolment, days=1) == "/."


def test_a_record_a_line(token: str, enrolment: Enrolment, today: dt.date) -> None:
    lines = [json.dumps(mark(enrolment)), "", "{", json.dumps(mark(enrolment, "?", session="PM"))]
    sent = send(token, "\n".join(lines).encode(), kind="application/x-ndjson")
    assert sent.status_code == 202
    load_all(today)
    told = receipt(token, sent)
    assert [(one["number"], one["pointer"]) for one in told["problems"]] == [(3, ""), (4, "")]
    assert marks_of(enrolment, days=1) == "/."


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b" ", 400, "not JSON"),
        (b"[", 400, "not JSON"),
        (b"\xff\xfe[]", 400, "UTF-8"),
        (b"[" * 100_000, 400, "within lists"),
        (b'{"marks": [], "school": 1}', 400, "school"),
        (b"[]", 400, "no marks"),
        (b"17", 400, "list of marks"),
        (b'[{"upn": NaN}]', 400, "no mark holds"),
        (b'[{"upn": 1}]', 422, "no record"),
    ],
)
def test_what_is_no_list_of_marks_is_refused_whole(body: bytes, status: int, words: str, token: str) -> None:
    answer = send(token, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert not Extract.objects.exists()


def test_marks_of_another_school_are_refused_by_name(token: str, enrolment: Enrolment, school_b: School) -> None:
    answer = send(token, [mark(enrolment), mark(enrolment, urn=school_b.urn), mark(enrolment, urn="123")])
    assert answer.status_code == 422
    assert [(one["number"], one["pointer"], one["value"]) for one in answer.json()["errors"]] == [
        (2, "/1/urn", "999802"),
        (3, "/2/urn", "123"),
    ]
    assert not Extract.objects.exists()


def test_what_no_text_holds_is_named_and_kept_out_of_the_database(token: str, enrolment: Enrolment) -> None:
    good = json.dumps(mark(enrolment)).encode()
    sent = send(token, good + b"\n{\x00}\n" + good, kind="application/x-ndjson")
    assert sent.status_code == 202, sent.content
    assert [(one["number"], one["value"]) for one in sent.json()["problems"]] == [(2, "{?}")]
    half = send(token, [mark(enrolment, urn="\ud800"), mark(enrolment)])
    assert half.status_code == 202, half.content
    assert [(one["pointer"], one["value"]) for one in half.json()["problems"]] == [("/0/urn", "?")]


def test_a_receipt_is_the_schools_whichever_of_its_tokens_asks(
    token: str, enrolment: Enrolment, officer: User, manager: User, school_a: School, school_b: School
) -> None:
    key = {"Idempotency-Key": "monday-am"}
    first = send(token, [mark(enrolment)], **key)
    push.revoke_push_token(by=officer, now=clock.now(), token=PushToken.objects.get())
    fresh = make(officer, school_a)
    again = send(fresh, [mark(enrolment)], **key)
    assert again.json()["id"] == first.json()["id"]
    assert receipt(fresh, again)["id"] == first.json()["id"]
    assert Client(headers={"Authorization": f"Bearer {make(manager, school_b)}"}).get(again["Location"]).status_code == 404


def test_the_same_key_is_the_same_push(token: str, enrolment: Enrolment) -> None:
    key = {"Idempotency-Key": "monday-am"}
    first, again = send(token, [mark(enrolment)], **key), send(token, [mark(enrolment)], **key)
    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    other = send(token, [mark(enrolment, "I")], **key)
    assert (other.status_code, Extract.objects.count()) == (409, 1)
    assert send(token, [mark(enrolment)], **{"Idempotency-Key": "with a space"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment(token: str, enrolment: Enrolment) -> None:
    def one(_: int) -> str:
        try:
            return send(token, [mark(enrolment)], **{"Idempotency-Key": "k"}).json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(one, range(8)))
    assert len(ids) == 1
    assert (PushReceipt.objects.count(), Extract.objects.count()) == (1, 1)


def test_without_a_key_the_same_bytes_change_nothing(token: str, enrolment: Enrolment, today: dt.date) -> None:
    send(token, [mark(enrolment)])
    load_all(today)
    again = send(token, [mark(enrolment)])
    load_all(today)
    assert receipt(token, again)["marks"] == {"new": 0, "changed": 0, "unchanged": 1, "older": 0, "compared": 0}


def test_a_token_opens_nothing_else(token: str, officer: User, school_b: School, browse: Browse, enrolment: Enrolment) -> None:
    system = Client(headers={"Authorization": f"Bearer {token}"})
    for address in ("/api/v1/schools/", f"{ADDRESS}?school=999801", "/api/v1/pupils/", "/api/v1/schema/"):
        assert system.get(address).status_code == 401
    others = send(make(officer, school_b), [mark(enrolment)])
    assert others.status_code == 202
    assert system.get(others["Location"]).status_code == 404


@pytest.mark.parametrize("bad", ["", "dmpush_", "dmpush_" + "0" * 64, "dm_" + "0" * 64])
def test_no_token_no_push(bad: str, authority: Any) -> None:
    assert send(bad, []).status_code == 401


def test_an_ended_token_pushes_no_more(officer: User, school_a: School, enrolment: Enrolment) -> None:
    over, revoked = make(officer, school_a), make(officer, school_a)
    PushToken.objects.filter(public=over[7:19]).update(expires_at=clock.now())
    push.revoke_push_token(by=officer, now=clock.now(), token=PushToken.objects.get(public=revoked[7:19]))
    assert {send(text, [mark(enrolment)]).status_code for text in (over, revoked, over[:-1] + "z")} == {401}


def test_people_do_not_push(officer: User, browse: Browse, enrolment: Enrolment) -> None:
    answer = program(officer).post(ADDRESS, json.dumps([mark(enrolment)]), content_type="application/json")
    assert answer.status_code == 403
    assert "token of the school" in answer.json()["detail"]


def test_too_large_and_of_another_kind(token: str, enrolment: Enrolment, settings: Any) -> None:
    assert send(token, b"upn,date\n", kind="text/csv").status_code == 415
    assert send(token, [mark(enrolment)], kind="application/json; charset=latin-1").status_code == 415
    settings.MAX_PUSH_BYTES = 20
    assert send(token, [mark(enrolment)]).status_code == 413


def test_too_often(token: str, enrolment: Enrolment, settings: Any) -> None:
    settings.API_LIMITS = settings.API_LIMITS | {"push": "2/min"}
    answers = [send(token, [mark(enrolment)]) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_who_reads_the_receipt(token: str, enrolment: Enrolment, cast: dict[str, User], today: dt.date) -> None:
    sent = send(token, [mark(enrolment), mark(enrolment, "?", session="PM")])
    load_all(today)
    seen = {part: program(user).get(sent["Location"]) for part, user in cast.items()}
    assert {part for part, answer in seen.items() if answer.status_code == 200} == {"officer", "manager", "legal", "contact_a", "staff_a"}
    assert len(seen["contact_a"].json()["problems"]) == 1


def test_a_contact_makes_a_token_and_revokes_it(contact_a: User, school_a: School, browse: Browse, enrolment: Enrolment) -> None:
    contact_a.set_password("a long password here")
    contact_a.save()
    client = browse(contact_a)
    new = reverse("push_token_new", args=[school_a.urn])
    client.post(reverse("account_reauthenticate"), {"password": "a long password here"})
    page = client.post(new, {"name": "Our MIS", "days": "90"})
    text = page.context["text"]
    assert text.startswith("dmpush_")
    assert text not in client.get(reverse("push_tokens", args=[school_a.urn])).content.decode()
    stored = PushToken.objects.get()
    assert text not in (stored.digest, stored.public)
    assert send(text, [mark(enrolment)]).status_code == 202
    client.post(reverse("push_token_revoke", args=[school_a.urn, stored.ref]))
    assert send(text, [mark(enrolment)]).status_code == 401
    assert "Revoked" in client.get(reverse("push_tokens", args=[school_a.urn])).content.decode()
    assert AuditEvent.objects.filter(act__contains="push token", by=contact_a).count() == 2


def test_the_page_of_the_extract_says_who_sent_it(token: str, enrolment: Enrolment, contact_a_client: Client, today: dt.date) -> None:
    send(token, [mark(enrolment), mark(enrolment, colour="red")])
    load_all(today)
    page = contact_a_client.get(reverse("extract", args=[Extract.objects.get().pk])).content.decode()
    assert "the school’s system" in page
    assert "1 record could not be read as marks" in page
