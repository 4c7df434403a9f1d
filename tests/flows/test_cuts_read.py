"""Sums of schools are read once: after a load only that school's come anew, and they are the true ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from attendance.codes import BY_CODE
from attendance.reports import cuts
from schools.models import School
from tests import factories
from tests.factories import enrol, make_pupil, write_marks

pytestmark = pytest.mark.django_db

MONDAY, TODAY = dt.date(2026, 11, 16), dt.date(2026, 11, 20)


def present_and_ill(found: cuts.Year) -> list[tuple[int, int]]:
    said = found.codes()
    return [(int(row[BY_CODE["/"].byte] + row[BY_CODE["\\"].byte]), int(row[BY_CODE["I"].byte])) for row in said]


def test_one_query_and_nothing_stale(school_a: School, school_b: School, django_assert_num_queries: Any) -> None:
    for school in (school_a, school_b):
        write_marks(enrol(make_pupil(), school), MONDAY, r"/\ /\ II")
        factories.refresh(school, today=TODAY)
    both = sorted([school_a.pk, school_b.pk])
    with django_assert_num_queries(1):
        assert present_and_ill(cuts.read(both, [2026])[2026]) == [(4, 2), (4, 2)]
    with django_assert_num_queries(1):
        again = cuts.read(both, [2026, 2025])
    assert present_and_ill(again[2026]) == [(4, 2), (4, 2)]
    assert again[2025].schools == []
    write_marks(enrol(make_pupil(), school_b), MONDAY, "II II II")
    factories.refresh(school_b, today=TODAY)
    with django_assert_num_queries(1):
        found = cuts.read(both, [2026])[2026]
    assert present_and_ill(found)[both.index(school_b.pk)] == (4, 8), "the changed school’s are new"
    assert present_and_ill(found)[both.index(school_a.pk)] == (4, 2)
    alone = cuts.read([school_b.pk], [2026])[2026]
    assert np.array_equal(alone.weeks, found.weeks[[both.index(school_b.pk)]])
    assert alone.periods == [found.periods[both.index(school_b.pk)]]
    with pytest.raises(ValueError, match="read-only"):
        found.weeks[0, 0, 0] = 1
