"""What stood before a change is kept, however the change was made: the row itself says what stands now."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps

from accounts import clock
from casework import actions
from casework.models import Case
from schools.models import Pupil, School
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_row_that_changes_leaves_what_it_was(school_a: School, today: dt.date) -> None:
    pupil = factories.make_pupil("Quill", "Robin")
    factories.enrol(pupil, school_a)
    Pupil.objects.filter(pk=pupil.pk).update(surname="Teal")
    Pupil.objects.filter(pk=pupil.pk).update(surname="Fern")
    assert [was.surname for was in pupil.events.order_by("pgh_id")] == ["Quill", "Teal"]

    case, _ = actions.open_case(
        by=None, today=today, now=clock.now(), pupil=pupil, school=school_a, origin=Case.Origin.FLAG, reason=Case.Reason.SEVERE
    )
    Case.objects.filter(pk=case.pk).update(stage="assessing")
    assert [was.stage for was in case.events.all()] == ["new"]


def test_everything_that_is_tracked_keeps_the_row_before() -> None:
    updates = {
        model._meta.label: str(trigger.compile(model).install_sql)
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", [])
        if trigger.name == "update_update"
    }
    assert {"schools.Pupil", "casework.Case", "meetings.Meeting", "legal.Notice", "attendance.Rating"} <= set(updates)
    assert all('OLD."id"' in words and 'NEW."id"' not in words for words in updates.values())
