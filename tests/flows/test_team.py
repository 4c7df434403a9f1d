"""The team around a school: who comes and goes, who may say so, and what the directory counts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from schools import team
from schools.actions import team as actions
from schools.actions.team import Details, TeamProblem
from schools.models import Posting, School, TeamMember
from tests import factories
from tests.flows.test_downloads import read_xlsx

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
SEPTEMBER = dt.date(2026, 9, 1)
Role = TeamMember.Role


def named(school: School, role: str, name: str, start: dt.date = SEPTEMBER, end: dt.date | None = None, **fields: Any) -> TeamMember:
    return TeamMember.objects.create(school=school, role=role, name=name, start=start, end=end, changed_at=timezone.now(), **fields)


def filled(role: str = "", **fields: Any) -> dict[str, Any]:
    """What the form sends."""
    asked = {"name": "Gwen Governor", "start": SEPTEMBER, "end": None, "email": "gwen@alder.example"} | fields
    days = {}
    for name in ("start", "end"):
        day = asked.pop(name)
        if day:
            days |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return asked | days | ({"role": role} if role else {})


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return str(response.content.decode())


class TestTheDatabase:
    def refused(self, school: School, **fields: Any) -> str:
        said = {"role": "governor", "name": "G", "start": SEPTEMBER, "changed_at": timezone.now()} | fields
        with pytest.raises(IntegrityError) as told, transaction.atomic():
            TeamMember.objects.create(school=school, **said)
        return str(told.value)

    def test_there_is_one_governor_at_a_time(self, school_a: School, school_b: School) -> None:
        first = named(school_a, Role.GOVERNOR, "First", end=dt.date(2026, 10, 31))
        assert "team_one_at_a_time" in self.refused(school_a, start=dt.date(2026, 10, 31))
        named(school_a, Role.GOVERNOR, "Second", start=dt.date(2026, 11, 1))
        assert "team_one_at_a_time" in self.refused(school_a, start=dt.date(2030, 1, 1))
        named(school_b, Role.GOVERNOR, "Elsewhere")
        named(school_a, Role.CHAMPION, "Another role")
        for name in ("Nora", "Nils"):
            named(school_a, Role.NURSE, name)  # several may be
        TeamMember.objects.filter(pk=first.pk).update(withdrawn_at=timezone.now(), withdrawn_why="Wrong school")
        named(school_a, Role.GOVERNOR, "Really first", end=dt.date(2026, 10, 31))

    def test_rows_that_make_no_sense_are_refused(self, school_a: School) -> None:
        assert "team_ends_after_start" in self.refused(school_a, end=dt.date(2026, 8, 31), role="nurse")
        assert "team_has_a_name" in self.refused(school_a, name="")
        assert "team_other_says_what" in self.refused(school_a, role="other")
        assert "team_other_says_what" in self.refused(school_a, role_words="Youth worker")
        assert "team_withdrawn_says_why" in self.refused(school_a, withdrawn_at=timezone.now())

    def test_nothing_is_deleted_and_each_change_keeps_the_row_before(self, school_a: School) -> None:
        member = named(school_a, Role.NURSE, "Nora Nurse")
        TeamMember.objects.filter(pk=member.pk).update(name="Nora Nightingale")
        assert member.events.get().name == "Nora Nurse"  # type: ignore[attr-defined]
        with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
            member.delete()


class TestComingAndGoing:
    def test_a_new_governor_ends_the_one_before(self, contact_a_client: Client, school_a: School) -> None:
        before = named(school_a, Role.GOVERNOR, "Bea Before", start=dt.date(2025, 9, 1))
        assert "Named attendance governor now: Bea Before" in page(contact_a_client, "team_add", school_a.urn)
        address = reverse("team_add", args=[school_a.urn])
        said = filled("governor", start=dt.date(2026, 11, 1), form_token=str(uuid.uuid4()))
        answer = contact_a_client.post(address, said, follow=True)
        assert "Bea Before was Named attendance governor to 31 October 2026." in answer.content.decode()
        before.refresh_from_db()
        assert before.end == dt.date(2026, 10, 31)
        contact_a_client.post(address, said)  # sent twice
        assert TeamMember.objects.valid().filter(role="governor").count() == 2
        acts = list(AuditEvent.objects.filter(subject_id=school_a.pk).order_by("pk").values_list("act", flat=True))
        assert acts == ["ended in team", "added to team"]
        shown = team.team_of(school_a, day=TODAY)
        assert [person.name for person in shown.before] == ["Bea Before"]
        assert [p.name for place in shown.places for p in place.now if place.slot.code == "governor"] == ["Gwen Governor"]

    def test_a_form_gone_back_to_and_filled_in_anew_is_another(self, officer_client: Client, school_a: School) -> None:
        address, token = reverse("team_add", args=[school_a.urn]), str(uuid.uuid4())
        for role, name in (("nurse", "Nora Nurse"), ("nurse", "Nils Nurse"), ("virtual", "Nils Nurse"), ("virtual", "Nils Nurse")):
            assert officer_client.post(address, filled(role, name=name, form_token=token)).status_code == 302
        assert sorted(TeamMember.objects.values_list("role", "name")) == [
            ("nurse", "Nils Nurse"),
            ("nurse", "Nora Nurse"),
            ("virtual", "Nils Nurse"),
        ]

    def test_what_is_past_or_planned_is_not_rewritten(self, officer: User, school_a: School) -> None:
        named(school_a, Role.CHAMPION, "Past", start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 31))
        named(school_a, Role.CHAMPION, "Planned", start=dt.date(2027, 1, 1))

        def add(start: dt.date, end: dt.date | None = None) -> None:
            details = Details("New", start, end)
            actions.add_member(by=officer, today=TODAY, now=timezone.now(), school=school_a, role="champion", details=details)

        with pytest.raises(TeamProblem, match="Past is senior attendance champion from 1 September 2025 to 31 July 2026"):
            add(dt.date(2026, 7, 1), dt.date(2026, 12, 31))
        with pytest.raises(TeamProblem, match="Planned is senior attendance champion from 1 January 2027"):
            add(SEPTEMBER)
        add(SEPTEMBER, dt.date(2026, 12, 31))
        assert TeamMember.objects.filter(end=None).get().name == "Planned"
        with pytest.raises(TeamProblem, match="New is senior attendance champion from 1 September 2026 to 31 December 2026"):
            add(dt.date(2026, 10, 1), dt.date(2026, 10, 31))  # who is there today is not ended by somebody who was

    def test_ending_correcting_and_withdrawing(self, officer_client: Client, officer: User, school_a: School) -> None:
        nurse = named(school_a, Role.NURSE, "Nora Nurse")
        edit = reverse("team_edit", args=[nurse.pk])
        said = filled(name="Nora Nightingale", user=officer.pk, phone="01632 960001 ext 2", version=1)
        assert officer_client.post(edit, said).status_code == 302
        nurse.refresh_from_db()
        assert (nurse.name, nurse.user, nurse.version) == ("Nora Nightingale", officer, 2)
        late = officer_client.post(edit, filled(name="Somebody Else", version=1))
        assert "Olive Officer changed this entry at" in late.content.decode()
        nurse.refresh_from_db()
        assert nurse.name == "Nora Nightingale"

        end = reverse("team_end", args=[nurse.pk])
        early = officer_client.post(end, {"end_day": 31, "end_month": 8, "end_year": 2026, "version": 2})
        assert "The last day must be on or after 1 September 2026" in early.content.decode()
        officer_client.post(end, {"end_day": 19, "end_month": 11, "end_year": 2026, "version": 2})
        shown = page(officer_client, "team", school_a.urn)
        assert "1 earlier entry" in shown
        assert "Nora Nightingale" in shown

        officer_client.post(reverse("team_withdraw", args=[nurse.pk]), {"why": "", "version": 3})
        assert TeamMember.objects.valid().exists()
        officer_client.post(reverse("team_withdraw", args=[nurse.pk]), {"why": "She was never here", "version": 3})
        page(officer_client, "team", school_a.urn)  # says that it is done, once
        assert "Nora" not in page(officer_client, "team", school_a.urn)
        assert AuditEvent.objects.get(act="withdrew from team").detail["reason"] == "She was never here"
        back = officer_client.get(edit, follow=True)
        assert "The entry of Nora Nightingale was withdrawn: She was never here" in back.content.decode()
        assert "withdrew this entry" in officer_client.post(edit, filled(version=4)).content.decode()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"end": dt.date(2026, 8, 31)}, "The last day must be on or after the first day"),
            ({"email": "gwen at alder"}, "Enter an email address like name@example.org"),
            ({"phone": "ring the office"}, "Enter a phone number like 01632 960001"),
            ({"name": "  "}, "Enter the person’s name"),
            ({"start": dt.date(1926, 9, 1)}, "1 September 1926 cannot be right. Check the year"),
            ({"end": dt.date(2206, 9, 1)}, "1 September 2206 cannot be right. Check the year"),
            ({"role": "head"}, "Choose a role of the list"),
            ({"role": "other"}, "Say in a few words what this person is to the school"),
            ({"user": 999999}, "Choose an account of the list"),
            ({"note": "x" * 2001}, "Keep this to 2,000 characters"),
        ],
    )
    def test_bad_input_is_answered_where_it_happened(
        self, officer_client: Client, school_a: School, fields: dict[str, Any], words: str
    ) -> None:
        answer = officer_client.post(reverse("team_add", args=[school_a.urn]), filled("governor") | filled(**fields))
        assert answer.status_code == 200
        assert words in answer.content.decode()
        assert not TeamMember.objects.exists()

    def test_nobody_joins_a_school_that_closed(self, officer_client: Client, school_a: School) -> None:
        governor = named(school_a, Role.GOVERNOR, "Gwen Governor")
        School.objects.filter(pk=school_a.pk).update(closed=dt.date(2026, 11, 19))
        answer = officer_client.post(reverse("team_add", args=[school_a.urn]), filled("champion", start=TODAY))
        assert "Alder High School closed on 19 November 2026: nobody can join its team after that day" in answer.content.decode()
        shown = page(officer_client, "team", school_a.urn)
        assert "Nobody is looked for here any more" in shown
        assert "Nobody is named for" not in shown
        officer_client.post(reverse("team_end", args=[governor.pk]), {"end_day": 19, "end_month": 11, "end_year": 2026, "version": 1})
        governor.refresh_from_db()
        assert governor.end == dt.date(2026, 11, 19)
        assert "Alder High School" not in page(officer_client, "directory")


class TestWhoMay:
    def test_a_school_keeps_its_own_people_and_sees_the_authority_s(
        self, contact_a_client: Client, contact_b_client: Client, officer: User, school_a: School
    ) -> None:
        nurse, governor = named(school_a, Role.NURSE, "Nora Nurse"), named(school_a, Role.GOVERNOR, "Gwen Governor")
        shown = page(contact_a_client, "team", school_a.urn)
        assert "Nora Nurse" in shown
        assert officer.email in shown
        assert reverse("team_edit", args=[governor.pk]) in shown
        assert reverse("team_edit", args=[nurse.pk]) not in shown
        for name in ("team_edit", "team_end", "team_withdraw"):
            assert contact_a_client.get(reverse(name, args=[nurse.pk])).status_code == 403
            assert contact_b_client.get(reverse(name, args=[governor.pk])).status_code == 404
        answer = contact_a_client.post(reverse("team_add", args=[school_a.urn]), filled("nurse"))
        assert "Choose a role of the list" in answer.content.decode()

    def test_the_action_asks_again(self, contact_a: User, legal: User, school_a: School) -> None:
        for by, role in ((contact_a, "nurse"), (legal, "governor")):
            with pytest.raises(TeamProblem, match="The authority keeps this entry"):
                actions.add_member(by=by, today=TODAY, now=timezone.now(), school=school_a, role=role, details=Details("Nobody", SEPTEMBER))

    def test_a_school_is_offered_no_account_of_others(
        self, contact_a: User, contact_b: User, officer: User, staff_a: User, school_a: School, contact_a_client: Client
    ) -> None:
        shown = page(contact_a_client, "team_add", school_a.urn)
        assert staff_a.email in shown
        assert contact_b.email not in shown

    def test_staff_legal_and_administrators_read(
        self, staff_a_client: Client, legal_client: Client, administrator_client: Client, school_a: School
    ) -> None:
        governor = named(school_a, Role.GOVERNOR, "Gwen Governor")
        for client in (staff_a_client, legal_client, administrator_client):
            shown = page(client, "team", school_a.urn)
            assert "Gwen Governor" in shown
            assert "Add somebody" not in shown
            assert reverse("team_edit", args=[governor.pk]) not in shown


class TestReading:
    def test_whom_an_invitation_goes_to(self, officer: User, contact_a: User, school_a: School, stranger: User) -> None:
        factories.post(stranger, school_a, start=dt.date(2025, 1, 1), end=dt.date(2026, 11, 19))  # over
        named(school_a, Role.GOVERNOR, "Gwen Governor", email="gwen@alder.example")
        named(school_a, Role.CHAMPION, "Carys Alder", user=contact_a)
        named(school_a, Role.NURSE, "Left", start=dt.date(2025, 1, 1), end=dt.date(2026, 11, 19))
        named(school_a, Role.NURSE, "To come", start=dt.date(2026, 11, 21))
        named(school_a, Role.OTHER, "Pat Police", role_words="Police schools officer")
        found = [(person.role_name, person.name, person.email) for person in team.people_of(school_a, day=TODAY)]
        assert found == [
            ("Authority single point of contact", "Olive Officer", officer.email),
            ("School single point of contact", "Carys Alder", contact_a.email),
            ("Senior attendance champion", "Carys Alder", contact_a.email),
            ("Named attendance governor", "Gwen Governor", "gwen@alder.example"),
            ("Police schools officer", "Pat Police", ""),
        ]

    def test_the_history_of_postings_stays_on_the_page(
        self, officer: User, stranger: User, manager_client: Client, school_a: School
    ) -> None:
        over = factories.post(stranger, school_a, start=dt.date(2025, 1, 1), end=dt.date(2025, 12, 31))
        coming = factories.post(stranger, school_a, start=dt.date(2026, 12, 1), part=Posting.Part.COVER)
        found = team.team_of(school_a, day=TODAY)
        assert [person.row for person in found.before] == [over]
        assert [person.row for place in found.places for person in place.coming] == [coming]
        shown = page(manager_client, "team", school_a.urn)
        assert "31 Dec 2025" in shown
        assert reverse("posting_end", args=[coming.pk]) in shown


class TestTheDirectory:
    @pytest.fixture
    def people(self, officer: User, contact_a: User, school_a: School, school_b: School) -> None:
        named(school_a, Role.GOVERNOR, "Gwen Governor", email="gwen@alder.example", phone="01632 960001")
        for school in (school_a, school_b):
            named(school, Role.CHAMPION, "Zoë Champion")
        named(school_b, Role.GOVERNOR, "Left", start=dt.date(2025, 1, 1), end=dt.date(2026, 11, 19))

    @pytest.mark.usefixtures("people")
    def test_each_gap_is_counted_and_opens_its_schools(self, manager_client: Client) -> None:
        shown = page(manager_client, "directory")
        assert "1 of 2 schools has no named attendance governor" in shown
        assert "2 of 2 schools have no school nurse" in shown
        assert "no senior attendance champion" not in shown
        assert "Each of these 2 schools has: Senior attendance champion" in shown
        opened = page(manager_client, "directory", gap="governor")
        assert "Birch Primary School" in opened
        assert "Alder High School" not in opened
        assert "1 of 2 schools has no named attendance governor" in opened  # the counts stay

    @pytest.mark.usefixtures("people")
    def test_search_and_order(self, manager_client: Client) -> None:
        assert "Birch Primary School" not in page(manager_client, "directory", q="gwen")
        assert "Birch Primary School" not in page(manager_client, "directory", q="999801")
        both = page(manager_client, "directory", q="zoe")
        assert "Alder High School" in both
        assert "Birch Primary School" in both
        last = page(manager_client, "directory", sort="-governor")  # nobody comes last either way
        assert last.index("Alder High School") < last.index("Birch Primary School")
        assert "No school matches these filters" in page(manager_client, "directory", q="nowhere at all")
        assert "This choice is not offered here" in page(manager_client, "directory", gap="head")

    @pytest.mark.usefixtures("people")
    def test_one_sees_the_schools_one_sees(self, officer_client: Client, stranger_client: Client) -> None:
        shown = page(officer_client, "directory")
        assert "Birch Primary School" not in shown
        assert "The school has no school nurse" in shown
        assert "You have no schools yet" in page(stranger_client, "directory")

    @pytest.mark.usefixtures("people")
    def test_it_goes_out_as_a_file_with_addresses(self, manager_client: Client) -> None:
        answer = manager_client.get(reverse("directory_download", args=["csv"]), {"gap": "nurse"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        first, *_ = csv.DictReader(io.StringIO(text))
        assert (first["URN"], first["Governor"], first["Governor: email"]) == ("999801", "Gwen Governor", "gwen@alder.example")
        assert "Filters: Nobody named as: School nurse." in text
        assert AuditEvent.objects.get(act="downloaded a table").detail["table"] == "directory"
        book = read_xlsx(manager_client.get(reverse("directory_download", args=["xlsx"])))
        assert book.sheetnames[-1] == "About"
        assert manager_client.get(reverse("directory_download", args=["pdf"])).status_code == 404

    @pytest.mark.usefixtures("people")
    def test_few_questions_however_many_schools(
        self, manager_client: Client, officer_client: Client, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(20):
            school = factories.make_school()
            named(school, Role.NURSE, f"Nurse {number}")
        for client, name, args in (
            (manager_client, "directory", []),
            (officer_client, "directory", []),
            (officer_client, "team", [school_a.urn]),
        ):
            with django_assert_max_num_queries(15):
                assert client.get(reverse(name, args=args)).status_code == 200


class TestPeopleFromAFile:
    def sent(self, client: Client, *rows: str, head: str = "URN,Role,Name,Email,Phone,From") -> str:
        file = SimpleUploadedFile("people.csv", "\n".join([head, *rows]).encode())
        answer = client.post(reverse("team_file"), {"file": file})
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    def test_good_rows_are_written_once_and_the_others_come_back(self, officer_client: Client, school_a: School, school_b: School) -> None:
        named(school_a, Role.GOVERNOR, "Bea Before", start=dt.date(2025, 9, 1))
        rows = [
            "999801,Governor,Gwen Governor,gwen@alder.example,01632 960001,01/09/2026",
            "999801,School nurse,Nora Nurse,,,",
            "999801,Other: Police schools officer,Pat Police,,,2026-09-01",
            "999802,Governor,Not Mine,,,01/09/2026",
            "999801,Head,Hal Head,,,",
            "999801,Champion,,gwen at alder,12,31/31/2026",
            "999801,Nurse,nora  nurse,,,",
            "999801,Governor,Another Governor,,,01/09/2026",
        ]
        shown = self.sent(officer_client, *rows)
        assert "8 rows read, 5 not written." in shown
        assert "3 people are new in a team; 1 person before them ended on the day before" in shown
        for words in (
            "None of your schools has URN 999802",
            "“Head” is no role of the directory",
            "“gwen at alder” is not an email address",
            "from “31/31/2026” is not a date like 01/09/2026",
            "Line 3 names this person for the same place",
            "Gwen Governor is named attendance governor from 1 September 2026: the days would overlap",
        ):
            assert words in shown
        current = set(TeamMember.objects.on(TODAY).values_list("name", "role", "start"))
        assert current == {
            ("Gwen Governor", "governor", SEPTEMBER),
            ("Nora Nurse", "nurse", TODAY),
            ("Pat Police", "other", SEPTEMBER),
        }
        again = self.sent(officer_client, *rows[:3], "999801,Nurse,Nora Nurse,nora@health.example,,")
        assert "0 people are new in a team" in again
        assert "0 entries are corrected, 3 unchanged" in again
        mended = self.sent(officer_client, "999801,Nurse,Nora Nurse,nora@health.example,,01/01/2020")
        assert "1 entry is corrected, 0 unchanged" in mended
        nurse = TeamMember.objects.get(role="nurse")
        assert (nurse.email, nurse.start) == ("nora@health.example", TODAY)  # days are changed on the page, not by a file

    def test_a_school_sends_its_own_people_only(self, contact_a_client: Client, school_a: School) -> None:
        shown = self.sent(contact_a_client, "999801,Nurse,Nora Nurse,,,", "999801,Champion,Chris Champion,,,")
        assert "The authority keeps this entry" in shown
        assert TeamMember.objects.get().name == "Chris Champion"

    def test_what_is_no_list_of_people(self, officer_client: Client, school_a: School) -> None:
        assert "Missing: role, name" in self.sent(officer_client, "999801", head="URN")
        assert "The file is empty" in self.sent(officer_client, head=" ")
        shown = self.sent(officer_client, *(f"999801,Nurse,Nurse {number},,," for number in range(2001)))
        assert "more than 2,000 rows" in shown
        assert not TeamMember.objects.exists()
