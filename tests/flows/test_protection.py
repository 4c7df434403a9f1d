"""Schools, phases, cohorts and the authority lie side by side when they are published: nothing small follows from all of them together."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from dashboards import protection
from dashboards.cohorts import Cohort
from dashboards.protection import ALL, Counts
from legal.models import Notice
from schools.models import School
from tests.flows.notice_things import many_notices

LEAST = 5


@st.composite
def counts(draw: st.DrawFn, most: int = 60) -> Counts:
    pupils = draw(st.integers(0, most))
    persistent = draw(st.integers(0, pupils))
    return Counts(pupils, persistent, draw(st.integers(0, persistent)))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["primary", "secondary"]), counts()), min_size=1, max_size=6), st.data())
def test_no_phase_school_or_cohort_follows_from_the_others(schools: list[tuple[str, Counts]], data: Any) -> None:
    total = Counts(*map(sum, zip(*(c for _, c in schools), strict=True)))
    severe = data.draw(st.integers(0, total.severe))
    persistent = data.draw(st.integers(severe, severe + total.persistent - total.severe))
    rest = total.pupils - total.persistent
    fsm = Cohort("fsm", "Free school meals", persistent + data.draw(st.integers(0, rest)), persistent, severe)
    hidden = protection.of_everything(dict(enumerate(schools)), [fsm], least=LEAST)
    rows: dict[Hashable, Counts] = dict(enumerate(c for _, c in schools)) | {ALL: total}
    for phase in {phase for phase, _ in schools}:
        rows[phase] = Counts(*map(sum, zip(*(c for p, c in schools if p == phase), strict=True)))
    of_fsm = Counts(fsm.enrolments, fsm.persistent, fsm.severe)
    for key, of in {**rows, "fsm": of_fsm}.items():
        for what, value in of._asdict().items():
            assert not 0 < value < LEAST or (key, what) in hidden
    for what in Counts._fields:
        for whole, parts in [
            (ALL, sorted({p for p, _ in schools})),
            *((p, [n for n, (q, _) in enumerate(schools) if q == p]) for p in rows if isinstance(p, str) and p != ALL),
        ]:
            if (whole, what) not in hidden:
                left = getattr(rows[whole], what) - sum(getattr(rows[part], what) for part in parts if (part, what) not in hidden)
                assert not 0 < left < LEAST, f"{whole} {what} less what is shown leaves {left}"
        if (ALL, what) not in hidden and ("fsm", what) not in hidden:
            assert not 0 < getattr(total, what) - getattr(of_fsm, what) < LEAST


@pytest.mark.django_db
def test_few_notices_of_a_school_do_not_follow_from_the_report_and_the_other_schools_profiles(
    school_a: School, school_b: School, officer: User
) -> None:
    """Seven notices in the report, five at Alder and two at Birch: any two of the three tell the third."""
    many_notices(school_a, officer, 7)
    Notice.objects.filter(number__gt=1005).update(school=school_b)
    first, last = Notice.objects.earliest("issued").issued, Notice.objects.latest("issued").issued
    kept = {key for key, _ in protection.of_notices(first, last, least=LEAST)}
    assert school_b.pk in kept
    assert kept & {school_a.pk, ALL}
    assert not protection.of_notices(first, last, least=1)


def test_large_figures_are_all_shown() -> None:
    schools = {1: ("primary", Counts(200, 40, 10)), 2: ("primary", Counts(300, 60, 20)), 3: ("secondary", Counts(900, 200, 60))}
    fsm = Cohort("fsm", "Free school meals", 400, 150, 50)
    assert not protection.of_everything(schools, [fsm], least=LEAST)
