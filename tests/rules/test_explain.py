"""What is said of a pupil out of the database - explain, stored flags, rollups, figures - against the same slow loops."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from attendance import figures, flagging, matrix, register, reports, rollups
from attendance.codes import BY_CODE
from attendance.matrix import Session
from attendance.models import EnrolmentFigures, Flag, Load, Register, SchoolYear
from dashboards.explain import explain
from schools.models import Characteristic, Closure, Enrolment, Pupil, School, Term
from tests import factories
from tests.rules.boroughs import boroughs
from tests.rules.oracles import Oracle
from tests.rules.registers import PRESENT, Borough, Spell, days_marked
from tests.rules.registers import School as PlainSchool

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 12, 20, 12, tzinfo=dt.UTC)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def store(borough: Borough, *, received: dt.datetime = NOW) -> tuple[list[School], list[Pupil], list[Enrolment]]:
    """Put a made-up borough into the database, its marks through the register."""
    schools = [factories.make_school(independent=plain.independent) for plain in borough.schools]
    for school, plain in zip(schools, borough.schools, strict=True):
        Term.objects.bulk_create(Term(school=school, name="Term", start=first, end=last) for first, last in plain.terms)
        Closure.objects.bulk_create(Closure(school=school, name="Closed", start=first, end=last) for first, last in plain.closures)
    pupils = [factories.make_pupil(dob=dob) for dob in borough.dobs]
    Characteristic.objects.bulk_create(
        Characteristic(pupil=pupils[number], kind=kind, start=low, end=high)
        for kind, theirs in ((Characteristic.Kind.CLA, borough.watched), (Characteristic.Kind.PART_TIME, borough.part_time))
        for number, spans in theirs.items()
        for low, high in spans
    )
    enrolments = [factories.enrol(pupils[s.pupil], schools[s.school], start=s.start, end=s.end) for s in borough.spells]
    for school in schools:
        load = Load.objects.create(school=school, as_at=received, received_at=received)
        register.lock(school.pk)
        ours = [(e, s) for e, s in zip(enrolments, borough.spells, strict=True) if e.school_id == school.pk]
        for year in sorted({matrix.academic_year(session.date) for _, s in ours for session in s.marks}):
            said = matrix.blank(len(ours))
            for row, (_, spell) in enumerate(ours):
                for session, mark in spell.marks.items():
                    if matrix.academic_year(session.date) == year:
                        said[row, matrix.index_of(*session)] = BY_CODE[mark].byte
            register.write(load, year, [e.pk for e, _ in ours], said)
    return schools, pupils, enrolments


def compare(borough: Borough) -> None:
    schools, pupils, _ = store(borough)
    flagging.refresh(pupils=None, schools=[s.pk for s in schools], today=borough.day, now=NOW)
    for number, pupil in enumerate(pupils):
        wanted = Oracle(borough, number).explain()
        said = explain(pupil, as_of=borough.day)
        assert {key: plain(said[key]) for key in wanted} == wanted
        stored = Flag.objects.open().filter(pupil=pupil).order_by("pk")
        on_roll = Enrolment.objects.filter(pupil=pupil).on_roll(borough.day).exists()
        assert [(f.code, f.opened.isoformat(), f.low_data) for f in sorted(stored, key=lambda f: f.code)] == sorted(
            (f["code"], f["opened"], f["low_data"]) for f in wanted["flags"] if on_roll
        )


def plain(answer: Any) -> Any:
    """The answer without what only the database knows, URNs, dates of the roll, parents, words, and what legal counts from it."""
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if isinstance(answer, dict):
        left_out = {"urn", "start", "end", "age_known", "available_by_parent", "last_safe_day", "reason"}
        return {key: plain(value) for key, value in answer.items() if key not in left_out}
    return answer


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(boroughs())
def test_explain_and_stored_flags_agree_with_the_loops(db, borough):
    with transaction.atomic():
        compare(borough)
        transaction.set_rollback(True)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(boroughs(long=True))
def test_explain_and_stored_flags_agree_over_three_years(db, borough):
    with transaction.atomic():
        compare(borough)
        transaction.set_rollback(True)


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(boroughs(pupils=3, long=True))
def test_explain_over_three_years_at_length(db, borough):
    with transaction.atomic():
        compare(borough)
        transaction.set_rollback(True)


@pytest.mark.long
@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(boroughs(pupils=3))
def test_explain_at_length(db, borough):
    with transaction.atomic():
        compare(borough)
        transaction.set_rollback(True)


def test_the_window_reaches_back_as_far_as_the_pupil_was_on_no_roll():
    """Five days missed in July 2024, then two years in another country: the window still holds them."""
    july = days_marked(*(d("2024-07-08") + dt.timedelta(days=n) for n in range(5)))
    back = days_marked(d("2026-11-16"), d("2026-11-17"), mark="/")
    spells = [Spell(0, 0, d("2023-09-01"), d("2024-07-19"), july), Spell(0, 1, d("2026-11-16"), None, back)]
    borough = Borough(d("2026-11-20"), [PlainSchool(), PlainSchool()], [d("2012-03-04")], spells)
    _, (pupil,), _ = store(borough)
    assert plain(explain(pupil, as_of=borough.day)) | {"upn": 0} == Oracle(borough, 0).explain() | {"upn": 0, "as_of": "2026-11-20"}
    assert explain(pupil, as_of=borough.day)["penalty_threshold"]["count"] == 10


def test_what_was_known_then_is_asked_by_moment_and_not_by_session():
    borough = Borough(
        d("2026-11-20"), [PlainSchool()], [None], [Spell(0, 0, d("2026-09-01"), None, days_marked(d("2026-11-09"), mark="N"))]
    )
    _, (pupil,), (enrolment,) = store(borough, received=dt.datetime(2026, 11, 9, 17, tzinfo=dt.UTC))
    later = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
    load = Load.objects.create(school=enrolment.school, as_at=later, received_at=later)
    said = matrix.blank(1)
    for pm in (False, True):
        said[0, matrix.index_of(d("2026-11-09"), pm)] = BY_CODE["I"].byte
    register.lock(enrolment.school_id)
    register.write(load, 2026, [enrolment.pk], said)
    assert explain(pupil, as_of=borough.day)["pupil"]["authorised"] == 2
    before = explain(pupil, as_of=borough.day, known_at=dt.datetime(2026, 11, 12, tzinfo=dt.UTC))
    assert (before["pupil"]["unauthorised"], before["penalty_threshold"]["provisional_n"]) == (2, 2)
    assert explain(pupil, as_of=d("2026-11-08"))["pupil"]["possible"] == 0


def test_the_keys_are_the_contract():
    pupil = factories.make_pupil()
    school = factories.make_school(urn=999801)
    factories.make_parent(pupil)
    factories.write_marks(factories.enrol(pupil, school, end=d("2026-12-18")), d("2026-11-09"), "OO" * 5)
    said = explain(pupil, as_of=d("2026-11-20"))
    counts = ["possible", "attended", "authorised", "unauthorised", "late", "attendance_pct", "persistent_absence", "severe_absence"]
    assert list(said) == ["upn", "as_of", "enrolments", "pupil", "penalty_threshold", "continuous_days", "n_overdue", "flags"]
    assert list(said["enrolments"][0]) == ["urn", "start", "end", *counts]
    assert (said["enrolments"][0]["urn"], said["enrolments"][0]["end"]) == (999801, "2026-12-18")
    assert list(said["pupil"]) == counts
    assert list(said["penalty_threshold"]) == [
        "eligible", "age_known", "met", "met_on", "session", "count", "provisional_n", "sessions", "available_by_parent",
        "last_safe_day",
    ]  # fmt: skip
    assert said["penalty_threshold"]["available_by_parent"] == [{"parent": pupil.responsibilities.get().parent_id, "available": 10}]
    assert [list(flag) for flag in said["flags"]] == [["code", "opened", "reason", "low_data"]] * len(said["flags"])


def test_a_pupil_on_no_roll_has_no_figures_and_no_rates():
    said = explain(factories.make_pupil(), as_of=d("2026-11-20"))
    assert said["enrolments"] == []
    assert (said["pupil"]["possible"], said["pupil"]["attendance_pct"], said["pupil"]["persistent_absence"]) == (0, None, False)
    assert (said["flags"], said["n_overdue"]) == ([], [])
    assert said["penalty_threshold"]["eligible"] is False


def test_an_unknown_upn_is_said_plainly():
    with pytest.raises(CommandError, match="No pupil has the UPN Z000000000000") as error:
        call_command("explain_pupil", "Z000000000000")
    assert error.value.returncode == 1


def test_the_words_say_what_the_json_says():
    pupil = factories.make_pupil()
    school = factories.make_school()
    factories.write_marks(factories.enrol(pupil, school), d("2026-11-09"), "OO" * 5)
    out = io.StringIO()
    call_command("explain_pupil", pupil.upn, as_of="2026-11-20", stdout=out)
    assert "attended 0 of 10 sessions (attendance 0.0%)" in out.getvalue()
    assert "met on 2026-11-13 PM" in out.getvalue()


# stored flags


def refresh(today: str, **who: Any) -> flagging.FlagChanges:
    return flagging.refresh(pupils=who.get("pupils"), schools=who.get("schools"), today=d(today), now=NOW)


@pytest.fixture
def absentee(db) -> Enrolment:
    school = factories.make_school()
    enrolment = factories.enrol(factories.make_pupil(), school)
    mate = factories.enrol(factories.make_pupil(), school)
    factories.write_marks(mate, dict.fromkeys({session.date for session in PRESENT}, "/\\"))
    factories.write_marks(enrolment, d("2026-09-07"), "II" * 5 + "/\\" * 30)
    return enrolment


def test_a_flag_is_opened_renewed_and_cleared_and_never_deleted(absentee):
    assert refresh("2026-10-02") == flagging.FlagChanges(opened=1, cleared=0)
    flag = Flag.objects.get()
    assert (flag.code, flag.opened, flag.year, flag.reason[:10]) == ("persistent_absence", d("2026-09-07"), 2026, "Missed 10 ")
    assert refresh("2026-10-05") == flagging.FlagChanges(0, 0)
    flag.refresh_from_db()
    assert "of 42 possible" in flag.reason
    factories.write_marks(absentee, d("2026-09-07"), "/\\" * 5)
    assert refresh("2026-10-05") == flagging.FlagChanges(opened=0, cleared=1, withdrawn=1)
    flag.refresh_from_db()
    assert (flag.cleared, flag.withdrawn) == (d("2026-10-05"), d("2026-10-05"))
    assert Flag.objects.count() == 1


def test_another_pupils_refresh_leaves_a_flag_alone(absentee):
    refresh("2026-10-02")
    other = factories.make_pupil()
    assert refresh("2027-01-15", pupils=[other.pk]) == flagging.FlagChanges(0, 0)
    assert Flag.objects.open().count() == 1


def test_a_pupil_who_has_left_every_roll_is_flagged_no_longer(absentee):
    refresh("2026-10-02")
    absentee.end = d("2026-10-05")
    absentee.save()
    assert refresh("2026-10-06", schools=[absentee.school_id]) == flagging.FlagChanges(opened=0, cleared=1)


def test_a_new_school_year_clears_last_years_persistent_absence(absentee):
    refresh("2026-10-02")
    assert refresh("2027-08-01").cleared == 1
    assert not Flag.objects.open().exists()


def test_persistent_absence_of_two_years_is_two_flags(absentee):
    refresh("2026-10-02")
    factories.write_marks(absentee, d("2027-09-06"), "II")
    assert refresh("2027-09-06") == flagging.FlagChanges(opened=2, cleared=1)  # persistent and, with two of two, severe
    assert list(Flag.objects.filter(code="persistent_absence").order_by("pk").values_list("year", "cleared")) == [
        (2026, d("2027-09-06")),
        (2027, None),
    ]


def test_all_flags_of_everyone_take_few_queries(absentee, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        refresh("2026-10-02")


# rollups and figures


def test_rollups_hold_what_the_registers_hold():
    spell = Spell(0, 0, d("2026-09-07"), d("2026-09-11"), days_marked(*(d(f"2026-09-{n:02d}") for n in (4, 7, 8)), mark="I"))
    other = Spell(1, 0, d("2026-09-01"), None, days_marked(d("2026-09-07"), mark="/") | {Session(d("2026-09-14"), False): "#"})
    schools, _, enrolments = store(Borough(d("2026-11-20"), [PlainSchool()], [None, None], [spell, other]))
    for _ in range(2):  # rebuilt, not added to
        rollups.refresh(schools=[schools[0].pk], years=[2026])
    rows = {f.enrolment_id: (f.possible, f.attended, f.authorised, f.persistent, f.severe) for f in EnrolmentFigures.objects.all()}
    assert rows == {enrolments[0].pk: (4, 0, 4, True, True), enrolments[1].pk: (2, 2, 0, False, False)}
    week = reports.trends(schools[0], [2026])[2026][0]
    assert (week.monday, week.enrolments, week.codes) == (d("2026-09-07"), 2, {"I": 4, "/": 2})
    year = SchoolYear.objects.get()
    assert (year.latest, year.latest_pm) == (d("2026-09-08"), True)
    seen = bytes(year.seen)
    assert seen[matrix.index_of(d("2026-09-04"))] == 3  # a mark outside its enrolment still shows that the school met
    assert seen[matrix.index_of(d("2026-09-14"))] == 2  # a planned closure is a mark, and no sign of being open


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(boroughs())
def test_figures_of_the_authority_are_the_sums_of_the_loops(db, borough):
    first = d("2026-06-15")
    with transaction.atomic():
        schools, _, _ = store(borough)
        found = figures.between(first, borough.day, schools=schools, day=borough.day)
        touching = [s for s in borough.spells if s.start <= borough.day and (s.end is None or s.end >= first)]
        by_spell = [Oracle(borough, s.pupil).counts([s], first, borough.day) for s in touching]
        assert (found.enrolments, found.pupils) == (len(touching), len({s.pupil for s in touching}))
        for key in ("possible", "attended", "authorised", "unauthorised", "late"):
            assert getattr(found.figures, key) == sum(counts[key] for counts in by_spell)
        rates = [Oracle(borough, s.pupil).rates(counts) for s, counts in zip(touching, by_spell, strict=True)]
        assert found.persistent == sum(r["persistent_absence"] for r in rates)
        assert found.severe == sum(r["severe_absence"] for r in rates)
        assert found.judged == sum(counts["possible"] > 0 for counts in by_spell)
        transaction.set_rollback(True)


def figures_json(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("figures", stdout=out, json=True, **options)
    return json.loads(out.getvalue())


def test_figures_command_says_what_is_missing_and_how_fresh_it_is():
    school = factories.make_school(urn=999801, phase="primary")
    factories.make_school(urn=999802, phase="primary")
    factories.make_school(urn=999803, phase="primary", closed=d("2026-08-31"))
    factories.write_marks(factories.enrol(factories.make_pupil(), school), d("2026-11-09"), "/\\ /O YY".replace("YY", "X-"))
    said = figures_json(first=d("2026-09-01"), last=d("2026-11-20"), phase="primary")
    assert list(said) == [
        "from", "to", "school", "phase", "pupils", "enrolments", "possible", "attended", "authorised", "unauthorised", "late",
        "by_code", "attendance_pct", "absence_pct", "pa_count", "pa_pct", "sa_count", "sa_pct", "schools_missing", "latest_session",
        "not_supplying",
        "authorised_pct", "unauthorised_pct", "late_pct", "enrolments_with_sessions", "suspension", "medical", "holidays_in_term",
        "weekdays", "absence_spells", "illness_spells", "unexplained", "mobility",
    ]  # fmt: skip
    assert said["by_code"] == {"/": 2, "O": 1, "X": 1, "\\": 1}
    assert (said["possible"], said["attendance_pct"], said["pa_count"], said["pa_pct"]) == (4, 75.0, 1, 100.0)
    assert (said["schools_missing"], said["latest_session"]) == ([999802], "2026-11-10 PM")
    empty = figures_json(first=d("2026-09-01"), last=d("2026-11-20"), phase="special")
    assert (empty["attendance_pct"], empty["pa_pct"], empty["latest_session"]) == (None, None, None)
    assert Register.objects.count() == 1
