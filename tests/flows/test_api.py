"""Programs read through the API what their user sees on the pages, and no more."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.db.models import QuerySet
from django.test import Client

from accounts.models import AuditEvent, User
from attendance.models import Flag, Mark, Rating
from casework.models import Case
from config.api import schema
from config.api_docs import described
from meetings.models import Action, Meeting
from schools.models import Enrolment, Pupil, School
from tests import factories
from tests.api.world import DAY, World, make_world, program
from tests.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def world_a(school_a: School, cast: dict[str, User]) -> World:
    return make_world(school_a, cast["officer"])


@pytest.fixture
def world_b(school_b: School, cast: dict[str, User]) -> World:
    return make_world(school_b, cast["officer"])


def read(client: Client, address: str, **asked: Any) -> list[dict[str, Any]]:
    """All rows, page after page."""
    rows: list[dict[str, Any]] = []
    following: str | None = address
    while following:
        answer = client.get(following, asked if following == address else None)
        assert answer.status_code == 200, answer.content
        rows += answer.json()["results"]
        following = answer.json()["next"]
    return rows


SAME: dict[str, tuple[Any, str, str]] = {
    "schools": (School, "urn", "urn"),
    "pupils": (Pupil, "pk", "id"),
    "flags": (Flag, "pk", "id"),
    "ratings": (Rating, "pk", "id"),
    "meetings": (Meeting, "pk", "id"),
    "actions": (Action, "pk", "id"),
    "cases": (Case, "pk", "id"),
}


@pytest.mark.parametrize("resource", SAME)
def test_each_reads_the_rows_they_see_on_pages(
    resource: str, cast: dict[str, User], world_a: World, world_b: World, browse: Browse
) -> None:
    model, key, name = SAME[resource]
    for part, user in cast.items():
        rows: QuerySet[Any] = model.objects.visible_to(user)
        client = program(user)
        if client.get(f"/api/v1/{resource}/").status_code == 403:
            assert browse(user).get(f"/api/v1/{resource}/").status_code == 403, part
            assert resource == "schools" or not rows.exists(), f"{part} sees {resource} on pages"
            continue
        found = [row[name] for row in read(client, f"/api/v1/{resource}/", page_size=1)]
        assert found == sorted(rows.values_list(key, flat=True)), f"{resource} of {part}"
        assert found == [row[name] for row in read(browse(user), f"/api/v1/{resource}/")], "by cookie as by token"


def test_register_rows_are_those_of_the_visible_enrolments(cast: dict[str, User], world_a: World, world_b: World) -> None:
    for part in ("officer", "manager", "legal", "contact_a", "contact_b", "staff_a", "stranger"):
        mine = Enrolment.objects.visible_to(cast[part])
        rows = read(program(cast[part]), "/api/v1/registers/", date="2026-09-09")
        wanted = Mark.objects.filter(enrolment__in=mine, date="2026-09-09").values_list("enrolment_id", "pm")
        assert sorted((row["enrolment"], row["session"] == "PM") for row in rows) == sorted(wanted), part


def test_a_stretch_of_rows_begins_where_the_last_one_ended(officer: User, world_a: World, school_a: School) -> None:
    for _ in range(3):
        factories.write_marks(factories.enrol(factories.make_pupil(), school_a), DAY, r"/\ /\ OO")
    client, asked = program(officer), {"school": school_a.urn, "from": "2026-09-07", "to": "2026-09-11"}
    whole = read(client, "/api/v1/registers/", **asked)
    assert len(whole) == 10 + 3 * 6
    for rows in (1, 3, 7):
        assert read(client, "/api/v1/registers/", **asked, rows=rows) == whole, f"{rows} rows at a time"


def test_rows_and_the_compact_register_say_the_same(officer: User, world_a: World, school_a: School) -> None:
    client = program(officer)
    rows = read(client, "/api/v1/registers/", pupil=world_a.pupil.upn)
    assert "".join(row["code"] for row in rows) == r"/\/\OO/OLN"
    assert {row["school"] for row in rows} == {school_a.urn}
    compact = {row["pupil"]: row["weeks"] for row in read(client, "/api/v1/registers/compact/", school=school_a.urn, year=2026)}
    assert compact[world_a.pupil.pk] == {"2026-09-07": r"/ \ / \ O O / O L N"}
    assert compact[world_a.other.pk] == {}, "on roll, and no mark yet"


def test_a_saturday_is_told_where_it_holds_a_mark(officer: User, school_a: School) -> None:
    enrolment = factories.enrol(factories.make_pupil(), school_a)
    factories.write_marks(enrolment, {dt.date(2026, 9, 7): ("/", "C1"), dt.date(2026, 9, 12): ("/", "\\")})
    [row] = read(program(officer), "/api/v1/registers/compact/", school=school_a.urn, year=2026)
    assert row["weeks"] == {"2026-09-07": "/ C1 - - - - - - - - / \\ - -"}


def test_a_school_reads_its_own_spells_of_a_pupil_and_the_authority_all(
    officer: User, contact_a: User, school_a: School, school_b: School
) -> None:
    pupil = factories.make_pupil()
    for school in (school_a, school_b):
        factories.write_marks(factories.enrol(pupil, school, kind="main"), DAY, r"/\ /\ OO")
    for user, schools in ((contact_a, {school_a.urn}), (officer, {school_a.urn, school_b.urn})):
        client = program(user)
        assert {spell["school"] for spell in client.get(f"/api/v1/pupils/{pupil.pk}/").json()["enrolments"]} == schools
        assert {row["school"] for row in read(client, "/api/v1/registers/", pupil=pupil.upn)} == schools


def test_an_address_that_must_stay_hidden_is_told_to_the_authority_alone(cast: dict[str, User], world_a: World) -> None:
    for part in ("officer", "manager", "legal", "contact_a", "staff_a"):
        for pupil in (world_a.pupil, world_a.other):
            told = program(cast[part]).get(f"/api/v1/pupils/{pupil.pk}/").json()
            shown = pupil.shows_address_to(cast[part])
            assert told["address_withheld"] is not shown
            assert told["address"] == (pupil.address if shown else None), part
            assert told["postcode"] == (pupil.postcode or None if shown else None), part


def test_another_schools_pupil_does_not_exist_here(contact_a: User, world_a: World, world_b: World) -> None:
    client = program(contact_a)
    for address in (
        f"/api/v1/pupils/{world_b.pupil.pk}/",
        f"/api/v1/schools/{world_b.school.urn}/",
        f"/api/v1/cases/{world_b.case.pk}/",
        f"/api/v1/registers/?pupil={world_b.pupil.upn}",
        f"/api/v1/registers/?school={world_b.school.urn}",
        f"/api/v1/registers/compact/?school={world_b.school.urn}&year=2026",
        "/api/v1/pupils/99999999999999999999999/",
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is nothing here that you may see."), address
    for asked in (f"school={world_b.school.urn}", f"upn={world_b.pupil.upn}"):
        assert client.get(f"/api/v1/pupils/?{asked}").json()["count"] == 0, "a filter finds nobody either"


def test_filters_narrow(manager: User, world_a: World, world_b: World) -> None:
    client = program(manager)
    a = world_a

    def ids(address: str) -> list[int]:
        return [row.get("id", row.get("urn")) for row in read(client, f"/api/v1/{address}")]

    assert ids("schools/?phase=primary") == [world_b.school.urn]
    assert ids("schools/?open=false") == []
    assert ids(f"pupils/?school={a.school.urn}") == [a.pupil.pk], "the other pupil has left"
    assert ids(f"pupils/?upn={a.pupil.upn.lower()}") == [a.pupil.pk]
    assert ids("pupils/?year_group=8") == [a.pupil.pk, world_b.pupil.pk]
    assert ids(f"flags/?open=true&school={a.school.urn}&code=severe_absence") == [a.flag.pk]
    assert ids("flags/?open=false") == []
    assert ids(f"ratings/?school={a.school.urn}&year=2026&term=1&colour=amber") == [a.rating.pk]
    assert ids("ratings/?colour=red") == [], "the manager's colour counts"
    assert ids(f"meetings/?school={a.school.urn}&status=planned&day_from=2026-11-30&day_to=2026-11-30") == [a.meeting.pk]
    assert ids(f"actions/?meeting={a.meeting.pk}&overdue=true&owner=school&status=open") == [a.action.pk]
    assert ids("actions/?overdue=false") == []
    assert ids(f"cases/?open=true&pupil={a.pupil.upn}&stage=new&opened_to=2026-09-07") == [a.case.pk]


def test_a_case_is_told_in_summary(officer: User, world_a: World) -> None:
    told = program(officer).get(f"/api/v1/cases/{world_a.case.pk}/").json()
    assert (told["stage"], told["officer"], told["closed"], told["outcome"]) == ("new", None, None, None)
    assert not {"entries", "notes", "contacts", "plans"} & set(told)


def test_an_action_says_what_was_last_said_of_it(officer: User, world_a: World) -> None:
    told = program(officer).get(f"/api/v1/actions/{world_a.action.pk}/").json()
    assert (told["progress"], told["progress_on"], told["school"]) == ("under_way", "2026-09-07", world_a.school.urn)


@pytest.mark.parametrize(
    ("address", "field", "words"),
    [
        ("registers/", "", "Ask for a school (school=URN), a pupil (pupil=UPN) or a day (date=2026-11-20)."),
        ("registers/?school=999801&from=2026-09-31", "from", "Give a date like 2026-11-20."),
        ("registers/?school=999801&from=2026-09-02&to=2026-09-01", "to", "This is before the first day."),
        ("registers/?date=20/11/2026", "date", "Give a date like 2026-11-20."),
        ("registers/?date=2026-11-20&rows=100000", "rows", "Give a whole number from 1 to 2000."),
        ("registers/?date=2026-11-20&cursor=bm90aGluZw==", "cursor", "This is not a place in the list. Begin without it."),
        ("registers/?pupil=12", "pupil", "Give a UPN: a letter, eleven digits, and a digit or letter."),
        ("registers/compact/?school=999801", "year", "Ask for an academic year by the year it begins in: year=2026."),
        ("pupils/?scool=999801", "scool", "This is not a parameter here."),
        ("pupils/?school=999801&school=999802", "school", "Give this once."),
        ("pupils/?school=", "school", "Give a value, or leave this out."),
        ("pupils/?page_size=501", "page_size", "Give a whole number from 1 to 500."),
        ("flags/?open=perhaps", "open", "Choose one of the values that are offered."),
        ("cases/?stage=lost", "stage", "Choose one of the values that are offered."),
        ("cases/1/?open=true", "open", "This is not a parameter here."),
    ],
)
def test_what_is_not_understood_is_refused_in_plain_words(officer: User, school_a: School, address: str, field: str, words: str) -> None:
    answer = program(officer).get(f"/api/v1/{address}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == [{"field": field, "message": words}]


def test_refusals_are_problem_documents(officer: User, staff_a: User) -> None:
    answer = Client().get("/api/v1/schools/")
    assert (answer.status_code, answer["WWW-Authenticate"], answer["Content-Type"]) == (401, "Bearer", "application/problem+json")
    answer = program(staff_a).get("/api/v1/cases/")
    assert answer.json() == {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "Your role may not read this."}
    assert AuditEvent.objects.get(act="was refused").by == staff_a
    answer = program(officer).get("/api/v1/no-such-thing/")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such address. See /api/v1/docs/.")
    for method in ("post", "put", "patch", "delete", "options"):
        assert getattr(program(officer), method)("/api/v1/schools/").status_code == 405
    assert program(officer).post("/api/v1/schools/", "{not JSON", content_type="application/json").status_code == 405


def test_too_many_requests_are_told_when_to_come_back(officer: User, contact_a: User, school_a: School, settings: Any) -> None:
    settings.API_LIMITS = {"read": "3/min", "registers": "1/min"}
    client, other = program(officer), program(contact_a)
    assert [client.get("/api/v1/schools/").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/api/v1/schools/")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert answer.json()["detail"] == f"Too many requests. Try again in {answer['Retry-After']} seconds."
    assert client.get("/api/v1/registers/?date=2026-11-20").status_code == 200, "registers are counted by themselves"
    assert client.get("/api/v1/registers/?date=2026-11-20").status_code == 429
    assert other.get("/api/v1/schools/").status_code == 200, "and each user by themselves"
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=61), tick=True):
        assert client.get("/api/v1/schools/").status_code == 200


def test_who_is_refused_is_counted_too(staff_a: User, settings: Any) -> None:
    settings.API_LIMITS = {"read": "3/min", "registers": "1/min"}
    client = program(staff_a)
    assert [client.get("/api/v1/cases/").status_code for _ in range(5)] == [403, 403, 403, 429, 429]
    assert AuditEvent.objects.filter(act="was refused").count() == 3
    assert [Client().get("/api/v1/cases/").status_code for _ in range(5)] == [401] * 5


def test_while_requests_cannot_be_counted_none_is_answered(officer: User, school_a: School, settings: Any) -> None:
    client = program(officer)
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    answer = client.get("/api/v1/schools/")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["detail"].startswith("Requests cannot be counted at the moment")


def test_reading_about_pupils_leaves_one_line_a_request(officer: User, world_a: World) -> None:
    client = program(officer)
    client.get("/api/v1/schools/")
    client.get(f"/api/v1/pupils/?upn={world_a.pupil.upn}")
    client.get(f"/api/v1/registers/?pupil={world_a.pupil.upn}&from=2026-09-07&to=2026-09-08")
    client.get(f"/api/v1/cases/{world_a.case.pk}/")
    client.get("/api/v1/flags/?open=false")
    lines = AuditEvent.objects.filter(kind="export").order_by("pk")
    assert [(line.act, line.detail["count"], line.by) for line in lines] == [
        ("read pupils through the API", 1, officer),
        ("read register rows through the API", 4, officer),
        ("read cases through the API", 1, officer),
    ]
    assert {line.detail["token"] for line in lines} == {"nightly report"}
    assert {tuple(line.detail["pupils"]) for line in lines} == {(world_a.pupil.pk,)}, "whose they were, by our own number"
    assert str(world_a.pupil.upn) not in str([line.detail for line in lines])


def test_a_school_reads_what_was_agreed_about_a_leaver_without_the_leaver(
    cast: dict[str, User], school_a: School, world_a: World, browse: Browse
) -> None:
    leaver = factories.make_pupil("Gone", "Long")
    factories.enrol(leaver, school_a, start=dt.date(2024, 9, 2), end=dt.date(2026, 7, 21))
    agreed = Action.objects.create(meeting=world_a.meeting, pupil=leaver, what="Write to the new school", owner="school", due=DAY)
    for part, told in (("contact_a", None), ("officer", leaver.pk), ("legal", leaver.pk)):
        rows = {row["id"]: row["pupil"] for row in read(program(cast[part]), "/api/v1/actions/")}
        assert rows[agreed.pk] == told, part
        assert rows[world_a.action.pk] == world_a.pupil.pk, part


def test_a_mistake_of_ours_is_a_problem_document_that_tells_nothing(officer: User, world_a: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **options: Any) -> None:
        raise LookupError("the secret of the house")

    client = program(officer)
    client.raise_request_exception = False
    monkeypatch.setattr("attendance.reports.marks.stretch", breaks)
    answer = client.get("/api/v1/registers/?date=2026-09-07")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert (answer.json()["title"], "secret" in answer.content.decode()) == ("Internal Server Error", False)
    assert "no-store" in answer["Cache-Control"]


_TOO_MANY = "/api/v1/schools/?" + "&".join(f"p{n}=1" for n in range(1200))
_NOWHERE = ["/api/", "/api/v2/schools/", "/api/v1/no-such-thing/", "/api/v1/meetings/%0A/"]


@pytest.mark.parametrize(("address", "known", "unknown"), [(_TOO_MANY, 400, 401), *((address, 404, 404) for address in _NOWHERE)])
def test_what_no_view_answers_is_a_problem_document_too(officer: User, address: str, known: int, unknown: int) -> None:
    for client, status in ((program(officer), known), (Client(), unknown)):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("address", ["schools", "pupils", "flags", "ratings", "meetings", "actions", "cases", "registers"])
def test_many_rows_take_few_queries(
    address: str, manager: User, officer: User, school_a: School, school_b: School, django_assert_max_num_queries: Any
) -> None:
    for school in [school_a, school_b, *(factories.make_school() for _ in range(12))]:
        make_world(school, officer)
    client = program(manager)
    with django_assert_max_num_queries(15):
        answer = client.get(f"/api/v1/{address}/{'?date=2026-09-08' if address == 'registers' else ''}")
    assert len(answer.json()["results"]) >= 14


def test_the_docs_page_names_every_address_and_field(officer_client: Client) -> None:
    page = officer_client.get("/api/v1/docs/").content.decode()
    for words in ("GET /api/v1/registers/compact/", "address_withheld", "page_size", "Improved and sustained", "120 times a minute"):
        assert words in page
    description = officer_client.get("/api/v1/schema/").json()
    assert all(address in page for address in description["paths"])


def test_everything_that_can_be_asked_or_answered_is_explained() -> None:
    for group in described(schema()):
        rows = [*group.fields, *(row for operation in group.operations for row in operation.parameters)]
        assert [row.name for row in rows if not row.words] == [], group.name
        assert json.loads(group.example).keys() == {field.name for field in group.fields}


def test_answers_are_kept_by_nobody(officer: User, school_a: School) -> None:
    assert "no-store" in program(officer).get("/api/v1/schools/")["Cache-Control"]
