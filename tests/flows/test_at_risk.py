"""The list of pupils at risk: a page found without adding everybody up holds whom adding everybody up puts there, and counts agree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.http import QueryDict

from accounts.models import User
from attendance import reports as attendance_reports
from attendance.models import EnrolmentFigures, Flag
from dashboards import at_risk
from dashboards.filters import PupilFilter
from schools.models import Characteristic, Pupil, School
from tests import factories
from tests.flows.made_borough import TODAY

pytestmark = pytest.mark.django_db

CODES = ["persistent_absence", "severe_absence", "penalty_threshold", "near_persistent", "first_absence"]


@pytest.fixture
def crowd(school_a: School, school_b: School) -> None:
    """Forty-eight pupils, a third with sessions at both schools, some without any; a third flagged, some twice, and some merged."""
    chance = random.Random(7)
    for number in range(48):
        pupil = factories.make_pupil(f"Crowd {number:02d}", sex="FM"[number % 2])
        for school in ([school_a, school_b], [school_a], [school_b])[number % 3]:
            possible = chance.choice([0, 40, 100, 190])
            missed = chance.randint(0, possible)
            own = {"possible": possible, "attended": possible - missed, "authorised": missed // 2, "unauthorised": missed - missed // 2}
            is_so = {"persistent": 10 * missed >= possible > 0, "severe": 2 * missed >= possible > 0}
            EnrolmentFigures.objects.create(
                enrolment=factories.enrol(pupil, school), pupil=pupil, school=school, year=2026, late=0, **own, **is_so
            )
        if number % 4 == 0:
            Characteristic.objects.create(pupil=pupil, kind="fsm", start=TODAY.replace(year=2025))
        for code in chance.sample(CODES, chance.choice([0, 1, 1, 2, 3])):
            _flag(pupil, code, low_data=number % 11 == 0)
    gone = Pupil.objects.get(surname="Crowd 10")
    _flag(gone, "sharp_fall")
    Pupil.objects.filter(pk=gone.pk).update(merged_into=Pupil.objects.get(surname="Crowd 11"))


def _flag(pupil: Pupil, code: str, *, low_data: bool = False) -> None:
    said = {"reason": "Said so", "policy_version": "test", "noticed_at": "2026-11-18T09:00Z", "changed_at": "2026-11-18T09:00Z"}
    Flag.objects.create(pupil=pupil, code=code, year=2026, opened=TODAY, low_data=low_data, **said)


def _chosen(user: User, address: str) -> PupilFilter:
    return PupilFilter(QueryDict(address), queryset=attendance_reports.at_risk(user, today=TODAY), user=user, today=TODAY)


ADDRESSES = ["", "flag=persistent_absence", "flag=all", "characteristic=fsm", "sex=F&flag=all", "low_data=shown", "stood=year"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_part_of_the_whole_list(address: str, manager: User, crowd: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_risk, "_SHORT", 0)
    monkeypatch.setattr(at_risk, "_MORE", 2)
    found_apart = 0
    for size in (2, 7):
        chosen = _chosen(manager, address)
        rows = at_risk.ordered(chosen.pupils(), at_risk.DEFAULT)
        whole = [(one.pk, one.absent, one.possible) for one in rows]  # type: ignore[attr-defined]
        total = at_risk.counted(chosen, manager, today=TODAY)[1]
        assert total == len(whole) > 3
        for first in range(0, total, size):
            here: dict[str, Any] = {"total": total, "today": TODAY, "first": first, "size": min(size, total - first)}
            found_apart += at_risk._most_absent(chosen, rows, manager, **here) is not None
            page = at_risk.of_keys(rows, at_risk.keys(chosen, rows, manager, sort=at_risk.DEFAULT, **here))
            assert [(one.pk, one.absent, one.possible) for one in page] == whole[first : first + size]  # type: ignore[attr-defined]
    assert found_apart, "the quick way was never gone"


@pytest.mark.parametrize("address", [*ADDRESSES, "absence=persistent", "school=999801"])
def test_flags_are_counted_as_the_list_shows_them(address: str, manager: User, crowd: None) -> None:
    by_code, _ = at_risk.counted(_chosen(manager, address), manager, today=TODAY)
    for code in CODES:
        data = QueryDict(address, mutable=True)
        data["flag"] = code
        assert by_code[code] == len(set(_chosen(manager, data.urlencode()).pupils().values_list("pk", flat=True))), code


def test_a_band_is_the_share_missed_rounded_down(crowd: None) -> None:
    for row in EnrolmentFigures.objects.all():
        missed = row.authorised + row.unauthorised
        assert row.band == (100 * missed // row.possible if row.possible else None)
