"""A school becomes an academy: links from the national register, history under the successor, pupils who move over."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from attendance.models import Extract, Flag
from config import pipeline
from schools.importers import links
from schools.models import Enrolment, School, SchoolLink
from tests import factories
from tests.conftest import Browse
from tests.flows.extracts import importing, weeks_text

pytestmark = pytest.mark.django_db

OLD, NEW = 999803, 999801
FIRST = dt.date(2026, 11, 2)  # a Monday
GIAS = "URN,LA (code),EstablishmentName,EstablishmentStatus (name),OpenDate,CloseDate\n"


@pytest.fixture
def old(school_a: School) -> School:
    return factories.make_school("Alder Community School", urn=OLD, phase=School.Phase.SECONDARY)


@pytest.fixture
def link(old: School, school_a: School) -> SchoolLink:
    School.objects.filter(pk=old.pk).update(closed=FIRST - dt.timedelta(days=1))
    School.objects.filter(pk=school_a.pk).update(opened=FIRST)
    return SchoolLink.objects.create(predecessor=old, successor=school_a, kind="Predecessor", since=FIRST)


def gias(tmp_path: Path, links_text: str) -> dict[str, Any]:
    (tmp_path / "gias.csv").write_text(
        f"{GIAS}{OLD},999,Alder Community School,Closed,01-09-2001,01-11-2026\n{NEW},999,Alder High School,Open,02-11-2026,\n"
    )
    (tmp_path / "links.csv").write_text(f"URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n{links_text}")
    out = io.StringIO()
    call_command("import_gias", str(tmp_path / "gias.csv"), links=tmp_path / "links.csv", json=True, stdout=out)
    return json.loads(out.getvalue())


def test_both_sides_of_a_link_are_one(tmp_path: Path, old: School, school_a: School) -> None:
    text = (
        f"{NEW},{OLD},Alder Community School,Predecessor,02-11-2026\n{OLD},{NEW},Alder High School,Successor,02-11-2026\n"
        f"{NEW},999999,Elsewhere,Predecessor,02-11-2026\n{NEW},{OLD},Alder,Sixth Form Centre Link,\n{NEW},x,Odd,Predecessor,\n"
    )
    told = gias(tmp_path, text)["links"]
    assert (told["added"], told["elsewhere"], told["not_a_succession"]) == (1, 1, 1)
    assert [problem["line"] for problem in told["rejected"]] == [6]
    stored = SchoolLink.objects.get()
    assert (stored.predecessor, stored.successor, stored.since) == (old, school_a, FIRST)
    assert School.objects.get(urn=OLD).closed == dt.date(2026, 11, 1)
    again = gias(tmp_path, text)["links"]
    assert (again["added"], again["unchanged"]) == (0, 1)


def test_a_links_file_that_is_none(tmp_path: Path, old: School) -> None:
    gias(tmp_path, "")
    (tmp_path / "links.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match=r"links\.csv"):
        call_command("import_gias", str(tmp_path / "gias.csv"), links=tmp_path / "links.csv", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("kind", "way"), [("Predecessor - amalgamated", (2, 1)), ("Successor - split", (1, 2)), ("Result of Amalgamation", (1, 2))]
)
def test_which_way_a_link_runs(kind: str, way: tuple[int, int]) -> None:
    row = links.read(f"URN,LinkURN,LinkType\n100001,100002,{kind}\n".encode()).rows[0]
    assert (row.predecessor, row.successor) == (100000 + way[0], 100000 + way[1])


def test_history_is_reached_under_the_successor(
    link: SchoolLink, cast: dict[str, User], browse: Browse, school_b: School, old: School
) -> None:
    reach = {part for part, user in cast.items() if School.objects.visible_to(user).filter(pk=old.pk).exists()}
    assert reach == {"officer", "manager", "legal", "administrator", "contact_a", "staff_a"}
    page = browse(cast["officer"]).get(reverse("school", args=[NEW])).content.decode()
    assert "Alder Community School" in page
    assert reverse("school_extracts", args=[OLD]) in page
    assert "Followed by" in browse(cast["officer"]).get(reverse("school", args=[OLD])).content.decode()


def test_a_school_that_was_split_is_not_shown_to_one_part_of_it(
    link: SchoolLink, old: School, contact_a: User, officer: User, school_b: School
) -> None:
    SchoolLink.objects.create(predecessor=old, successor=school_b, kind="Predecessor - Split School", since=FIRST)
    assert not School.objects.visible_to(contact_a).filter(pk=old.pk).exists()
    assert School.objects.visible_to(officer).filter(pk=old.pk).exists()


def test_a_school_that_goes_on_is_not_shown_to_the_one_that_came_of_it(
    link: SchoolLink, old: School, contact_a: User, officer: User
) -> None:
    for closed in (None, dt.date(2027, 8, 31)):
        School.objects.filter(pk=old.pk).update(closed=closed)
        assert not School.objects.visible_to(contact_a).filter(pk=old.pk).exists()
        assert School.objects.visible_to(officer).filter(pk=old.pk).exists()


def moved(client: Client, link: SchoolLink, day: dt.date = FIRST, **more: str) -> Any:
    parts = {"first_day_day": day.day, "first_day_month": day.month, "first_day_year": day.year}
    return client.post(reverse("school_succession", args=[NEW, link.pk]), parts | more)


def test_pupils_move_over_and_their_weeks_run_on(
    link: SchoolLink, old: School, school_a: School, manager: User, browse: Browse, today: dt.date
) -> None:
    pupil, gone, already = factories.make_pupil(), factories.make_pupil(), factories.make_pupil()
    spell = factories.enrol(pupil, old, start=dt.date(2026, 9, 1))
    factories.enrol(gone, old, start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1))
    factories.enrol(already, old, start=dt.date(2026, 9, 1))
    factories.enrol(already, school_a, start=FIRST)
    factories.write_marks(spell, dt.date(2026, 10, 12), r"OO OO O\ /\ /\\")
    client = browse(manager)
    shown = moved(client, link)
    assert len(shown.context["move"].close) == 2
    assert "Move them over" in shown.content.decode()
    assert not Enrolment.objects.filter(pupil=pupil, school=school_a).exists()

    assert moved(client, link, confirm="yes").status_code == 302
    spell.refresh_from_db()
    assert spell.end == FIRST - dt.timedelta(days=1)
    fresh = Enrolment.objects.get(pupil=pupil, school=school_a)
    assert (fresh.start, fresh.end) == (FIRST, None)
    assert Enrolment.objects.filter(pupil=already, school=school_a).count() == 1
    assert not Enrolment.objects.filter(pupil=gone, school=school_a).exists()
    assert AuditEvent.objects.get(act="moved pupils to the successor").detail["count"] == 2
    late = factories.make_pupil("Late", "Lena")
    factories.enrol(late, old, start=FIRST)  # whom somebody has to correct by hand
    again = moved(client, link)
    assert len(again.context["move"].close) == 0
    assert "What to do next" not in again.content.decode()  # it led nowhere
    assert f'href="{reverse("pupil", args=[late.pk])}">Lena Late</a>' in again.content.decode()

    factories.write_marks(fresh, FIRST, r"OO OO O\ /\ /\\")
    pipeline.follow_people(pupils=[pupil.pk], schools=[], today=today, now=dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC))
    assert Flag.objects.filter(pupil=pupil, code="penalty_threshold", cleared=None).exists()


def test_not_before_the_day(link: SchoolLink, manager: User, browse: Browse) -> None:
    client = browse(manager)
    assert "has not come yet" in moved(client, link, dt.date(2027, 1, 4), confirm="yes").content.decode()
    assert "opened on 2 November 2026" in moved(client, link, dt.date(2026, 10, 1), confirm="yes").content.decode()


def test_a_file_with_the_old_number_is_explained(tmp_path: Path, link: SchoolLink, old: School) -> None:
    enrolment = factories.enrol(factories.make_pupil(), old, start=dt.date(2026, 9, 1))
    importing(tmp_path, weeks_text([(OLD, enrolment.pupil.upn or "", FIRST, "/\\/\\/\\/\\/\\")]))
    (question,) = [words for words in Extract.objects.get().questions if "closed" in words]
    assert "Alder Community School (URN 999803) closed on 1 November 2026" in question
    assert "Alder High School (URN 999801)" in question
