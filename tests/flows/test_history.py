"""What stood before a change is kept, however the change was made: the row itself says what stands now."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.db import ProgrammingError, transaction

from accounts import clock
from accounts.models import User
from casework import actions
from casework.models import Case
from legal import checklist
from legal.actions import answer_checklist
from legal.models import Request
from schools.models import Pupil, School
from tests import factories
from tests.casework import OPENED, make_case

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


def test_an_answer_to_the_checklist_leaves_what_it_was(officer: User, school_a: School, today: dt.date) -> None:
    """A decision rested on what was answered then: an answer that is changed or taken away is kept as it stood."""
    pupil = factories.make_pupil()
    asked = Request.objects.create(pupil=pupil, school=school_a, route="holiday", made=today)
    said = {"today": today, "now": clock.now(), "by": officer}
    for given in ("yes", "no", ""):
        answer_checklist(request=asked, answers={checklist.items("holiday")[0].key: given}, days={}, **said)
    assert not asked.answers.exists()
    events = apps.get_model("legal", "AnswerEvent").objects.filter(request=asked).order_by("pgh_id")
    assert list(events.values_list("given", flat=True)) == ["yes", "no"]


def test_a_contact_is_never_changed(officer: User, school_a: School) -> None:
    pupil = factories.make_pupil()
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    contact = actions.record_contact(
        by=officer, today=OPENED, now=clock.now(), case=make_case(pupil, school_a), day=OPENED, kind="phone", result="no_answer"
    )
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        type(contact).objects.filter(pk=contact.pk).update(result="spoke")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        contact.delete()


def test_everything_that_is_tracked_keeps_the_row_before() -> None:
    updates = {
        model._meta.label: str(trigger.compile(model).install_sql)
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", [])
        if trigger.name == "update_update"
    }
    assert {"schools.Pupil", "casework.Case", "meetings.Meeting", "legal.Notice", "attendance.Rating"} <= set(updates)
    assert all('OLD."id"' in words and 'NEW."id"' not in words for words in updates.values())
