"""The demo borough: as absent as England was, believable to whoever works with it, and true to the rules it shows."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pgtrigger
import pytest
from django.conf import global_settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max, Q
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from attendance import matrix, rates, register, rollups, waiting
from attendance.codes import BLANK, BY_CODE, classes
from attendance.models import Amendment, Extract, Flag, HeldDecision, HeldPerson, Load, Register, SchoolYear
from casework.models import Case
from config.demo import build, calibration, logins
from legal.models import Notice
from meetings.models import Meeting
from schools import upn
from schools.models import Characteristic, Closure, Enrolment, Parent, Posting, Pupil, Responsibility, School, TeamMember, Term
from tests.demo import working
from tests.demo.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borough")]
LAST_YEAR = 2025
# what last year may be off England by at full size: points of absence, of pupils persistently and severely absent
OFF = {"primary": (0.5, 2, 0.6), "secondary": (0.5, 2, 0.6), "special": (1.5, 5, 3)}


def figures(phase: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("figures", phase=phase, first=dt.date(2025, 8, 1), last=dt.date(2026, 7, 31), json=True, stdout=out)
    return json.loads(out.getvalue())


def as_absent_as_england(phase: str, times: float) -> None:
    found, aim = figures(phase), calibration.LEVELS[phase]
    absence, persistent, severe = (allowed * times for allowed in OFF[phase])
    assert found["absence_pct"] == pytest.approx(aim.absence * 100, abs=absence)
    assert found["pa_pct"] == pytest.approx(aim.persistent * 100, abs=persistent)
    assert found["sa_pct"] == pytest.approx(aim.severe * 100, abs=severe)


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_last_year_a_small_borough_was_as_absent_as_england(phase: str) -> None:
    as_absent_as_england(phase, times=2)


def test_it_says_what_it_came_to(borough: str) -> None:
    assert "12 schools" in borough
    assert "Primary" in borough
    assert "(5.28%)" in borough


def absence_of(rows: register.Rows, which: np.ndarray, columns: np.ndarray | slice = slice(None)) -> float:
    kinds = classes(rows.marks[which][:, columns])
    return float(np.isin(kinds, (3, 4)).sum() / np.isin(kinds, (1, 2, 3, 4)).sum())


def test_fridays_are_worse_than_wednesdays_and_afternoons_than_mornings() -> None:
    rows = register.read(LAST_YEAR)
    columns = np.arange(matrix.LENGTH)
    weekday = (columns // 2 + matrix.year_start(LAST_YEAR).weekday()) % 7
    everyone = np.ones(len(rows.marks), np.bool_)
    assert absence_of(rows, everyone, weekday == 4) > 1.1 * absence_of(rows, everyone, weekday == 2)
    assert absence_of(rows, everyone, columns % 2 == 1) > absence_of(rows, everyone, columns % 2 == 0)


def test_year_11_misses_more_than_year_7() -> None:
    rows = register.read(LAST_YEAR)
    # the year group stands on the enrolment as of now: last year's year 7 is in year 8
    groups = dict(Enrolment.objects.filter(school__phase="secondary").values_list("pk", "pupil__dob"))
    cohort = np.array([groups[pk].year + (groups[pk].month >= 9) if pk in groups else 0 for pk in rows.enrolments.tolist()])
    assert absence_of(rows, cohort == 2010) > 1.25 * absence_of(rows, cohort == 2014)


def test_the_same_children_are_absent_year_after_year() -> None:
    by_pupil: list[dict[int, float]] = []
    for year in (LAST_YEAR, LAST_YEAR + 1):
        rows = register.read(year)
        counts = rates.count(rows.marks, rollups.inside(rows))
        pupils = dict(Enrolment.objects.values_list("pk", "pupil"))
        absent, possible = counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED], counts[:, rates.POSSIBLE]
        by_pupil.append(
            {pupils[pk]: a / p for pk, a, p in zip(rows.enrolments.tolist(), absent.tolist(), possible.tolist(), strict=True) if p > 60}
        )
    both = sorted(by_pupil[0].keys() & by_pupil[1].keys())
    correlation = np.corrcoef([by_pupil[0][pupil] for pupil in both], [by_pupil[1][pupil] for pupil in both])[0, 1]
    assert 0.45 < correlation < 0.85


def test_absence_comes_in_spells() -> None:
    """A morning after an absent day is far likelier to be missed than one after a present day."""
    rows = register.read(LAST_YEAR)
    mornings = classes(rows.marks[:, 0::2])
    open_days = np.isin(mornings, (1, 2, 3, 4)).sum(axis=0) > len(mornings) / 2
    kinds = mornings[:, open_days]
    absent, possible = np.isin(kinds, (3, 4)), np.isin(kinds, (1, 2, 3, 4))
    usual = (absent.sum(axis=1) < 0.1 * possible.sum(axis=1))[:, None]  # leaves aside those who are nearly always absent
    after_absent = absent[:, :-1] & possible[:, 1:] & usual
    after_present = possible[:, :-1] & ~absent[:, :-1] & possible[:, 1:] & usual
    assert absent[:, 1:][after_absent].mean() > 5 * absent[:, 1:][after_present].mean()


def test_every_pupil_has_a_valid_number_an_age_for_their_year_and_somebody_responsible() -> None:
    pupils = Pupil.objects.values_list("upn", "dob")
    assert not [number for number, _ in pupils if upn.why_not(number) or number[1:4] != "999"]
    for dob, group in Enrolment.objects.filter(end=None).values_list("pupil__dob", "year_group"):
        starts = dob.year + (1 if dob.month >= 9 else 0) + 4
        assert TODAY.year - starts == (0 if group == "R" else int(group))
    assert not Pupil.objects.filter(responsibilities=None).exists()
    siblings = Parent.objects.annotate(children=Count("responsibilities")).filter(children__gt=1).count()
    assert siblings > 0.25 * Parent.objects.count()
    apart = Responsibility.objects.filter(lives_with=False).exclude(parent__postcode=F("pupil__postcode"))
    assert apart.count() > 50
    assert Parent.objects.exclude(hidden_from=None).exists()


def test_children_are_known_for_what_children_in_england_are_known_for() -> None:
    on_roll = Enrolment.objects.on_roll(TODAY).values("pupil").distinct().count()
    here = Characteristic.objects.filter(pupil__in=Enrolment.objects.on_roll(TODAY).values("pupil"))
    share = {kind: number / on_roll for kind, number in Counter(here.values_list("kind", flat=True)).items()}
    assert share["fsm"] == pytest.approx(0.25, abs=0.05)
    assert share["sen_support"] == pytest.approx(0.14, abs=0.03)
    assert share["ehcp"] == pytest.approx(0.045, abs=0.02)
    assert {"cla", "cin", "cp", "eal", "young_carer", "part_time"} <= share.keys()
    for kind in ("cin", "fsm"):
        assert 0 < share[kind] < 0.4


def test_names_are_as_varied_as_england_and_found_however_they_are_typed() -> None:
    surnames = set(Pupil.objects.values_list("surname", flat=True))
    assert any("'" in name for name in surnames)
    assert any("-" in name for name in surnames)
    assert any(not name.isascii() for name in surnames)
    pupil = next(p for p in Pupil.objects.order_by("pk") if not p.surname.isascii())
    assert pupil.search_text.isascii()
    assert Pupil.objects.exclude(known_as="").exists()


def test_everyone_told_how_to_sign_in_can(settings: Any, client: Client) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    users = [User.objects.get(email=email) for _, email, _ in logins.DEMO_LOGINS]
    assert {user.role for user in users} == {"officer", "manager", "legal", "administrator", "school_contact", "school_staff"}
    assert len({user.password for user in users}) == 1  # hashed once for all: so one sign-in speaks for all
    _, email, password = logins.DEMO_LOGINS[0]
    client.post(reverse("account_login"), {"login": email, "password": password})
    assert client.get("/").status_code == 200
    assert client.session["_auth_user_id"] == str(users[0].pk)


def test_every_school_has_a_contact_and_an_officer() -> None:
    for part in (Posting.Part.CONTACT, Posting.Part.LEAD):
        posted = Posting.objects.filter(part=part)
        assert set(posted.values_list("school", flat=True)) == set(School.objects.values_list("pk", flat=True))


def test_most_places_around_a_school_are_filled_and_some_are_not() -> None:
    schools = School.objects.exclude(urn=999001)
    filled = {
        role: schools.filter(pk__in=TeamMember.objects.on(TODAY).filter(role=role).values("school")).count() / schools.count()
        for role in ("champion", "attendance_lead", "governor", "sen", "nurse")
    }
    assert 0.5 <= filled["governor"] < 1  # three quarters, in a borough of few schools
    assert all(share >= 0.5 for share in filled.values())
    assert TeamMember.objects.filter(end__lt=TODAY).exists()


def test_the_example_school_waits_for_the_example_files() -> None:
    example = School.objects.get(urn=999001)
    assert example.phase == School.Phase.SECONDARY
    assert not example.enrolments.exists()
    assert not example.terms.exists()
    assert School.objects.exclude(pk=example.pk).filter(terms=None).count() == 0


def asked() -> set[int]:
    """The one school whose register has marks on purpose that it is asked about."""
    (school,) = Extract.objects.filter(filename__startswith="register-changes-").values_list("school", flat=True)
    return {school}


def test_marks_stand_only_on_days_when_school_is_open_and_never_after_today() -> None:
    for school in School.objects.exclude(urn=999001):
        terms = list(Term.objects.filter(school=school).values_list("start", "end"))
        closed = set(Closure.objects.filter(school=school).values_list("start", flat=True))
        for year in SchoolYear.objects.filter(school=school):
            seen = np.frombuffer(bytes(year.seen), np.uint8)
            met = {matrix.session_at(year.year, int(column)).date for column in np.flatnonzero(seen & rollups.SEEN_OPEN)}
            assert met
            if school.pk in asked():
                assert len(met & closed) == (year.year > LAST_YEAR)
                met -= closed
            assert all(any(start <= day <= end for start, end in terms) and day not in closed and day <= TODAY for day in met)


def test_every_mark_is_a_code_in_use_and_counts_within_an_enrolment() -> None:
    known = {code.byte for code in BY_CODE.values() if code.end is None} | {BLANK}
    for year in (LAST_YEAR, LAST_YEAR + 1):
        rows = register.read(year)
        assert set(np.unique(rows.marks).tolist()) <= known
        outside = ((rows.marks != BLANK) & ~rollups.inside(rows)).any(axis=1)
        assert set(rows.schools[outside].tolist()) <= asked()


def test_reasons_come_late_and_later_extracts_put_marks_right() -> None:
    school, before = (
        Load.objects.annotate(loads=Count("school__loads"))
        .filter(loads__gt=2)
        .values_list("school", "received_at")
        .order_by("school", "-received_at")[1]
    )
    now = register.read(LAST_YEAR + 1, schools=[school])
    then = register.as_known(now, before)
    unknown = then.marks == BY_CODE["N"].byte
    assert unknown.any()
    assert (then.marks != now.marks).any()
    assert Amendment.objects.filter(old="N").exclude(new="N").exists()
    assert Amendment.objects.filter(old="O", new="I").exists()
    overdue = (now.marks == BY_CODE["N"].byte).sum()
    assert 0 < overdue < 0.02 * np.isin(classes(now.marks), (3, 4)).sum() + 30


def test_a_school_has_fallen_silent() -> None:
    latest = dict(Load.objects.values_list("school").annotate(Max("last_session")))
    assert min(latest.values()) < TODAY - dt.timedelta(days=13)
    assert max(latest.values()) == TODAY


def test_flags_stand_open_with_their_evidence() -> None:
    codes = set(Flag.objects.open().values_list("code", flat=True))
    assert {Flag.Code.PERSISTENT, Flag.Code.SEVERE, Flag.Code.THRESHOLD} <= codes
    assert not Flag.objects.filter(Q(reason="") | Q(cleared__isnull=False)).exists()


def test_pupils_of_two_schools_are_marked_d_at_one_of_them() -> None:
    shared = Enrolment.objects.filter(kind=Enrolment.Kind.SUBSIDIARY)
    assert shared.exists()
    rows = register.read(LAST_YEAR + 1, enrolments=list(shared.values_list("pk", flat=True)))
    assert (rows.marks == BY_CODE["D"].byte).any()


def test_its_own_extracts_come_through_the_door_and_change_nothing(tmp_path: Path) -> None:
    of_marks = Extract.objects.exclude(layout=Extract.Layout.SUMMARY)
    for extract in of_marks.filter(school__urn=999101, held_rows=None, comparisons=None).order_by("received_at"):
        path = tmp_path / extract.filename
        with default_storage.open(extract.stored) as stored:
            path.write_bytes(stored.read())
        out = io.StringIO()
        call_command("import_register", str(path), school=999101, json=True, dry_run=True, stdout=out)
        [said] = json.loads(out.getvalue())
        assert said["status"] == "loaded"
        assert said["rows_rejected"] == said["marks_set"] == said["marks_amended"] == said["pupils"]["unmatched"] == 0
        assert said["marks_unchanged"] > 0


def test_a_batch_is_one_line_of_audit() -> None:
    """What is told by the actions that people use has a line each, too; thousands of rows at once have not."""
    acts = Counter(AuditEvent.objects.values_list("act", flat=True))
    assert acts[build.BUILT] == 1
    assert acts["Schools rated"] == 4  # a batch a term
    assert acts["Ratings published"] == 3  # and those of the terms that are over
    batches = ("opened cases", "planned meetings", "asked for notices", "moderated ratings", "added to teams", "kept in touch with schools")
    assert {act: acts[act] for act in batches} == dict.fromkeys(batches, 1)
    assert acts.total() < 800


def test_some_rows_wait_for_somebody_to_say_whose_they_are_and_some_were_decided_about() -> None:
    assert HeldPerson.objects.waiting().count() >= 10
    kinds = Counter(HeldDecision.objects.values_list("kind", flat=True))
    assert kinds == {"match": 2, "not_ours": 1}
    manager = User.objects.get(role="manager")
    found = waiting.choices(HeldPerson.objects.waiting(), manager)
    assert {choice.candidate.rank for one in found.values() for choice in one.found} >= {1, 3}
    assert any(not one.found for one in found.values())


@pytest.mark.parametrize("check", working.CHECKS, ids=lambda check: check.__name__)
def test_its_work_is_true_to_its_registers_and_rules(check: Callable[[], None]) -> None:
    assert Case.objects.exists()
    assert Meeting.objects.exists()
    assert Notice.objects.exists()
    check()


def test_schools_that_stand_are_not_overwritten() -> None:
    with pytest.raises(CommandError, match="--replace"):
        call_command("build_demo", verbosity=0)
    with pgtrigger.ignore("accounts.AuditEvent:never_changed"):
        AuditEvent.objects.filter(act=build.BUILT).update(act="something else")
    with pytest.raises(CommandError, match="not the demo's"):
        call_command("build_demo", "--replace", verbosity=0)
    assert Register.objects.exists()


@pytest.mark.parametrize(
    "options", [["--schools", "1"], ["--schools", "98"], ["--schools", "12", "--pupils", "100"], ["--schools", "5", "--pupils", "34000"]]
)
def test_a_borough_that_cannot_be_is_refused(options: list[str]) -> None:
    with pytest.raises(CommandError, match="choose"):
        call_command("build_demo", *options)


@pytest.mark.parametrize(("schools", "pupils"), [(5, 1752), (97, 34_000)])
def test_fewer_schools_have_fewer_pupils_where_nobody_chose(schools: int, pupils: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(School.objects, "exists", lambda: False)
    monkeypatch.setattr(build, "build", lambda **options: asked.update(options))
    call_command("build_demo", "--schools", str(schools), verbosity=0)
    assert asked["pupils"] == pupils
