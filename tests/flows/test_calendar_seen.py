"""The calendar that registers show: terms found, named, and confirmed as the school's own in one step."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from attendance import rollups
from schools import calendar
from schools.models import Closure, School, Term
from tests import factories

AUGUST = dt.date(2026, 8, 1)


def seen_on(*spans: tuple[dt.date, dt.date], without: tuple[dt.date, ...] = ()) -> Any:
    days = np.zeros(366, np.bool_)
    for first, last in spans:
        for number in range((last - first).days + 1):
            day = first + dt.timedelta(days=number)
            days[(day - AUGUST).days] = day.weekday() < 5 and day not in without
    return days


FIRST_HALF = (dt.date(2026, 9, 2), dt.date(2026, 10, 23))
SECOND_HALF = (dt.date(2026, 11, 2), dt.date(2026, 12, 18))


def test_half_terms_are_told_apart_and_named() -> None:
    inset = dt.date(2026, 9, 14)
    spring = (dt.date(2027, 1, 4), dt.date(2027, 3, 24))
    found = calendar.seen_terms(AUGUST, seen_on(FIRST_HALF, SECOND_HALF, spring, without=(inset,)), as_of=dt.date(2027, 5, 1))
    assert [(term.name, *term.span) for term in found] == [
        ("Autumn 1", *FIRST_HALF),
        ("Autumn 2", *SECOND_HALF),
        ("Spring", *spring),
    ]
    assert [term.without_marks for term in found] == [[inset], [], []]
    assert not any(term.running for term in found)


def test_a_term_that_runs_is_said_to_run_and_a_stray_day_is_none() -> None:
    stray = (dt.date(2026, 8, 20), dt.date(2026, 8, 20))
    found = calendar.seen_terms(AUGUST, seen_on(stray, FIRST_HALF, (SECOND_HALF[0], dt.date(2026, 11, 19))), as_of=dt.date(2026, 11, 20))
    assert [(term.name, term.running) for term in found] == [("Autumn 1", False), ("Autumn 2", True)]


def test_nothing_seen() -> None:
    assert calendar.seen_terms(AUGUST, np.zeros(366, np.bool_), as_of=dt.date(2026, 11, 20)) == []


@pytest.mark.django_db
def test_confirmed_in_one_step(school_a: School, contact_a_client: Client) -> None:
    enrolment = factories.enrol(factories.make_pupil(), school_a, start=dt.date(2026, 9, 1))
    three_weeks = "/\\" * 11 + "--" + "/\\" * 3
    factories.write_marks(enrolment, dt.date(2026, 9, 7), three_weeks)
    rollups.refresh(schools=[school_a.pk], years=[2026])
    page = contact_a_client.get(reverse("calendar_seen", args=[school_a.urn]))
    assert [term.name for term in page.context["ended"]] == ["Autumn"]
    assert page.context["days"] == [dt.date(2026, 9, 22)]
    assert reverse("calendar_seen", args=[school_a.urn]) in contact_a_client.get(reverse("calendar", args=[school_a.urn])).content.decode()
    stale = contact_a_client.post(reverse("calendar_seen", args=[school_a.urn]), {"shown": "2026-09-07/2026-09-10"})
    assert "have changed since" in stale.content.decode()
    assert not Term.objects.exists()
    said = {"shown": page.context["shown"], "closed": ["2026-09-22", "2026-10-01"]}
    contact_a_client.post(reverse("calendar_seen", args=[school_a.urn]), said)
    term = Term.objects.get()
    assert (term.name, term.start, term.end) == ("Autumn", dt.date(2026, 9, 7), dt.date(2026, 9, 25))
    assert list(Closure.objects.values_list("start", "end")) == [(dt.date(2026, 9, 22), dt.date(2026, 9, 22))]
    again = contact_a_client.post(reverse("calendar_seen", args=[school_a.urn]), {"shown": page.context["shown"]})
    assert "runs from" in again.content.decode()
    assert Term.objects.count() == 1
