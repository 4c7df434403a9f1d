"""What pages read: figures with their freshness, coverage, the list of pupils at risk, and one pupil's register."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance import reports
from attendance.matrix import Session
from attendance.reports import coverage
from schools import policy
from schools.models import Closure, Term
from tests import factories
from tests.factories import enrol, make_pupil, make_school, write_marks

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
MONDAY = dt.date(2026, 11, 16)


def d(text):
    return dt.date.fromisoformat(text)


def refresh(*schools):
    factories.refresh(*schools, today=TODAY)


def test_school_figures_are_sums_and_say_how_fresh_they_are():
    school, silent = make_school(), make_school()
    write_marks(enrol(make_pupil(), school), MONDAY, "/\\ OO")
    write_marks(enrol(make_pupil(), school), MONDAY, "/\\ /\\")
    enrol(make_pupil(), school)  # on roll, nothing known
    refresh(school, silent)
    found = reports.school_figures([school.pk, silent.pk], today=TODAY)
    ours = found[school.pk]
    assert (ours.figures.attended, ours.figures.possible) == (6, 8)
    assert (ours.enrolments, ours.persistent, ours.severe, ours.persistent_pct) == (2, 1, 1, 50.0)
    assert ours.latest == Session(d("2026-11-17"), True)
    assert (found[silent.pk].latest, found[silent.pk].persistent_pct, found[silent.pk].figures.attendance_pct) == (None, None, None)


def test_figures_of_several_schools_never_average_percentages():
    big, small = make_school(), make_school()
    write_marks(enrol(make_pupil(), big), MONDAY, "/\\" * 5)
    write_marks(enrol(make_pupil(), small), MONDAY, "OO")
    refresh(big, small)
    found = sum(reports.school_figures([big.pk, small.pk], today=TODAY).values(), reports.SchoolFigures())
    assert found.figures.possible == 12
    assert round(found.figures.absence_pct, 2) == 16.67


def test_englands_figures_come_with_period_and_source():
    known = reports.comparators()
    primary = known.national("primary")
    assert (primary.attendance_pct, primary.persistent_pct) == (94.723, 13.773)
    assert "2026" in primary.period
    assert "Open Government Licence" in primary.source
    assert known.national("pru") is None


def test_a_trend_has_a_point_for_each_week_with_marks():
    school = make_school()
    write_marks(enrol(make_pupil(), school), d("2026-11-09"), "/\\" * 5 + "OO")
    refresh(school)
    weeks = reports.trends(school, [2026])[2026]
    assert [(w.monday, w.figures.attended, w.figures.possible) for w in weeks] == [(d("2026-11-09"), 10, 10), (MONDAY, 0, 2)]
    assert weeks[1].codes == {"O": 2}


def statuses(school, at=dt.time(12)):
    days = coverage.of_school(school, today=TODAY, at=at, policy=policy.in_force(TODAY), weeks=1)
    return [day.status for day in days]


def test_coverage_tells_complete_partial_missing_and_closed():
    school, other = make_school(), make_school()
    ours = [enrol(make_pupil(), school) for _ in range(2)]
    write_marks(enrol(make_pupil(), other), MONDAY, "/\\" * 5)
    for enrolment in ours:
        write_marks(enrolment, MONDAY, "/\\")
    write_marks(ours[0], d("2026-11-17"), "/\\")
    Closure.objects.create(school=school, name="INSET", start=d("2026-11-18"), end=d("2026-11-18"))
    refresh(school, other)
    assert statuses(school) == ["complete", "partial", "closed", "missing", "missing"]


def test_a_school_that_sends_nothing_is_missing_not_closed():
    school, other = make_school(), make_school()
    enrol(make_pupil(), school)
    write_marks(enrol(make_pupil(), other), MONDAY, "/\\" * 4)
    refresh(school, other)
    assert statuses(school) == ["missing"] * 4 + ["closed"]  # nobody met on Friday
    Term.objects.create(school=school, name="Autumn", start=d("2026-11-02"), end=d("2026-12-18"))
    assert statuses(school) == ["missing"] * 5
    assert statuses(school, dt.time(10, 59)) == ["missing"] * 4 + ["awaited"]


def test_pupils_at_risk_are_counted_whole_for_the_authority_and_by_school_for_a_school(
    school_a, school_b, officer, manager, contact_a, stranger, administrator
):
    moved = make_pupil("Moved")
    write_marks(enrol(moved, school_b, end=d("2026-11-13")), d("2026-11-09"), "OO" * 5)
    write_marks(enrol(moved, school_a, start=MONDAY), MONDAY, "/\\" * 5)
    elsewhere = make_pupil("Elsewhere")
    write_marks(enrol(elsewhere, school_b), MONDAY, "OO")
    refresh(school_a, school_b)

    def seen(user):
        return {p.surname: (p.absent, p.possible, p.absence_pct) for p in reports.at_risk(user, today=TODAY)}

    assert seen(officer) == {"Moved": (10, 20, 50.0)}
    assert seen(manager) == {"Moved": (10, 20, 50.0), "Elsewhere": (2, 2, 100.0)}
    assert seen(contact_a) == {"Moved": (0, 10, 0.0)}
    assert seen(stranger) == seen(administrator) == {}
    assert sorted(flag.code for flag in reports.at_risk(officer, today=TODAY)[0].open_flags) == [
        "penalty_threshold",
        "persistent_absence",
        "severe_absence",
    ]


def test_the_grid_shows_every_mark_with_its_meaning_and_whether_it_counts():
    pupil, school = make_pupil(), make_school()
    enrolment = enrol(pupil, school, start=d("2026-11-10"))
    write_marks(enrolment, {d("2026-11-09"): "OO", d("2026-11-10"): ("C2", "\\"), d("2026-11-21"): "//"})
    (grid,) = reports.register_grids(pupil, [enrolment], [2026])[2026]
    first, second = grid.weeks
    assert (first.monday, len(first.days), len(second.days)) == (d("2026-11-09"), 5, 7)  # a Saturday with marks is shown
    before, on = first.days[0].am, first.days[1].am
    assert (before.code, before.kind, before.counted) == ("O", "unauthorised", False)
    assert (on.code, on.kind, on.counted, on.meaning) == ("C2", "authorised", True, "Leave under a temporary part-time timetable")
    assert (first.days[2].am.code, first.days[2].am.kind) == ("", "none")


def test_the_history_of_marks_says_what_changed_and_when_it_was_known():
    pupil, school = make_pupil(), make_school()
    enrolment = enrol(pupil, school)
    write_marks(enrolment, {MONDAY: "NN"})
    load = write_marks(enrolment, {MONDAY: "I"})
    (change,) = reports.mark_history(pupil, [enrolment])
    assert (change.old, change.new, change.session, change.received_at) == ("N", "I", Session(MONDAY, False), load.received_at)
    assert (change.old_meaning, change.new_meaning, change.undo) == ("Reason not yet established", "Illness", False)
    assert reports.mark_history(make_pupil(), [enrolment]) == []
