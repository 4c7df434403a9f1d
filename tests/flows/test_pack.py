"""The pack of a meeting: it says what the pages say, to whom it may, by itself and in time; and what was made never changes."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts import clock
from accounts.models import AuditEvent, User
from attendance.models import Flag
from casework.actions import open_case
from casework.models import Case
from config import tasks
from dashboards.models import Paper
from dashboards.pack import asking, gather, printed
from dashboards.pack.agenda import of_meeting, with_agenda
from dashboards.pack.gather import Pack
from meetings.actions import refresh_agenda
from meetings.models import Action, Meeting, PlanStep, SchoolPlan
from schools.models import Characteristic, School
from tests import factories
from tests.conftest import Browse
from tests.flows import made_borough
from tests.flows.made_borough import TODAY, Borough
from tests.flows.meeting_things import flagged
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    found = made_borough.make(school_a, school_b, officer)
    refresh_agenda(by=officer, today=TODAY, now=clock.now(), meeting=found.meeting)
    return found


def packed(meeting: Meeting, *, inside: bool = True, today: dt.date = TODAY) -> Pack:
    read = with_agenda(Meeting.objects.filter(pk=meeting.pk), today=today).get()
    return gather.gather(of_meeting(read, inside=inside), inside=inside, today=today)


def page(client: Client, meeting: Meeting) -> str:
    answer = client.get(f"/meetings/{meeting.pk}/pack/")
    assert answer.status_code == 200
    return said(answer)


def planned(school: School, officer: User, day: dt.date = dt.date(2026, 11, 24), **fields: Any) -> Meeting:
    return Meeting.objects.create(
        school=school, officer=officer, day=day, time=dt.time(14), planned_by=officer, planned_at=timezone.now(), **fields
    )


def content(paper: Paper, form: str = "pdf") -> bytes:
    with default_storage.open(paper.files.get(form=form).stored) as file:
        return file.read()


def found(client: Client, pk: int) -> str:
    """The name of a paper's file as it is handed over; "" where there is none for this user."""
    answer = client.get(f"/papers/{pk}/file.pdf")
    if answer.status_code != 200:
        return ""
    assert answer.getvalue().startswith(b"%PDF")
    return str(answer["Content-Disposition"])


def pages(pdf: bytes) -> list[str]:
    return [" ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(pdf)).pages]


class TestOneSchool:
    def test_its_numbers_are_those_of_the_pages(self, borough: Borough, officer_client: Client, django_assert_max_num_queries: Any) -> None:
        found = packed(borough.meeting)
        school = officer_client.get("/schools/999801/").context
        for ours, theirs in zip(found.measures, school["measures"], strict=True):
            assert ours.own is not None
            assert (ours.own.part, ours.own.whole) == theirs["of"][:2], ours.name
            assert ours.england == theirs["then"], ours.name
            before = theirs["before"]
            assert (ours.before.part, ours.before.whole) == before[1:], ours.name  # type: ignore[union-attr]
        everybody = {line["cohort"].name: line for line in school["cohorts"]}
        assert {one.name for one in found.cohorts} <= everybody.keys() | {line["cohort"].name for line in school["year_groups"]}
        listed = officer_client.get("/pupils/?school=999801&flag=severe_absence").content.decode()
        assert {line.who.pupil for line in found.severe} == {int(pk) for pk in re.findall(r'href="/pupils/(\d+)/"', listed)}
        assert found.counts["severe"] == school["row"].flags["severe_absence"]
        assert found.counts["persistent"] == school["row"].flags["persistent_absence"]
        with django_assert_max_num_queries(15):
            text = page(officer_client, borough.meeting)
        assert "Attendance is 84.5% this school year; England’s was 92.8% at the same point of last year" in text
        assert "Red , autumn 2026/27, judged as of" in text
        assert "0 of 1 action done, 1 open, 1 of them late." in text
        for pupil in borough.severe:
            assert str(pupil) in text
        assert AuditEvent.objects.filter(kind=AuditEvent.Kind.VIEW, act="looked at a meeting’s pack").exists()

    def test_every_severely_absent_pupil_stands_there_with_the_plan_or_its_want(self, borough: Borough, officer_client: Client) -> None:
        found = {line.who.pupil: line for line in packed(borough.meeting).severe}
        first, second, third, fourth = (found[pupil.pk] for pupil in borough.severe)
        assert first.gap == "Review overdue."
        assert (first.lead, first.plan.barrier) == ("The school", "Emotionally based school avoidance")  # type: ignore[union-attr]
        assert second.gap == third.gap == "No plan: the case has been open for 46 days."
        assert fourth.gap == "No plan: no case is open."
        assert fourth.services == ["children’s social care and virtual school (looked after)"]
        assert "without a plan" in page(officer_client, borough.meeting)

    def test_the_suggested_minutes_are_those_of_the_meeting(self, borough: Borough, officer_client: Client) -> None:
        for minutes in (30, 60):
            Meeting.objects.filter(pk=borough.meeting.pk).update(minutes=minutes)
            found = packed(borough.meeting).running
            assert sum(slot.minutes for slot in found.slots) == minutes
            severe = [talk for talk in found.talks if talk.flag == "severe_absence"]
            others = [talk for talk in found.talks if talk.flag == "persistent_absence"]
            assert len(severe) == 4
            assert min(found.minutes[talk.place] for talk in severe) >= max((found.minutes[talk.place] for talk in others), default=0)
        Meeting.objects.filter(pk=borough.meeting.pk).update(minutes=15)
        text = page(officer_client, borough.meeting)
        assert "points do not fit: at the least minutes each they need" in text

    def test_on_paper_a_point_without_time_is_named_and_not_explained(self, borough: Borough, officer_client: Client) -> None:
        made = packed(borough.meeting)
        asked = {talk.pupil: talk.reason for talk in made.running.talks if talk.pupil}
        running = replace(made.running, minutes={talk.place: 0 if talk.pupil else 5 for talk in made.running.talks})
        paper = unescape(printed.html(replace(made, severe=[], could=[], running=running), borough.meeting, None))
        shown = page(officer_client, borough.meeting)
        for pupil in borough.severe:
            assert f"{pupil}, severe absence (no time)." in paper
            assert asked[pupil.pk] not in paper
            assert asked[pupil.pk] in shown, "its page says why"

    def test_attendance_before_and_after_the_last_meeting_is_counted_by_hand(self, borough: Borough, officer: User) -> None:
        """Held on Thursday 1 October; registers of the first pupil to Friday 13 November, the school's to Thursday 19 November."""
        pupil = borough.severe[0]
        meeting = Meeting.objects.get(status="held", school=borough.meeting.school)
        Action.objects.create(meeting=meeting, pupil=pupil, what="Visit at home", owner="school", due=TODAY, agreed_by=officer)
        last = packed(borough.meeting).last
        assert last is not None
        assert [monday.isoformat() for monday in last.weeks.after] == [
            f"2026-{day}" for day in ("10-05", "10-12", "10-19", "10-26", "11-02", "11-09")
        ]
        (moved,) = last.moved
        assert (moved.after.attended, moved.after.possible) == (30, 60), "half of ten sessions in each of six weeks, from Monday"
        before = [f"2026-{day}" for day in ("09-07", "09-14", "09-21")]
        assert [monday.isoformat() for monday in last.weeks.before[-3:]] == before
        # of 15 days of September the first and every second one, and of the last three weeks of last year's register all but Fridays
        assert (moved.before.attended, moved.before.possible) == (2 * 8 + 2 * 12, 60)
        assert "other things changed in the same weeks" in last.caution


class TestWhoMay:
    def test_a_school_reads_its_own_as_far_as_it_may(
        self,
        borough: Borough,
        officer: User,
        school_b: School,
        contact_a_client: Client,
        officer_client: Client,
        django_assert_max_num_queries: Any,
    ) -> None:
        with django_assert_max_num_queries(15):
            own = page(contact_a_client, borough.meeting)
        ours = page(officer_client, borough.meeting)
        assert "emotionally based school avoidance" in ours
        assert "emotionally based school avoidance" not in own
        assert "Joint plan for severe absence" in own
        assert "Red , autumn" in ours
        assert "No rating has been published to the school." in own
        fourth = borough.severe[3]
        factories.enrol(fourth, school_b, kind="subsidiary")
        case = {"origin": Case.Origin.OFFICER, "reason": Case.Reason.SEVERE}
        open_case(by=officer, today=TODAY, now=clock.now(), pupil=fourth, school=school_b, officer=None, **case)
        line = next(line for line in packed(borough.meeting, inside=False).severe if line.who.pupil == fourth.pk)
        assert (line.case, line.gap, line.untold) == (None, "", True), "a case of another school is told neither as one nor as none"
        assert "Birch" not in page(contact_a_client, borough.meeting)
        assert "held at Birch Primary School" in page(officer_client, borough.meeting)

    def test_nobody_else_finds_it(self, borough: Borough, cast: dict[str, User], browse: Browse) -> None:
        answers = {"officer": 200, "manager": 200, "legal": 200, "contact_a": 200, "contact_b": 404, "stranger": 404, "staff_a": 403}
        for who, status in answers.items():
            assert browse(cast[who]).get(f"/meetings/{borough.meeting.pk}/pack/").status_code == status, who
            asked = browse(cast[who]).post(f"/meetings/{borough.meeting.pk}/pack/ask/", {"audience": "inside"})
            assert asked.status_code == (302 if status == 200 else status), who
        assert not Paper.objects.filter(by=cast["contact_a"]).exists(), "a school asks for no pack that says more than it is told"

    def test_a_school_finds_the_file_made_for_it_alone(self, borough: Borough, cast: dict[str, User], browse: Browse) -> None:
        made = {}
        for audience in ("inside", "school"):
            paper = asking.ask_for_pack(by=cast["officer"], today=TODAY, now=clock.now(), meeting=borough.meeting, audience=audience)
            tasks.make_paper(paper.pk)
            made[audience] = paper.pk
        for who, seen in (("contact_a", {"school"}), ("contact_b", set()), ("staff_a", set()), ("officer", set(made)), ("stranger", set())):
            client = browse(cast[who])
            assert {audience for audience, pk in made.items() if found(client, pk)} == seen, who
        text = said(browse(cast["contact_a"]).get("/meetings/packs/"))
        assert "For the school: made" in text
        assert "For the authority" not in text


class TestByItself:
    EVENING = dt.datetime(2026, 11, 24, 17, 5, tzinfo=dt.UTC)

    def test_the_evening_before_for_both_readers_and_once(
        self, borough: Borough, manager_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tuesday = self.EVENING.date()
        monkeypatch.setattr(clock, "now", lambda: self.EVENING - dt.timedelta(days=1))
        assert "to be made Tue 24 Nov 2026, 17:00" in said(manager_client.get("/meetings/packs/"))
        Flag.objects.filter(pupil=borough.severe[0], code="severe_absence").update(cleared=TODAY)
        early = asking.ask_in_the_evening(today=tuesday, now=self.EVENING - dt.timedelta(hours=1))
        assert early == []
        made = asking.ask_in_the_evening(today=tuesday, now=self.EVENING)
        assert [(paper.audience, paper.by_name) for paper in made] == [("inside", asking.SCHEDULE), ("school", asking.SCHEDULE)]
        assert borough.meeting.items.get(pupil=borough.severe[0]).flag.code != "severe_absence", "the agenda was made again first"  # type: ignore[union-attr]
        assert asking.ask_in_the_evening(today=tuesday, now=self.EVENING + dt.timedelta(hours=1)) == []

    def test_a_night_that_was_missed_is_made_up_for_in_the_morning(self, borough: Borough) -> None:
        morning = dt.datetime(2026, 11, 25, 7, 5, tzinfo=dt.UTC)
        assert len(asking.ask_in_the_evening(today=morning.date(), now=morning)) == 2

    def test_of_monday_s_meeting_on_friday_and_over_christmas(self) -> None:
        due = {day: timezone.localtime(asking.due_at(day)) for day in (dt.date(2026, 11, 23), dt.date(2027, 1, 4), dt.date(2027, 3, 30))}
        assert [f"{moment:%a %-d %b %H:%M}" for moment in due.values()] == ["Fri 20 Nov 17:00", "Thu 31 Dec 17:00", "Thu 25 Mar 17:00"]

    def test_made_again_it_is_another_file_and_the_first_stays(self, borough: Borough, officer: User, officer_client: Client) -> None:
        first = asking.ask_for_pack(by=officer, today=TODAY, now=clock.now(), meeting=borough.meeting, audience="inside")
        again = asking.ask_for_pack(by=officer, today=TODAY, now=clock.now(), meeting=borough.meeting, audience="inside")
        assert first.pk == again.pk, "what is on its way is not asked for twice"
        tasks.make_paper(first.pk)
        kept = content(first)
        front, behind, *_ = pages(kept)
        assert "Suggested for 60 minutes" in front
        assert "Attendance is 84.5% this school year" in front
        assert behind.startswith("Figures of this school year"), "one page first, the detail behind it"
        assert "Alex" in front
        flagged(borough.meeting.school, surname="Sorrel", forename="Ida")
        answer = officer_client.post(f"/meetings/{borough.meeting.pk}/pack/ask/", {"audience": "inside"})
        second = Paper.objects.exclude(pk=first.pk).get(kind="pack")
        assert answer["Location"] == f"/papers/{second.pk}/"
        tasks.make_paper(second.pk)
        assert "Ida Sorrel" in " ".join(pages(content(second)))
        assert "Ida Sorrel" not in " ".join(pages(kept))
        assert content(first) == kept
        assert "alder-high-school-999801-pack-meeting-2026-11-25.pdf" in found(officer_client, first.pk)

    def test_a_meeting_that_is_off_has_no_new_pack(self, borough: Borough, officer_client: Client) -> None:
        Meeting.objects.filter(pk=borough.meeting.pk).update(status="cancelled", why_cancelled="moved")
        answer = officer_client.post(f"/meetings/{borough.meeting.pk}/pack/ask/", {"audience": "inside"}, follow=True)
        assert "The meeting was cancelled: no pack is made for it any more." in said(answer)
        assert not Paper.objects.exists()


class TestAllOfATerm:
    def test_every_school_in_one_job_that_goes_on_where_it_was_stopped(
        self, borough: Borough, manager_client: Client, officer_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert officer_client.post("/meetings/packs/ask/", {"term": "2026-1", "audience": "inside"}).status_code == 403
        over = manager_client.post("/meetings/packs/ask/", {"term": "2025-3", "audience": "inside"}, follow=True)
        assert "Summer 2025/26 is over" in said(over)
        answer = manager_client.post("/meetings/packs/ask/", {"term": "2026-1", "audience": "inside"})
        paper = Paper.objects.get(kind="packs")
        assert answer["Location"] == f"/papers/{paper.pk}/"
        really, made = printed.pack, []

        def stopped(part: Paper) -> Any:
            if len(made) == 2:
                made.append(part)
                raise RuntimeError("the machine went away")
            made.append(part)
            return really(part)

        monkeypatch.setattr("dashboards.pack.printed.pack", stopped)
        tasks.make_paper(paper.pk)
        assert "2 of 4 packs made" in said(manager_client.get(f"/papers/{paper.pk}/"))
        monkeypatch.setattr("dashboards.pack.printed.pack", really)
        before = set(paper.parts.values_list("pk", flat=True))
        tasks.make_paper(paper.pk)
        paper.refresh_from_db()
        assert (paper.status, paper.total, paper.parts.count()) == ("made", 4, 4)
        assert before <= set(paper.parts.values_list("pk", flat=True)), "what was made was not made again"
        names = zipfile.ZipFile(io.BytesIO(content(paper, "zip"))).namelist()
        assert len(names) == 4
        assert "alder-high-school-999801-pack-meeting-2026-11-25.pdf" in names
        assert paper.parts.get(school__urn=999802).meeting is None
        text = " ".join(pages(content(paper.parts.get(school__urn=999802))))
        assert "No meeting is planned. 30 minutes are suggested" in text


class TestBadInput:
    def test_a_school_without_registers_closed_yesterday_or_without_a_comparator(
        self, borough: Borough, officer: User, manager_client: Client
    ) -> None:
        bare, pru = School.objects.get(name="Cedar Primary School"), School.objects.get(name="Dogwood Centre")
        text = page(manager_client, planned(bare, officer))
        assert "No register of 2026/27 has been loaded for this school, so there are no figures of it." in text
        assert "Attendance not known" in text
        for figure in ("Severely absent", "Persistently absent", "Questions on registers"):
            assert f"{figure} not known" in text, "nobody can say 0 without a register"
        assert "Rating Not rated" in text
        assert "Last meeting None yet" in text
        assert "No pupil of Year 6 has a session this school year" in text
        assert "Nothing is on the agenda" in text
        enrolment = factories.enrol(factories.make_pupil(), pru)
        factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ OO " * 25)
        factories.refresh(pru, today=TODAY)
        text = page(manager_client, planned(pru, officer))
        assert "England publishes no figures through the year for this kind of school" in text
        assert "how many" not in text
        School.objects.filter(pk=bare.pk).update(closed=dt.date(2026, 11, 19))
        meeting = Meeting.objects.get(school=bare)
        assert "The school closed on Thu 19 Nov 2026." in page(manager_client, meeting)
        paper = asking.ask_for_pack(by=officer, today=TODAY, now=clock.now(), meeting=meeting, audience="inside")
        tasks.make_paper(paper.pk)
        paper.refresh_from_db()
        assert (paper.status, paper.reach) == ("made", None)

    def test_who_moves_up_is_told_where_rolls_tell_it(
        self, school_a: School, school_b: School, officer: User, manager: User, contact_a_client: Client, manager_client: Client
    ) -> None:
        goer = factories.make_pupil(surname="Goer", forename="Gil")
        here = factories.enrol(goer, school_b, year_group="6")
        factories.write_marks(here, dt.date(2026, 9, 7), r"/\ /\ /\ /\ II " * 10)
        factories.enrol(goer, school_a, start=dt.date(2027, 9, 1), year_group="7")
        factories.refresh(school_b, today=TODAY)
        secondary, primary = planned(school_a, officer), planned(school_b, officer)
        ours = page(manager_client, secondary)
        assert "Gil Goer, from Wed 1 Sep 2027; now at Birch Primary School: missed 20 of 100 sessions this school year" in ours
        own = page(contact_a_client, secondary)
        assert "Gil Goer, from Wed 1 Sep 2027" in own
        assert "Birch" not in own, "where a child is now is for that school to tell"
        assert "missed 20 of 100" not in own
        text = page(manager_client, primary)
        assert "1 of 1 pupil in Year 6 is absent for a tenth of the year or nearly so." in text
        assert "Gil Goer : missed 20 of 100 sessions; on the roll of Alder High School to come" in text

    def test_part_time_timetables_past_their_end_are_named(self, borough: Borough, officer_client: Client) -> None:
        pupil = borough.severe[0]
        Characteristic.objects.create(pupil=pupil, kind="part_time", start=dt.date(2026, 9, 14), end=dt.date(2026, 11, 13))
        text = page(officer_client, borough.meeting)
        assert "from Mon 14 Sep 2026 to Fri 13 Nov 2026. Its end has gone by" in text
        assert "1 pupil has a part-time timetable, 1 of them past its end or without one on record." in text


def test_the_self_check_and_what_is_left_open_of_the_plan_stand_in_every_pack(
    borough: Borough, contact_a_client: Client, officer_client: Client, manager: User, django_assert_max_num_queries: Any
) -> None:
    assert "Self-check 2026/27 Not begun." in page(officer_client, borough.meeting)
    plan = SchoolPlan.objects.create(school=borough.meeting.school, year=2026, changed_at=clock.now())
    PlanStep.objects.create(
        plan=plan, aim="Registers close within 30 minutes", owner="The head of year", due=dt.date(2026, 11, 6), changed_at=clock.now()
    )
    for client in (officer_client, contact_a_client):
        with django_assert_max_num_queries(15):
            text = page(client, borough.meeting)
        assert "Action plan Late Registers close within 30 minutes. For The head of year, due 6 November 2026." in text
