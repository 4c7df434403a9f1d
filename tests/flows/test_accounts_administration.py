"""Users, postings, school contacts, the authority and its policy, as administrators and managers keep them."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import audit, clock
from accounts.models import AuditEvent, User
from attendance.models import Extract, Flag
from legal.actions import requests as notices
from legal.models import Request
from meetings.models import Action, Item, Meeting
from schools import colours, policy
from schools.models import Authority, PolicyValue, Posting, School
from tests import factories
from tests.casework import make_case

pytestmark = pytest.mark.django_db


def date(name: str, day: dt.date | None) -> dict[str, str]:
    parts = (day.day, day.month, day.year) if day else ("", "", "")
    return {f"{name}_{part}": str(value) for part, value in zip(("day", "month", "year"), parts, strict=True)}


class TestUsers:
    def test_an_officer_is_invited_straight_into_their_schools(
        self, administrator_client: Client, school_a: School, school_b: School, mailoutbox: list[EmailMessage]
    ) -> None:
        asked = {"name": "Noor", "email": "Noor@Merebrook.example", "role": "officer", "schools": [school_a.pk, school_b.pk]}
        administrator_client.post(reverse("user_invite"), asked)
        noor = User.objects.get(email="noor@merebrook.example")
        assert {(p.school, p.part, p.start) for p in noor.postings.all()} == {
            (school_a, "lead", dt.date(2026, 11, 20)),
            (school_b, "lead", dt.date(2026, 11, 20)),
        }
        assert not noor.has_usable_password()
        assert len(mailoutbox) == 1

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"email": "officer@merebrook.example"}, "officer@merebrook.example belongs to Olive Officer"),
            ({"email": "not an address"}, "Enter an email address like name@example.org"),
            ({"name": ""}, "Enter the person&#x27;s name"),
            ({"role": "school_contact"}, "Choose the school this person works at"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, administrator_client: Client, officer: User, mailoutbox: list[EmailMessage], fields: dict[str, str], words: str
    ) -> None:
        before = User.objects.count()
        asked = {"name": "Noor", "email": "noor@merebrook.example", "role": "manager"} | fields
        assert words in administrator_client.post(reverse("user_invite"), asked).content.decode()
        assert (User.objects.count(), mailoutbox) == (before, [])

    def test_users_are_found_by_name_role_and_state(self, administrator_client: Client, officer: User, contact_a: User) -> None:
        def listed(query: str) -> set[str]:
            page = administrator_client.get(reverse("users") + query).content.decode()
            return {user.name for user in User.objects.all() if f">{user.name}</a>" in page}

        assert listed("?q=olive") == {"Olive Officer"}
        assert listed("?q=alder.example") == {"Carys Alder"}
        assert listed("?role=officer") == {"Olive Officer"}
        User.objects.filter(pk=officer.pk).update(is_active=False)
        assert listed("?role=officer") == set()
        assert listed("?state=disabled") == {"Olive Officer"}

    def test_a_new_role_ends_the_postings_that_do_not_fit(self, administrator_client: Client, officer: User) -> None:
        administrator_client.post(reverse("user", args=[officer.pk]), {"name": "Olive Officer", "role": "school_staff"})
        officer.refresh_from_db()
        assert officer.role == "school_staff"
        assert officer.postings.get().end == dt.date(2026, 11, 19)
        assert not School.objects.visible_to(officer).exists()

    def test_an_administrator_cannot_lock_everybody_out(self, administrator: User, administrator_client: Client) -> None:
        mine = reverse("user", args=[administrator.pk])
        page = administrator_client.post(mine, {"name": "Ada", "role": "manager"}).content.decode()
        assert "You cannot change your own role" in page
        administrator_client.post(reverse("user_disable", args=[administrator.pk]))
        administrator.refresh_from_db()
        assert (administrator.role, administrator.is_active) == ("administrator", True)

    def test_disabling_needs_a_post(self, administrator_client: Client, officer: User) -> None:
        assert administrator_client.get(reverse("user_disable", args=[officer.pk])).status_code == 405
        officer.refresh_from_db()
        assert officer.is_active


class TestPostings:
    def test_one_person_several_schools_and_none_twice(
        self, manager_client: Client, officer: User, school_a: School, school_b: School
    ) -> None:
        asked = {"user": officer.pk, "schools": [school_a.pk, school_b.pk], "part": "lead"}
        asked |= date("start", dt.date(2026, 11, 23)) | date("end", None)
        page = manager_client.post(reverse("posting_give"), asked, follow=True).content.decode()
        assert "Olive Officer is posted to 1 school. 1 posted already." in page
        assert officer.postings.count() == 2

    def test_a_part_must_fit_the_person(self, manager_client: Client, officer: User, school_b: School) -> None:
        asked = {"user": officer.pk, "schools": [school_b.pk], "part": "contact"}
        asked |= date("start", dt.date(2026, 11, 23)) | date("end", None)
        page = manager_client.post(reverse("posting_give"), asked).content.decode()
        assert "does not fit Olive Officer, who is attendance officer" in page
        assert officer.postings.count() == 1

    def test_an_ended_posting_stays_in_the_school_s_history(self, manager_client: Client, officer: User) -> None:
        posting = officer.postings.get()
        manager_client.post(reverse("posting_end", args=[posting.pk]), date("end", dt.date(2026, 11, 19)))
        assert not School.objects.visible_to(officer).exists()
        manager_client.get(reverse("home"))  # takes the message away
        assert "Olive Officer" not in manager_client.get(reverse("postings")).content.decode()
        assert "Olive Officer" in manager_client.get(reverse("postings") + "?state=past").content.decode()
        before = manager_client.post(reverse("posting_end", args=[posting.pk]), date("end", dt.date(2025, 8, 1)))
        assert "on or after 1 September 2025" in before.content.decode()

    def test_schools_without_anybody_to_ask_are_named(
        self, manager_client: Client, contact_a: User, school_a: School, school_b: School
    ) -> None:
        page = manager_client.get(reverse("postings")).content.decode()
        assert "Nobody at 1 school can send a register" in page
        assert "URN 999802" in page


class TestContactsFile:
    FILE = (
        "URN,Name,Email,Part\n999801,Carys Alder,contact@alder.example,\n999802,Carys Alder,contact@alder.example,contact\n"
        "999802,Nell New,nell@birch.example,staff\n"
    )

    def send(self, client: Client, text: str) -> str:
        answer = client.post(reverse("school_contacts"), {"file": SimpleUploadedFile("contacts.csv", text.encode())})
        return answer.content.decode()

    def test_looked_at_first_then_done(
        self,
        administrator_client: Client,
        contact_a: User,
        school_b: School,
        mailoutbox: list[EmailMessage],
    ) -> None:
        page = self.send(administrator_client, self.FILE)
        assert "Already works with this school: nothing changes" in page
        assert "Is known as Carys Alder: is posted to the school" in page
        assert "Is invited and posted to the school" in page
        assert (User.objects.filter(name="Nell New").exists(), mailoutbox) == (False, [])
        text = page.split('name="text" value="')[1].split('"')[0]
        done = administrator_client.post(reverse("school_contacts_confirm"), {"text": text}, follow=True).content.decode()
        assert "1 person invited, 2 postings given" in done
        nell = User.objects.get(name="Nell New")
        assert (nell.role, nell.postings.get().school, nell.postings.get().part) == ("school_staff", school_b, "staff")
        assert contact_a.postings.count() == 2
        assert [mail.to for mail in mailoutbox] == [["nell@birch.example"]]
        administrator_client.post(reverse("school_contacts_confirm"), {"text": text})
        assert (Posting.objects.count(), len(mailoutbox)) == (3, 1), "confirmed twice, done once"

    def test_each_wrong_line_is_told(self, administrator_client: Client, officer: User, school_b: School) -> None:
        bad = (
            "x,A,a@b.example,\n999802,,a@b.example,\n999802,B,not-an-address,\n999802,C,c@b.example,head\n123456,D,d@b.example,\n"
            "999802,Olive,officer@merebrook.example,\n999802,Nell,nell@birch.example,staff\n999802,Nell,NELL@birch.example,staff\n"
        )
        page = self.send(administrator_client, "URN,name,email,part\n" + bad)
        for words in (
            "A URN is a number of six digits",
            "The name is missing",
            "“not-an-address” is not an email address",
            "“head” is not contact or staff",
            "No school has URN 123456",
            "Olive Officer is attendance officer, not school staff",
            "Line 8 names this person for the same school",
        ):
            assert words in page

    def test_a_file_without_the_columns_is_refused_in_words(self, administrator_client: Client) -> None:
        assert "Missing: urn, email" in self.send(administrator_client, "Name\nNell\n")


class TestAuthority:
    ASKED = {"name": "Merebrook Borough Council", "la_code": "999", "colour": "#0f4c5c", "accent": "#e36414"}

    def test_the_name_is_on_every_page_at_once(self, administrator_client: Client) -> None:
        administrator_client.post(reverse("authority_settings"), self.ASKED | {"contact_email": "help@merebrook.example"})
        page = administrator_client.get(reverse("users")).content.decode()
        assert "Merebrook Borough Council" in page
        assert "help@merebrook.example" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"colour": "#ffdd00"}, "#ffdd00 is too light to be read against white: its contrast is 1.3 to 1 and at least 4.5 to 1"),
            ({"accent": "#ffcc00"}, "at least 3 to 1 is needed"),
            ({"colour": "teal"}, "Enter a colour like #1d70b8"),
            ({"la_code": "9"}, "three digits"),
        ],
    )
    def test_colours_that_cannot_be_read_are_refused(self, administrator_client: Client, fields: dict[str, str], words: str) -> None:
        assert words in administrator_client.post(reverse("authority_settings"), self.ASKED | fields).content.decode()
        assert Authority.objects.get().name == "Merebrook Council"

    def test_contrast_is_that_of_the_guidelines(self) -> None:
        assert colours.contrast("#000000") == pytest.approx(21)
        assert colours.contrast("#ffffff") == pytest.approx(1)
        assert colours.contrast("#767676") == pytest.approx(4.54, abs=0.01)  # the lightest grey that passes AA on white


class TestPolicy:
    def test_every_value_is_shown_with_its_source(self, manager_client: Client) -> None:
        page = manager_client.get(reverse("policy")).content.decode()
        for item in policy.NATIONAL:
            assert item.name in page
            assert item.source.split(";")[0] in page

    def test_an_own_value_holds_from_its_day_with_its_reason(self, manager: User, manager_client: Client, today: dt.date) -> None:
        asked = {"value": "40", "reason": "Small schools flagged too soon"} | date("start", dt.date(2026, 12, 1))
        manager_client.post(reverse("policy_value", args=["low_data_sessions"]), asked)
        set_value = PolicyValue.objects.get()
        assert (set_value.value, set_value.set_by) == (40, manager)
        assert PolicyValue.objects.in_force(today)["low_data_sessions"] == 30
        assert PolicyValue.objects.in_force(dt.date(2026, 12, 1))["low_data_sessions"] == 40
        page = manager_client.get(reverse("policy")).content.decode()
        assert "To come" in page
        assert "Small schools flagged too soon" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"value": "201"}, "whole number from 0 to 200"),
            ({"value": "many"}, "Enter a whole number"),
            ({"reason": "  "}, "Enter why the authority sets its own value"),
            (date("start", dt.date(2026, 11, 19)), "what has been decided already stays as it was"),
        ],
    )
    def test_what_may_not_be_set_is_said(self, manager_client: Client, fields: dict[str, str], words: str) -> None:
        asked = {"value": "40", "reason": "Because"} | date("start", dt.date(2026, 12, 1)) | fields
        assert words in manager_client.post(reverse("policy_value", args=["low_data_sessions"]), asked).content.decode()
        assert not PolicyValue.objects.exists()

    def test_a_national_value_has_no_page_to_set_it(self, manager_client: Client) -> None:
        assert manager_client.get(reverse("policy_value", args=["persistent_percent"])).status_code == 404


class TestAuditTrail:
    def test_it_is_filtered_and_paged(self, manager_client: Client, officer: User, manager: User) -> None:
        for number in range(55):
            audit.record("looked at page", by=officer, kind="view", number=number)
        audit.record("set policy value", by=manager)
        page = manager_client.get(reverse("audit")).content.decode()
        assert "Older" in page
        assert "number: 54" in page
        assert "number: 2<" not in page
        older = page.split('href="?before=')[1].split('"')[0]
        assert "number: 2<" in manager_client.get(reverse("audit") + f"?before={older}").content.decode()
        assert "Looked at page" not in manager_client.get(reverse("audit") + "?who=mani").content.decode()
        assert "Set policy value" not in manager_client.get(reverse("audit") + "?kind=view").content.decode()
        assert "Nothing was recorded that fits" in manager_client.get(reverse("audit") + "?last=1/1/2020").content.decode()

    def test_a_child_s_name_is_not_told_to_those_who_look_after_the_system(
        self, administrator_client: Client, manager_client: Client, officer: User, school_a: School
    ) -> None:
        pupil = factories.make_pupil("Secret", "Sam")
        audit.record("looked at pupil", by=officer, kind="view", subject=pupil)
        assert "Sam Secret" in manager_client.get(reverse("audit")).content.decode()
        page = administrator_client.get(reverse("audit")).content.decode()
        assert "Sam Secret" not in page
        assert f"Pupil no. {pupil.pk}" in page
        assert "Looked at pupil" not in administrator_client.get(reverse("audit") + "?what=Secret").content.decode()

    def test_nor_by_what_stands_for_a_child_or_was_typed_about_one(
        self, administrator_client: Client, manager_client: Client, manager: User, school_a: School, today: dt.date
    ) -> None:
        """Every kind of thing above the register: whatever is not known to name nobody is told by its number."""
        pupil = factories.make_pupil("Secret", "Sam")
        factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
        case = make_case(pupil, school_a)
        asked = Request.objects.create(pupil=pupil, school=school_a, route="holiday", made=today)
        meeting = Meeting.objects.create(school=school_a, officer=manager, day=today, time=dt.time(9), planned_at=clock.now())
        action = Action.objects.create(meeting=meeting, what="Ring the mother of Sam Secret", owner="school", due=today)
        item = Item.objects.create(meeting=meeting, place=1, source="added", pupil=pupil, reason="Sam Secret")
        extract = Extract(pk=1, filename="Sam Secret.csv")
        flag = Flag(pk=1, pupil=pupil, code="severe_absence")
        for subject in (case, asked, meeting, action, item, extract, flag):
            audit.record("looked at", by=manager, kind="view", subject=subject)
        for kind in ("reason", "why", "words"):
            audit.record("said of a school", by=manager, subject=school_a, **{kind: "Sam Secret’s mother rang"})
        notices.override_checklist(by=manager, today=today, now=clock.now(), request=asked, words="Sam Secret is at sea.")
        page = administrator_client.get(reverse("audit")).content.decode()
        assert "Secret" not in page
        assert f"Action no. {action.pk}" in page
        assert f"Meeting with {school_a}" in page
        assert "Nothing was recorded that fits" in administrator_client.get(reverse("audit") + "?what=Secret").content.decode()
        assert "Sam Secret" in manager_client.get(reverse("audit")).content.decode()


class TestFirstAdministrator:
    def create(self, email: str, password: str, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        out = io.StringIO()
        call_command("create_administrator", email, name="Ada First", stdout=out)
        return out.getvalue()

    def test_the_first_user_comes_from_the_command_line(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "may sign in now" in self.create("ada@merebrook.example", "three wet umbrellas", monkeypatch)
        answer = client.post("/accounts/login/", {"login": "ada@merebrook.example", "password": "three wet umbrellas"})
        assert answer.status_code == 302
        event = AuditEvent.objects.get(act="invited user")
        assert (event.by, event.by_name) == (None, "Command line")

    @pytest.mark.parametrize(("email", "password"), [("ada", "three wet umbrellas"), ("ada@merebrook.example", "short")])
    def test_nothing_half_done(self, email: str, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(CommandError):
            self.create(email, password, monkeypatch)
        assert not User.objects.exists()
